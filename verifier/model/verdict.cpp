#include "verifier/model/verdict.hpp"

namespace parallax::model {

std::string_view verdict_kind_name(VerdictKind kind) noexcept {
    switch (kind) {
        case VerdictKind::kMatch:
            return "match";
        case VerdictKind::kMismatch:
            return "mismatch";
        case VerdictKind::kInconclusive:
            return "inconclusive";
    }
    return "unknown";
}

std::string_view inconclusive_reason_name(InconclusiveReason reason) noexcept {
    switch (reason) {
        case InconclusiveReason::kPreStateMissing:
            return "pre_state_missing";
        case InconclusiveReason::kUnsupportedTransaction:
            return "unsupported_transaction";
        case InconclusiveReason::kExecutorFailed:
            return "executor_failed";
        case InconclusiveReason::kTimedOut:
            return "timed_out";
        case InconclusiveReason::kCircuitOpen:
            return "circuit_open";
        case InconclusiveReason::kControlFailed:
            return "control_failed";
        case InconclusiveReason::kNoCandidate:
            return "no_candidate";
        case InconclusiveReason::kInvalidBlock:
            return "invalid_block";
        case InconclusiveReason::kExcludedByConfiguration:
            return "excluded_by_configuration";
        case InconclusiveReason::kNotCompared:
            return "not_compared";
    }
    return "unknown";
}

std::string_view dependency_name(Dependency hazard) noexcept {
    switch (hazard) {
        case Dependency::kReadAfterWrite:
            return "read_after_write";
        case Dependency::kWriteAfterRead:
            return "write_after_read";
        case Dependency::kWriteAfterWrite:
            return "write_after_write";
        case Dependency::kCreditAfterCredit:
            return "credit_after_credit";
    }
    return "unknown";
}

std::string_view control_rerun_name(ControlRerun rerun) noexcept {
    switch (rerun) {
        case ControlRerun::kNone:
            return "none";
        case ControlRerun::kSame:
            return "same";
        case ControlRerun::kAnother:
            return "another";
        case ControlRerun::kFailed:
            return "failed";
    }
    return "unknown";
}

std::string_view signature_policy_name(SignaturePolicy policy) noexcept {
    switch (policy) {
        case SignaturePolicy::kPerLane:
            return "per_lane";
        case SignaturePolicy::kOnce:
            return "once";
        case SignaturePolicy::kOff:
            return "off";
    }
    return "unknown";
}

}  // namespace parallax::model
