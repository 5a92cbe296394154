#pragma once

#include "replay/archive/archive.hpp"
#include "replay/archive/archive_index.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/model/delta.hpp"
#include "verifier/model/observation.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parallax::replay {

class ArchiveRecords;

/// Reads an archive from front to back, in the memory of its largest record: a file or a pipe.
/// Nothing is believed before its checksum held. Owned by its user; one thread at a time.
///
/// A checksum vouches for one record, not for those that are missing. So rows are whole only when
/// `next_state_row` has said that there are no more (see `vouch_for_state` for version 1), and
/// whoever stops before the last block calls `check_rest` before it says that all is well.
///
/// Errors name file, byte offset and record: NotFound or PermissionDenied if it cannot be opened,
/// InvalidArgument if it is no archive or of another version, DataLoss if it ends too early or a
/// record is damaged or out of place. The message says which: "is truncated" or "is damaged". The
/// first error stays: every later call answers it again.
/// What a block's records say of it beside its bytes. InvalidArgument names record and field.
[[nodiscard]] absl::StatusOr<model::Recording> recording_of(const ArchiveBlock& block);

class ArchiveReader {
  public:
    /// Opens `path` (`-` is standard input) and reads the header.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<ArchiveReader>> open(
        const std::string& path);
    ~ArchiveReader();
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;

    [[nodiscard]] const ArchiveHeader& header() const noexcept;

    /// The next row of the initial state, keys ascending; nothing after the last one. `before` is
    /// always absent and `after` present, so that it feeds `ChainStore::load`.
    [[nodiscard]] absl::StatusOr<std::optional<model::DeltaEntry>> next_state_row();

    /// The next block, topoheights consecutive from the base; rows not yet taken are skipped, but
    /// still checked. Nothing only after a valid end record with nothing behind it.
    [[nodiscard]] absl::StatusOr<std::optional<ArchiveBlock>> next_block();

    /// Reads what is left, up to a valid end record, and holds what was skipped against the index;
    /// nothing of it is handed out. Cancelled once `stop` is set.
    [[nodiscard]] absl::Status check_rest(const std::atomic<bool>& stop);

    /// For whoever keeps the rows before the end is reached. OK if the end of the rows tells
    /// whether they are all there, which it does since version 2; a file of version 1 is read to
    /// its end for it. FailedPrecondition for version 1 from a pipe.
    [[nodiscard]] absl::Status vouch_for_state(const std::atomic<bool>& stop);

    /// Goes on at the piece of the file that holds the block at `topoheight`, so that some blocks
    /// before it may still come; `check_rest` makes up for what is skipped. It does nothing where
    /// there is no index to be had (version 1, a pipe), nor to go back.
    [[nodiscard]] absl::Status skip_towards(model::Topoheight topoheight);

    /// What the end of the file says of all of it, found without reading the rest: nothing of it
    /// has been held against blocks and rows. Nothing where there is no index to be had (version 1,
    /// a pipe).
    struct Stated {
        ArchiveCounts counts;
        ArchiveIndex index;
    };
    [[nodiscard]] absl::StatusOr<std::optional<Stated>> stated();

    /// `state_digest` of the rows, once all were read.
    [[nodiscard]] const std::optional<model::Hash>& state_digest() const noexcept;
    [[nodiscard]] std::uint32_t version() const noexcept;
    /// What has been read so far; skipped blocks count.
    [[nodiscard]] const ArchiveCounts& counts() const noexcept;
    /// Bytes read so far, and the file's size if it has one (a pipe has none): for progress.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> file_size() const noexcept;

  private:
    ArchiveReader(std::unique_ptr<ArchiveRecords> records, ArchiveHeader header);
    /// The block whose record was just read.
    [[nodiscard]] absl::StatusOr<ArchiveBlock> read_block();
    /// Takes the record that follows the rows.
    [[nodiscard]] absl::Status end_rows(RecordType type);
    [[nodiscard]] absl::Status check_state_head();
    /// What the block's record promised to come next.
    [[nodiscard]] absl::Status read_with_block(RecordType expected,
                                               std::optional<base::Bytes>& out);
    void begin_piece();
    void end_piece();
    /// Checks the index that was just read, and reads on to the end record.
    [[nodiscard]] absl::Status check_index();
    /// Checks the end record that was just read.
    [[nodiscard]] absl::Status finish();
    [[nodiscard]] absl::Status check_end_of_index(const ArchiveEnd& end);
    [[nodiscard]] absl::Status check_skipped(const std::atomic<bool>& stop);
    /// The index, and the counts of the end record, from where they are at the end of the file.
    [[nodiscard]] absl::StatusOr<ArchiveIndex> read_index_apart(ArchiveCounts& counts);

    ArchiveHeader header_;
    std::unique_ptr<ArchiveRecords> records_;
    ArchiveCounts counts_;
    std::optional<model::StateKey> last_key_;
    core::StateDigest rows_digest_;
    std::optional<model::Hash> state_digest_;
    model::Topoheight last_topoheight_;
    /// A block or end record that was met while looking for state rows.
    std::optional<RecordType> pending_;
    bool rows_done_ = false;
    bool done_ = false;

    // Since version 2.
    /// What the index must say: as read, and as it says itself where something was skipped.
    ArchiveIndex pieces_;
    bool piece_is_open_ = true;
    /// Positions in `pieces_` of what was not read, or not as a whole.
    std::vector<std::size_t> skipped_;
    std::uint64_t index_offset_ = 0;
    model::Hash index_digest_;
};

}  // namespace parallax::replay
