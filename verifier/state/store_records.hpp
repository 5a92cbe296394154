#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/state/store_rules.hpp"

#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace parallax::state {

/// The bytes of a store on disk, apart from the value bytes (codec/canonical.hpp). Integers are
/// big-endian, so that keys order as numbers do. Decoding is strict and bounded: the whole input
/// must be consumed. Errors are InvalidArgument with field and offset, as the codec's are; a store
/// that meets one is damaged.

/// Raised with every change of the bytes below, of the column families or of the value bytes.
/// Version 2 knows the place of every block.
inline constexpr std::uint32_t kStoreFormatVersion = 2;

using ByteView = std::span<const std::uint8_t>;

/// The same bytes under their other type.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A state key as stored: the family's byte, then the parts that the family uses, 32 bytes each.
/// Every key of a family has one length, so stored keys order exactly as `StateKey` does.
class StoredKey {
  public:
    /// Requires `is_table_key(key)`.
    explicit StoredKey(const model::StateKey& key) noexcept;
    [[nodiscard]] ByteView bytes() const noexcept { return {bytes_.data(), size_}; }

  private:
    std::array<std::uint8_t, 65> bytes_;
    std::size_t size_ = 1;
};
[[nodiscard]] absl::StatusOr<model::StateKey> decode_stored_key(ByteView bytes);

/// Key of a row that belongs to one topoheight: 8 bytes.
[[nodiscard]] std::array<std::uint8_t, 8> stored_topoheight(model::Topoheight topoheight) noexcept;
[[nodiscard]] absl::StatusOr<model::Topoheight> decode_stored_topoheight(ByteView bytes);

/// Key of the row that holds a block's topoheight (`stored_topoheight`): `block/` and its hash.
[[nodiscard]] std::array<std::uint8_t, 38> stored_block_key(const model::Hash& block) noexcept;
/// Key of what identifies the block at `topoheight`, among the store's own rows.
[[nodiscard]] base::Bytes stored_input_key(model::Topoheight topoheight);

[[nodiscard]] base::Bytes encode_head(const StoreHead& head);
[[nodiscard]] absl::StatusOr<StoreHead> decode_head(ByteView bytes);

[[nodiscard]] base::Bytes encode_beginning(const core::StoreBeginning& loaded);
[[nodiscard]] absl::StatusOr<core::StoreBeginning> decode_beginning(ByteView bytes);

/// Which chain a store belongs to, and how its bytes are to be read.
struct StoredIdentity {
    std::uint32_t format_version = kStoreFormatVersion;
    core::StoreIdentity identity;
    friend bool operator==(const StoredIdentity&, const StoredIdentity&) = default;
};
[[nodiscard]] base::Bytes encode_identity(const StoredIdentity& identity);
/// Reads the version first: bytes of another version give it with an empty identity.
[[nodiscard]] absl::StatusOr<StoredIdentity> decode_identity(ByteView bytes);

/// What takes one block back: the rows it changed as they were before (value bytes, or absent),
/// and the cursor before it.
struct UndoEntry {
    model::StateKey key;
    std::optional<base::Bytes> before;
    friend bool operator==(const UndoEntry&, const UndoEntry&) = default;
};
struct UndoRecord {
    core::Cursor previous;
    std::vector<UndoEntry> entries;
};
/// From the delta's `before` side; entries that change nothing are left out.
[[nodiscard]] base::Bytes encode_undo(const core::Cursor& previous, const model::Delta& delta);
[[nodiscard]] absl::StatusOr<UndoRecord> decode_undo(ByteView bytes);

}  // namespace parallax::state
