#include "verifier/core/store/ledger.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

namespace parallax::core {

model::Hash ledger_hash(const LedgerRecord& record) {
    return crypto::blake3(encode_ledger_record(record));
}

base::Bytes encode_ledger_record(const LedgerRecord& record) {
    base::Bytes bytes(record.previous.bytes().begin(), record.previous.bytes().end());
    const base::Bytes verdict = codec::encode_verdict(record.verdict);
    bytes.insert(bytes.end(), verdict.begin(), verdict.end());
    return bytes;
}

absl::StatusOr<LedgerRecord> decode_ledger_record(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < model::Hash::kSize) {
        return absl::InvalidArgumentError(fmt::format("ledger record: {} bytes, at least {} needed",
                                                      bytes.size(), model::Hash::kSize));
    }
    auto verdict = codec::decode_verdict(bytes.subspan(model::Hash::kSize));
    if (!verdict.ok()) {
        return verdict.status();
    }
    return LedgerRecord{model::Hash::from_span(bytes.first<model::Hash::kSize>()),
                        *std::move(verdict)};
}

absl::Status LedgerAudit::check_position(const LedgerRecord& record) {
    if (!last_) {
        return absl::OkStatus();
    }
    const model::Topoheight found = record.verdict.topoheight;
    const model::Topoheight expected = model::next(*last_);
    if (found < expected) {
        ++gaps_;
        return absl::FailedPreconditionError(fmt::format(
            "ledger: expected topoheight {}, found {} again", expected.value(), found.value()));
    }
    if (found > expected) {
        gaps_ += found.value() - expected.value();
        return absl::FailedPreconditionError(fmt::format("ledger: expected topoheight {}, found {}",
                                                         expected.value(), found.value()));
    }
    if (record.previous != *head_) {
        ++gaps_;
        return absl::FailedPreconditionError(
            fmt::format("ledger: topoheight {} is chained to {}, expected {}", found.value(),
                        record.previous.hex(), head_->hex()));
    }
    return absl::OkStatus();
}

absl::Status LedgerAudit::add(const LedgerRecord& record) {
    absl::Status position = check_position(record);
    if (last_ && record.verdict.topoheight <= *last_) {
        return position;
    }
    switch (record.verdict.kind) {
        case model::VerdictKind::kMatch:
            ++matches_;
            break;
        case model::VerdictKind::kMismatch:
            ++mismatches_;
            break;
        case model::VerdictKind::kInconclusive:
            ++inconclusive_;
            break;
    }
    last_ = record.verdict.topoheight;
    head_ = ledger_hash(record);
    return position;
}

int LedgerAudit::exit_code() const noexcept {
    if (mismatches_ > 0) {
        return 2;
    }
    return inconclusive_ > 0 || gaps_ > 0 || blocks() == 0 ? 3 : 0;
}

}  // namespace parallax::core
