#pragma once

#include "verifier/state/rocksdb_batch.hpp"
#include "verifier/state/rocksdb_database.hpp"

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <optional>
#include <string_view>

namespace parallax::state {

/// Names of the store's own rows, in its default column family.
inline constexpr std::string_view kHeadKey = "head";
/// Present while the state is a part of a load only.
inline constexpr std::string_view kLoadingKey = "loading";
/// What the state began with. Stores of earlier versions have none.
inline constexpr std::string_view kBeginningKey = "beginning";

/// One load of a whole state into an empty store, in batches of bounded size. `begin` puts a mark
/// on disk that only `finish` (with the cursor, in one batch) or `abandon` takes away, so that a
/// crash in between is seen. For one thread; the database must outlive it.
class RocksDbLoader {
  public:
    RocksDbLoader(const RocksDbDatabase& database, bool write_ahead_log);

    /// Sets the mark, and drops what an earlier load left behind.
    [[nodiscard]] absl::Status begin();
    /// Takes every row of `next`. InvalidArgument for a row that does not fit or comes twice.
    [[nodiscard]] absl::Status add_all(
        const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next);
    /// Of all rows that `add_all` took; nothing if they did not come with ascending keys.
    [[nodiscard]] std::optional<model::Hash> digest() const;
    [[nodiscard]] absl::Status finish(const StoreHead& head, const core::StoreBeginning& loaded);
    /// Leaves the store empty and without the mark.
    [[nodiscard]] absl::Status abandon();

  private:
    [[nodiscard]] absl::Status write_pending();
    [[nodiscard]] absl::Status check_new(const model::StateKey& key) const;
    void add_to_digest(const model::StateKey& key, const base::Bytes& value);

    const RocksDbDatabase& database_;
    const bool write_ahead_log_;

    /// Rows that are not written yet, in key order.
    std::map<model::StateKey, base::Bytes> pending_;
    std::size_t pending_bytes_ = 0;
    /// The highest key that was written: only a key up to it can be a repeated one.
    std::optional<model::StateKey> highest_;
    core::StateDigest digest_;
    std::optional<model::StateKey> last_digested_;
    bool ascending_ = true;
};

}  // namespace parallax::state
