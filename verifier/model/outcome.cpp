#include "verifier/model/outcome.hpp"

namespace parallax::model {

std::string_view transaction_status_name(TransactionStatus status) noexcept {
    switch (status) {
        case TransactionStatus::kExecuted:
            return "executed";
        case TransactionStatus::kFailed:
            return "failed";
        case TransactionStatus::kSkipped:
            return "skipped";
        case TransactionStatus::kUnsupported:
            return "unsupported";
        case TransactionStatus::kNotReached:
            return "not_reached";
    }
    return "unknown";
}

std::string_view access_kind_name(AccessKind kind) noexcept {
    switch (kind) {
        case AccessKind::kRead:
            return "read";
        case AccessKind::kWrite:
            return "write";
        case AccessKind::kReadSpendable:
            return "read_spendable";
        case AccessKind::kSpend:
            return "spend";
        case AccessKind::kCredit:
            return "credit";
        case AccessKind::kOutput:
            return "output";
    }
    return "unknown";
}

std::string_view pseudo_transaction_name(std::uint32_t index) noexcept {
    switch (index) {
        case kPreState:
            return "pre_state";
        case kEpilogueTransaction:
            return "epilogue";
        case kInitializeTransaction:
            return "initialize";
        default:
            return "";
    }
}

std::optional<std::uint32_t> find_pseudo_transaction(std::string_view name) noexcept {
    for (const std::uint32_t index : {kPreState, kEpilogueTransaction, kInitializeTransaction}) {
        if (pseudo_transaction_name(index) == name) {
            return index;
        }
    }
    return std::nullopt;
}

}  // namespace parallax::model
