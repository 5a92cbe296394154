#pragma once

#include "verifier/protocol/admit.hpp"

#include <vector>

namespace parallax::tos::e1 {

/// What a block's bytes tell of the keys that it touches: the transactions', and the epilogue's
/// (protocol notes, 8.3). Ascending and distinct.
[[nodiscard]] std::vector<model::StateKey> foreseeable_keys(const protocol::AdmittedBlock& block,
                                                            const protocol::Profile& profile);

}  // namespace parallax::tos::e1
