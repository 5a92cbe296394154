#pragma once

#include "replay/archive.hpp"
#include "verifier/model/delta.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace parallax {

class ArchiveRecords;

/// Reads an archive from front to back, in the memory of its largest record: a file or a pipe.
/// Nothing is believed before its checksum held. Owned by its user; one thread at a time.
///
/// Errors name file, byte offset and record: NotFound or PermissionDenied if it cannot be opened,
/// InvalidArgument if it is no archive or of another version, DataLoss if it ends too early or a
/// record is damaged or out of place. The message says which: "is truncated" or "is damaged". The
/// first error stays: every later call answers it again.
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
    [[nodiscard]] absl::StatusOr<std::optional<DeltaEntry>> next_state_row();

    /// The next block, topoheights consecutive from the base; rows not yet taken are skipped, but
    /// still checked. Nothing only after a valid end record with nothing behind it.
    [[nodiscard]] absl::StatusOr<std::optional<ArchiveBlock>> next_block();

    /// What has been read so far.
    [[nodiscard]] const ArchiveCounts& counts() const noexcept;
    /// Bytes read so far, and the file's size if it has one (a pipe has none): for progress.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept;
    [[nodiscard]] std::optional<std::uint64_t> file_size() const noexcept;

  private:
    ArchiveReader(std::unique_ptr<ArchiveRecords> records, ArchiveHeader header);
    /// The block whose record was just read.
    [[nodiscard]] absl::StatusOr<ArchiveBlock> read_block();
    /// Checks the end record that was just read.
    [[nodiscard]] absl::Status finish();

    ArchiveHeader header_;
    std::unique_ptr<ArchiveRecords> records_;
    ArchiveCounts counts_;
    std::optional<StateKey> last_key_;
    Topoheight last_topoheight_;
    /// A block or end record that was met while looking for state rows.
    std::optional<RecordType> pending_;
    bool done_ = false;
};

}  // namespace parallax
