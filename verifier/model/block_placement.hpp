#pragma once

#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>

namespace parallax::model {

/// What the order of the whole DAG says about one block, and its bytes do not: the feeder or the
/// archive states it (8.3).
struct BlockPlacement {
    Topoheight topoheight;
    /// Nothing for a block of the main order; n for the n-th side block at its height, from 0.
    std::optional<std::uint32_t> side_block;
    /// False for a block of which only the header is known, because its node does not show all
    /// bytes of its transactions: none of them can be executed, and what they did is taken from
    /// what the node is seen to say.
    bool bodies_shown = true;

    friend bool operator==(const BlockPlacement&, const BlockPlacement&) = default;
};

}  // namespace parallax::model
