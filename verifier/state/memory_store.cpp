#include "verifier/state/memory_store.hpp"

#include "verifier/codec/canonical.hpp"

#include <utility>

namespace parallax::state {

class MemoryStore::View final : public protocol::StateView {
  public:
    View(std::mutex& mutex, std::shared_ptr<const Rows> rows)
        : mutex_(mutex), rows_(std::move(rows)) {}
    ~View() override {
        const std::lock_guard lock(mutex_);
        rows_.reset();
    }
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override {
        const auto found = rows_->find(key);
        return found == rows_->end() ? std::nullopt
                                     : std::optional<model::StateValue>(found->second);
    }

    absl::Status get_numbers(std::span<const model::StateKey> keys,
                             std::span<protocol::NumbersRow> rows) const override {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            rows[i] = {};
            const auto found = rows_->find(keys[i]);
            if (found == rows_->end()) {
                continue;
            }
            if (auto status = protocol::to_numbers(keys[i], found->second, rows[i]); !status.ok()) {
                return status;
            }
        }
        return absl::OkStatus();
    }

  private:
    std::mutex& mutex_;
    std::shared_ptr<const Rows> rows_;
};

MemoryStore::MemoryStore(std::uint32_t undo_window)
    : undo_window_(undo_window), rows_(std::make_shared<Rows>()) {}
MemoryStore::~MemoryStore() = default;

std::unique_ptr<protocol::StateView> MemoryStore::snapshot() const {
    const std::lock_guard lock(mutex_);
    return std::make_unique<View>(mutex_, rows_);
}

absl::StatusOr<std::optional<core::Cursor>> MemoryStore::cursor() const {
    const std::lock_guard lock(mutex_);
    return head_ ? std::optional<core::Cursor>(head_->cursor) : std::nullopt;
}

absl::StatusOr<std::optional<model::Topoheight>> MemoryStore::undo_floor() const {
    const std::lock_guard lock(mutex_);
    return head_ ? std::optional<model::Topoheight>(head_->undo_floor) : std::nullopt;
}

absl::Status MemoryStore::load(
    const core::Cursor& base,
    const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) {
    {
        const std::lock_guard lock(mutex_);
        if (absl::Status status = check_load(head_); !status.ok()) {
            return status;
        }
    }
    auto rows = std::make_shared<Rows>();
    while (true) {
        auto entry = next();
        if (!entry.ok()) {
            return entry.status();
        }
        if (!*entry) {
            break;
        }
        if (absl::Status status = check_loaded_row(**entry); !status.ok()) {
            return status;
        }
        if (!rows->emplace((*entry)->key, *std::move((*entry)->after)).second) {
            return duplicate_row((*entry)->key);
        }
    }
    core::StateDigest digest;
    for (const auto& [key, value] : *rows) {
        digest.add(key, codec::encode_value(value));
    }
    const std::lock_guard lock(mutex_);
    rows_ = std::move(rows);
    head_ = StoreHead{base, base.topoheight};
    places_.insert_or_assign(base.block_hash, base.topoheight);
    beginning_ = core::StoreBeginning{base.topoheight, base.block_hash, digest.finish()};
    return absl::OkStatus();
}

absl::StatusOr<std::optional<core::StoreBeginning>> MemoryStore::beginning() const {
    const std::lock_guard lock(mutex_);
    return beginning_;
}

absl::Status MemoryStore::commit(const core::BlockCommit& block) {
    const std::lock_guard lock(mutex_);
    if (absl::Status status = check_commit(head_, block); !status.ok()) {
        return status;
    }
    const StoreHead after = head_after(head_, block.cursor, undo_window_);
    Undo undo;
    Rows& rows = writable_rows();
    for (const model::DeltaEntry& entry : block.delta.entries) {
        if (entry.before == entry.after) {
            continue;
        }
        undo.entries.emplace_back(entry.key, entry.before);
        if (entry.after) {
            rows.insert_or_assign(entry.key, *entry.after);
        } else {
            rows.erase(entry.key);
        }
    }
    if (head_ && after.undo_floor < after.cursor.topoheight) {
        undo.previous = head_->cursor;
        undo_.emplace(after.cursor.topoheight, std::move(undo));
    }
    undo_.erase(undo_.begin(), undo_.upper_bound(after.undo_floor));
    ledger_.insert_or_assign(after.cursor.topoheight, block.ledger_record);
    places_.insert_or_assign(after.cursor.block_hash, after.cursor.topoheight);
    if (!block.input.empty()) {
        inputs_.insert_or_assign(after.cursor.topoheight, block.input);
    }
    head_ = after;
    return absl::OkStatus();
}

absl::Status MemoryStore::rewind(model::Topoheight target,
                                 const std::optional<model::Hash>& expected_hash) {
    const std::lock_guard lock(mutex_);
    if (absl::Status status = check_rewind(head_, target); !status.ok()) {
        return status;
    }
    const core::Cursor found = target == head_->cursor.topoheight
                                   ? head_->cursor
                                   : undo_.at(parallax::model::next(target)).previous;
    if (absl::Status status = check_rewind_hash(found, expected_hash); !status.ok()) {
        return status;
    }
    if (target == head_->cursor.topoheight) {
        return absl::OkStatus();
    }
    Rows& rows = writable_rows();
    model::Hash taken_back = head_->cursor.block_hash;
    for (auto undo = undo_.rbegin(); undo != undo_.rend() && undo->first > target; ++undo) {
        places_.erase(std::exchange(taken_back, undo->second.previous.block_hash));
        for (const auto& [key, before] : undo->second.entries) {
            if (before) {
                rows.insert_or_assign(key, *before);
            } else {
                rows.erase(key);
            }
        }
    }
    undo_.erase(undo_.upper_bound(target), undo_.end());
    ledger_.erase(ledger_.upper_bound(target), ledger_.end());
    inputs_.erase(inputs_.upper_bound(target), inputs_.end());
    head_->cursor = found;
    return absl::OkStatus();
}

absl::StatusOr<std::optional<model::Topoheight>> MemoryStore::place_of(
    const model::Hash& block) const {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(block);
    return found == places_.end() ? std::nullopt : std::optional<model::Topoheight>(found->second);
}

absl::Status MemoryStore::read_ledger(
    model::Topoheight first, model::Topoheight last,
    const std::function<absl::Status(model::Topoheight, const base::Bytes&)>& visit) const {
    std::map<model::Topoheight, base::Bytes> records;
    {
        const std::lock_guard lock(mutex_);
        if (first <= last) {
            records.insert(ledger_.lower_bound(first), ledger_.upper_bound(last));
        }
    }
    for (const auto& [topoheight, record] : records) {
        if (absl::Status status = visit(topoheight, record); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

absl::StatusOr<std::optional<base::Bytes>> MemoryStore::read_input(
    model::Topoheight topoheight) const {
    const std::lock_guard lock(mutex_);
    const auto found = inputs_.find(topoheight);
    return found == inputs_.end() ? std::nullopt : std::optional<base::Bytes>(found->second);
}

absl::Status MemoryStore::scan(
    const std::function<absl::Status(const model::StateKey&, const model::StateValue&)>& visit)
    const {
    Rows rows;
    {
        const std::lock_guard lock(mutex_);
        rows = *rows_;
    }
    for (const auto& [key, value] : rows) {
        if (absl::Status status = visit(key, value); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

absl::Status MemoryStore::checkpoint(const std::string& directory) {
    return absl::UnimplementedError("a store in memory has no files to copy to " + directory);
}

MemoryStore::Rows& MemoryStore::writable_rows() {
    if (rows_.use_count() > 1) {
        rows_ = std::make_shared<Rows>(*rows_);
    }
    return *rows_;
}

}  // namespace parallax::state
