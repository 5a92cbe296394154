#include "verifier/core/verification/block_input.hpp"

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace parallax::core {

base::Bytes encode_block_input(const BlockInput& input) {
    base::ByteWriter writer;
    writer.tagged(input.previous);
    writer.boolean(input.side_block.has_value());
    writer.u32(input.side_block.value_or(0));
    writer.tagged(input.wire);
    writer.boolean(input.recorded.has_value());
    writer.tagged(input.recorded.value_or(model::Hash{}));
    return std::move(writer).take();
}

absl::StatusOr<BlockInput> decode_block_input(std::span<const std::uint8_t> bytes) {
    base::ByteReader reader(bytes, "block_input");
    BlockInput input;
    input.previous = reader.tagged<model::Hash>("previous");
    const bool has_side_block = reader.boolean("has_side_block");
    const std::uint32_t side_block = reader.u32("side_block");
    input.wire = reader.tagged<model::Hash>("wire");
    const bool has_recorded = reader.boolean("has_recorded");
    const model::Hash recorded = reader.tagged<model::Hash>("recorded");
    if (!reader.finish()) {
        return reader.status();
    }
    if (has_side_block) {
        input.side_block = side_block;
    }
    if (has_recorded) {
        input.recorded = recorded;
    }
    return input;
}

std::string differences_of(const BlockInput& one, const BlockInput& other) {
    std::vector<std::string_view> found;
    if (one.previous != other.previous) {
        found.emplace_back("its parent");
    }
    if (one.side_block != other.side_block) {
        found.emplace_back("its side number");
    }
    if (one.wire != other.wire) {
        found.emplace_back("its bytes");
    }
    if (one.recorded != other.recorded) {
        found.emplace_back("its recorded outcome");
    }
    return fmt::format("{}", fmt::join(found, " and "));
}

}  // namespace parallax::core
