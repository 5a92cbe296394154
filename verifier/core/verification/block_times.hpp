#pragma once

#include "verifier/model/identifiers.hpp"

#include <chrono>
#include <vector>

namespace parallax::core {

/// How long the lanes of one block took. No verdict depends on it, and it is kept apart from them.
struct BlockTimes {
    model::Topoheight topoheight;
    std::chrono::microseconds control{};
    /// In the order of the candidates; of a lane that failed or declined, too.
    std::vector<std::chrono::microseconds> candidates;
    friend bool operator==(const BlockTimes&, const BlockTimes&) = default;
};

}  // namespace parallax::core
