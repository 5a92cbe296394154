#include "verifier/base/utf8.hpp"
#include "verifier/chains/tos/v3/constants.hpp"
#include "verifier/chains/tos/v3/wire_payload.hpp"
#include "verifier/crypto/signature.hpp"

#include "absl/container/flat_hash_map.h"
#include <fmt/format.h>

#include <bitset>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parallax::tos::v3 {
namespace {

enum class CellTag : std::uint8_t { kPrimitive = 0, kBytes = 1, kObject = 2, kMap = 3 };

constexpr std::uint8_t kU8 = 1;
constexpr std::uint8_t kU256 = 6;
constexpr std::uint8_t kBoolean = 7;
constexpr std::uint8_t kString = 8;
constexpr std::uint8_t kRange = 9;
constexpr std::uint8_t kOpaque = 10;
/// The smallest cell: a null.
constexpr std::size_t kMinCellSize = 2;

/// Bytes of an integer primitive; nothing for the other kinds.
std::optional<std::size_t> integer_size(std::uint8_t tag) {
    return tag >= kU8 && tag <= kU256 ? std::optional(std::size_t{1} << (tag - 1U)) : std::nullopt;
}

void skip_text(base::ByteReader& reader, std::size_t length) {
    if (!base::is_valid_utf8(reader.view(length, "string"))) {
        reader.fail("string", "is not UTF-8");
    }
}

/// Both ends are integers of one kind; every other range is refused in the end.
void skip_range(base::ByteReader& reader) {
    const std::uint8_t low = reader.u8("range_low_tag");
    const auto size = integer_size(low);
    if (!size) {
        reader.fail("range_low_tag", fmt::format("is {}, not an integer's", low));
        return;
    }
    (void)reader.view(*size, "range_low");  // only its presence matters
    if (reader.u8("range_high_tag") != low) {
        reader.fail("range_high_tag", "is not that of the low end");
        return;
    }
    (void)reader.view(*size, "range_high");  // only its presence matters
}

/// A value of the data that an address may carry.
void skip_data_value(base::ByteReader& reader) {
    constexpr std::size_t kWidths[] = {1, 0, 1, 2, 4, 8, 16, 32};
    const std::uint8_t kind = reader.u8("data_kind");
    if (kind == 0) {
        (void)reader.boolean("data_boolean");  // only its form matters
    } else if (kind == 1) {
        skip_text(reader, reader.u8("data_string_length"));
    } else if (kind == 8) {
        (void)reader.view(reader.u16("data_blob_length"), "data_blob");
    } else if (kind < 8) {
        (void)reader.view(kWidths[kind], "data_value");
    } else {
        reader.fail("data_kind", fmt::format("is {}, allowed are 0 to 8", kind));
    }
}

/// `budget` bytes are all that the whole element may have, so that its nesting is bounded, too.
void skip_data(base::ByteReader& reader, std::size_t begin) {
    const std::uint8_t kind = reader.u8("data_element");
    if (!reader.ok() || reader.offset() - begin > kMaxDataElement) {
        return;
    }
    if (kind == 0) {
        skip_data_value(reader);
    } else if (kind == 1 || kind == 2) {
        const std::uint8_t count = reader.u8("data_count");
        for (std::size_t i = 0;
             i < count && reader.ok() && reader.offset() - begin <= kMaxDataElement; ++i) {
            if (kind == 2) {
                skip_data_value(reader);
            }
            skip_data(reader, begin);
        }
    } else {
        reader.fail("data_element", fmt::format("is {}, allowed are 0 to 2", kind));
    }
}

void skip_address(base::ByteReader& reader) {
    (void)reader.boolean("address_mainnet");  // only its form matters
    (void)reader.view(model::PublicKey::kSize, "address_key");
    const std::uint8_t type = reader.u8("address_type");
    if (type == 1) {
        const std::size_t begin = reader.offset();
        skip_data(reader, begin);
        if (reader.ok() && reader.offset() - begin > kMaxDataElement) {
            reader.fail("address_data", fmt::format("has more than {} bytes", kMaxDataElement));
        }
    } else if (type != 0) {
        reader.fail("address_type", fmt::format("is {}, allowed are 0 and 1", type));
    }
}

void skip_opaque(base::ByteReader& reader) {
    switch (const std::uint8_t id = reader.u8("opaque_id")) {
        case 0:
            (void)reader.view(model::Hash::kSize, "opaque_hash");
            return;
        case 1:
            skip_address(reader);
            return;
        case 2:
            for (int half = 0; half < 2; ++half) {
                const auto scalar = reader.tagged<model::Scalar>("opaque_signature");
                if (reader.ok() && !crypto::is_canonical_scalar(scalar.bytes())) {
                    reader.fail("opaque_signature", "is not a canonical scalar");
                }
            }
            return;
        default:
            reader.fail("opaque_id", fmt::format("is {}, allowed are 0 to 2", id));
    }
}

void skip_primitive(base::ByteReader& reader) {
    const std::uint8_t tag = reader.u8("primitive_tag");
    if (const auto size = integer_size(tag)) {
        (void)reader.view(*size, "integer");  // only its presence matters
    } else if (tag == kBoolean) {
        (void)reader.boolean("boolean");  // only its form matters
    } else if (tag == kString) {
        skip_text(reader, reader.u16("string_length"));
    } else if (tag == kRange) {
        skip_range(reader);
    } else if (tag == kOpaque) {
        skip_opaque(reader);
    } else if (tag != 0) {
        reader.fail("primitive_tag", fmt::format("is {}, allowed are 0 to 10", tag));
    }
}

/// Reads cells into `out` as the node writes them again.
class CellReader {
  public:
    /// `addresses` receives the accounts that are named, if it is not null.
    explicit CellReader(base::ByteReader& reader,
                        std::vector<model::PublicKey>* addresses = nullptr)
        : reader_(reader), addresses_(addresses) {}

    void read(base::ByteWriter& out, std::size_t depth) {
        const std::size_t begin = reader_.offset();
        const std::uint8_t tag = reader_.u8("cell_tag");
        if (!reader_.ok()) {
            return;
        }
        switch (static_cast<CellTag>(tag)) {
            case CellTag::kPrimitive:
                skip_primitive(reader_);
                break;
            case CellTag::kBytes:
                (void)reader_.view(reader_.u32("bytes_length"), "bytes");
                break;
            case CellTag::kObject:
                read_object(out, depth);
                return;
            case CellTag::kMap:
                read_map(out, depth);
                return;
            default:
                reader_.fail("cell_tag", fmt::format("is {}, allowed are 0 to 3", tag));
        }
        if (reader_.ok()) {
            out.raw(reader_.since(begin));
            note_address(reader_.since(begin));
        }
    }

  private:
    /// Two tags, the opaque's id, whether it is of mainnet, then the key.
    void note_address(std::span<const std::uint8_t> cell) {
        constexpr std::size_t kHead = 4;
        if (addresses_ != nullptr && cell.size() >= kHead + model::PublicKey::kSize &&
            cell[0] == 0 && cell[1] == kOpaque && cell[2] == 1) {
            addresses_->push_back(
                model::PublicKey::from_span(cell.subspan(kHead).first<model::PublicKey::kSize>()));
        }
    }
    /// Empty containers do not count as a level.
    [[nodiscard]] std::uint32_t read_count(std::size_t depth, std::size_t cells_per_item) {
        const std::uint32_t count = reader_.u32("count");
        if (!reader_.check_count(count, 0, kMaxCellItems, kMinCellSize * cells_per_item, "count")) {
            return 0;
        }
        if (count != 0 && depth == kMaxCellDepth) {
            reader_.fail("count", fmt::format("is nested deeper than {}", kMaxCellDepth));
            return 0;
        }
        return count;
    }
    void read_object(base::ByteWriter& out, std::size_t depth) {
        const std::uint32_t count = read_count(depth, 1);
        out.u8(static_cast<std::uint8_t>(CellTag::kObject));
        out.u32(count);
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            read(out, depth + 1);
        }
    }
    [[nodiscard]] base::Bytes read_alone(std::size_t depth) {
        base::ByteWriter cell;
        read(cell, depth);
        return std::move(cell).take();
    }
    void read_map(base::ByteWriter& out, std::size_t depth) {
        const std::uint32_t count = read_count(depth, 2);
        std::vector<std::pair<base::Bytes, base::Bytes>> items;
        absl::flat_hash_map<std::string, std::size_t> places;
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            base::Bytes key = read_alone(depth + 1);
            base::Bytes value = read_alone(depth + 1);
            const auto [place, is_new] =
                places.try_emplace(std::string(key.begin(), key.end()), items.size());
            if (is_new) {
                items.emplace_back(std::move(key), std::move(value));
            } else {
                items[place->second].second = std::move(value);
            }
        }
        out.u8(static_cast<std::uint8_t>(CellTag::kMap));
        out.u32(static_cast<std::uint32_t>(items.size()));
        for (const auto& [key, value] : items) {
            out.raw(key);
            out.raw(value);
        }
    }

    base::ByteReader& reader_;
    std::vector<model::PublicKey>* addresses_;
};

void read_constants(base::ByteReader& reader, base::ByteWriter& out) {
    const std::uint16_t count = reader.u16("constant_count");
    out.u16(count);
    if (!reader.check_count(count, 0, count, kMinCellSize, "constant_count")) {
        return;
    }
    absl::flat_hash_map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const base::Bytes cell = read_value_cell(reader);
        if (reader.ok() && !seen.try_emplace(std::string(cell.begin(), cell.end()), i).second) {
            reader.fail("constants", "has one twice");
        }
        out.raw(cell);
    }
}

/// `u16` identifiers behind a `u16` count, none above `chunks`, none twice.
void read_entries(base::ByteReader& reader, std::uint16_t chunks, base::ByteWriter& out) {
    const std::uint16_t count = reader.u16("entry_count");
    out.u16(count);
    if (!reader.check_count(count, 0, chunks, 2, "entry_count")) {
        return;
    }
    std::vector<bool> seen(std::size_t{chunks} + 1);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint16_t entry = reader.u16("entry");
        if (entry > chunks || seen[entry]) {
            reader.fail("entry", "is no chunk of the module, or named twice");
            return;
        }
        seen[entry] = true;
        out.u16(entry);
    }
}

void read_hooks(base::ByteReader& reader, base::ByteWriter& out) {
    const std::uint8_t count = reader.u8("hook_count");
    out.u8(count);
    std::bitset<256> seen;
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const std::uint8_t hook = reader.u8("hook");
        if (seen.test(hook)) {
            reader.fail("hook", "is named twice");
        }
        seen.set(hook);
        out.u8(hook);
        out.u16(reader.u16("hook_chunk"));
    }
}

}  // namespace

base::Bytes read_value_cell(base::ByteReader& reader) {
    base::ByteWriter cell;
    CellReader(reader).read(cell, 0);
    return std::move(cell).take();
}

std::vector<model::PublicKey> addresses_in(const ValueCell& cell) {
    base::ByteReader reader(cell.bytes, "cell");
    std::vector<model::PublicKey> addresses;
    base::ByteWriter ignored;
    CellReader(reader, &addresses).read(ignored, 0);
    return addresses;
}

base::Bytes read_module(base::ByteReader& reader) {
    const base::ByteReader::Scope scope(reader, "module");
    base::ByteWriter out;
    read_constants(reader, out);
    const std::uint16_t chunks = reader.u16("chunk_count");
    out.u16(chunks);
    for (std::size_t i = 0; i < chunks && reader.ok(); ++i) {
        const std::uint32_t length = reader.u32("chunk_length");
        out.u32(length);
        out.raw(reader.view(length, "chunk"));
    }
    if (reader.ok()) {
        read_entries(reader, chunks, out);
    }
    if (reader.ok()) {
        read_hooks(reader, out);
    }
    return std::move(out).take();
}

}  // namespace parallax::tos::v3
