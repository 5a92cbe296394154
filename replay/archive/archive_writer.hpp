#pragma once

#include "replay/archive/archive.hpp"
#include "replay/archive/archive_index.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace parallax::replay {

/// Writes an archive, as an `OutputFile`: only `finish` gives a regular file its name, after all is
/// on the disk, so that a half-written archive never has it. Owned by its user; one thread at a
/// time.
///
/// The order is the format's: rows with ascending keys, then blocks with consecutive topoheights
/// from the header's base. FailedPrecondition says what was expected. A write error (disk full)
/// stays: every later call answers it again.
class ArchiveWriter {
  public:
    /// Whether blocks may come with observations, which only programs that know version 3 read.
    enum class Observed : std::uint8_t { kNo, kYes };

    /// `-` is standard output.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<ArchiveWriter>> create(
        const std::string& path, const ArchiveHeader& header, Observed observed = Observed::kNo);
    ~ArchiveWriter();
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;

    [[nodiscard]] absl::Status write_state_row(const model::StateKey& key,
                                               const model::StateValue& value);

    /// `wire` is `encode_block` bytes; `outcome`, if given, `encode_outcome` bytes, and
    /// `observations` those of `encode_observations`.
    [[nodiscard]] absl::Status write_block(
        const model::BlockPlacement& placement, std::span<const std::uint8_t> wire,
        std::optional<std::span<const std::uint8_t>> outcome = std::nullopt,
        std::optional<std::span<const std::uint8_t>> observations = std::nullopt);

    /// Hands what was written to the system, so that a killed program leaves it in the unfinished
    /// file: as many whole records as there are, and no end.
    [[nodiscard]] absl::Status flush();

    /// Writes the end record, syncs, and gives the file its name. Nothing can be written after.
    [[nodiscard]] absl::StatusOr<ArchiveCounts> finish();

  private:
    class File;
    ArchiveWriter(std::unique_ptr<File> file, const ArchiveHeader& header, Observed observed);
    [[nodiscard]] absl::Status write_record(RecordType type, std::span<const std::uint8_t> payload);
    /// Once, when no more rows come.
    [[nodiscard]] absl::Status write_state_head();
    /// What belongs to a block, behind it.
    [[nodiscard]] absl::Status write_with_block(
        RecordType type, const std::optional<std::span<const std::uint8_t>>& payload);
    /// Before a block, where one is due.
    void begin_piece();
    [[nodiscard]] absl::Status write_end();

    ArchiveHeader header_;
    const Observed observed_;
    std::unique_ptr<File> file_;
    ArchiveCounts counts_;
    std::optional<model::StateKey> last_key_;
    core::StateDigest rows_digest_;
    /// Empty while rows can come.
    ArchiveIndex index_;
    model::Topoheight last_topoheight_;
    bool finished_ = false;
};

}  // namespace parallax::replay
