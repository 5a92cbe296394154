#pragma once

#include "replay/archive/archive.hpp"
#include "verifier/crypto/hashing.hpp"

#include "absl/status/statusor.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parallax::replay {

/// The record layer under `ArchiveReader`: bytes off a file or pipe, checked records out. The
/// first error stays in `status()`. One thread at a time.
class ArchiveRecords {
  public:
    /// `-` is standard input.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<ArchiveRecords>> open(
        const std::string& path);
    ~ArchiveRecords();
    ArchiveRecords(const ArchiveRecords&) = delete;
    ArchiveRecords& operator=(const ArchiveRecords&) = delete;

    /// Magic and version.
    [[nodiscard]] absl::Status read_preamble();

    /// The next record: its type, with the payload in `payload()` until the next call.
    [[nodiscard]] absl::StatusOr<RecordType> next();
    [[nodiscard]] std::span<const std::uint8_t> payload() const { return payload_; }

    /// Adds the record to what the end record, and the piece that it is in, are held against.
    void include_in_digest();
    [[nodiscard]] model::Hash digest() const { return everything_.finish(); }
    /// BLAKE3 of all that was included since the piece before; the next one begins.
    [[nodiscard]] model::Hash take_piece();
    /// BLAKE3 of the record that was read last, with type, length and checksum.
    [[nodiscard]] model::Hash record_digest() const;

    [[nodiscard]] absl::Status expect_end_of_file();

    /// Makes the record that was read last the reason of a DataLoss.
    absl::Status damaged(const std::string& what);

    /// The record at `offset`, which has `size` bytes and is of `type`, with its payload in
    /// `payload()`: of a file with a size only. The next record is still the one that it was.
    [[nodiscard]] absl::Status read_apart(std::uint64_t offset, std::uint64_t size,
                                          RecordType type);
    /// BLAKE3 of a stretch of the file.
    [[nodiscard]] absl::StatusOr<model::Hash> digest_of(std::uint64_t begin, std::uint64_t end);
    /// Goes on at `offset`, where a piece begins. What `digest()` says means nothing from then on.
    [[nodiscard]] absl::Status go_to(std::uint64_t offset);

    [[nodiscard]] const absl::Status& status() const { return status_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// Whether `name` leads to the same bytes once more.
    [[nodiscard]] bool can_be_opened_again() const { return owned_; }
    [[nodiscard]] std::uint32_t version() const { return version_; }
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// Where the record begins that was read last.
    [[nodiscard]] std::uint64_t record_offset() const { return record_offset_; }
    /// Of a file that can be read in any order, and from its start.
    [[nodiscard]] std::optional<std::uint64_t> file_size() const { return file_size_; }

  private:
    ArchiveRecords(int descriptor, std::string name, bool owned);
    absl::Status fail(absl::Status status);
    absl::Status truncated(const std::string& where);
    absl::Status truncated_inside(const char* part, std::size_t got, std::size_t expected);
    absl::Status cannot_read(std::uint64_t offset);
    [[nodiscard]] absl::Status read_at(std::uint64_t offset, std::span<std::uint8_t> out);
    /// Fills `out`, or as much of it as there is before the end.
    std::size_t read_up_to(std::span<std::uint8_t> out);
    /// False at the end, and after an error (then `status_` says it).
    bool refill();
    absl::Status read_payload(std::size_t size);
    absl::Status check_checksum();
    [[nodiscard]] absl::Status hold_checksum();

    const int descriptor_;
    const std::string name_;
    const bool owned_;
    std::optional<std::uint64_t> file_size_;

    base::Bytes buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t offset_ = 0;

    std::uint32_t version_ = 0;
    std::uint64_t record_number_ = 0;
    std::uint64_t record_offset_ = 0;
    std::string_view type_name_;
    std::array<std::uint8_t, kRecordPrefixSize> prefix_{};
    base::Bytes payload_;
    std::array<std::uint8_t, kRecordChecksumSize> checksum_{};
    crypto::Blake3Hasher everything_;
    crypto::Blake3Hasher piece_;
    absl::Status status_;
};

}  // namespace parallax::replay
