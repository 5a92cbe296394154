#pragma once

#include "app/node/chain_state.hpp"
#include "app/node/node_source.hpp"
#include "replay/archive/archive_reader.hpp"
#include "replay/archive/archive_writer.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parallax::app {

/// What to record of a node.
struct RecorderOptions {
    std::string path;
    /// The first block of the archive; those before it are executed for the state. At least 1.
    std::uint64_t from = 1;
    /// The last one; nothing for the node's top when the recorder began.
    std::optional<std::uint64_t> to;
    /// How long the node may fail to answer; 0 for ever.
    std::chrono::seconds patience{0};
    /// Told how many blocks are done, from the thread that records; may be empty.
    std::function<void(std::uint64_t blocks)> progress = {};
    std::function<void(const std::string& sentence)> notice = {};
};

/// What became of it.
struct Recording {
    replay::ArchiveCounts counts;
    /// Blocks that an earlier recording had already.
    std::uint64_t taken_over = 0;
    std::uint64_t transactions = 0;
    std::uint64_t side_blocks = 0;
    std::uint64_t rewinds = 0;
    model::Topoheight last;
    /// Why it ends before the block that was asked for; empty if it does not.
    std::string incomplete;
};

/// Records blocks, the state before them and what the node says of them into an archive. A file of
/// that name, or what is left of one, is gone on with if it is of the same chain and beginning.
/// Blocks that the order may still change are held back until it is past them, or the recording
/// ends; so an archive never has a block twice, nor one that was orphaned while it was made. One
/// use, one thread.
class Recorder {
  public:
    Recorder(NodeSession& node, NodeSession* parallel, RecorderOptions options,
             const std::atomic<bool>& stop);

    /// Errors are of the file, of the request, or of a node that went away before it gave anything;
    /// what ends a recording later is in `Recording::incomplete`, and the file holds what there is.
    [[nodiscard]] absl::StatusOr<Recording> run();

  private:
    [[nodiscard]] absl::StatusOr<service::BlockId> begin();
    [[nodiscard]] absl::StatusOr<service::BlockId> begin_anew();
    [[nodiscard]] absl::StatusOr<service::BlockId> go_on_from(const std::string& earlier);
    [[nodiscard]] absl::StatusOr<ChainState> state_before_first(service::BlockId& base);
    [[nodiscard]] absl::Status create(const replay::ArchiveHeader& header);
    [[nodiscard]] absl::StatusOr<std::vector<model::Hash>> order_of(
        const std::deque<replay::ArchiveBlock>& blocks);
    [[nodiscard]] absl::Status copy_blocks(replay::ArchiveReader& reader, service::BlockId& last);
    [[nodiscard]] absl::Status follow(NodeSource& source);
    [[nodiscard]] absl::Status hold(service::FeedBlock block, std::optional<model::Topoheight> top);
    [[nodiscard]] absl::Status take_back(const service::BlockId& to);
    [[nodiscard]] absl::Status write_up_to(model::Topoheight last);
    [[nodiscard]] absl::Status write(const service::FeedBlock& block);

    NodeSession& node_;
    NodeSession* const parallel_;
    const RecorderOptions options_;
    const std::atomic<bool>& stop_;
    model::Topoheight end_;
    std::unique_ptr<replay::ArchiveWriter> writer_;
    /// Read and not written, because the order may still change there.
    std::deque<service::FeedBlock> held_;
    service::BlockId written_;
    std::chrono::steady_clock::time_point flushed_;
    /// What a killed recording left and this one took over; empty for none.
    std::string leftover_;
    Recording result_;
};

}  // namespace parallax::app
