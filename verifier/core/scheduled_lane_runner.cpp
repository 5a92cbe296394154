#include "verifier/core/scheduled_lane_runner.hpp"

#include <string>

namespace parallax {

bool is_endless(const Finding& finding) {
    const auto failed_with = [&](absl::StatusCode code) {
        return finding.first.path == "executor." + absl::StatusCodeToString(code);
    };
    return finding.finding_class == FindingClass::kExecutorFailed &&
           (failed_with(absl::StatusCode::kAborted) ||
            failed_with(absl::StatusCode::kResourceExhausted));
}

}  // namespace parallax
