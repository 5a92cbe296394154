#pragma once

#include "app/feeder/block_source.hpp"
#include "replay/archive/archive_reader.hpp"
#include "verifier/protocol/protocol_set.hpp"
#include "verifier/service/client/feed_client.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace parallax::app {

/// The blocks of an archive as a feeder sends them, from some block on. The archive is a file: it
/// is read more than once. For one thread.
class FeedSource final : public BlockSource {
  public:
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<FeedSource>> open(
        const std::string& path, const protocol::ProtocolSet& protocols);

    [[nodiscard]] const replay::ArchiveHeader& header() const noexcept { return reader_->header(); }
    [[nodiscard]] service::BlockId base() const noexcept {
        return {header().base_topoheight, header().base_hash};
    }
    [[nodiscard]] absl::StatusOr<std::optional<model::DeltaEntry>> next_state_row() {
        return reader_->next_state_row();
    }

    /// Before the rows are sent to somebody who keeps them.
    [[nodiscard]] absl::Status vouch_for_state(const std::atomic<bool>& stop) {
        return reader_->vouch_for_state(stop);
    }

    /// Finds where to go on: the newest of the sidecar's tip and its ancestors that is in the
    /// archive's order. What follows is what `next` gives. FailedPrecondition if none is, or if the
    /// sidecar is beyond the archive.
    [[nodiscard]] absl::StatusOr<service::BlockId> go_to(const service::PositionAnswer& position);

    /// The next block; nothing after the last one of an archive that is whole, what was skipped
    /// included.
    [[nodiscard]] absl::StatusOr<std::optional<service::FeedBlock>> next();
    [[nodiscard]] absl::StatusOr<SourceEvent> next_event() override;

  private:
    explicit FeedSource(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] absl::Status restart();
    /// Skips up to `target`, which is in the archive.
    [[nodiscard]] absl::Status skip_to(const service::BlockId& target);

    const std::string path_;
    std::shared_ptr<const protocol::Protocol> protocol_;
    std::unique_ptr<replay::ArchiveReader> reader_;
    /// Of the block before the next one.
    model::Hash previous_;
};

}  // namespace parallax::app
