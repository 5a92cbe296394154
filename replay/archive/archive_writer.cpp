#include "replay/archive/archive_writer.hpp"

#include "replay/archive/archive_fields.hpp"
#include "replay/archive/output_file.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

namespace parallax::replay {
namespace {

constexpr std::size_t kBufferSize = 1024UL * 1024;

void append_text(base::Bytes& out, const std::string& text) {
    out.push_back(static_cast<std::uint8_t>(text.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(text.size()));
    out.insert(out.end(), text.begin(), text.end());
}

void append_optional(base::Bytes& out, const std::optional<model::Topoheight>& topoheight) {
    out.push_back(topoheight ? 1 : 0);
    if (topoheight) {
        append_u64(out, topoheight->value());
    }
}

base::Bytes encode_header(const ArchiveHeader& header) {
    base::Bytes out;
    append_text(out, header.network);
    append_text(out, header.profile);
    out.push_back(static_cast<std::uint8_t>(header.failure_model));
    append_u64(out, header.base_topoheight.value());
    append_bytes(out, header.base_hash.bytes());
    append_optional(out, header.first);
    append_optional(out, header.last);
    append_text(out, header.origin);
    return out;
}

absl::Status check_text(const char* field, const std::string& text) {
    if (text.size() > kMaxHeaderText) {
        return absl::InvalidArgumentError(fmt::format("archive header: {} has {} bytes, at most {}",
                                                      field, text.size(), kMaxHeaderText));
    }
    for (const char character : text) {
        if (const auto byte = static_cast<unsigned char>(character); byte < 0x20 || byte == 0x7F) {
            return absl::InvalidArgumentError(
                fmt::format("archive header: {} has a control character", field));
        }
    }
    return absl::OkStatus();
}

absl::Status check_size(RecordType type, std::size_t size) {
    if (size > max_payload_size(type)) {
        return absl::InvalidArgumentError(
            fmt::format("archive: {} record of {} bytes, at most {} are possible",
                        record_type_name(type), size, max_payload_size(type)));
    }
    return absl::OkStatus();
}

}  // namespace

/// The bytes on their way to the disk. After an error it takes no more.
class ArchiveWriter::File {
  public:
    static absl::StatusOr<std::unique_ptr<File>> create(const std::string& path) {
        auto output = OutputFile::create(path, "archive");
        if (!output.ok()) {
            return output.status();
        }
        return std::unique_ptr<File>(new File(*std::move(output)));
    }

    absl::Status append(std::span<const std::uint8_t> bytes) {
        if (!status().ok()) {
            return status();
        }
        everything_.update(bytes);
        piece_.update(bytes);
        size_ += bytes.size();
        if (buffer_.size() + bytes.size() > kBufferSize) {
            flush();
        }
        append_bytes(buffer_, bytes);
        return status();
    }

    const absl::Status& status() const { return output_->status(); }

    /// BLAKE3 of all bytes so far, and how many they are.
    model::Hash digest() const { return everything_.finish(); }
    std::uint64_t size() const { return size_; }
    /// BLAKE3 of the bytes since the last call.
    model::Hash take_piece() {
        const model::Hash hash = piece_.finish();
        piece_ = crypto::Blake3Hasher();
        return hash;
    }

    absl::Status finish() {
        flush();
        return status().ok() ? output_->finish() : status();
    }

    void flush() {
        // The status is kept: `append` and `finish` answer it.
        output_->write(buffer_).IgnoreError();
        buffer_.clear();
    }

  private:
    explicit File(std::unique_ptr<OutputFile> output) : output_(std::move(output)) {
        buffer_.reserve(kBufferSize);
    }

    const std::unique_ptr<OutputFile> output_;
    base::Bytes buffer_;
    crypto::Blake3Hasher everything_;
    crypto::Blake3Hasher piece_;
    std::uint64_t size_ = 0;
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<File> file, const ArchiveHeader& header,
                             Observed observed)
    : header_(header),
      observed_(observed),
      file_(std::move(file)),
      last_topoheight_(header.base_topoheight) {}

ArchiveWriter::~ArchiveWriter() = default;

absl::StatusOr<std::unique_ptr<ArchiveWriter>> ArchiveWriter::create(const std::string& path,
                                                                     const ArchiveHeader& header,
                                                                     Observed observed) {
    for (const auto& status :
         {check_text("network", header.network), check_text("profile", header.profile),
          check_text("origin", header.origin)}) {
        if (!status.ok()) {
            return status;
        }
    }
    if (header.base_topoheight.value() == std::numeric_limits<std::uint64_t>::max()) {
        return absl::InvalidArgumentError("archive header: no block can follow the base");
    }
    if (header.first && *header.first != model::next(header.base_topoheight)) {
        return absl::InvalidArgumentError(
            fmt::format("archive header: the first block is at topoheight {}, the base at {}",
                        header.first->value(), header.base_topoheight.value()));
    }
    auto file = File::create(path);
    if (!file.ok()) {
        return file.status();
    }
    std::unique_ptr<ArchiveWriter> writer(new ArchiveWriter(*std::move(file), header, observed));
    base::Bytes preamble(kArchiveMagic.begin(), kArchiveMagic.end());
    append_u32(preamble, observed == Observed::kYes ? kArchiveVersionObserved : kArchiveVersion);
    if (auto status = writer->file_->append(preamble); !status.ok()) {
        return status;
    }
    if (auto status = writer->write_record(RecordType::kHeader, encode_header(header));
        !status.ok()) {
        return status;
    }
    return writer;
}

absl::Status ArchiveWriter::write_record(RecordType type, std::span<const std::uint8_t> payload) {
    if (auto status = check_size(type, payload.size()); !status.ok()) {
        return status;
    }
    base::Bytes prefix = {static_cast<std::uint8_t>(type)};
    append_u32(prefix, static_cast<std::uint32_t>(payload.size()));
    const model::Hash hash = crypto::Blake3Hasher().update(prefix).update(payload).finish();
    if (auto status = file_->append(prefix); !status.ok()) {
        return status;
    }
    if (auto status = file_->append(payload); !status.ok()) {
        return status;
    }
    return file_->append(std::span(hash.bytes()).first<kRecordChecksumSize>());
}

absl::Status ArchiveWriter::write_state_head() {
    if (!index_.pieces.empty()) {
        return absl::OkStatus();
    }
    index_.pieces.push_back({0, {}});
    return write_record(RecordType::kStateHead,
                        encode_state_head({counts_.state_rows, rows_digest_.finish(),
                                           file_->digest(), index_.blocks_per_piece}));
}

void ArchiveWriter::begin_piece() {
    if (counts_.blocks % index_.blocks_per_piece == 0) {
        index_.pieces.back().hash = file_->take_piece();
        index_.pieces.push_back({file_->size(), {}});
    }
}

absl::Status ArchiveWriter::write_state_row(const model::StateKey& key,
                                            const model::StateValue& value) {
    if (finished_ || !index_.pieces.empty()) {
        return absl::FailedPreconditionError("archive: state rows come before the blocks");
    }
    if (last_key_ && !(*last_key_ < key)) {
        return absl::FailedPreconditionError(
            fmt::format("archive: state rows must have ascending keys, {} comes after {}",
                        model::to_string(key), model::to_string(*last_key_)));
    }
    base::Bytes payload = codec::encode_key(key);
    const base::Bytes bytes = codec::encode_value(value);
    append_bytes(payload, bytes);
    if (auto status = write_record(RecordType::kStateRow, payload); !status.ok()) {
        return status;
    }
    rows_digest_.add(key, bytes);
    last_key_ = key;
    ++counts_.state_rows;
    return absl::OkStatus();
}

absl::Status ArchiveWriter::write_block(const model::BlockPlacement& placement,
                                        std::span<const std::uint8_t> wire,
                                        std::optional<std::span<const std::uint8_t>> outcome,
                                        std::optional<std::span<const std::uint8_t>> observations) {
    if (finished_ || placement.topoheight != model::next(last_topoheight_)) {
        return absl::FailedPreconditionError(
            finished_ ? std::string("archive: already finished")
                      : fmt::format("archive: expected the block at topoheight {}, got {}",
                                    last_topoheight_.value() + 1, placement.topoheight.value()));
    }
    if ((observations || !placement.bodies_shown) && observed_ == Observed::kNo) {
        return absl::FailedPreconditionError("archive: it was begun without observations");
    }
    // Before the block's record, which promises what follows.
    for (const auto& status :
         {check_size(RecordType::kOutcome, outcome ? outcome->size() : 0),
          check_size(RecordType::kObservations, observations ? observations->size() : 0)}) {
        if (!status.ok()) {
            return status;
        }
    }
    base::Bytes payload;
    payload.reserve(wire.size() + 16);
    append_u64(payload, placement.topoheight.value());
    payload.push_back(placement.side_block ? 1 : 0);
    if (placement.side_block) {
        append_u32(payload, *placement.side_block);
    }
    payload.push_back(static_cast<std::uint8_t>((outcome ? kFollowsOutcome : 0) |
                                                (observations ? kFollowsObservations : 0) |
                                                (placement.bodies_shown ? 0 : kBodiesNotShown)));
    append_bytes(payload, wire);
    // Nothing is begun that cannot be written.
    if (auto status = check_size(RecordType::kBlock, payload.size()); !status.ok()) {
        return status;
    }
    if (auto status = write_state_head(); !status.ok()) {
        return status;
    }
    begin_piece();
    if (auto status = write_record(RecordType::kBlock, payload); !status.ok()) {
        return status;
    }
    if (auto status = write_with_block(RecordType::kOutcome, outcome); !status.ok()) {
        return status;
    }
    if (auto status = write_with_block(RecordType::kObservations, observations); !status.ok()) {
        return status;
    }
    counts_.outcomes += outcome ? 1U : 0U;
    last_topoheight_ = placement.topoheight;
    ++counts_.blocks;
    return absl::OkStatus();
}

absl::Status ArchiveWriter::write_with_block(
    RecordType type, const std::optional<std::span<const std::uint8_t>>& payload) {
    return payload ? write_record(type, *payload) : absl::OkStatus();
}

absl::Status ArchiveWriter::flush() {
    file_->flush();
    return file_->status();
}

absl::StatusOr<ArchiveCounts> ArchiveWriter::finish() {
    if (finished_) {
        return absl::FailedPreconditionError("archive: already finished");
    }
    if (!file_->status().ok()) {
        return file_->status();
    }
    if (header_.last && *header_.last != last_topoheight_) {
        return absl::FailedPreconditionError(
            fmt::format("archive: the header announces blocks up to topoheight {}, they end at {}",
                        header_.last->value(), last_topoheight_.value()));
    }
    if (header_.first && counts_.blocks == 0) {
        return absl::FailedPreconditionError("archive: the header announces blocks, none came");
    }
    finished_ = true;
    if (auto status = write_end(); !status.ok()) {
        return status;
    }
    if (auto status = file_->finish(); !status.ok()) {
        return status;
    }
    return counts_;
}

absl::Status ArchiveWriter::write_end() {
    if (auto status = write_state_head(); !status.ok()) {
        return status;
    }
    index_.pieces.back().hash = file_->take_piece();
    ArchiveEnd end;
    end.counts = counts_;
    end.index_offset = file_->size();
    if (auto status = write_record(RecordType::kIndex, encode_index(index_)); !status.ok()) {
        return status;
    }
    end.index_digest = file_->take_piece();
    end.digest = file_->digest();
    return write_record(RecordType::kEnd, encode_end(end));
}

}  // namespace parallax::replay
