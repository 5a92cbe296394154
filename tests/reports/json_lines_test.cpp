#include "reports/record/json_lines.hpp"

#include <gtest/gtest.h>

namespace parallax::reports {
namespace {

model::Hash hash_of(std::uint8_t byte) {
    model::Hash hash;
    hash.mutable_bytes().fill(byte);
    return hash;
}

std::string hex_of(std::string_view byte) {
    std::string text;
    for (int i = 0; i < 32; ++i) {
        text += byte;
    }
    return text;
}

core::LedgerRecord matching_record() {
    core::LedgerRecord record;
    record.previous = hash_of(0x11);
    record.verdict.topoheight = model::Topoheight{7};
    record.verdict.block_hash = hash_of(0x22);
    record.verdict.kind = model::VerdictKind::kMatch;
    record.verdict.signatures = model::SignaturePolicy::kOnce;
    record.verdict.transactions = 3;
    record.verdict.executed = 2;
    record.verdict.failed = 1;
    record.verdict.keys = 9;
    record.verdict.conflicts = {{model::TransactionType::kBurn, model::TransactionType::kTransfers,
                                 model::Family::kBalance, model::Dependency::kWriteAfterRead, 3}};
    model::LaneReport lane;
    lane.executor = "batch";
    lane.kind = model::VerdictKind::kMatch;
    lane.compared = {model::Section::kBlockStatus, model::Section::kState};
    record.verdict.lanes = {lane};
    return record;
}

core::LedgerRecord mismatching_record() {
    core::LedgerRecord record = matching_record();
    record.verdict.kind = model::VerdictKind::kMismatch;
    record.verdict.lanes[0].kind = model::VerdictKind::kMismatch;
    model::Finding finding;
    finding.lane = "batch";
    finding.sentence = "a \"quoted\" sentence";
    finding.first.section = model::Section::kResults;
    finding.first.transaction = model::TxIndex{1};
    finding.first.path = "results[1].code";
    finding.first.control = "SUCCESS";
    finding.first.candidate = "OVERFLOW";
    model::Difference derived;
    derived.section = model::Section::kState;
    derived.key = model::counter_key(model::Counter::kBurnedSupply);
    derived.path = "counter:burned_supply.after.amount";
    derived.control = "10";
    derived.candidate = "4";
    derived.delta = "-6";
    derived.pre_state = "1";
    derived.control_writers = {model::TxIndex{0}, model::TxIndex{model::kEpilogueTransaction}};
    finding.derived = {derived};
    finding.derived_count = 1;
    finding.fingerprint = hash_of(0x33);
    finding.events = {{true, model::TxIndex{1}, model::AccessKind::kRead,
                       model::TxIndex{model::kPreState}, 18446744073709551615U}};
    finding.transactions = {{model::TxIndex{1}, model::TransactionType::kBurn, hash_of(0x44),
                             model::PublicKey::from_array(hash_of(0x55).bytes())}};
    record.verdict.findings = {finding};
    return record;
}

TEST(JsonLines, prints_a_match_in_fixed_key_order) {
    const core::LedgerRecord record = matching_record();
    EXPECT_EQ(to_json_line(record),
              R"({"ledger":2,"topoheight":7,"block":")" + hex_of("22") +
                  R"(","verdict":"match","reason":null,"signatures":"once","transactions":3,)"
                  R"("executed":2,"failed":1,"keys":9,"conflicts":{"burn>transfers balance )"
                  R"(write_after_read":3},"lanes":[{"executor":"batch",)"
                  R"("verdict":"match","reason":null,"detail":"",)"
                  R"("compared":["block_status","state"]}],"findings":[],"previous":")" +
                  hex_of("11") + R"(","hash":")" + core::ledger_hash(record).hex() + R"("})");
}

TEST(JsonLines, says_what_no_law_judged_in_lines_of_a_version_of_their_own) {
    core::LedgerRecord record = matching_record();
    EXPECT_EQ(to_json_line(record).find("unjudged"), std::string::npos);
    record.verdict.unjudged = {
        {"conservation[TOS]", model::counter_key(model::Counter::kGasFee), "it is full"},
        {"totals.fees", std::nullopt, "too many"}};
    const std::string line = to_json_line(record);
    EXPECT_TRUE(line.starts_with(R"({"ledger":3,)")) << line;
    EXPECT_NE(
        line.find(R"("unjudged":[{"law":"conservation[TOS]","key":"counter:gas_fee",)"
                  R"("why":"it is full"},{"law":"totals.fees","key":null,"why":"too many"}])"),
        std::string::npos)
        << line;
    const auto read = from_json_line(line);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, record);
    // Leaving the list out is noticed: the hash is of all of it.
    const std::string without =
        line.substr(0, line.find(R"(,"unjudged")")) + line.substr(line.find(R"(,"previous")"));
    EXPECT_FALSE(from_json_line(without).ok());
}

TEST(JsonLines, prints_both_sides_of_every_difference) {
    const std::string line = to_json_line(mismatching_record());
    EXPECT_NE(
        line.find(R"("findings":[{"class":"divergence","lane":"batch",)"
                  R"("sentence":"a \"quoted\" sentence",)"
                  R"("first":{"section":"results","transaction":1,"key":null,)"
                  R"("path":"results[1].code","control":"SUCCESS","candidate":"OVERFLOW",)"
                  R"("delta":null,"pre_state":null,"control_writers":[],)"
                  R"("candidate_writers":[]},"derived_count":1,"derived":[{"section":"state",)"
                  R"("transaction":null,"key":"counter:burned_supply",)"
                  R"("path":"counter:burned_supply.after.amount","control":"10",)"
                  R"("candidate":"4","delta":"-6","pre_state":"1",)"
                  R"("control_writers":[0,"epilogue"],"candidate_writers":[]}],)"
                  R"("fingerprint":")" +
                  hex_of("33") +
                  R"(","events":[{"lane":"candidate","transaction":1,"kind":"read",)"
                  R"("saw":"pre_state","value":"18446744073709551615"}],)"
                  R"("transactions":[{"index":1,"type":"burn","hash":")" +
                  hex_of("44") + R"(","source":")" + hex_of("55") + R"("}]}])"),
        std::string::npos)
        << line;
}

TEST(JsonLines, names_the_reason_of_an_inconclusive_block) {
    core::LedgerRecord record = matching_record();
    record.verdict.kind = model::VerdictKind::kInconclusive;
    record.verdict.reason = model::InconclusiveReason::kTimedOut;
    record.verdict.lanes[0].kind = model::VerdictKind::kInconclusive;
    record.verdict.lanes[0].reason = model::InconclusiveReason::kTimedOut;
    record.verdict.lanes[0].detail = "limit 5 ms";
    const std::string line = to_json_line(record);
    EXPECT_NE(line.find(R"("verdict":"inconclusive","reason":"timed_out","signatures")"),
              std::string::npos);
    EXPECT_NE(line.find(R"("reason":"timed_out","detail":"limit 5 ms")"), std::string::npos);
}

TEST(JsonLines, is_one_line_of_valid_text_whatever_the_detail_holds) {
    core::LedgerRecord record = matching_record();
    record.verdict.lanes[0].detail = "two\nlines and a bad byte \xff";
    const std::string line = to_json_line(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\xff'), std::string::npos);
    EXPECT_NE(line.find(R"(two\nlines and a bad byte )"), std::string::npos);
}

TEST(JsonLines, differs_when_only_one_printed_side_differs) {
    core::LedgerRecord other = mismatching_record();
    other.verdict.findings[0].first.candidate = "UNDERFLOW";
    EXPECT_NE(to_json_line(mismatching_record()), to_json_line(other));
    EXPECT_EQ(to_json_line(mismatching_record()), to_json_line(mismatching_record()));
}

}  // namespace
}  // namespace parallax::reports
