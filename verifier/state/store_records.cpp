#include "verifier/state/store_records.hpp"

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace parallax::state {
namespace {

constexpr std::size_t kPartSize = 32;
/// A family's byte and the presence byte.
constexpr std::size_t kMinUndoEntrySize = 2;

void write_cursor(base::ByteWriter& writer, const core::Cursor& cursor) {
    writer.number(cursor.topoheight);
    writer.tagged(cursor.block_hash);
    writer.tagged(cursor.ledger_head);
}

core::Cursor read_cursor(base::ByteReader& reader) {
    core::Cursor cursor;
    cursor.topoheight = reader.number<model::Topoheight>("topoheight");
    cursor.block_hash = reader.tagged<model::Hash>("block_hash");
    cursor.ledger_head = reader.tagged<model::Hash>("ledger_head");
    return cursor;
}

model::StateKey read_key(base::ByteReader& reader) {
    const model::FamilyRow* row = model::find_family(reader.u8("family"));
    if (row == nullptr) {
        if (reader.ok()) {
            reader.fail("family", "there is no such family");
        }
        return {};
    }
    model::StateKey key{row->family, {}, {}};
    if (row->owner != model::KeyPart::kNone) {
        key.owner = reader.tagged<model::Hash>("owner").bytes();
    }
    if (row->detail != model::KeyPart::kNone) {
        key.detail = reader.tagged<model::Hash>("detail").bytes();
    }
    return key;
}

UndoEntry read_undo_entry(base::ByteReader& reader) {
    UndoEntry entry{read_key(reader), std::nullopt};
    if (reader.boolean("present")) {
        const std::uint32_t size = reader.u32("size");
        entry.before = reader.bytes(size, "before");
    }
    return entry;
}

std::string read_text(base::ByteReader& reader, const char* field) {
    const std::uint32_t size = reader.u32(field);
    return std::string(as_text(reader.view(size, field)));
}

}  // namespace

StoredKey::StoredKey(const model::StateKey& key) noexcept {
    const model::FamilyRow& row = model::family_row(key.family);
    bytes_[0] = static_cast<std::uint8_t>(key.family);
    if (row.owner != model::KeyPart::kNone) {
        std::copy(key.owner.begin(), key.owner.end(), bytes_.data() + size_);
        size_ += kPartSize;
    }
    if (row.detail != model::KeyPart::kNone) {
        std::copy(key.detail.begin(), key.detail.end(), bytes_.data() + size_);
        size_ += kPartSize;
    }
}

absl::StatusOr<model::StateKey> decode_stored_key(ByteView bytes) {
    base::ByteReader reader(bytes, "key");
    const model::StateKey key = read_key(reader);
    if (!reader.finish()) {
        return reader.status();
    }
    return key;
}

std::array<std::uint8_t, 8> stored_topoheight(model::Topoheight topoheight) noexcept {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(topoheight.value() >> (8 * (bytes.size() - 1 - i)));
    }
    return bytes;
}

absl::StatusOr<model::Topoheight> decode_stored_topoheight(ByteView bytes) {
    base::ByteReader reader(bytes, "key");
    const auto topoheight = reader.number<model::Topoheight>("topoheight");
    if (!reader.finish()) {
        return reader.status();
    }
    return topoheight;
}

std::array<std::uint8_t, 38> stored_block_key(const model::Hash& block) noexcept {
    constexpr std::string_view kPrefix = "block/";
    static_assert(kPrefix.size() + model::Hash::kSize == 38);
    std::array<std::uint8_t, 38> key;
    std::copy(kPrefix.begin(), kPrefix.end(), key.begin());
    std::copy(block.bytes().begin(), block.bytes().end(), key.begin() + kPrefix.size());
    return key;
}

base::Bytes stored_input_key(model::Topoheight topoheight) {
    base::ByteWriter writer;
    writer.raw(as_bytes("input"));
    writer.number(topoheight);
    return std::move(writer).take();
}

base::Bytes encode_head(const StoreHead& head) {
    base::ByteWriter writer;
    write_cursor(writer, head.cursor);
    writer.number(head.undo_floor);
    return std::move(writer).take();
}

absl::StatusOr<StoreHead> decode_head(ByteView bytes) {
    base::ByteReader reader(bytes, "head");
    StoreHead head;
    head.cursor = read_cursor(reader);
    head.undo_floor = reader.number<model::Topoheight>("undo_floor");
    if (reader.ok() && head.undo_floor > head.cursor.topoheight) {
        reader.fail("undo_floor", "it is above the cursor");
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return head;
}

base::Bytes encode_beginning(const core::StoreBeginning& loaded) {
    base::ByteWriter writer;
    writer.number(loaded.topoheight);
    writer.tagged(loaded.block_hash);
    writer.tagged(loaded.digest);
    return std::move(writer).take();
}

absl::StatusOr<core::StoreBeginning> decode_beginning(ByteView bytes) {
    base::ByteReader reader(bytes, "beginning");
    core::StoreBeginning loaded;
    loaded.topoheight = reader.number<model::Topoheight>("topoheight");
    loaded.block_hash = reader.tagged<model::Hash>("block_hash");
    loaded.digest = reader.tagged<model::Hash>("digest");
    if (!reader.finish()) {
        return reader.status();
    }
    return loaded;
}

base::Bytes encode_identity(const StoredIdentity& identity) {
    base::ByteWriter writer;
    writer.u32(identity.format_version);
    for (const std::string* text : {&identity.identity.network, &identity.identity.profile}) {
        writer.u32(static_cast<std::uint32_t>(text->size()));
        writer.raw(as_bytes(*text));
    }
    return std::move(writer).take();
}

absl::StatusOr<StoredIdentity> decode_identity(ByteView bytes) {
    base::ByteReader reader(bytes, "identity");
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

base::Bytes encode_undo(const core::Cursor& previous, const model::Delta& delta) {
    constexpr std::size_t kUsualEntrySize = 96;
    base::ByteWriter writer(kUsualEntrySize * (delta.entries.size() + 1));
    write_cursor(writer, previous);
    writer.u32(static_cast<std::uint32_t>(
        std::count_if(delta.entries.begin(), delta.entries.end(),
                      [](const model::DeltaEntry& entry) { return entry.before != entry.after; })));
    for (const model::DeltaEntry& entry : delta.entries) {
        if (entry.before == entry.after) {
            continue;
        }
        writer.raw(StoredKey(entry.key).bytes());
        writer.boolean(entry.before.has_value());
        if (entry.before) {
            const base::Bytes value = codec::encode_value(*entry.before);
            writer.u32(static_cast<std::uint32_t>(value.size()));
            writer.raw(value);
        }
    }
    return std::move(writer).take();
}

absl::StatusOr<UndoRecord> decode_undo(ByteView bytes) {
    base::ByteReader reader(bytes, "undo");
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

}  // namespace parallax::state
