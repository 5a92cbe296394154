#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

namespace parallax {
namespace {

class ReportCommand : public ProgramTest {
  protected:
    void SetUp() override {
        ProgramTest::SetUp();
        ASSERT_EQ(run({"generate", "--blocks", "6", "--accounts", "20", "--transactions", "6",
                       path("a.pxa")})
                      .exit_code,
                  0);
        ASSERT_EQ(run({"replay", path("a.pxa"), "--out", path("run"), "--quiet"}).exit_code, 0);
    }
    [[nodiscard]] ProgramResult report(const std::vector<std::string>& more) const {
        std::vector<std::string> words = {"report"};
        words.insert(words.end(), more.begin(), more.end());
        return run(words);
    }
    void cut_ledger(std::size_t lines) const {
        const std::string ledger = read_file(folder_ / "run" / "ledger.jsonl");
        std::size_t end = 0;
        for (std::size_t i = 0; i < lines; ++i) {
            end = ledger.find('\n', end) + 1;
        }
        write_file(folder_ / "run" / "ledger.jsonl", ledger.substr(0, end));
    }
};

TEST_F(ReportCommand, prints_one_format_and_ends_as_the_run_did) {
    const auto text = report({path("run")});
    EXPECT_EQ(text.exit_code, 0) << text.err;
    EXPECT_EQ(text.out.rfind("parallax report: MATCH\n", 0), 0U) << text.out;
    const auto json = report({path("run/ledger.jsonl"), "--format", "json"});
    EXPECT_EQ(json.exit_code, 0) << json.err;
    EXPECT_TRUE(has(json.out, R"("verdict": "match")"));
}

TEST_F(ReportCommand, writes_several_formats_at_once) {
    const auto result = report({path("run"), "--format", "text", "--format", "json", "--format",
                                "junit", "--format", "sarif", "--format", "markdown", "--format",
                                "html", "--format", "github", "--out", path("report")});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    for (const char* name : {"report.txt", "report.json", "report.xml", "report.sarif", "report.md",
                             "report.html", "github-annotations.txt", "github-summary.md"}) {
        EXPECT_FALSE(read_file(folder_ / "report" / name).empty()) << name;
    }
    EXPECT_TRUE(has(result.out, "::notice title=Parallax::MATCH."));
}

TEST_F(ReportCommand, a_ledger_that_lost_its_end_is_never_green) {
    cut_ledger(4);
    for (const char* fail_on : {"inconclusive", "mismatch"}) {
        const auto result = report({path("run"), "--fail-on", fail_on});
        EXPECT_EQ(result.exit_code, 3) << result.out;
        EXPECT_TRUE(has(result.out, "The run wrote 6 records")) << result.out;
    }
    EXPECT_EQ(report({path("run"), "--fail-on", "never"}).exit_code, 0);
    cut_ledger(0);
    EXPECT_EQ(report({path("run"), "--fail-on", "mismatch"}).exit_code, 3);
}

TEST_F(ReportCommand, a_ledger_without_its_run_is_never_green) {
    std::filesystem::remove(folder_ / "run" / "run.json");
    EXPECT_EQ(report({path("run")}).exit_code, 3);
}

TEST_F(ReportCommand, an_edited_ledger_is_an_error_that_names_the_line) {
    std::string ledger = read_file(folder_ / "run" / "ledger.jsonl");
    const std::size_t second = ledger.find('\n') + 1;
    ledger.replace(ledger.find("\"failed\":", second), 9, "\"failed\":1");
    write_file(folder_ / "run" / "ledger.jsonl", ledger);
    const auto result = report({path("run")});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(has(result.err, "ledger.jsonl, line 2: ")) << result.err;
}

TEST_F(ReportCommand, refuses_what_it_cannot_do) {
    EXPECT_EQ(report({}).exit_code, 1);
    EXPECT_EQ(report({path("nowhere")}).exit_code, 1);
    EXPECT_EQ(report({path("run"), "--format", "pdf"}).exit_code, 1);
    const auto several = report({path("run"), "--format", "text", "--format", "json"});
    EXPECT_EQ(several.exit_code, 1);
    EXPECT_TRUE(has(several.err, "need --out DIR")) << several.err;
    write_file(folder_ / "run" / "run.json", "{}");
    EXPECT_EQ(report({path("run")}).exit_code, 1);
}

TEST_F(ReportCommand, compares_two_runs) {
    const auto result = report({"diff", path("run"), path("run")});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(has(result.out, "0 new, 0 known, 0 gone"));
    EXPECT_EQ(report({"diff", path("run"), path("nowhere")}).exit_code, 1);
}

TEST_F(ReportCommand, says_whether_the_runs_show_readiness) {
    const auto unknown = report({"readiness", path("run")});
    EXPECT_EQ(unknown.exit_code, 3) << unknown.err;
    EXPECT_EQ(unknown.out.rfind("PARALLEL-READY: unknown\n", 0), 0U);
    write_file(path("selftest.json"), R"({"planted": 4, "caught": 5})");
    EXPECT_EQ(report({"readiness", path("run"), "--selftest", path("selftest.json")}).exit_code, 1);
}

}  // namespace
}  // namespace parallax
