#pragma once

#include "verifier/model/verdict.hpp"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <span>

namespace parallax::core {

/// One line of the verdict ledger: a verdict, chained to the one before. Every topoheight between
/// the first and the last is there exactly once.
struct LedgerRecord {
    model::Hash previous;
    model::Verdict verdict;
    friend bool operator==(const LedgerRecord&, const LedgerRecord&) = default;
};

/// Hash that the next record's `previous` must be: BLAKE3 of the record's canonical bytes.
[[nodiscard]] model::Hash ledger_hash(const LedgerRecord& record);
/// 32 bytes `previous`, then the verdict's canonical bytes.
[[nodiscard]] base::Bytes encode_ledger_record(const LedgerRecord& record);
/// InvalidArgument says what is wrong; bytes behind the verdict are.
[[nodiscard]] absl::StatusOr<LedgerRecord> decode_ledger_record(
    std::span<const std::uint8_t> bytes);

/// Counts of a run, and the accounting that makes "green" impossible with a hole. Fed in order. The
/// first record may have any topoheight and any `previous`: a range can start anywhere.
class LedgerAudit {
  public:
    /// Adds one record. FailedPrecondition if it does not follow the last one (gap, repeat, or a
    /// broken chain): the message says what was expected.
    ///
    /// A record behind a gap or a broken chain is counted, since its verdict is known, and the next
    /// one must follow it; a repeated or earlier one is not. Each such error makes `gaps` grow.
    [[nodiscard]] absl::Status add(const LedgerRecord& record);

    [[nodiscard]] std::uint64_t matches() const noexcept { return matches_; }
    [[nodiscard]] std::uint64_t mismatches() const noexcept { return mismatches_; }
    [[nodiscard]] std::uint64_t inconclusive() const noexcept { return inconclusive_; }
    [[nodiscard]] std::uint64_t blocks() const noexcept {
        return matches_ + mismatches_ + inconclusive_;
    }
    /// Topoheights that are missing, and records that did not follow.
    [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
    /// 0 all compared and equal; 2 a mismatch; 3 inconclusive, a gap, or nothing at all. 2 beats 3.
    [[nodiscard]] int exit_code() const noexcept;

  private:
    [[nodiscard]] absl::Status check_position(const LedgerRecord& record);

    std::optional<model::Topoheight> last_;
    std::optional<model::Hash> head_;
    std::uint64_t matches_ = 0;
    std::uint64_t mismatches_ = 0;
    std::uint64_t inconclusive_ = 0;
    std::uint64_t gaps_ = 0;
};

}  // namespace parallax::core
