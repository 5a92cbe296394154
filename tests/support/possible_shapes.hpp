#pragma once

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/coverage/conflict_space.hpp"

#include <vector>

namespace parallax::test {

/// Shapes of conflict that the rules of E1 know.
inline std::vector<model::ConflictCount> possible_shapes() {
    return core::possible_shapes(tos::e1::Profile().type_uses());
}

}  // namespace parallax::test
