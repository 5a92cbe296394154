#include "replay/archive_reader.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace parallax {
namespace {

constexpr std::size_t kBufferSize = 64UL * 1024;
/// A payload is taken from the stream in steps of this, so that a length field alone, with nothing
/// behind it, cannot make us take more memory than this.
constexpr std::size_t kPayloadStep = 1024UL * 1024;

constexpr std::string_view kTruncatedAdvice =
    "copy it again from where it was made, or record it anew";
constexpr std::string_view kDamagedAdvice =
    "nothing after this point can be trusted: copy it again from where it was made";

std::uint32_t load_u32(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8) | bytes[i];
    }
    return value;
}

std::uint64_t load_u64(std::span<const std::uint8_t> bytes) {
    return (std::uint64_t{load_u32(bytes)} << 32) | load_u32(bytes.subspan(4));
}

/// Takes fields off the front of a payload. Once something did not fit, `ok()` is false and every
/// field is zero.
class PayloadParser {
  public:
    explicit PayloadParser(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    std::span<const std::uint8_t> take(std::size_t count) {
        static constexpr std::array<std::uint8_t, 64> kZeros{};
        if (count > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return std::span(kZeros).first(std::min(count, kZeros.size()));
        }
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    std::uint8_t take_u8() { return take(1)[0]; }
    std::uint32_t take_u32() { return load_u32(take(4)); }
    std::uint64_t take_u64() { return load_u64(take(8)); }
    Hash take_hash() {
        return Hash::from_span(std::span<const std::uint8_t, 32>(take(32).data(), 32));
    }
    bool take_bool() {
        const std::uint8_t byte = take_u8();
        ok_ = ok_ && byte <= 1;
        return byte == 1;
    }
    std::string take_text() {
        const std::size_t high = take_u8();
        const std::size_t size = (high << 8) | take_u8();
        if (size > kMaxHeaderText || size > rest_.size()) {
            ok_ = false;
            return {};
        }
        const auto bytes = take(size);
        // These texts are shown on terminals.
        ok_ = ok_ && std::none_of(bytes.begin(), bytes.end(),
                                  [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7F; });
        return {bytes.begin(), bytes.end()};
    }
    std::optional<Topoheight> take_optional_topoheight() {
        return take_bool() ? std::optional(Topoheight{take_u64()}) : std::nullopt;
    }

    std::span<const std::uint8_t> rest() const { return rest_; }
    bool ok() const { return ok_; }
    bool complete() const { return ok_ && rest_.empty(); }

  private:
    std::span<const std::uint8_t> rest_;
    bool ok_ = true;
};

std::optional<ArchiveHeader> parse_header(std::span<const std::uint8_t> payload) {
    PayloadParser parser(payload);
    ArchiveHeader header;
    header.network = parser.take_text();
    header.profile = parser.take_text();
    const std::uint8_t model = parser.take_u8();
    header.failure_model = static_cast<FailureModel>(model);
    header.base_topoheight = Topoheight{parser.take_u64()};
    header.base_hash = parser.take_hash();
    header.first = parser.take_optional_topoheight();
    header.last = parser.take_optional_topoheight();
    header.origin = parser.take_text();
    const bool known_model = model <= static_cast<std::uint8_t>(FailureModel::kOrphanPartial);
    return parser.complete() && known_model ? std::optional(std::move(header)) : std::nullopt;
}

}  // namespace

/// The record layer: bytes off the descriptor, checked records out.
class ArchiveReader::Records {
  public:
    static absl::StatusOr<std::unique_ptr<Records>> open(const std::string& path) {
        const bool standard_input = path == "-";
        const int descriptor =
            standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            const int error = errno;
            return absl::Status(
                absl::ErrnoToStatusCode(error),
                fmt::format("cannot open archive {}: {}", path, std::strerror(error)));
        }
        return std::unique_ptr<Records>(
            new Records(descriptor, standard_input ? "standard input" : path, !standard_input));
    }

    ~Records() {
        if (owned_) {
            ::close(descriptor_);
        }
    }
    Records(const Records&) = delete;
    Records& operator=(const Records&) = delete;

    /// Magic and version.
    absl::Status read_preamble() {
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
        const std::uint32_t version = load_u32(std::span(bytes).subspan(kArchiveMagic.size()));
        if (version != kArchiveVersion) {
            return fail(absl::InvalidArgumentError(fmt::format(
                "archive {} has format version {}, this program reads version {}; use a program "
                "that matches, or record it anew",
                name_, version, kArchiveVersion)));
        }
        return absl::OkStatus();
    }

    /// The next record: its type, with the payload in `payload()`.
    absl::StatusOr<RecordType> next() {
        record_offset_ = offset_;
        ++record_number_;
        type_name_ = "unread";
        std::array<std::uint8_t, kRecordPrefixSize> prefix{};
        const std::size_t count = read_up_to(prefix);
        if (!status_.ok()) {
            return status_;
        }
        if (count == 0) {
            return truncated(
                fmt::format("it ends at offset {} after record {} without an end "
                            "record",
                            offset_, record_number_ - 1));
        }
        const auto type = find_record_type(prefix[0]);
        if (!type) {
            return damaged(fmt::format("unknown record type {}, expected 1 to 5", prefix[0]));
        }
        type_name_ = record_type_name(*type);
        if (count < prefix.size()) {
            return truncated_inside("type and length", count, prefix.size());
        }
        const std::size_t size = load_u32(std::span(prefix).subspan(1));
        if (size > max_payload_size(*type)) {
            return damaged(fmt::format("its length field says {} bytes, the limit is {}", size,
                                       max_payload_size(*type)));
        }
        if (auto status = read_payload(size); !status.ok()) {
            return status;
        }
        if (auto status = check_checksum(prefix); !status.ok()) {
            return status;
        }
        return *type;
    }

    /// Adds the record to what the end record is held against.
    void include_in_digest() { everything_.update(raw_prefix_).update(payload_).update(checksum_); }
    Hash digest() const { return everything_.finish(); }

    absl::Status expect_end_of_file() {
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

    absl::Status damaged(const std::string& what) {
        return fail(absl::DataLossError(
            fmt::format("archive {} is damaged: record {} ({}) at offset {}: {}; {}", name_,
                        record_number_, type_name_, record_offset_, what, kDamagedAdvice)));
    }

    std::span<const std::uint8_t> payload() const { return payload_; }
    const absl::Status& status() const { return status_; }
    std::uint64_t offset() const { return offset_; }
    std::optional<std::uint64_t> file_size() const { return file_size_; }

    // What the record sequence has been so far; kept here so that ArchiveReader stays a thin front.
    ArchiveCounts counts;
    std::optional<StateKey> last_key;
    Topoheight last_topoheight;
    /// A block or end record that was met while looking for state rows.
    std::optional<RecordType> pending;
    bool done = false;

  private:
    Records(int descriptor, std::string name, bool owned)
        : descriptor_(descriptor), name_(std::move(name)), owned_(owned) {
        struct stat info {};
        if (::fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode)) {
            file_size_ = static_cast<std::uint64_t>(info.st_size);
        }
        buffer_.resize(kBufferSize);
    }

    absl::Status fail(absl::Status status) {
        status_ = std::move(status);
        return status_;
    }

    absl::Status truncated(const std::string& where) {
        return fail(absl::DataLossError(
            fmt::format("archive {} is truncated: {}; {}", name_, where, kTruncatedAdvice)));
    }

    absl::Status truncated_inside(const char* part, std::size_t got, std::size_t expected) {
        return truncated(fmt::format(
            "it ends at offset {} inside record {} ({}) at offset {}: {} of {} bytes of its {} "
            "are there",
            offset_, record_number_, type_name_, record_offset_, got, expected, part));
    }

    /// Fills `out`, or as much of it as there is before the end.
    std::size_t read_up_to(std::span<std::uint8_t> out) {
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

    /// False at the end, and after an error (then `status_` says it).
    bool refill() {
        while (true) {
            const ssize_t count = ::read(descriptor_, buffer_.data(), buffer_.size());
            if (count >= 0) {
                begin_ = 0;
                end_ = static_cast<std::size_t>(count);
                return count > 0;
            }
            if (errno != EINTR) {
                const int error = errno;
                fail({absl::ErrnoToStatusCode(error),
                      fmt::format("cannot read archive {} at offset {}: {}", name_, offset_,
                                  std::strerror(error))})
                    .IgnoreError();
                return false;
            }
        }
    }

    absl::Status read_payload(std::size_t size) {
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

    absl::Status check_checksum(const std::array<std::uint8_t, kRecordPrefixSize>& prefix) {
        raw_prefix_ = prefix;
        const std::size_t count = read_up_to(checksum_);
        if (!status_.ok()) {
            return status_;
        }
        if (count < checksum_.size()) {
            return truncated_inside("checksum", count, checksum_.size());
        }
        const Hash hash = Blake3Hasher().update(prefix).update(payload_).finish();
        if (!std::equal(checksum_.begin(), checksum_.end(), hash.bytes().begin())) {
            return damaged(
                fmt::format("its checksum is {}, its bytes give {}", to_hex(checksum_),
                            to_hex(std::span(hash.bytes()).first<kRecordChecksumSize>())));
        }
        return absl::OkStatus();
    }

    const int descriptor_;
    const std::string name_;
    const bool owned_;
    std::optional<std::uint64_t> file_size_;

    Bytes buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t offset_ = 0;

    std::uint64_t record_number_ = 0;
    std::uint64_t record_offset_ = 0;
    std::string_view type_name_;
    std::array<std::uint8_t, kRecordPrefixSize> raw_prefix_{};
    Bytes payload_;
    std::array<std::uint8_t, kRecordChecksumSize> checksum_{};
    Blake3Hasher everything_;
    absl::Status status_;
};

ArchiveReader::ArchiveReader(std::unique_ptr<Records> records, ArchiveHeader header)
    : header_(std::move(header)), records_(std::move(records)) {}

ArchiveReader::~ArchiveReader() = default;

absl::StatusOr<std::unique_ptr<ArchiveReader>> ArchiveReader::open(const std::string& path) {
    auto records = Records::open(path);
    if (!records.ok()) {
        return records.status();
    }
    if (auto status = (*records)->read_preamble(); !status.ok()) {
        return status;
    }
    const auto type = (*records)->next();
    if (!type.ok()) {
        return type.status();
    }
    if (*type != RecordType::kHeader) {
        return (*records)->damaged("expected the header here");
    }
    auto header = parse_header((*records)->payload());
    if (!header) {
        return (*records)->damaged("its fields cannot be read");
    }
    (*records)->include_in_digest();
    (*records)->last_topoheight = header->base_topoheight;
    return std::unique_ptr<ArchiveReader>(
        new ArchiveReader(*std::move(records), *std::move(header)));
}

const ArchiveHeader& ArchiveReader::header() const noexcept {
    return header_;
}

absl::StatusOr<std::optional<DeltaEntry>> ArchiveReader::next_state_row() {
    Records& records = *records_;
    if (!records.status().ok()) {
        return records.status();
    }
    if (records.pending || records.counts.blocks != 0 || records.done) {
        return std::nullopt;
    }
    const auto type = records.next();
    if (!type.ok()) {
        return type.status();
    }
    if (*type != RecordType::kStateRow) {
        records.pending = *type;
        return std::nullopt;
    }
    const auto payload = records.payload();
    constexpr std::size_t kKeySize = 65;
    if (payload.size() < kKeySize) {
        return records.damaged("it is shorter than a key");
    }
    const auto key = decode_key(payload.first(kKeySize));
    if (!key.ok()) {
        return records.damaged(std::string(key.status().message()));
    }
    if (records.last_key && !(*records.last_key < *key)) {
        return records.damaged("its key does not come after the key of the row before it");
    }
    auto value = decode_value(key->family, payload.subspan(kKeySize));
    if (!value.ok()) {
        return records.damaged(
            fmt::format("value of {}: {}", to_string(*key), std::string(value.status().message())));
    }
    records.include_in_digest();
    records.last_key = *key;
    ++records.counts.state_rows;
    return DeltaEntry{*key, std::nullopt, *std::move(value)};
}

absl::StatusOr<std::optional<ArchiveBlock>> ArchiveReader::next_block() {
    Records& records = *records_;
    while (records.status().ok() && !records.pending && records.counts.blocks == 0 &&
           !records.done) {
        if (auto row = next_state_row(); !row.ok()) {
            return row.status();
        }
    }
    if (!records.status().ok()) {
        return records.status();
    }
    if (records.done) {
        return std::nullopt;
    }
    const auto type =
        records.pending ? absl::StatusOr<RecordType>(*records.pending) : records.next();
    records.pending.reset();
    if (!type.ok()) {
        return type.status();
    }
    if (*type == RecordType::kEnd) {
        if (auto status = finish(); !status.ok()) {
            return status;
        }
        return std::nullopt;
    }
    if (*type != RecordType::kBlock) {
        return records.damaged("expected a block or the end record here");
    }
    return read_block();
}

absl::StatusOr<ArchiveBlock> ArchiveReader::read_block() {
    Records& records = *records_;
    PayloadParser parser(records.payload());
    ArchiveBlock block;
    block.placement.topoheight = Topoheight{parser.take_u64()};
    if (parser.take_bool()) {
        block.placement.side_block = parser.take_u32();
    }
    const bool has_outcome = parser.take_bool();
    if (!parser.ok()) {
        return records.damaged("its placement cannot be read");
    }
    if (block.placement.topoheight != next(records.last_topoheight)) {
        return records.damaged(fmt::format("it is at topoheight {}, expected {}",
                                           block.placement.topoheight.value(),
                                           records.last_topoheight.value() + 1));
    }
    block.wire.assign(parser.rest().begin(), parser.rest().end());
    records.include_in_digest();
    if (has_outcome) {
        const auto type = records.next();
        if (!type.ok()) {
            return type.status();
        }
        if (*type != RecordType::kOutcome) {
            return records.damaged("expected the outcome of the block before it");
        }
        block.outcome.emplace(records.payload().begin(), records.payload().end());
        records.include_in_digest();
        ++records.counts.outcomes;
    }
    records.last_topoheight = block.placement.topoheight;
    ++records.counts.blocks;
    return block;
}

absl::Status ArchiveReader::finish() {
    Records& records = *records_;
    PayloadParser parser(records.payload());
    ArchiveCounts stated;
    stated.state_rows = parser.take_u64();
    stated.blocks = parser.take_u64();
    stated.outcomes = parser.take_u64();
    const Hash digest = parser.take_hash();
    if (!parser.complete()) {
        return records.damaged("it has the wrong size");
    }
    if (stated != records.counts) {
        return records.damaged(
            fmt::format("it counts {} state rows, {} blocks, {} outcomes; read were {}, {}, {}",
                        stated.state_rows, stated.blocks, stated.outcomes,
                        records.counts.state_rows, records.counts.blocks, records.counts.outcomes));
    }
    if (digest != records.digest()) {
        return records.damaged(
            fmt::format("it says that all before it hashes to {}, it hashes to {}", digest.hex(),
                        records.digest().hex()));
    }
    const bool ends_as_announced = !header_.last || *header_.last == records.last_topoheight;
    if (!ends_as_announced) {
        return records.damaged(
            fmt::format("the header announces blocks up to topoheight {}, they "
                        "end at {}",
                        header_.last->value(), records.last_topoheight.value()));
    }
    if (auto status = records.expect_end_of_file(); !status.ok()) {
        return status;
    }
    records.done = true;
    return absl::OkStatus();
}

const ArchiveCounts& ArchiveReader::counts() const noexcept {
    return records_->counts;
}
std::uint64_t ArchiveReader::bytes_read() const noexcept {
    return records_->offset();
}
std::optional<std::uint64_t> ArchiveReader::file_size() const noexcept {
    return records_->file_size();
}

}  // namespace parallax
