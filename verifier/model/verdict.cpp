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

std::string_view section_name(Section section) noexcept {
    switch (section) {
        case Section::kBlockStatus:
            return "block_status";
        case Section::kResults:
            return "results";
        case Section::kOrphans:
            return "orphans";
        case Section::kTotals:
            return "totals";
        case Section::kState:
            return "state";
        case Section::kInvariants:
            return "invariants";
        case Section::kSerializability:
            return "serializability";
        case Section::kRecorded:
            return "recorded";
        case Section::kExecutor:
            return "executor";
    }
    return "unknown";
}

std::string_view finding_class_name(FindingClass finding_class) noexcept {
    switch (finding_class) {
        case FindingClass::kDivergence:
            return "divergence";
        case FindingClass::kInvariantBroken:
            return "invariant_broken";
        case FindingClass::kExecutorFailed:
            return "executor_failed";
        case FindingClass::kControlUnstable:
            return "control_unstable";
        case FindingClass::kRecordedDivergence:
            return "recorded_divergence";
        case FindingClass::kNotSerializable:
            return "not_serializable";
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
