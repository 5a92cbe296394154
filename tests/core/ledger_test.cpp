#include "verifier/core/store/ledger.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parallax::core {
namespace {

LedgerRecord record_after(const std::optional<LedgerRecord>& previous, std::uint64_t topoheight,
                          model::VerdictKind kind = model::VerdictKind::kMatch) {
    LedgerRecord record;
    if (previous) {
        record.previous = ledger_hash(*previous);
    }
    record.verdict.topoheight = model::Topoheight{topoheight};
    record.verdict.kind = kind;
    return record;
}

std::string message(const absl::Status& status) {
    return std::string(status.message());
}

TEST(LedgerRecord, survives_its_encoding) {
    LedgerRecord record = record_after(std::nullopt, 7, model::VerdictKind::kMismatch);
    record.previous.mutable_bytes().fill(3);
    record.verdict.findings.emplace_back().sentence = "block 7 differs";
    record.verdict.lanes.emplace_back().executor = "batch";
    const auto decoded = decode_ledger_record(encode_ledger_record(record));
    ASSERT_TRUE(decoded.ok()) << message(decoded.status());
    EXPECT_EQ(*decoded, record);
}

TEST(LedgerRecord, every_cut_and_an_extra_byte_are_refused) {
    const base::Bytes bytes = encode_ledger_record(record_after(std::nullopt, 7));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_ledger_record({bytes.data(), size}).ok()) << size;
    }
    base::Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode_ledger_record(longer).ok());
}

TEST(LedgerRecord, its_hash_covers_verdict_and_chain) {
    const LedgerRecord record = record_after(std::nullopt, 7);
    LedgerRecord other = record;
    other.verdict.kind = model::VerdictKind::kMismatch;
    EXPECT_NE(ledger_hash(record), ledger_hash(other));
    other = record;
    other.previous.mutable_bytes()[0] = 1;
    EXPECT_NE(ledger_hash(record), ledger_hash(other));
}

TEST(LedgerAudit, an_empty_range_is_never_green) {
    EXPECT_EQ(LedgerAudit().exit_code(), 3);
}

TEST(LedgerAudit, counts_a_chain_from_any_start) {
    LedgerAudit audit;
    std::optional<LedgerRecord> last;
    for (std::uint64_t t = 40; t < 45; ++t) {
        last = record_after(last, t);
        EXPECT_TRUE(audit.add(*last).ok());
    }
    EXPECT_EQ(audit.matches(), 5U);
    EXPECT_EQ(audit.blocks(), 5U);
    EXPECT_EQ(audit.gaps(), 0U);
    EXPECT_EQ(audit.exit_code(), 0);
}

TEST(LedgerAudit, a_gap_is_refused_by_name_and_never_green) {
    LedgerAudit audit;
    const LedgerRecord first = record_after(std::nullopt, 1);
    ASSERT_TRUE(audit.add(first).ok());
    const LedgerRecord late = record_after(first, 4);
    const absl::Status status = audit.add(late);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(message(status), "ledger: expected topoheight 2, found 4");
    EXPECT_EQ(audit.gaps(), 2U);
    EXPECT_TRUE(audit.add(record_after(late, 5)).ok());
    EXPECT_EQ(audit.blocks(), 3U);
    EXPECT_EQ(audit.exit_code(), 3);
}

TEST(LedgerAudit, a_repeat_is_refused_and_not_counted) {
    LedgerAudit audit;
    const LedgerRecord first = record_after(std::nullopt, 1);
    const LedgerRecord second = record_after(first, 2);
    ASSERT_TRUE(audit.add(first).ok());
    ASSERT_TRUE(audit.add(second).ok());
    EXPECT_EQ(message(audit.add(second)), "ledger: expected topoheight 3, found 2 again");
    EXPECT_EQ(message(audit.add(first)), "ledger: expected topoheight 3, found 1 again");
    EXPECT_EQ(audit.blocks(), 2U);
    EXPECT_EQ(audit.exit_code(), 3);
}

TEST(LedgerAudit, a_broken_chain_is_refused) {
    LedgerAudit audit;
    const LedgerRecord first = record_after(std::nullopt, 1);
    ASSERT_TRUE(audit.add(first).ok());
    LedgerRecord forged = record_after(first, 2);
    forged.previous.mutable_bytes()[31] ^= 1;
    const absl::Status status = audit.add(forged);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(message(status).find("expected " + ledger_hash(first).hex()), std::string::npos);
    EXPECT_EQ(audit.exit_code(), 3);
}

TEST(LedgerAudit, a_changed_record_breaks_the_chain_behind_it) {
    LedgerRecord first = record_after(std::nullopt, 1, model::VerdictKind::kMismatch);
    const LedgerRecord second = record_after(first, 2);
    first.verdict.kind = model::VerdictKind::kMatch;
    LedgerAudit audit;
    ASSERT_TRUE(audit.add(first).ok());
    EXPECT_FALSE(audit.add(second).ok());
}

TEST(LedgerAudit, exit_codes_and_their_order) {
    LedgerAudit inconclusive;
    const LedgerRecord first = record_after(std::nullopt, 1, model::VerdictKind::kInconclusive);
    ASSERT_TRUE(inconclusive.add(first).ok());
    EXPECT_EQ(inconclusive.inconclusive(), 1U);
    EXPECT_EQ(inconclusive.exit_code(), 3);
    ASSERT_TRUE(inconclusive.add(record_after(first, 2, model::VerdictKind::kMismatch)).ok());
    EXPECT_EQ(inconclusive.mismatches(), 1U);
    EXPECT_EQ(inconclusive.exit_code(), 2);
}

}  // namespace
}  // namespace parallax::core
