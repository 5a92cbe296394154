#include "verifier/model/cause.hpp"

#include <array>
#include <cstddef>

namespace parallax::model {
namespace {

/// By number.
constexpr std::array<std::string_view, 46> kCauseKinds = {
    "not_known",
    "results_missing_or_extra",
    "results_reordered",
    "rows_reordered",
    "orphans_reordered",
    "epilogue_before_drain",
    "executed_not_done",
    "done_again",
    "failed_has_effects",
    "failed_effects_missing",
    "read_too_early",
    "read_too_late",
    "read_older_value",
    "read_with_receipts",
    "read_other_value",
    "read_no_value",
    "check_passed",
    "refused",
    "result_field",
    "other_ending",
    "rows_written_unchanged",
    "rows_created_empty",
    "zero_not_written",
    "failed_ones_pay",
    "reward_twice",
    "reward_replaces",
    "reward_on_balance_before",
    "outputs_not_taken",
    "fees_not_taken",
    "only_receipts_left",
    "replaced_by_credit",
    "applied_twice",
    "effect_lost",
    "touched_by_one_side",
    "in_another_asset",
    "registration_lost",
    "write_lost",
    "removal_lost",
    "not_removed",
    "extra_write",
    "row_field",
    "row_amount",
    "total",
    "block_field",
    "log_hazard",
    "invariant",
};
static_assert(static_cast<std::size_t>(CauseKind::kInvariant) + 1 == kCauseKinds.size());

}  // namespace

std::string_view cause_kind_name(CauseKind kind) noexcept {
    const auto number = static_cast<std::size_t>(kind);
    return number < kCauseKinds.size() ? kCauseKinds[number] : "unknown";
}

std::string_view direction_name(Direction direction) noexcept {
    switch (direction) {
        case Direction::kNone:
            return "none";
        case Direction::kLower:
            return "lower";
        case Direction::kHigher:
            return "higher";
    }
    return "unknown";
}

std::string_view phase_name(Phase phase) noexcept {
    switch (phase) {
        case Phase::kBlock:
            return "block";
        case Phase::kTransaction:
            return "transaction";
        case Phase::kEpilogue:
            return "epilogue";
    }
    return "unknown";
}

std::string_view check_name(Check check) noexcept {
    switch (check) {
        case Check::kForm:
            return "form";
        case Check::kAuthority:
            return "authority";
        case Check::kNonce:
            return "nonce";
        case Check::kFunds:
            return "funds";
        case Check::kArithmetic:
            return "arithmetic";
        case Check::kOther:
            return "other";
    }
    return "unknown";
}

}  // namespace parallax::model
