#include "verifier/core/schedule/scheduled_lane_runner.hpp"

#include <string>

namespace parallax::core {

bool is_endless(const model::Finding& finding) {
    const model::Place& place = finding.first.values.place;
    const auto failed_with = [&](absl::StatusCode code) {
        const std::string name = absl::StatusCodeToString(code);
        // A bundle of version 1 has the path alone.
        return place.kind == model::PlaceKind::kUnknown
                   ? finding.first.path == "executor." + name
                   : place.kind == model::PlaceKind::kExecutor && place.field == name;
    };
    return finding.finding_class == model::FindingClass::kExecutorFailed &&
           (failed_with(absl::StatusCode::kAborted) ||
            failed_with(absl::StatusCode::kResourceExhausted));
}

}  // namespace parallax::core
