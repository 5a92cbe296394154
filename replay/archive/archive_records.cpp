#include "replay/archive/archive_records.hpp"

#include "replay/archive/archive_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace parallax::replay {
namespace {

constexpr std::size_t kBufferSize = 64UL * 1024;
/// A payload is taken from the stream in steps of this, so that a length field alone, with nothing
/// behind it, cannot make us take more memory than this.
constexpr std::size_t kPayloadStep = 1024UL * 1024;

constexpr std::string_view kTruncatedAdvice =
    "copy it again from where it was made, or record it anew";
constexpr std::string_view kDamagedAdvice =
    "nothing after this point can be trusted: copy it again from where it was made";

}  // namespace

ArchiveRecords::ArchiveRecords(int descriptor, std::string name, bool owned)
    : descriptor_(descriptor), name_(std::move(name)), owned_(owned) {
    struct stat info {};
    if (::fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode) &&
        ::lseek(descriptor_, 0, SEEK_CUR) == 0) {
        file_size_ = static_cast<std::uint64_t>(info.st_size);
    }
    buffer_.resize(kBufferSize);
}

ArchiveRecords::~ArchiveRecords() {
    if (owned_) {
        ::close(descriptor_);
    }
}

absl::StatusOr<std::unique_ptr<ArchiveRecords>> ArchiveRecords::open(const std::string& path) {
    const bool standard_input = path == "-";
    const int descriptor =
        standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const int error = errno;
        return absl::Status(absl::ErrnoToStatusCode(error),
                            fmt::format("cannot open archive {}: {}", path, std::strerror(error)));
    }
    return std::unique_ptr<ArchiveRecords>(
        new ArchiveRecords(descriptor, standard_input ? "standard input" : path, !standard_input));
}

absl::Status ArchiveRecords::read_preamble() {
    std::array<std::uint8_t, kArchivePreambleSize> bytes{};
    const std::size_t count = read_up_to(bytes);
    if (!status_.ok()) {
        return status_;
    }
    const std::size_t compared = std::min(count, kArchiveMagic.size());
    if (!std::equal(kArchiveMagic.begin(), kArchiveMagic.begin() + compared, bytes.begin())) {
        return fail(absl::InvalidArgumentError(fmt::format(
            "{} is not a Parallax archive: it does not begin with the archive magic; give a "
            ".pxa file, as `parallax generate` makes one",
            name_)));
    }
    if (count < bytes.size()) {
        return truncated(count == 0 ? "it is empty"
                                    : fmt::format("it ends at offset {} inside the magic and "
                                                  "version",
                                                  count));
    }
    everything_.update(bytes);
    piece_.update(bytes);
    version_ = load_u32(std::span(bytes).subspan(kArchiveMagic.size()));
    if (version_ < kOldestArchiveVersion || version_ > kArchiveVersionObserved) {
        return fail(absl::InvalidArgumentError(fmt::format(
            "archive {} has format version {}, this program reads versions {} to {}; use a program "
            "that matches, or record it anew",
            name_, version_, kOldestArchiveVersion, kArchiveVersionObserved)));
    }
    return absl::OkStatus();
}

absl::StatusOr<RecordType> ArchiveRecords::next() {
    record_offset_ = offset_;
    ++record_number_;
    type_name_ = "unread";
    const std::size_t count = read_up_to(prefix_);
    if (!status_.ok()) {
        return status_;
    }
    if (count == 0) {
        return truncated(
            fmt::format("it ends at offset {} after record {} without an end "
                        "record",
                        offset_, record_number_ - 1));
    }
    const auto type = find_record_type(prefix_[0], version_);
    if (!type) {
        return damaged(fmt::format("unknown record type {}, expected 1 to {}", prefix_[0],
                                   last_record_type(version_)));
    }
    type_name_ = record_type_name(*type);
    if (count < prefix_.size()) {
        return truncated_inside("type and length", count, prefix_.size());
    }
    const std::size_t size = load_u32(std::span(prefix_).subspan(1));
    if (size > max_payload_size(*type)) {
        return damaged(fmt::format("its length field says {} bytes, the limit is {}", size,
                                   max_payload_size(*type)));
    }
    if (auto status = read_payload(size); !status.ok()) {
        return status;
    }
    if (auto status = check_checksum(); !status.ok()) {
        return status;
    }
    return *type;
}

void ArchiveRecords::include_in_digest() {
    everything_.update(prefix_).update(payload_).update(checksum_);
    piece_.update(prefix_).update(payload_).update(checksum_);
}

model::Hash ArchiveRecords::take_piece() {
    const model::Hash hash = piece_.finish();
    piece_ = crypto::Blake3Hasher();
    return hash;
}

model::Hash ArchiveRecords::record_digest() const {
    return crypto::Blake3Hasher().update(prefix_).update(payload_).update(checksum_).finish();
}

absl::Status ArchiveRecords::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t count =
            ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
        if (count < 0 && errno != EINTR) {
            return cannot_read(offset);
        }
        if (count == 0) {
            return truncated(fmt::format("it ends at offset {}, while it is read", offset));
        }
        if (count > 0) {
            out = out.subspan(static_cast<std::size_t>(count));
            offset += static_cast<std::uint64_t>(count);
        }
    }
    return absl::OkStatus();
}

absl::Status ArchiveRecords::read_apart(std::uint64_t offset, std::uint64_t size, RecordType type) {
    record_offset_ = offset;
    type_name_ = record_type_name(type);
    constexpr std::size_t kFrame = kRecordPrefixSize + kRecordChecksumSize;
    if (size < kFrame || size - kFrame > max_payload_size(type)) {
        return damaged(fmt::format("its place has {} bytes", size));
    }
    payload_.resize(size - kFrame);
    for (const auto& [at, part] : {std::pair{offset, std::span<std::uint8_t>(prefix_)},
                                   std::pair{offset + kRecordPrefixSize, std::span(payload_)},
                                   std::pair{offset + kRecordPrefixSize + payload_.size(),
                                             std::span<std::uint8_t>(checksum_)}}) {
        if (auto status = read_at(at, part); !status.ok()) {
            return status;
        }
    }
    if (prefix_[0] != static_cast<std::uint8_t>(type) ||
        load_u32(std::span(prefix_).subspan(1)) != payload_.size()) {
        return damaged("there is another record in its place");
    }
    return hold_checksum();
}

absl::StatusOr<model::Hash> ArchiveRecords::digest_of(std::uint64_t begin, std::uint64_t end) {
    base::Bytes step;
    crypto::Blake3Hasher hasher;
    while (begin < end) {
        step.resize(std::min<std::uint64_t>(end - begin, kPayloadStep));
        if (auto status = read_at(begin, step); !status.ok()) {
            return status;
        }
        hasher.update(step);
        begin += step.size();
    }
    return hasher.finish();
}

absl::Status ArchiveRecords::go_to(std::uint64_t offset) {
    if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) {
        return cannot_read(offset);
    }
    begin_ = end_ = 0;
    offset_ = offset;
    piece_ = crypto::Blake3Hasher();
    return absl::OkStatus();
}

absl::Status ArchiveRecords::expect_end_of_file() {
    std::array<std::uint8_t, 1> byte{};
    const std::uint64_t end = offset_;
    if (read_up_to(byte) != 0) {
        return damaged(
            fmt::format("there are bytes behind it, from offset {}; an archive "
                        "ends with its end record",
                        end));
    }
    return status_;
}

absl::Status ArchiveRecords::damaged(const std::string& what) {
    return fail(absl::DataLossError(
        fmt::format("archive {} is damaged: record {} ({}) at offset {}: {}; {}", name_,
                    record_number_, type_name_, record_offset_, what, kDamagedAdvice)));
}

absl::Status ArchiveRecords::fail(absl::Status status) {
    status_ = std::move(status);
    return status_;
}

absl::Status ArchiveRecords::cannot_read(std::uint64_t offset) {
    const int error = errno;
    return fail(
        {absl::ErrnoToStatusCode(error), fmt::format("cannot read archive {} at offset {}: {}",
                                                     name_, offset, std::strerror(error))});
}

absl::Status ArchiveRecords::truncated(const std::string& where) {
    return fail(absl::DataLossError(
        fmt::format("archive {} is truncated: {}; {}", name_, where, kTruncatedAdvice)));
}

absl::Status ArchiveRecords::truncated_inside(const char* part, std::size_t got,
                                              std::size_t expected) {
    return truncated(fmt::format(
        "it ends at offset {} inside record {} ({}) at offset {}: {} of {} bytes of its {} "
        "are there",
        offset_, record_number_, type_name_, record_offset_, got, expected, part));
}

std::size_t ArchiveRecords::read_up_to(std::span<std::uint8_t> out) {
    std::size_t filled = 0;
    while (filled < out.size() && (begin_ < end_ || refill())) {
        const std::size_t count = std::min(out.size() - filled, end_ - begin_);
        std::memcpy(out.data() + filled, buffer_.data() + begin_, count);
        begin_ += count;
        filled += count;
    }
    offset_ += filled;
    return filled;
}

bool ArchiveRecords::refill() {
    while (true) {
        const ssize_t count = ::read(descriptor_, buffer_.data(), buffer_.size());
        if (count >= 0) {
            begin_ = 0;
            end_ = static_cast<std::size_t>(count);
            return count > 0;
        }
        if (errno != EINTR) {
            // Kept in the status: the caller sees it there.
            cannot_read(offset_).IgnoreError();
            return false;
        }
    }
}

absl::Status ArchiveRecords::read_payload(std::size_t size) {
    payload_.clear();
    while (payload_.size() < size) {
        const std::size_t have = payload_.size();
        const std::size_t step = std::min(size - have, kPayloadStep);
        payload_.resize(have + step);
        const std::size_t count = read_up_to(std::span(payload_).subspan(have));
        if (!status_.ok()) {
            return status_;
        }
        if (count < step) {
            return truncated_inside("payload", have + count, size);
        }
    }
    return absl::OkStatus();
}

absl::Status ArchiveRecords::check_checksum() {
    const std::size_t count = read_up_to(checksum_);
    if (!status_.ok()) {
        return status_;
    }
    if (count < checksum_.size()) {
        return truncated_inside("checksum", count, checksum_.size());
    }
    return hold_checksum();
}

absl::Status ArchiveRecords::hold_checksum() {
    const model::Hash hash = crypto::Blake3Hasher().update(prefix_).update(payload_).finish();
    if (!std::equal(checksum_.begin(), checksum_.end(), hash.bytes().begin())) {
        return damaged(
            fmt::format("its checksum is {}, its bytes give {}", base::to_hex(checksum_),
                        base::to_hex(std::span(hash.bytes()).first<kRecordChecksumSize>())));
    }
    return absl::OkStatus();
}

}  // namespace parallax::replay
