#include "app/protocols.hpp"
#include "replay/bundle/bundle.hpp"
#include "reports/record/run_record.hpp"
#include "tests/app/lying_archive.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/journal.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace parallax::app {
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

TEST_F(ReportCommand, where_nothing_was_compared_is_never_green_whatever_it_is_to_fail_on) {
    EXPECT_EQ(run({"replay", path("a.pxa"), "--control-only", "--out", path("none")}).exit_code, 3);
    for (const char* fail_on : {"inconclusive", "mismatch", "never"}) {
        const auto result = report({path("none"), "--fail-on", fail_on});
        EXPECT_EQ(result.exit_code, 3) << fail_on << result.out;
        EXPECT_TRUE(has(result.out, "No block was compared.")) << result.out;
    }
}

TEST_F(ReportCommand, a_run_that_has_not_ended_is_never_green_whatever_it_is_to_fail_on) {
    auto record = reports::run_record_from_json(read_file(folder_ / "run" / "run.json"));
    ASSERT_TRUE(record.ok());
    record->result.reset();
    write_file(folder_ / "run" / "run.json", reports::to_json(*record));
    for (const char* fail_on : {"inconclusive", "mismatch", "never"}) {
        const auto result = report({path("run"), "--fail-on", fail_on});
        EXPECT_EQ(result.exit_code, 3) << fail_on << result.out;
        EXPECT_TRUE(has(result.out, "The run has not ended")) << result.out;
    }
}

TEST_F(ReportCommand, what_is_cut_off_within_a_line_is_said_and_never_green) {
    const auto cut = [&](const char* name) {
        const std::string text = read_file(folder_ / "run" / name);
        write_file(folder_ / "run" / name, text.substr(0, text.size() - 3));
    };
    cut("times.jsonl");
    const auto times = report({path("run")});
    EXPECT_EQ(times.exit_code, 3) << times.out;
    EXPECT_TRUE(has(times.out, "The times' last line is cut off")) << times.out;
    cut("ledger.jsonl");
    const auto ledger = report({path("run")});
    EXPECT_EQ(ledger.exit_code, 3) << ledger.out;
    EXPECT_TRUE(has(ledger.out, "The ledger's last line is cut off")) << ledger.out;
    cut("run.json");
    EXPECT_EQ(report({path("run")}).exit_code, 1);
}

TEST_F(ReportCommand, a_silent_canary_does_not_disappear_with_the_end_of_a_journal) {
    {
        const auto journal = service::AuditLog::open(path("journal.jsonl"));
        ASSERT_TRUE(journal.ok());
        for (const char* result : {"detected", "silent"}) {
            ASSERT_TRUE((*journal)
                            ->append("canary", {model::Topoheight{5}, {}, {}},
                                     {{"fault", service::json_text("reward-twice")},
                                      {"result", service::json_text(result)}})
                            .ok());
        }
    }
    const auto answer = [&] {
        return report({"readiness", path("run"), "--journal", path("journal.jsonl")}).out;
    };
    EXPECT_TRUE(has(answer(), "1 detected, 1 silent")) << answer();
    std::filesystem::resize_file(path("journal.jsonl"),
                                 std::filesystem::file_size(path("journal.jsonl")) - 1);
    EXPECT_TRUE(has(answer(), "unknown  the live alarm works")) << answer();
    EXPECT_TRUE(has(answer(), "the journal's last line is cut off")) << answer();
}

TEST_F(ReportCommand, a_journal_that_lost_whole_lines_is_not_taken_for_whole) {
    std::uint64_t entries = 0;
    model::Hash head;
    {
        const auto journal = service::AuditLog::open(path("journal.jsonl"));
        ASSERT_TRUE(journal.ok());
        for (const char* result : {"detected", "silent"}) {
            ASSERT_TRUE((*journal)
                            ->append("canary", {model::Topoheight{5}, {}, {}},
                                     {{"fault", service::json_text("reward-twice")},
                                      {"result", service::json_text(result)}})
                            .ok());
        }
        ASSERT_TRUE((*journal)->append("stopped", {model::Topoheight{5}, {}, {}}, {}).ok());
        entries = (*journal)->entries();
        head = (*journal)->head();
    }
    const auto answer = [&] {
        return report({"readiness", path("run"), "--journal", path("journal.jsonl")}).out;
    };
    EXPECT_TRUE(has(answer(), "1 detected, 1 silent\n")) << answer();
    const std::string whole = read_file(path("journal.jsonl"));
    write_file(path("journal.jsonl"), whole.substr(0, whole.find('\n') + 1));
    EXPECT_TRUE(has(answer(), "unknown  the live alarm works")) << answer();
    EXPECT_TRUE(has(answer(), "the journal does not end with stopped")) << answer();
    {
        const auto witness = service::AcknowledgedFile::open(path("acknowledged"));
        ASSERT_TRUE(witness.ok());
        ASSERT_TRUE((*witness)->write({std::nullopt, entries, head, {}}, false).ok());
    }
    EXPECT_TRUE(has(answer(), "the journal has 1 lines, but 3 were written")) << answer();
    write_file(path("journal.jsonl"), whole);
    EXPECT_TRUE(has(answer(), "1 detected, 1 silent\n")) << answer();
}

TEST_F(ReportCommand, reads_no_device_fifo_or_folder_as_a_file) {
    ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
    for (const std::string& odd : {std::string("/dev/zero"), path("fifo")}) {
        for (const auto& arguments :
             std::vector<std::vector<std::string>>{{odd},
                                                   {path("run"), "--before", odd},
                                                   {"diff", path("run"), odd},
                                                   {"readiness", odd},
                                                   {"readiness", path("run"), "--selftest", odd},
                                                   {"readiness", path("run"), "--journal", odd}}) {
            const auto result = report(arguments);
            EXPECT_EQ(result.exit_code, 1) << arguments.front();
            EXPECT_TRUE(has(result.err, "not a regular file")) << result.err;
        }
    }
    EXPECT_EQ(report({"readiness", path("run"), "--journal", path("run")}).exit_code, 1);
    for (const char* name : {"ledger.jsonl", "run.json"}) {
        std::filesystem::rename(folder_ / "run" / name, path("kept"));
        std::filesystem::create_symlink("/dev/zero", folder_ / "run" / name);
        EXPECT_EQ(report({path("run")}).exit_code, 1) << name;
        std::filesystem::rename(path("kept"), folder_ / "run" / name);
    }
}

TEST_F(ReportCommand, one_that_fails_leaves_no_earlier_report_under_its_name) {
    ASSERT_EQ(report({path("run"), "--out", path("report")}).exit_code, 0);
    ASSERT_EQ(report({path("run"), "--format", "json", "--out", path("report")}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "report" / "report.txt")) << "of another format";
    EXPECT_EQ(report({path("nowhere"), "--out", path("report")}).exit_code, 1);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "report" / "report.txt"));
    EXPECT_TRUE(std::filesystem::exists(folder_ / "report" / "report.json"));
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

TEST_F(ReportCommand, shows_times_and_says_what_is_wrong_with_them) {
    const auto json = [&] { return report({path("run"), "--format", "json"}); };
    EXPECT_TRUE(has(json().out, R"("why_none": "")"));
    EXPECT_TRUE(has(report({path("run")}).out, "times the control's speed"));
    const auto times = folder_ / "run" / "times.jsonl";
    const std::string lines = read_file(times);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 6);
    write_file(times, lines + "{}\n");
    // Times are no part of what must hold.
    EXPECT_EQ(json().exit_code, 0);
    EXPECT_TRUE(has(json().out, "times.jsonl, line 7: ")) << json().out;
    write_file(times, R"({"topoheight":1,"control_us":1,"lanes_us":[]})"
                      "\n");
    EXPECT_TRUE(has(json().out, "line 1: has 0 lanes, the ledger has 1"));
    std::filesystem::remove(times);
    EXPECT_TRUE(has(json().out, "no times stand beside the ledger"));
    EXPECT_FALSE(has(report({path("run")}).out, "times the control's speed"));
}

TEST_F(ReportCommand, compares_two_runs) {
    const auto result = report({"diff", path("run"), path("run")});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(has(result.out, "0 new, 0 regressed, 0 known, 0 gone, 0 unseen"));
    EXPECT_EQ(report({"diff", path("run")}).exit_code, 1);
    EXPECT_EQ(report({"diff", path("run"), path("run"), path("run")}).exit_code, 0);
    EXPECT_EQ(report({path("run"), "--before", path("run")}).exit_code, 0);
    EXPECT_EQ(report({path("run"), "--before", path("nowhere")}).exit_code, 1);
    EXPECT_EQ(report({"diff", path("run"), path("nowhere")}).exit_code, 1);
}

TEST_F(ReportCommand, says_whether_the_runs_show_readiness) {
    const auto unknown = report({"readiness", path("run")});
    EXPECT_EQ(unknown.exit_code, 3) << unknown.err;
    EXPECT_EQ(unknown.out.rfind("PARALLEL-READY: unknown\n", 0), 0U);
    write_file(path("selftest.json"), R"({"planted": 4, "caught": 5, "passed": true})");
    EXPECT_EQ(report({"readiness", path("run"), "--selftest", path("selftest.json")}).exit_code, 1);
    {
        const auto journal = service::AuditLog::open(path("journal.jsonl"));
        ASSERT_TRUE(journal.ok()) << journal.status();
        ASSERT_TRUE((*journal)
                        ->append("canary", {model::Topoheight{5}, {}, {}},
                                 {{"fault", service::json_text("reward-twice")},
                                  {"result", service::json_text("detected")}})
                        .ok());
    }
    const auto live = report({"readiness", path("run"), "--journal", path("journal.jsonl")});
    EXPECT_EQ(live.exit_code, 3) << live.err;
    EXPECT_TRUE(has(live.out, "last canary reward-twice detected at block 5")) << live.out;
    write_file(path("journal.jsonl"), "{}\n");
    const auto changed = report({"readiness", path("run"), "--journal", path("journal.jsonl")});
    EXPECT_EQ(changed.exit_code, 1);
    EXPECT_TRUE(has(changed.err, "journal.jsonl: line 1")) << changed.err;
}

class BundleReport : public LyingArchiveTest {};

TEST_F(BundleReport, shows_the_finding_of_a_bundle_alone_in_every_format) {
    const std::string file = bundle();
    const auto whole = run({"report", path("out"), "--format", "json"});
    std::filesystem::rename(file, path("alone.pxb"));
    std::filesystem::remove_all(path("out"));
    const auto text = run({"report", path("alone.pxb")});
    EXPECT_EQ(text.exit_code, 2) << text.err;
    EXPECT_TRUE(has(text.out, "1 mismatch")) << text.out;
    EXPECT_TRUE(has(text.out, "parallax reproduce " + path("alone.pxb"))) << text.out;
    const auto json = run({"report", path("alone.pxb"), "--format", "json"});
    // The sentence of the run, with the names that its network gives accounts.
    const std::string sentence = R"("sentence": ")";
    const std::size_t begin = whole.out.find(sentence);
    ASSERT_NE(begin, std::string::npos);
    EXPECT_TRUE(has(json.out, whole.out.substr(begin, whole.out.find('\n', begin) - begin)))
        << json.out;
    const auto result = run({"report", path("alone.pxb"), "--format", "text", "--format", "json",
                             "--format", "junit", "--format", "sarif", "--format", "markdown",
                             "--format", "html", "--format", "github", "--out", path("report")});
    EXPECT_EQ(result.exit_code, 2) << result.err;
    for (const char* name : {"report.txt", "report.json", "report.xml", "report.sarif", "report.md",
                             "report.html", "github-annotations.txt", "github-summary.md"}) {
        EXPECT_TRUE(has(read_file(folder_ / "report" / name), "totals")) << name;
    }
    EXPECT_TRUE(has(read_file(folder_ / "report" / "report.sarif"), "alone.pxb"));
}

TEST_F(BundleReport, refuses_a_hostile_bundle_and_says_why) {
    const std::string bytes = read_file(bundle());
    const auto refused = [&](const std::string& name, const std::string& text) {
        write_file(path(name), text);
        const auto result = run({"report", path(name), "--format", "html"});
        EXPECT_EQ(result.exit_code, 1) << name;
        EXPECT_EQ(result.out, "") << name;
        return result.err;
    };
    std::string flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 1);
    EXPECT_TRUE(has(refused("flipped.pxb", flipped), "flipped.pxb is damaged"));
    EXPECT_TRUE(has(refused("cut", bytes.substr(0, bytes.size() - 40)), "is truncated"));
    EXPECT_TRUE(has(refused("head", bytes.substr(0, 9)), "is truncated"));
    EXPECT_TRUE(has(refused("text.pxb", "no bundle"), "is not a Parallax bundle"));
    EXPECT_TRUE(has(refused("empty.pxb", ""), "is truncated"));
    auto bundle = replay::read_bundle(
        path("out/bundles/") + std::filesystem::directory_iterator(folder_ / "out" / "bundles")
                                   ->path()
                                   .filename()
                                   .string(),
        app::all_protocols());
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    bundle->block.resize(bundle->block.size() / 2);
    ASSERT_TRUE(replay::write_bundle(*bundle, path("half.pxb")).ok());
    const auto half = run({"report", path("half.pxb")});
    EXPECT_EQ(half.exit_code, 1);
    EXPECT_TRUE(has(half.err, "the block of bundle ")) << half.err;
}

TEST_F(BundleReport, a_run_says_how_often_its_findings_came_again) {
    (void)bundle();
    const auto record = [&] {
        const auto read = reports::run_record_from_json(read_file(folder_ / "out" / "run.json"));
        EXPECT_TRUE(read.ok()) << read.status();
        return *read;
    };
    ASSERT_EQ(record().bundles.size(), 1U);
    EXPECT_EQ(record().bundles.front().met, 10U);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / record().bundles.front().file));
    EXPECT_TRUE(has(run({"report", path("out"), "--format", "json"}).out,
                    "met again in 10 of 10 fresh runs"));
    std::filesystem::remove_all(folder_ / "out");
    const auto off = run({"replay", path("lie.pxa"), "--out", path("out"), "--reruns", "0"});
    EXPECT_EQ(off.exit_code, 2) << off.err;
    EXPECT_EQ(record().bundles.front().runs, 0U);
    EXPECT_TRUE(has(run({"report", path("out"), "--format", "json"}).out, "was not tried"));
}

}  // namespace
}  // namespace parallax::app
