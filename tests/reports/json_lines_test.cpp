#include "reports/record/json_lines.hpp"

#include "tests/support/difference_values.hpp"
#include "tests/support/tree_folders.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

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

TEST(JsonLines, says_how_much_of_a_block_was_observed) {
    core::LedgerRecord record = matching_record();
    model::ObservedPart part;
    part.source = "parallel";
    part.touched = 5;
    part.accounts = 4;
    part.transactions = 3;
    part.results = 2;
    part.rows = 9;
    part.burned_supply = true;
    record.verdict.observed = {part};
    const std::string line = to_json_line(record);
    EXPECT_TRUE(line.starts_with(R"({"ledger":5,)")) << line;
    EXPECT_NE(line.find(R"("observed":[{"source":"parallel","touched":5,"accounts":4,)"
                        R"("transactions":3,"results":2,"rows":9,"emitted_supply":false,)"
                        R"("burned_supply":true,"fees":false,"rewards":false,"adopted":false}])"),
              std::string::npos)
        << line;
    const auto read = from_json_line(line);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, record);
    std::string more = line;
    more.replace(more.find(R"("accounts":4)"), 12, R"("accounts":5)");
    EXPECT_FALSE(from_json_line(more).ok()) << "the hash is of all of it";
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

/// A record whose findings are values.
core::LedgerRecord typed_record() {
    core::LedgerRecord record = mismatching_record();
    model::Finding& finding = record.verdict.findings[0];
    finding = test::with_values(finding);
    finding.cause.kind = model::CauseKind::kReadTooEarly;
    finding.cause.phase = model::Phase::kEpilogue;
    finding.cause.family = model::Family::kCounter;
    finding.cause.counter = model::Counter::kGasFee;
    finding.cause.field = "nonce";
    finding.cause.direction = model::Direction::kLower;
    finding.cause.check = model::Check::kFunds;
    finding.cause.code = model::ErrorCode::kNonceTooHigh;
    finding.cause.hazard = model::Hazard::kPhantom;
    model::DifferenceValues& values = finding.derived[0].values;
    values.place = {model::PlaceKind::kAccess,
                    "pending[].amount",
                    {3},
                    model::AccessKind::kSpend,
                    model::Hazard::kStaleRead};
    values.control = model::number_value(-(model::WideNumber{1} << 100));
    values.candidate = model::plain_value(model::ValueKind::kSeen);
    values.candidate.writer = model::TxIndex{model::kEpilogueTransaction};
    values.pre_state = {
        model::ValueKind::kRecord, model::Number::of(7), "{amount: 7}", {1, 255}, std::nullopt};
    record.verdict.lanes[0].rerun = model::ControlRerun::kSame;
    return record;
}

TEST(JsonLines, has_causes_and_values_in_lines_of_a_version_of_their_own) {
    const core::LedgerRecord record = typed_record();
    const std::string line = to_json_line(record);
    EXPECT_TRUE(line.starts_with(R"({"ledger":4,)")) << line;
    EXPECT_NE(line.find(R"("compared":["block_status","state"],"rerun":"same"})"),
              std::string::npos)
        << line;
    EXPECT_NE(line.find(R"("cause":{"kind":"read_too_early","phase":"epilogue","family":"counter",)"
                        R"("counter":"gas_fee","field":"nonce","direction":"lower",)"
                        R"("check":"funds","code":"NONCE_TOO_HIGH","hazard":"phantom"}})"),
              std::string::npos)
        << line;
    EXPECT_NE(line.find(R"("values":{"place":{"kind":"result","field":"code"},)"
                        R"("control":{"kind":"name","text":"SUCCESS"},)"
                        R"("candidate":{"kind":"name","text":"OVERFLOW"}}})"),
              std::string::npos)
        << line;
    EXPECT_NE(
        line.find(R"("values":{"place":{"kind":"access","field":"pending[].amount",)"
                  R"("indices":[3],"access":"spend","hazard":"stale_read"},)"
                  R"("control":{"kind":"number","number":"-1267650600228229401496703205376"},)"
                  R"("candidate":{"kind":"seen","writer":"epilogue"},)"
                  R"("pre_state":{"kind":"record","number":"7","text":"{amount: 7}",)"
                  R"("bytes":"01ff"},"delta":"-6"})"),
        std::string::npos)
        << line;
    const auto read = from_json_line(line);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, record);
    EXPECT_EQ(to_json_line(*read), line);
}

TEST(JsonLines, refuses_names_of_values_that_are_none) {
    const std::string line = to_json_line(typed_record());
    for (const auto& [from, to] :
         {std::pair{R"("kind":"read_too_early")", R"("kind":"read_too_soon")"},
          std::pair{R"("code":"NONCE_TOO_HIGH")", R"("code":"UNNAMED")"},
          std::pair{R"("number":"-12676)", R"("number":"12x76)"},
          std::pair{R"("writer":"epilogue")", R"("writer":"4294967294")"},
          std::pair{R"("indices":[3])", R"("indices":[-3])"},
          std::pair{R"("rerun":"same")", R"("rerun":"none")"}}) {
        std::string other = line;
        const std::size_t at = other.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        other.replace(at, std::string_view(from).size(), to);
        EXPECT_FALSE(from_json_line(other).ok()) << to;
    }
}

/// A ledger as it was written before findings had causes and values: read whole, written back byte
/// by byte, hashes and fingerprints as they were.
TEST(JsonLines, reads_lines_of_before_findings_were_values) {
    std::ifstream file(std::filesystem::path(test::source_folder()) / "tests" / "reports" /
                       "golden" / "version_2" / "ledger.jsonl");
    std::string line;
    std::size_t findings = 0;
    std::vector<model::Hash> hashes;
    while (std::getline(file, line)) {
        const auto record = from_json_line(line);
        ASSERT_TRUE(record.ok()) << record.status();
        EXPECT_EQ(to_json_line(*record), line);
        if (!hashes.empty()) {
            EXPECT_EQ(record->previous, hashes.back());
        }
        hashes.push_back(core::ledger_hash(*record));
        for (const model::Finding& finding : record->verdict.findings) {
            ++findings;
            EXPECT_EQ(finding.cause, model::Cause{});
            EXPECT_EQ(finding.first.values, model::DifferenceValues{});
            EXPECT_NE(line.find(finding.fingerprint.hex()), std::string::npos);
        }
    }
    EXPECT_EQ(hashes.size(), 9U);
    EXPECT_GT(findings, 4U);
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
