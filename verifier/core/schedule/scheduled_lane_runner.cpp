#include "verifier/core/schedule/scheduled_lane_runner.hpp"

#include <string>

namespace parallax::core {

bool is_endless(const model::Finding& finding) {
    const auto failed_with = [&](absl::StatusCode code) {
        return finding.first.path == "executor." + absl::StatusCodeToString(code);
    };
    return finding.finding_class == model::FindingClass::kExecutorFailed &&
           (failed_with(absl::StatusCode::kAborted) ||
            failed_with(absl::StatusCode::kResourceExhausted));
}

}  // namespace parallax::core
