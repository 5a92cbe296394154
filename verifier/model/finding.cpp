#include "verifier/model/finding.hpp"

namespace parallax::model {

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

}  // namespace parallax::model
