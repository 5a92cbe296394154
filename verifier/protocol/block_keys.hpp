#pragma once

#include "verifier/protocol/admit.hpp"

#include <vector>

namespace parallax {

/// What a block's bytes tell of the keys that it touches: the transactions', and the epilogue's
/// (semantics reference, 8.3). Ascending and distinct.
[[nodiscard]] std::vector<StateKey> foreseeable_keys(const AdmittedBlock& block,
                                                     const Profile& profile);

}  // namespace parallax
