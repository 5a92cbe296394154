#pragma once

#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/protocol/invariant_case.hpp"

namespace parallax::tos::v3 {

/// The laws of an accepted block of V3, computed from block and delta without the rules.
void check_laws(const protocol::InvariantCase& judged, const Profile& profile);

}  // namespace parallax::tos::v3
