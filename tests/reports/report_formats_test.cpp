#include "reports/formats/report_formats.hpp"

#include "reports/analysis/readiness.hpp"
#include "reports/analysis/report_diff.hpp"
#include "reports/formats/html_assets.hpp"
#include "tests/reports/sample_run.hpp"
#include "tests/support/possible_shapes.hpp"
#include "tests/support/tree_folders.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

namespace parallax::reports {
namespace {

Report report_of(const test::SampleRun& sample) {
    ReportBuilder builder(test::possible_shapes());
    for (const core::LedgerRecord& record : sample.records) {
        builder.add(record);
    }
    Report report = builder.finish(sample.run);
    if (!sample.times.empty()) {
        TimesBuilder times(report, report.lanes.size());
        for (const core::BlockTimes& block : sample.times) {
            EXPECT_TRUE(times.add(block));
        }
        report.times = times.take();
        report.no_times.clear();
    }
    return report;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares with the file of that name; with PARALLAX_UPDATE_GOLDEN set, writes it instead.
void expect_golden(const std::string& name, const std::string& text) {
    const auto path =
        std::filesystem::path(test::source_folder()) / "tests" / "reports" / "golden" / name;
    if (std::getenv("PARALLAX_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    EXPECT_EQ(text, read(path)) << name
                                << " differs; PARALLAX_UPDATE_GOLDEN=1 writes it anew: read what "
                                   "changed before you keep it";
}

/// What the page holds between its script tags, as it was before it was made safe for them.
std::string data_of(const std::string& page) {
    const std::string open = R"(<script type="application/json" id="report">)";
    const std::size_t begin = page.find(open) + open.size();
    return page.substr(begin, page.find("</script>", begin) - begin);
}

class GoldenReport : public testing::TestWithParam<const char*> {
  protected:
    [[nodiscard]] static test::SampleRun sample() {
        return std::string(GetParam()) == "clean" ? test::clean_run() : test::sample_run();
    }
    [[nodiscard]] static std::string name(const std::string& file) {
        return std::string(GetParam()) + "/" + file;
    }
};

TEST_P(GoldenReport, keeps_every_format_byte_for_byte) {
    const test::SampleRun run = sample();
    const Report report = report_of(run);
    expect_golden(name("ledger.jsonl"), run.ledger());
    expect_golden(name("report.txt"), render_report_text(report, TerminalStyle{false, 100}));
    expect_golden(name("report.json"), render_report_json(report));
    expect_golden(name("report.xml"), render_report_junit(report));
    expect_golden(name("report.sarif"), render_report_sarif(report));
    expect_golden(name("report.md"), render_report_markdown(report, kCommentLimit));
    expect_golden(name("github-annotations.txt"), render_github_annotations(report));
    expect_golden(name("report.html.json"), data_of(render_report_html(report)) + '\n');
    expect_golden(name("readiness.txt"),
                  render_readiness_text(judge_readiness({report}, std::nullopt, {})));
    expect_golden(name("diff.txt"),
                  render_diff_text(diff_reports({report_of(test::clean_run()), report})));
}

TEST_P(GoldenReport, renders_equal_reports_to_equal_bytes) {
    const Report first = report_of(sample());
    const Report second = report_of(sample());
    EXPECT_EQ(render_report_html(first), render_report_html(second));
    EXPECT_EQ(render_report_json(first), render_report_json(second));
}

INSTANTIATE_TEST_SUITE_P(Runs, GoldenReport, testing::Values("sample", "clean"),
                         [](const auto& run) { return std::string(run.param); });

TEST(ReportHtml, is_the_page_of_the_tree_with_nothing_from_elsewhere) {
    const std::string page = render_report_html(report_of(test::sample_run()));
    EXPECT_NE(page.find(std::string(kHtmlStyle)), std::string::npos);
    EXPECT_NE(page.find(std::string(kHtmlScript)), std::string::npos);
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(page.find("https:"), std::string::npos);
    EXPECT_EQ(page.find("src="), page.find("src=x onerror")) << "something is loaded";
}

TEST(ReportHtml, lets_no_text_end_its_script) {
    const std::string data = data_of(render_report_html(report_of(test::sample_run())));
    EXPECT_NE(data.find("\\u003c/script>"), std::string::npos) << "the hostile message is gone";
    EXPECT_EQ(data.find('<'), std::string::npos);
}

TEST(ReportText, wraps_at_the_width_and_colours_only_where_wanted) {
    const Report report = report_of(test::sample_run());
    const std::string narrow = render_report_text(report, TerminalStyle{false, 60});
    for (std::size_t begin = 0; begin < narrow.size();) {
        const std::size_t end = narrow.find('\n', begin);
        EXPECT_LE(end - begin, 60U) << narrow.substr(begin, end - begin);
        begin = end + 1;
    }
    EXPECT_EQ(narrow.find('\x1b'), std::string::npos);
    EXPECT_EQ(render_report_text(report, TerminalStyle{true, 60}).find("\x1b[31mparallax report"),
              0U);
}

/// A report with `count` causes.
Report report_with_causes(std::size_t count) {
    ReportBuilder builder(test::possible_shapes());
    core::LedgerRecord record = test::sample_run().records.front();
    record.verdict.kind = model::VerdictKind::kMismatch;
    for (std::size_t i = 0; i < count; ++i) {
        model::Finding finding;
        finding.lane = "careless";
        finding.sentence = "100% wrong,\nand: more";
        finding.first.path = "block.status";
        finding.fingerprint.mutable_bytes()[0] = static_cast<std::uint8_t>(i);
        record.verdict.findings.push_back(std::move(finding));
    }
    builder.add(record);
    return builder.finish(std::nullopt);
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

TEST(GithubAnnotations, stay_within_the_limit_and_say_how_many_are_hidden) {
    const std::string ten = render_github_annotations(report_with_causes(10));
    EXPECT_EQ(count_of(ten, "::error "), 10U);
    EXPECT_EQ(ten.find("are hidden"), std::string::npos);
    const std::string many = render_github_annotations(report_with_causes(25));
    EXPECT_EQ(count_of(many, "::error "), 10U);
    EXPECT_NE(many.find("::16 more are hidden"), std::string::npos) << many;
}

TEST(GithubAnnotations, let_no_text_end_its_line_or_its_title) {
    const std::string text = render_github_annotations(report_with_causes(1));
    EXPECT_NE(text.find("100%25 wrong,%0Aand: more"), std::string::npos) << text;
    EXPECT_EQ(count_of(text, "\n"), count_of(text, "\n::") + 1);
}

TEST(ReportMarkdown, stays_within_its_limit_and_says_what_is_missing) {
    const std::string text = render_report_markdown(report_with_causes(150), 20'000);
    EXPECT_LE(text.size(), 20'000U);
    EXPECT_NE(text.find("more groups of findings are not shown here"), std::string::npos);
}

TEST(ReportMarkdown, shows_hostile_text_as_text) {
    const std::string text = render_report_markdown(report_of(test::sample_run()), kCommentLimit);
    EXPECT_EQ(text.find("<img"), std::string::npos);
    EXPECT_NE(text.find("&lt;img src=x"), std::string::npos);
}

TEST(Readiness, is_unknown_until_everything_was_shown) {
    std::vector<Report> reports = {report_of(test::clean_run())};
    ReadinessOptions options;
    options.blocks_per_class = 1;
    EXPECT_EQ(judge_readiness({}, std::nullopt, options).answer, Readiness::kUnknown);
    EXPECT_EQ(judge_readiness(reports, std::nullopt, options).answer, Readiness::kUnknown);
    const SelftestResult all{40, 40, true, ""};
    EXPECT_EQ(judge_readiness(reports, all, options).answer, Readiness::kYes);
    EXPECT_EQ(judge_readiness(reports, SelftestResult{40, 39, true, ""}, options).answer,
              Readiness::kUnknown);
    EXPECT_EQ(judge_readiness(reports, SelftestResult{0, 0, true, ""}, options).answer,
              Readiness::kUnknown);
    options.blocks_per_class = 3000;
    EXPECT_EQ(judge_readiness(reports, all, options).answer, Readiness::kUnknown);
    options.blocks_per_class = 1;
    reports.push_back(report_of(test::sample_run()));
    const ReadinessReport no = judge_readiness(reports, all, options);
    EXPECT_EQ(no.answer, Readiness::kNo);
    EXPECT_EQ(no.exit_code(), 2);
}

TEST(Readiness, rests_on_canaries_where_a_journal_tells_of_them) {
    const std::vector<Report> reports = {report_of(test::clean_run())};
    ReadinessOptions options;
    options.blocks_per_class = 1;
    const SelftestResult all{40, 40, true, ""};
    CanaryEvidence canaries;
    EXPECT_EQ(judge_readiness(reports, all, options, canaries).answer, Readiness::kUnknown);
    ASSERT_TRUE(add_canary(R"({"event":"canary","topoheight":7,"fault":"reward-twice",)"
                           R"("result":"detected"})",
                           canaries)
                    .ok());
    ASSERT_TRUE(add_canary(R"({"event":"paused"})", canaries).ok());
    const ReadinessReport alarmed = judge_readiness(reports, all, options, canaries);
    EXPECT_EQ(alarmed.answer, Readiness::kYes);
    EXPECT_NE(render_readiness_text(alarmed).find(
                  "yes      the live alarm works: last canary reward-twice detected at block 7; "
                  "1 detected, 0 silent"),
              std::string::npos)
        << render_readiness_text(alarmed);
    for (const char* wrong : {"{", "7", R"({"event":"canary"})", R"({"event":1})",
                              R"({"event":"canary","result":"perhaps"})"}) {
        EXPECT_EQ(add_canary(wrong, canaries).code(), absl::StatusCode::kInvalidArgument) << wrong;
    }
    EXPECT_EQ(canaries.detected, 1U);
    ASSERT_TRUE(add_canary(R"({"event":"canary","result":"silent"})", canaries).ok());
    EXPECT_EQ(judge_readiness(reports, all, options, canaries).answer, Readiness::kUnknown);
}

TEST(Readiness, counts_the_same_ledger_once) {
    const Report report = report_of(test::clean_run());
    ReadinessOptions options;
    options.blocks_per_class = report.blocks.size() + 1;
    const ReadinessReport twice =
        judge_readiness({report, report}, SelftestResult{1, 1, true, ""}, options);
    EXPECT_EQ(twice.answer, Readiness::kUnknown);
    EXPECT_NE(render_readiness_text(twice).find("1 of them given twice"), std::string::npos);
}

/// A run of the first `blocks` blocks of the clean one, by `candidate`.
Report clean_part(std::size_t blocks, const std::string& candidate) {
    test::SampleRun run = test::clean_run();
    run.records.resize(blocks);
    model::Hash previous;
    for (core::LedgerRecord& record : run.records) {
        record.previous = previous;
        record.verdict.lanes.front().executor = candidate;
        previous = core::ledger_hash(record);
    }
    run.run.request.candidates = {candidate};
    RunResult& result = *run.run.result;
    result.records = blocks;
    result.last = run.records.back().verdict.topoheight;
    result.head = previous;
    result.parallel_blocks = {blocks};
    result.state_topoheight = result.last;
    return report_of(run);
}

TEST(Readiness, what_one_candidate_did_says_nothing_about_another) {
    const SelftestResult all{40, 40, true, ""};
    ReadinessOptions options;
    options.blocks_per_class = 1;
    const Report steady = clean_part(9, "steady");
    ASSERT_EQ(judge_readiness({steady, clean_part(9, "idle")}, all, options).answer,
              Readiness::kYes);
    options.blocks_per_class = 2;
    const ReadinessReport hardly = judge_readiness({steady, clean_part(1, "idle")}, all, options);
    EXPECT_EQ(hardly.answer, Readiness::kUnknown);
    EXPECT_NE(render_readiness_text(hardly).find("fewer than 2: idle (devnet, e1, orphan_atomic)"),
              std::string::npos)
        << render_readiness_text(hardly);
    // Nor does what it did under other rules.
    Report elsewhere = clean_part(1, "steady");
    elsewhere.run->request.failure_model = "rollback";
    EXPECT_NE(render_readiness_text(judge_readiness({steady, elsewhere}, all, options))
                  .find("steady (devnet, e1, rollback): read_after_write of account (1)"),
              std::string::npos);
}

TEST(Readiness, counts_a_block_once_in_however_many_runs_it_is) {
    const auto account_blocks = [](const std::vector<Report>& reports) {
        std::vector<std::uint64_t> blocks;
        for (const ClassEvidence& evidence : judge_readiness(reports, std::nullopt, {}).classes) {
            blocks.push_back(evidence.matching_blocks);
        }
        return blocks;
    };
    const Report whole = clean_part(9, "steady");
    const std::vector<std::uint64_t> once = account_blocks({whole});
    EXPECT_EQ(once, account_blocks({whole, clean_part(8, "steady")}));
    EXPECT_EQ(once, account_blocks({clean_part(8, "steady"), whole, clean_part(5, "steady")}));
    const std::string text =
        render_readiness_text(judge_readiness({whole, clean_part(8, "steady")}, std::nullopt, {}));
    EXPECT_NE(text.find("9 blocks in 2 runs, 0 of them given twice, 8 blocks in more than one"),
              std::string::npos)
        << text;
    // That it matched once does not make up for a time when it did not.
    Report late = clean_part(8, "steady");
    late.blocks.front().matching_lanes = 0;
    const ReadinessReport worse = judge_readiness({whole, late}, std::nullopt, {});
    EXPECT_EQ(worse.classes.front().other_blocks, 1U);
}

TEST(Readiness, bounds_a_rate_by_the_rule_of_three) {
    EXPECT_EQ(bound_per_million(0), 1'000'000U);
    EXPECT_EQ(bound_per_million(3'000), 1'000U);
    EXPECT_EQ(bound_per_million(3'000'000), 1U);
    EXPECT_EQ(bound_per_million(7), 428'572U);
}

/// The clean run, as `change` makes it.
Report clean_report(const std::function<void(test::SampleRun&)>& change) {
    test::SampleRun run = test::clean_run();
    change(run);
    return report_of(run);
}

/// What readiness says, and that it is not yes only because of `reason`.
void expect_not_ready(const Report& report, const std::string& reason) {
    ReadinessOptions options;
    options.blocks_per_class = 1;
    const ReadinessReport answer =
        judge_readiness({report}, SelftestResult{40, 40, true, ""}, options);
    EXPECT_NE(answer.answer, Readiness::kYes) << reason;
    EXPECT_NE(render_readiness_text(answer).find(reason), std::string::npos)
        << render_readiness_text(answer);
}

TEST(Readiness, is_not_yes_with_signatures_off) {
    Report report = report_of(test::clean_run());
    report.signatures = {{model::SignaturePolicy::kPerLane, 8}, {model::SignaturePolicy::kOff, 1}};
    expect_not_ready(report, "signatures were checked: off in 1 of 9 compared blocks");
}

TEST(Readiness, is_not_yes_for_the_control_against_itself_or_what_is_wrapped_around_it) {
    for (const char* name : {"sequential", "sequential+credit-lost", "batch+credit-lost"}) {
        Report report = report_of(test::clean_run());
        report.lanes.front().executor = name;
        expect_not_ready(report, std::string("parallel executors were tried: ") + name);
    }
    expect_not_ready(clean_report([](test::SampleRun& run) { run.run.request.control = "steady"; }),
                     "steady is the control itself");
    expect_not_ready(
        clean_report([](test::SampleRun& run) { run.run.request.fault = "credit-lost"; }),
        "a run has the seeded fault credit-lost");
    expect_not_ready(clean_report([](test::SampleRun& run) { run.run.request.threads = 1; }),
                     "with one thread nothing runs in parallel");
    Report alone = report_of(test::clean_run());
    alone.lanes.clear();
    expect_not_ready(alone, "a run has no candidate");
}

TEST(Readiness, is_not_yes_for_a_candidate_that_always_fell_back_to_the_serial_path) {
    expect_not_ready(
        clean_report([](test::SampleRun& run) { run.run.result->parallel_blocks = {0}; }),
        "steady ran no block in parallel");
}

TEST(Readiness, is_not_yes_where_the_selftest_failed_for_another_reason) {
    const std::vector<Report> reports = {report_of(test::clean_run())};
    ReadinessOptions options;
    options.blocks_per_class = 1;
    const ReadinessReport answer =
        judge_readiness(reports, SelftestResult{40, 40, false, "1 false alarm"}, options);
    EXPECT_EQ(answer.answer, Readiness::kUnknown);
    EXPECT_NE(render_readiness_text(answer).find("40 of 40; the selftest failed: 1 false alarm"),
              std::string::npos);
}

TEST(Readiness, is_not_yes_where_the_journal_is_cut_off) {
    const std::vector<Report> reports = {report_of(test::clean_run())};
    ReadinessOptions options;
    options.blocks_per_class = 1;
    CanaryEvidence canaries{5,        0, model::Topoheight{7}, "reward-twice", "detected", true,
                            "canary", ""};
    const SelftestResult all{40, 40, true, ""};
    const ReadinessReport answer = judge_readiness(reports, all, options, canaries);
    EXPECT_EQ(answer.answer, Readiness::kUnknown);
    EXPECT_NE(render_readiness_text(answer).find("last line is cut off"), std::string::npos);
    canaries.cut_off = false;
    EXPECT_EQ(judge_readiness(reports, all, options, canaries).answer, Readiness::kYes);
    canaries.unfinished = "lines may be missing";
    EXPECT_EQ(judge_readiness(reports, all, options, canaries).answer, Readiness::kUnknown);
}

std::vector<std::string> in_every_format(const Report& report) {
    return {render_report_text(report, TerminalStyle{false, 200}),
            render_report_json(report),
            render_report_junit(report),
            render_report_sarif(report),
            render_report_markdown(report, kCommentLimit),
            render_github_annotations(report),
            render_report_html(report),
            render_diff_text(diff_reports({report, report})),
            render_diff_json(diff_reports({report, report}))};
}

TEST(ReportFormats, each_says_what_no_law_judged) {
    Report report = report_of(test::clean_run());
    report.unjudged["conservation"] = {
        3, model::Topoheight{104}, {"conservation[TOS]", std::nullopt, "it is full"}};
    for (const std::string& text : in_every_format(report)) {
        EXPECT_NE(text.find("conservation"), std::string::npos) << text.substr(0, 500);
        EXPECT_NE(text.find("it is full"), std::string::npos) << text.substr(0, 500);
    }
    EXPECT_NE(render_report_html(report).find("Not judged by a law"), std::string::npos);
    EXPECT_EQ(report.exit_code(), 0);
}

TEST(ReportFormats, each_says_that_a_candidate_is_the_control_itself) {
    const Report report = clean_part(9, "sequential");
    EXPECT_TRUE(report.problems.empty());
    for (const std::string& text : in_every_format(report)) {
        EXPECT_NE(text.find("Candidate sequential is the control itself"), std::string::npos)
            << text.substr(0, 500);
    }
}

TEST(ReportFormats, each_says_that_signatures_were_off) {
    const Report off = report_of(test::sample_run());
    const Report on = report_of(test::clean_run());
    const std::string sentence = "Signatures were not checked in 7 of 7 compared blocks";
    for (const std::string& text : in_every_format(off)) {
        EXPECT_NE(text.find(sentence), std::string::npos) << text.substr(0, 500);
    }
    for (const std::string& text : in_every_format(on)) {
        EXPECT_EQ(text.find("Signatures were not checked"), std::string::npos)
            << text.substr(0, 500);
    }
}

TEST(Readiness, reads_the_result_of_a_selftest_strictly) {
    const auto read =
        selftest_from_json(R"({"planted": 3, "caught": 2, "passed": false, "more": []})");
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->caught, 2U);
    EXPECT_FALSE(read->passed);
    const SelftestResult failed{3, 3, false, "a \"false\" alarm"};
    EXPECT_EQ(selftest_from_json(to_json(failed))->why, failed.why);
    for (const char* text : {"", "[]", "{}", R"({"planted": 3})", R"({"planted": 3, "caught": 3})",
                             R"({"planted": 3, "caught": 4, "passed": true})",
                             R"({"planted": 3, "caught": 3, "passed": 1})",
                             R"({"planted": -3, "caught": -4, "passed": true})"}) {
        EXPECT_FALSE(selftest_from_json(text).ok()) << text;
    }
}

}  // namespace
}  // namespace parallax::reports
