#include "verifier/chains/tos/e1/value_cell.hpp"

#include "verifier/base/utf8.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <fmt/format.h>

#include <optional>

namespace parallax::tos::e1 {
namespace {

enum class CellTag : std::uint8_t { kPrimitive = 0, kBytes = 1, kArray = 2, kMap = 3 };

enum class PrimitiveTag : std::uint8_t {
    kNull = 0,
    kU8 = 1,
    kU16 = 2,
    kU32 = 3,
    kU64 = 4,
    kU128 = 5,
    kU256 = 6,
    kBoolean = 7,
    kString = 8,
    kRange = 9,
    kOpaque = 10,
};

/// The smallest cell: a null primitive.
constexpr std::size_t kMinCellSize = 2;

/// Bytes of an integer primitive; nothing for the other kinds.
std::optional<std::size_t> integer_size(std::uint8_t tag) {
    if (tag < static_cast<std::uint8_t>(PrimitiveTag::kU8) ||
        tag > static_cast<std::uint8_t>(PrimitiveTag::kU256)) {
        return std::nullopt;
    }
    return std::size_t{1} << (tag - 1U);
}

void skip_string(base::ByteReader& reader) {
    const std::uint16_t length = reader.u16("string_length");
    if (!base::is_valid_utf8(reader.view(length, "string"))) {
        reader.fail("string", "is not UTF-8");
    }
}

/// Both ends are integers of one kind.
void skip_range(base::ByteReader& reader) {
    const std::uint8_t low = reader.u8("range_low_tag");
    const auto size = integer_size(low);
    if (!size) {
        reader.fail("range_low_tag", fmt::format("is {}, not an integer's", low));
        return;
    }
    (void)reader.view(*size, "range_low");  // only its presence matters
    const std::uint8_t high = reader.u8("range_high_tag");
    if (high != low) {
        reader.fail("range_high_tag", fmt::format("is {}, the low end's is {}", high, low));
        return;
    }
    (void)reader.view(*size, "range_high");  // only its presence matters
}

void skip_primitive(base::ByteReader& reader) {
    const std::uint8_t tag = reader.u8("primitive_tag");
    if (const auto size = integer_size(tag)) {
        (void)reader.view(*size, "integer");  // only its presence matters
        return;
    }
    switch (static_cast<PrimitiveTag>(tag)) {
        case PrimitiveTag::kNull:
        case PrimitiveTag::kU8:
        case PrimitiveTag::kU16:
        case PrimitiveTag::kU32:
        case PrimitiveTag::kU64:
        case PrimitiveTag::kU128:
        case PrimitiveTag::kU256:
            return;
        case PrimitiveTag::kBoolean:
            (void)reader.boolean("boolean");  // only its form matters
            return;
        case PrimitiveTag::kString:
            skip_string(reader);
            return;
        case PrimitiveTag::kRange:
            skip_range(reader);
            return;
        case PrimitiveTag::kOpaque:
            break;  // what it holds is not known (19): nothing may guess its length
    }
    reader.fail("primitive_tag", fmt::format("is {}, which is not supported", tag));
}

void skip_cell(base::ByteReader& reader, std::size_t depth);

/// `cells_per_item` is 2 for a map's pairs. Empty containers do not count as a level, as in the
/// node.
void skip_container(base::ByteReader& reader, std::size_t depth, std::size_t cells_per_item) {
    const std::uint32_t count = reader.u32("count");
    if (!reader.check_count(count, 0, kMaxValueCellItems, kMinCellSize * cells_per_item, "count")) {
        return;
    }
    if (count != 0 && depth == kMaxValueCellDepth) {
        reader.fail("count", fmt::format("is nested deeper than {}", kMaxValueCellDepth));
        return;
    }
    for (std::size_t i = 0; i < count * cells_per_item && reader.ok(); ++i) {
        skip_cell(reader, depth + 1);
    }
}

void skip_cell(base::ByteReader& reader, std::size_t depth) {
    const std::uint8_t tag = reader.u8("cell_tag");
    if (!reader.ok()) {
        return;
    }
    switch (static_cast<CellTag>(tag)) {
        case CellTag::kPrimitive:
            skip_primitive(reader);
            return;
        case CellTag::kBytes: {
            const std::uint32_t length = reader.u32("bytes_length");
            if (reader.check_count(length, 0, kMaxValueCellBytes, 1, "bytes_length")) {
                (void)reader.view(length, "bytes");  // only its presence matters
            }
            return;
        }
        case CellTag::kArray:
            skip_container(reader, depth, 1);
            return;
        case CellTag::kMap:
            skip_container(reader, depth, 2);
            return;
    }
    reader.fail("cell_tag", fmt::format("is {}, allowed are 0 to 3", tag));
}

}  // namespace

ValueCell read_value_cell(base::ByteReader& reader) {
    const std::size_t start = reader.offset();
    skip_cell(reader, 0);
    if (!reader.ok()) {
        return {};
    }
    const auto cell = reader.since(start);
    return {base::Bytes(cell.begin(), cell.end())};
}

}  // namespace parallax::tos::e1
