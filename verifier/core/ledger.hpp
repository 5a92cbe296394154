#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "verifier/model/verdict.hpp"

namespace parallax {

/// One line of the verdict ledger: a verdict, chained to the one before. Every topoheight between
/// the first and the last is there exactly once.
struct LedgerRecord {
    Hash previous;
    Verdict verdict;
    friend bool operator==(const LedgerRecord&, const LedgerRecord&) = default;
};

/// Hash that the next record's `previous` must be: BLAKE3 of the record's canonical bytes.
[[nodiscard]] Hash ledger_hash(const LedgerRecord& record);
[[nodiscard]] Bytes encode_ledger_record(const LedgerRecord& record);
[[nodiscard]] absl::StatusOr<LedgerRecord> decode_ledger_record(
    std::span<const std::uint8_t> bytes);

/// Counts of a run, and the accounting that makes "green" impossible with a hole. Fed in order.
class LedgerAudit {
  public:
    /// Adds one record. FailedPrecondition if it does not follow the last one (gap, repeat, or a
    /// broken chain): the message says what was expected.
    [[nodiscard]] absl::Status add(const LedgerRecord& record);

    [[nodiscard]] std::uint64_t matches() const noexcept { return matches_; }
    [[nodiscard]] std::uint64_t mismatches() const noexcept { return mismatches_; }
    [[nodiscard]] std::uint64_t inconclusive() const noexcept { return inconclusive_; }
    [[nodiscard]] std::uint64_t blocks() const noexcept {
        return matches_ + mismatches_ + inconclusive_;
    }
    [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
    /// 0 all compared and equal; 2 a mismatch; 3 inconclusive, a gap, or nothing at all.
    [[nodiscard]] int exit_code() const noexcept;

  private:
    std::optional<Topoheight> last_;
    std::optional<Hash> head_;
    std::uint64_t matches_ = 0;
    std::uint64_t mismatches_ = 0;
    std::uint64_t inconclusive_ = 0;
    std::uint64_t gaps_ = 0;
};

}  // namespace parallax
