#pragma once

#include "verifier/model/finding.hpp"
#include "verifier/protocol/protocol.hpp"

#include <string>
#include <string_view>

namespace parallax::core {

/// Lanes that findings name which are about no candidate: a control that breaks an invariant or
/// disagrees with itself, and what the node recorded.
inline constexpr std::string_view kControlLane = "control";
inline constexpr std::string_view kRecordedLane = "recorded";
/// Of several nodes each has a lane: that of the one which the blocks come from is `recorded`, that
/// of source `b` is `recorded:b`.
[[nodiscard]] inline std::string recorded_lane(std::string_view source) {
    return source.empty() ? std::string(kRecordedLane)
                          : std::string(kRecordedLane) + ":" + std::string(source);
}
[[nodiscard]] inline bool is_recorded_lane(std::string_view lane) noexcept {
    return lane == kRecordedLane ||
           (lane.starts_with(kRecordedLane) && lane[kRecordedLane.size()] == ':');
}

/// Where a finding was made: what its sentence and its fingerprint need besides the outcomes.
struct FindingSource {
    const protocol::AdmittedBlock& block;
    const protocol::Protocol& protocol;
    model::FindingClass finding_class = model::FindingClass::kDivergence;
    /// The lane it is found in, as `batch`.
    std::string_view lane;
    /// How the sentence calls the two sides.
    std::string_view control_name = "control";
    std::string_view candidate_name;
};

}  // namespace parallax::core
