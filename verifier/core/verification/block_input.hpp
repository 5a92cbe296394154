#pragma once

#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace parallax::core {

/// What a feeder gave for a block, beside the block's own hash and place: a block that comes again
/// is the same one only if all of it is. Kept with the block's verdict, which speaks of nothing
/// else.
struct BlockInput {
    /// Hash of the block that it lies on.
    model::Hash previous;
    std::optional<std::uint32_t> side_block;
    /// BLAKE3 of the bytes of header and transactions.
    model::Hash wire;
    /// BLAKE3 of the canonical bytes of the outcome that the node recorded.
    std::optional<model::Hash> recorded;
    friend bool operator==(const BlockInput&, const BlockInput&) = default;
};

[[nodiscard]] base::Bytes encode_block_input(const BlockInput& input);
/// InvalidArgument says what is wrong; bytes behind it are.
[[nodiscard]] absl::StatusOr<BlockInput> decode_block_input(std::span<const std::uint8_t> bytes);
/// What differs, in words: "its parent and its recorded outcome"; empty if they are equal.
[[nodiscard]] std::string differences_of(const BlockInput& one, const BlockInput& other);

}  // namespace parallax::core
