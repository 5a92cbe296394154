#include "reports/record/ledger_reader.hpp"

#include "reports/record/json_lines.hpp"
#include "tests/reports/sample_run.hpp"
#include "tests/support/field_filler.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace parallax::reports {
namespace {

std::string message(const absl::Status& status) {
    return std::string(status.message());
}

/// `line` with the first `from` replaced by `to`.
std::string edited(std::string line, const std::string& from, const std::string& to) {
    const std::size_t at = line.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in " << line;
    return at == std::string::npos ? line : line.replace(at, from.size(), to);
}

std::string first_line() {
    const std::string ledger = test::sample_run().ledger();
    return ledger.substr(0, ledger.find('\n'));
}

TEST(LedgerLine, reads_back_what_was_written) {
    for (const core::LedgerRecord& record : test::sample_run().records) {
        const auto read = from_json_line(to_json_line(record));
        ASSERT_TRUE(read.ok()) << read.status();
        EXPECT_EQ(*read, record);
    }
}

TEST(LedgerLine, reads_back_random_records_with_text_of_any_kind) {
    test::RandomBytes random(20260131);
    test::FieldFiller filler(random);
    for (int i = 0; i < 200; ++i) {
        core::LedgerRecord record;
        record.previous = filler.tagged<model::Hash>();
        record.verdict = filler.record<model::Verdict>();
        record.verdict.conflicts = {{model::TransactionType::kBurn,
                                     model::TransactionType::kTransfers, model::Family::kBalance,
                                     model::Dependency::kWriteAfterRead, 7}};
        const std::string line = to_json_line(record);
        const auto read = from_json_line(line);
        // Bytes that are no text cannot be kept in JSON: such a line is refused, never changed.
        if (read.ok()) {
            EXPECT_EQ(*read, record);
        } else {
            EXPECT_NE(line.find("\xef\xbf\xbd"), std::string::npos) << read.status();
        }
    }
}

TEST(LedgerLine, names_the_member_that_is_wrong) {
    const std::string line = first_line();
    const auto problem = [&](const std::string& from, const std::string& to) {
        const auto read = from_json_line(edited(line, from, to));
        return read.ok() ? "read" : message(read.status());
    };
    EXPECT_EQ(problem(R"("verdict":"match","reason":null,"detail")",
                      R"("verdict":"fine","reason":null,"detail")"),
              "lanes[0].verdict: is not a verdict");
    EXPECT_EQ(problem(R"("ledger":2)", R"("ledger":1)"),
              "ledger: is version 1; this program reads 2 to 5");
    EXPECT_EQ(problem(R"("ledger":2,)", ""), "ledger: is missing");
    EXPECT_EQ(problem(R"("executed":5)", R"("executed":4294967296)"), "executed: is too large");
    EXPECT_EQ(problem(R"("executed":5)", R"("executed":-5)"),
              "executed: is not an unsigned 64-bit integer");
    EXPECT_EQ(problem(R"("compared":["block_status")", R"("compared":["everything")"),
              "lanes[0].compared: names no section");
    EXPECT_EQ(problem("transfers>transfers balance", "transfers>transfers wallet"),
              "conflicts.transfers>transfers wallet read_after_write: is not the shape of a "
              "conflict");
    EXPECT_EQ(problem(R"("lanes":[)", R"("lanes":7,"x":[)"), "lanes: is not a list");
}

TEST(LedgerLine, refuses_what_was_edited) {
    const std::string line = first_line();
    const auto read = from_json_line(edited(line, R"("executed":5)", R"("executed":4)"));
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_NE(message(read.status()).find("the line was changed after it was written"),
              std::string::npos);
}

TEST(LedgerLine, refuses_other_spellings_of_the_same_record) {
    const std::string line = first_line();
    for (const auto& other : {edited(line, R"("executed":5)", R"("executed": 5)"),
                              edited(line, R"("executed":5,)", R"("executed":5,"extra":1,)"),
                              edited(line, R"("executed":5,)", R"("executed":5,"executed":5,)"),
                              edited(line, R"("reason":null,)", ""), line + " "}) {
        const auto read = from_json_line(other);
        ASSERT_FALSE(read.ok());
        EXPECT_NE(message(read.status()).find("is not written as a ledger line is"),
                  std::string::npos)
            << read.status();
    }
}

TEST(LedgerLine, refuses_text_that_is_no_line_at_all) {
    EXPECT_EQ(message(from_json_line("").status()), "is not JSON");
    EXPECT_EQ(message(from_json_line("{").status()), "is not JSON");
    EXPECT_EQ(message(from_json_line("[]").status()), "line: is not an object");
    EXPECT_EQ(message(from_json_line(std::string(100'000, '[')).status()), "is nested too deeply");
    const std::string line = first_line();
    for (std::size_t size = 0; size < line.size(); size += 7) {
        EXPECT_FALSE(from_json_line(line.substr(0, size)).ok()) << size;
    }
}

TEST(VerdictLedgerReader, reads_a_file_and_names_the_line_of_an_error) {
    const std::string ledger = test::sample_run().ledger();
    std::istringstream stream(
        edited(ledger, R"({"ledger":4,"topoheight":103)", R"({"ledger":4,"topoheight":203)"));
    VerdictLedgerReader reader(stream, "ledger.jsonl");
    EXPECT_TRUE(reader.next().ok());
    EXPECT_TRUE(reader.next().ok());
    const auto third = reader.next();
    EXPECT_EQ(third.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(message(third.status()).find("ledger.jsonl, line 3: hash: is "), 0U);
}

TEST(VerdictLedgerReader, does_not_read_a_line_that_is_cut_off) {
    const std::string ledger = test::sample_run().ledger();
    std::istringstream stream(ledger.substr(0, ledger.size() - 1));
    VerdictLedgerReader reader(stream, "ledger.jsonl");
    std::uint64_t records = 0;
    for (auto record = reader.next(); record.ok() && *record; record = reader.next()) {
        ++records;
    }
    EXPECT_EQ(records, test::sample_run().records.size() - 1);
    EXPECT_TRUE(reader.cut_off());
    EXPECT_EQ(reader.lines(), records);
}

TEST(VerdictLedgerReader, takes_no_more_memory_than_a_line_may_have) {
    std::istringstream stream(std::string(kMaxLedgerLine + 1, 'x') + '\n');
    VerdictLedgerReader reader(stream, "ledger.jsonl");
    const auto record = reader.next();
    EXPECT_EQ(message(record.status()).find("ledger.jsonl, line 1: is longer than the "), 0U);
}

TEST(VerdictLedgerReader, stops_at_what_one_ledger_may_have) {
    for (const LedgerLimits limits : {LedgerLimits{2, 1U << 30}, LedgerLimits{9, 1000}}) {
        std::istringstream stream(test::sample_run().ledger());
        VerdictLedgerReader reader(stream, "ledger.jsonl", limits);
        auto record = reader.next();
        while (record.ok() && *record) {
            record = reader.next();
        }
        EXPECT_NE(message(record.status()).find("one ledger may have"), std::string::npos);
        EXPECT_LE(reader.lines(), limits.records + 1);
    }
}

TEST(RunRecordJson, reads_back_what_was_written_and_nothing_else) {
    const RunRecord run = test::sample_run().run;
    const auto read = run_record_from_json(to_json(run));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, run);
    RunRecord unfinished = run;
    unfinished.result.reset();
    unfinished.request.from = model::Topoheight{3};
    EXPECT_EQ(*run_record_from_json(to_json(unfinished)), unfinished);
    EXPECT_FALSE(run_record_from_json("").ok());
    EXPECT_FALSE(run_record_from_json(to_json(run) + " ").ok());
    EXPECT_FALSE(
        run_record_from_json(edited(to_json(run), R"("threads": 2)", R"("threads": 2.5)")).ok());
    EXPECT_FALSE(run_record_from_json(std::string(kMaxRunRecord + 1, ' ')).ok());
}

}  // namespace
}  // namespace parallax::reports
