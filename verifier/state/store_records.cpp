#include "verifier/state/store_records.hpp"

#include "verifier/codec/byte_reader.hpp"
#include "verifier/codec/byte_writer.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace parallax {
namespace {

constexpr std::size_t kPartSize = 32;
/// A family's byte and the presence byte.
constexpr std::size_t kMinUndoEntrySize = 2;

void write_cursor(ByteWriter& writer, const Cursor& cursor) {
    writer.number(cursor.topoheight);
    writer.tagged(cursor.block_hash);
    writer.tagged(cursor.ledger_head);
}

Cursor read_cursor(ByteReader& reader) {
    Cursor cursor;
    cursor.topoheight = reader.number<Topoheight>("topoheight");
    cursor.block_hash = reader.tagged<Hash>("block_hash");
    cursor.ledger_head = reader.tagged<Hash>("ledger_head");
    return cursor;
}

StateKey read_key(ByteReader& reader) {
    const FamilyRow* row = find_family(reader.u8("family"));
    if (row == nullptr) {
        if (reader.ok()) {
            reader.fail("family", "there is no such family");
        }
        return {};
    }
    StateKey key{row->family, {}, {}};
    if (row->owner != KeyPart::kNone) {
        key.owner = reader.tagged<Hash>("owner").bytes();
    }
    if (row->detail != KeyPart::kNone) {
        key.detail = reader.tagged<Hash>("detail").bytes();
    }
    return key;
}

UndoEntry read_undo_entry(ByteReader& reader) {
    UndoEntry entry{read_key(reader), std::nullopt};
    if (reader.boolean("present")) {
        const std::uint32_t size = reader.u32("size");
        entry.before = reader.bytes(size, "before");
    }
    return entry;
}

std::string read_text(ByteReader& reader, const char* field) {
    const std::uint32_t size = reader.u32(field);
    return std::string(as_text(reader.view(size, field)));
}

}  // namespace

StoredKey::StoredKey(const StateKey& key) noexcept {
    const FamilyRow& row = family_row(key.family);
    bytes_[0] = static_cast<std::uint8_t>(key.family);
    if (row.owner != KeyPart::kNone) {
        std::copy(key.owner.begin(), key.owner.end(), bytes_.data() + size_);
        size_ += kPartSize;
    }
    if (row.detail != KeyPart::kNone) {
        std::copy(key.detail.begin(), key.detail.end(), bytes_.data() + size_);
        size_ += kPartSize;
    }
}

absl::StatusOr<StateKey> decode_stored_key(ByteView bytes) {
    ByteReader reader(bytes, "key");
    const StateKey key = read_key(reader);
    if (!reader.finish()) {
        return reader.status();
    }
    return key;
}

std::array<std::uint8_t, 8> stored_topoheight(Topoheight topoheight) noexcept {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(topoheight.value() >> (8 * (bytes.size() - 1 - i)));
    }
    return bytes;
}

absl::StatusOr<Topoheight> decode_stored_topoheight(ByteView bytes) {
    ByteReader reader(bytes, "key");
    const auto topoheight = reader.number<Topoheight>("topoheight");
    if (!reader.finish()) {
        return reader.status();
    }
    return topoheight;
}

std::array<std::uint8_t, 38> stored_block_key(const Hash& block) noexcept {
    constexpr std::string_view kPrefix = "block/";
    static_assert(kPrefix.size() + Hash::kSize == 38);
    std::array<std::uint8_t, 38> key;
    std::copy(kPrefix.begin(), kPrefix.end(), key.begin());
    std::copy(block.bytes().begin(), block.bytes().end(), key.begin() + kPrefix.size());
    return key;
}

Bytes stored_input_key(Topoheight topoheight) {
    ByteWriter writer;
    writer.raw(as_bytes("input"));
    writer.number(topoheight);
    return std::move(writer).take();
}

Bytes encode_head(const StoreHead& head) {
    ByteWriter writer;
    write_cursor(writer, head.cursor);
    writer.number(head.undo_floor);
    return std::move(writer).take();
}

absl::StatusOr<StoreHead> decode_head(ByteView bytes) {
    ByteReader reader(bytes, "head");
    StoreHead head;
    head.cursor = read_cursor(reader);
    head.undo_floor = reader.number<Topoheight>("undo_floor");
    if (reader.ok() && head.undo_floor > head.cursor.topoheight) {
        reader.fail("undo_floor", "it is above the cursor");
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return head;
}

Bytes encode_beginning(const StoreBeginning& loaded) {
    ByteWriter writer;
    writer.number(loaded.topoheight);
    writer.tagged(loaded.block_hash);
    writer.tagged(loaded.digest);
    return std::move(writer).take();
}

absl::StatusOr<StoreBeginning> decode_beginning(ByteView bytes) {
    ByteReader reader(bytes, "beginning");
    StoreBeginning loaded;
    loaded.topoheight = reader.number<Topoheight>("topoheight");
    loaded.block_hash = reader.tagged<Hash>("block_hash");
    loaded.digest = reader.tagged<Hash>("digest");
    if (!reader.finish()) {
        return reader.status();
    }
    return loaded;
}

Bytes encode_identity(const StoredIdentity& identity) {
    ByteWriter writer;
    writer.u32(identity.format_version);
    for (const std::string* text : {&identity.identity.network, &identity.identity.profile}) {
        writer.u32(static_cast<std::uint32_t>(text->size()));
        writer.raw(as_bytes(*text));
    }
    return std::move(writer).take();
}

absl::StatusOr<StoredIdentity> decode_identity(ByteView bytes) {
    ByteReader reader(bytes, "identity");
    StoredIdentity stored;
    stored.format_version = reader.u32("format_version");
    if (reader.ok() && stored.format_version != kStoreFormatVersion) {
        return stored;
    }
    stored.identity.network = read_text(reader, "network");
    stored.identity.profile = read_text(reader, "profile");
    if (!reader.finish()) {
        return reader.status();
    }
    return stored;
}

Bytes encode_undo(const Cursor& previous, const Delta& delta) {
    constexpr std::size_t kUsualEntrySize = 96;
    ByteWriter writer(kUsualEntrySize * (delta.entries.size() + 1));
    write_cursor(writer, previous);
    writer.u32(static_cast<std::uint32_t>(
        std::count_if(delta.entries.begin(), delta.entries.end(),
                      [](const DeltaEntry& entry) { return entry.before != entry.after; })));
    for (const DeltaEntry& entry : delta.entries) {
        if (entry.before == entry.after) {
            continue;
        }
        writer.raw(StoredKey(entry.key).bytes());
        writer.boolean(entry.before.has_value());
        if (entry.before) {
            const Bytes value = encode_value(*entry.before);
            writer.u32(static_cast<std::uint32_t>(value.size()));
            writer.raw(value);
        }
    }
    return std::move(writer).take();
}

absl::StatusOr<UndoRecord> decode_undo(ByteView bytes) {
    ByteReader reader(bytes, "undo");
    UndoRecord record;
    record.previous = read_cursor(reader);
    const std::uint32_t count = reader.u32("count");
    reader.check_count(count, 0, count, kMinUndoEntrySize, "count");
    for (std::uint32_t i = 0; reader.ok() && i < count; ++i) {
        record.entries.push_back(read_undo_entry(reader));
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return record;
}

}  // namespace parallax
