#pragma once

#include "verifier/model/finding.hpp"
#include "verifier/protocol/protocol.hpp"

#include <string_view>

namespace parallax::core {

/// Lanes that findings name which are about no candidate: a control that breaks an invariant or
/// disagrees with itself, and what the node recorded.
inline constexpr std::string_view kControlLane = "control";
inline constexpr std::string_view kRecordedLane = "recorded";

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
