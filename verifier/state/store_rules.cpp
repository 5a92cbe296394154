#include "verifier/state/store_rules.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace parallax::state {
namespace {

bool is_zero(const std::array<std::uint8_t, 32>& bytes) noexcept {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// `to_string` may not be asked about a family outside the table.
std::string key_text(const model::StateKey& key) {
    const auto number = static_cast<std::uint8_t>(key.family);
    return model::find_family(number) != nullptr ? model::to_string(key)
                                                 : fmt::format("family {}", number);
}

absl::Status check_key(const model::StateKey& key) {
    if (!is_table_key(key)) {
        return absl::InvalidArgumentError(
            fmt::format("{}: not a key of the state: unknown family, or an unused part is not zero",
                        key_text(key)));
    }
    return absl::OkStatus();
}

absl::Status check_value(const model::StateKey& key,
                         const std::optional<model::StateValue>& value) {
    if (value && value->index() != model::family_row(key.family).value_index) {
        return absl::InvalidArgumentError(
            fmt::format("{}: the value has the type of another family", key_text(key)));
    }
    return absl::OkStatus();
}

absl::Status check_delta(const model::Delta& delta) {
    const model::StateKey* previous = nullptr;
    for (const model::DeltaEntry& entry : delta.entries) {
        if (absl::Status status = check_key(entry.key); !status.ok()) {
            return status;
        }
        if (previous != nullptr && !(*previous < entry.key)) {
            return absl::InvalidArgumentError(
                fmt::format("{}: the keys of a delta must ascend", key_text(entry.key)));
        }
        for (const auto* value : {&entry.before, &entry.after}) {
            if (absl::Status status = check_value(entry.key, *value); !status.ok()) {
                return status;
            }
        }
        previous = &entry.key;
    }
    return absl::OkStatus();
}

}  // namespace

absl::Status check_commit(const std::optional<StoreHead>& head, const core::BlockCommit& block) {
    const model::Topoheight expected =
        head ? model::next(head->cursor.topoheight) : model::Topoheight{0};
    if (block.cursor.topoheight != expected) {
        return absl::FailedPreconditionError(
            fmt::format("the next block must have topoheight {}, not {}", expected.value(),
                        block.cursor.topoheight.value()));
    }
    return check_delta(block.delta);
}

absl::Status check_rewind(const std::optional<StoreHead>& head, model::Topoheight target) {
    if (!head) {
        return absl::FailedPreconditionError("the store is empty: there is nothing to take back");
    }
    if (target > head->cursor.topoheight) {
        return absl::OutOfRangeError(
            fmt::format("cannot go back to topoheight {}: the last block is {}", target.value(),
                        head->cursor.topoheight.value()));
    }
    if (target < head->undo_floor) {
        return absl::OutOfRangeError(
            fmt::format("cannot go back to topoheight {}: undo records reach down to {}",
                        target.value(), head->undo_floor.value()));
    }
    return absl::OkStatus();
}

absl::Status check_rewind_hash(const core::Cursor& found,
                               const std::optional<model::Hash>& expected_hash) {
    if (expected_hash && *expected_hash != found.block_hash) {
        return absl::FailedPreconditionError(
            fmt::format("the block at topoheight {} is {}, not {}", found.topoheight.value(),
                        found.block_hash.hex(), expected_hash->hex()));
    }
    return absl::OkStatus();
}

absl::Status check_load(const std::optional<StoreHead>& head) {
    if (head) {
        return absl::FailedPreconditionError(
            fmt::format("the store has blocks up to topoheight {}: only an empty one can be loaded",
                        head->cursor.topoheight.value()));
    }
    return absl::OkStatus();
}

absl::Status check_loaded_row(const model::DeltaEntry& entry) {
    if (absl::Status status = check_key(entry.key); !status.ok()) {
        return status;
    }
    if (!entry.after) {
        return absl::InvalidArgumentError(
            fmt::format("{}: a loaded row needs a value", key_text(entry.key)));
    }
    return check_value(entry.key, entry.after);
}

absl::Status duplicate_row(const model::StateKey& key) {
    return absl::InvalidArgumentError(fmt::format("{}: loaded twice", key_text(key)));
}

StoreHead head_after(const std::optional<StoreHead>& head, const core::Cursor& block,
                     std::uint32_t undo_window) noexcept {
    const std::uint64_t height = block.topoheight.value();
    const model::Topoheight reach{height > undo_window ? height - undo_window : 0};
    // Before the first block there is no cursor to go back to.
    const model::Topoheight floor = head ? std::max(head->undo_floor, reach) : block.topoheight;
    return {block, floor};
}

bool is_table_key(const model::StateKey& key) noexcept {
    const model::FamilyRow* row = model::find_family(static_cast<std::uint8_t>(key.family));
    return row != nullptr && (row->owner != model::KeyPart::kNone || is_zero(key.owner)) &&
           (row->detail != model::KeyPart::kNone || is_zero(key.detail));
}

}  // namespace parallax::state
