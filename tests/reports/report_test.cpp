#include "reports/analysis/report.hpp"

#include "reports/analysis/coverage.hpp"
#include "reports/analysis/finding_view.hpp"
#include "reports/analysis/readiness.hpp"
#include "reports/analysis/report_diff.hpp"
#include "reports/formats/report_formats.hpp"
#include "tests/reports/sample_run.hpp"
#include "tests/support/possible_shapes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace parallax::reports {
namespace {

Report report_of(const test::SampleRun& sample) {
    ReportBuilder builder(test::possible_shapes());
    for (const core::LedgerRecord& record : sample.records) {
        builder.add(record);
    }
    return builder.finish(sample.run);
}

/// A record that follows `previous`, with `count` findings of as many causes.
core::LedgerRecord record_after(const core::LedgerRecord& previous, std::size_t count) {
    core::LedgerRecord record = previous;
    record.previous = core::ledger_hash(previous);
    record.verdict.topoheight = model::Topoheight{previous.verdict.topoheight.value() + 1};
    record.verdict.findings.clear();
    for (std::size_t i = 0; i < count; ++i) {
        model::Finding finding;
        finding.lane = "careless";
        finding.sentence = "a finding";
        finding.fingerprint.mutable_bytes()[0] = static_cast<std::uint8_t>(i);
        finding.fingerprint.mutable_bytes()[1] = static_cast<std::uint8_t>(i >> 8);
        record.verdict.findings.push_back(std::move(finding));
    }
    record.verdict.kind = count > 0 ? model::VerdictKind::kMismatch : model::VerdictKind::kMatch;
    return record;
}

TEST(Report, counts_blocks_lanes_and_causes) {
    const Report report = report_of(test::sample_run());
    EXPECT_EQ(report.exit_code(), 2);
    EXPECT_EQ(report_counts(report),
              "blocks 101..109: 2 match, 5 mismatch, 2 inconclusive, 0 gaps");
    EXPECT_TRUE(report.problems.empty());
    ASSERT_EQ(report.lanes.size(), 3U);
    EXPECT_EQ(report.lanes[0].executor, "careless");
    EXPECT_EQ(report.lanes[0].mismatches, 5U);
    EXPECT_EQ(report.lanes[2].matches, 9U);
    ASSERT_EQ(report.groups.size(), 3U);
    EXPECT_EQ(report.groups[0].findings, 3U);
    EXPECT_EQ(report.groups[0].first, model::Topoheight{102});
    EXPECT_EQ(report.groups[0].last, model::Topoheight{107});
    EXPECT_EQ(report.groups[1].findings, 4U) << "both differ and contradict block order";
    EXPECT_EQ(report.reasons.at(model::InconclusiveReason::kTimedOut), 1U);
}

TEST(Report, a_clean_and_whole_run_is_a_match) {
    const Report report = report_of(test::clean_run());
    EXPECT_EQ(report.exit_code(), 0);
    EXPECT_EQ(report_verdict(report), model::VerdictKind::kMatch);
}

/// The lanes were compared, so it stays green; but it does not look as if the invariants had seen
/// all.
TEST(Report, says_what_no_law_judged_in_every_format) {
    core::LedgerRecord first = record_after(test::clean_run().records.front(), 0);
    first.verdict.unjudged = {
        {"conservation[TOS]", model::counter_key(model::Counter::kGasFee), "it is full"},
        {"conservation[ab]", std::nullopt, "likewise"}};
    core::LedgerRecord second = record_after(first, 0);
    second.verdict.unjudged = {{"totals.fees", std::nullopt, "too many"}};
    ReportBuilder builder(test::possible_shapes());
    builder.add(first);
    builder.add(second);
    const Report report = builder.finish(BundleSource{});
    EXPECT_EQ(report.exit_code(), 0);
    ASSERT_EQ(report.unjudged.size(), 2U);
    EXPECT_EQ(report.unjudged.at("conservation").blocks, 1U);
    EXPECT_EQ(report.unjudged.at("conservation").first, first.verdict.topoheight);
    EXPECT_NE(render_report_text(report, {}).find("not judged"), std::string::npos);
    EXPECT_NE(render_report_markdown(report, 100'000).find("Not judged by a law"),
              std::string::npos);
    EXPECT_NE(render_report_json(report).find("\"unjudged\": ["), std::string::npos);
    EXPECT_EQ(render_report_json(report_of(test::clean_run())).find("unjudged"), std::string::npos);
}

TEST(Report, says_how_much_was_observed) {
    core::LedgerRecord first = record_after(test::clean_run().records.front(), 0);
    model::ObservedPart part;
    part.touched = 5;
    part.accounts = 4;
    part.transactions = 3;
    part.results = 3;
    part.rows = 9;
    part.emitted_supply = true;
    first.verdict.observed = {part};
    core::LedgerRecord second = record_after(first, 0);
    model::ObservedPart nothing;
    nothing.touched = 2;
    second.verdict.observed = {nothing};
    ReportBuilder builder(test::possible_shapes());
    builder.add(first);
    builder.add(second);
    const Report report = builder.finish(BundleSource{});
    ASSERT_EQ(report.observed.size(), 1U);
    const std::string words = observed_text("", report.observed.at(""));
    EXPECT_EQ(
        words,
        "the node: 1 of 2 blocks; 4 of 7 touched accounts, 3 of 3 results, the emitted supply "
        "after 1 and the burned supply after 0 of these blocks");
    for (const std::string& text :
         {render_report_text(report, {false, 400}), render_report_markdown(report, 100'000),
          render_report_html(report)}) {
        EXPECT_NE(text.find(words), std::string::npos) << text.substr(0, 2000);
    }
    EXPECT_NE(render_report_json(report).find("\"observed\": ["), std::string::npos);
}

TEST(Report, nothing_empty_or_partial_is_green) {
    const auto clean = test::clean_run();
    ReportBuilder empty(test::possible_shapes());
    EXPECT_EQ(empty.finish(clean.run).exit_code(), 3);

    ReportBuilder alone(test::possible_shapes());
    alone.add(clean.records[0]);
    const Report without_run = alone.finish(std::nullopt);
    EXPECT_EQ(without_run.exit_code(), 3);
    EXPECT_EQ(without_run.problems.front().substr(0, 14), "No run.json st");

    ReportBuilder cut(test::possible_shapes());
    for (std::size_t i = 0; i + 1 < clean.records.size(); ++i) {
        cut.add(clean.records[i]);
    }
    const Report shorter = cut.finish(clean.run);
    EXPECT_EQ(shorter.exit_code(), 3);
    EXPECT_EQ(shorter.problems.front().substr(0, 28), "The run wrote 9 records endi");

    test::SampleRun unfinished = clean;
    unfinished.run.result.reset();
    EXPECT_EQ(report_of(unfinished).exit_code(), 3);

    test::SampleRun stopped = clean;
    stopped.run.result->incomplete = "stopped on request after block 109";
    EXPECT_EQ(report_of(stopped).exit_code(), 3);

    test::SampleRun holed = clean;
    holed.records.erase(holed.records.begin() + 4);
    const Report with_hole = report_of(holed);
    EXPECT_EQ(with_hole.gaps, 1U);
    EXPECT_EQ(with_hole.exit_code(), 3);

    test::SampleRun doubled = clean;
    doubled.records.insert(doubled.records.begin() + 4, doubled.records[3]);
    EXPECT_EQ(report_of(doubled).blocks.size(), clean.records.size());
    EXPECT_EQ(report_of(doubled).exit_code(), 3);
}

TEST(Report, holds_every_member_of_the_run_against_the_ledger) {
    const test::SampleRun sample = test::sample_run();
    ASSERT_TRUE(report_of(sample).problems.empty()) << report_of(sample).problems.front();
    using Change = std::function<void(RunRecord&)>;
    const std::vector<std::pair<const char*, Change>> changes = {
        {"The run wrote 8 records", [](RunRecord& run) { run.result->records = 8; }},
        {"The run wrote 9 records", [](RunRecord& run) { run.result->head = model::Hash{}; }},
        {"first block", [](RunRecord& run) { run.result->first = model::Topoheight{102}; }},
        {"first block", [](RunRecord& run) { run.result->first.reset(); }},
        {"last block", [](RunRecord& run) { run.result->last = model::Topoheight{110}; }},
        {"last block", [](RunRecord& run) { run.result->last.reset(); }},
        {"begins", [](RunRecord& run) { run.request.from = model::Topoheight{102}; }},
        {"begins", [](RunRecord& run) { run.request.base_topoheight = model::Topoheight{101}; }},
        {"begins", [](RunRecord& run) { run.request.from = model::Topoheight{100}; }},
        {"begins", [](RunRecord& run) { run.request.base_topoheight = model::Topoheight{99}; }},
        {"ends", [](RunRecord& run) { run.request.to = model::Topoheight{108}; }},
        {"ends", [](RunRecord& run) { run.request.to = model::Topoheight{110}; }},
        {"state", [](RunRecord& run) { run.result->state_topoheight = model::Topoheight{108}; }},
        {"state", [](RunRecord& run) { run.result->state_topoheight.reset(); }},
        {"state", [](RunRecord& run) { run.result->state_digest.reset(); }},
        {"state",
         [](RunRecord& run) {
             run.result->state_topoheight.reset();
             run.result->state_digest.reset();
         }},
        {"control", [](RunRecord& run) { run.request.control = "steady"; }},
        {"seeded fault", [](RunRecord& run) { run.request.fault = "reward-twice"; }},
        {"candidates", [](RunRecord& run) { run.request.candidates = {"batch"}; }},
        {"candidates", [](RunRecord& run) { run.request.candidates.pop_back(); }},
        {"candidates", [](RunRecord& run) { run.request.candidates.clear(); }},
        {"signatures", [](RunRecord& run) { run.request.signatures = "per_lane"; }},
        {"bundles/102-",
         [](RunRecord& run) { run.bundles.front().fingerprint.mutable_bytes()[0] ^= 1; }},
        {"parallel blocks", [](RunRecord& run) { run.result->parallel_blocks.pop_back(); }},
        {"in parallel",
         [](RunRecord& run) {
             run.result->parallel_blocks = {9, 10, 9};
         }},
        {"exit code", [](RunRecord& run) { run.result->exit_code = 0; }},
        {"exit code", [](RunRecord& run) { run.result->exit_code = 3; }},
    };
    for (const auto& [sentence, change] : changes) {
        test::SampleRun changed = sample;
        change(changed.run);
        const Report report = report_of(changed);
        ASSERT_FALSE(report.problems.empty()) << sentence;
        EXPECT_NE(report.problems.front().find(sentence), std::string::npos)
            << report.problems.front();
    }
    test::SampleRun greener = test::clean_run();
    greener.run.result->exit_code = 2;
    EXPECT_EQ(report_of(greener).exit_code(), 3) << "the run saw a mismatch, the ledger has none";
}

TEST(Report, where_no_block_or_no_block_of_a_candidate_was_compared_is_not_whole) {
    test::SampleRun none = test::clean_run();
    for (core::LedgerRecord& record : none.records) {
        record.verdict.kind = model::VerdictKind::kInconclusive;
        record.verdict.reason = model::InconclusiveReason::kTimedOut;
        record.verdict.lanes.front().kind = model::VerdictKind::kInconclusive;
    }
    const auto has_problem = [](const Report& report, const std::string& sentence) {
        return std::find(report.problems.begin(), report.problems.end(), sentence) !=
               report.problems.end();
    };
    EXPECT_TRUE(has_problem(report_of(none), "No block was compared."));
    test::SampleRun one = test::clean_run();
    for (core::LedgerRecord& record : one.records) {
        record.verdict.lanes.push_back(record.verdict.lanes.front());
        record.verdict.lanes.back().executor = "late";
        record.verdict.lanes.back().kind = model::VerdictKind::kInconclusive;
    }
    EXPECT_TRUE(has_problem(report_of(one), "Candidate late was compared in no block."));
}

TEST(Report, a_mismatch_outweighs_what_is_missing) {
    test::SampleRun sample = test::sample_run();
    sample.records.pop_back();
    const Report report = report_of(sample);
    EXPECT_FALSE(report.problems.empty());
    EXPECT_EQ(report.exit_code(), 2);
}

TEST(Report, keeps_a_few_findings_of_each_cause_and_counts_all) {
    ReportBuilder builder(test::possible_shapes());
    core::LedgerRecord record = test::sample_run().records.front();
    for (int i = 0; i < 10; ++i) {
        record = record_after(record, kMaxKeptGroups + 50);
        builder.add(record);
    }
    const Report report = builder.finish(std::nullopt);
    EXPECT_EQ(report.groups.size(), kMaxKeptGroups + 50);
    EXPECT_EQ(report.groups[0].findings, 10U);
    EXPECT_EQ(report.groups[0].kept.size(), kMaxKeptPerGroup);
    EXPECT_TRUE(report.groups[kMaxKeptGroups].kept.empty());
    EXPECT_LE(report.findings.size(), kMaxKeptGroups * kMaxKeptPerGroup);
    EXPECT_EQ(report.blocks.size(), 10U);
}

TEST(Report, asks_the_oracles_who_is_to_blame) {
    test::SampleRun sample = test::sample_run();
    EXPECT_EQ(report_of(sample).findings[0].blame, Blame::kCandidate);

    model::Finding unstable;
    unstable.finding_class = model::FindingClass::kControlUnstable;
    unstable.lane = "control";
    sample.records[1].verdict.findings.push_back(unstable);
    const Report report = report_of(sample);
    EXPECT_EQ(report.findings[0].blame, Blame::kControl);
}

TEST(Report, shows_what_the_recorder_has) {
    test::SampleRun sample = test::sample_run();
    model::Verdict& verdict = sample.records[1].verdict;
    verdict.lanes[0].compared.push_back(model::Section::kRecorded);
    ReportedFinding same = report_of(sample).findings[0];
    EXPECT_TRUE(same.has_recorded);
    EXPECT_EQ(view_findings(report_of(sample))[0].first.recorded,
              view_findings(report_of(sample))[0].first.control);

    model::Finding recorded;
    recorded.finding_class = model::FindingClass::kRecordedDivergence;
    recorded.lane = "recorded";
    recorded.first = verdict.findings[0].first;
    recorded.first.candidate = "skipped";
    verdict.findings.push_back(recorded);
    EXPECT_EQ(view_findings(report_of(sample))[0].first.recorded, "skipped");
}

TEST(FindingView, tells_the_cause_in_words) {
    const std::vector<FindingView> views = view_findings(report_of(test::sample_run()));
    const FindingView& view = views.front();
    EXPECT_EQ(view.deciding_order,
              "Transaction 1 depends on transaction 0 through this row: it must come after it. In "
              "careless it failed and left no access, which is how it ends when it does not see "
              "that write.");
    EXPECT_EQ(view.command,
              "parallax replay sample.pxa --from 102 --to 102 --candidate careless --signatures "
              "off --failure-model orphan_atomic --threads 2 --out DIR");
    EXPECT_EQ(view.accounts.front().short_name.substr(0, 4), "tst1");
    EXPECT_NE(view.sentence.find(view.accounts.front().short_name.substr(0, 4)), std::string::npos);
    const auto deciding = std::find_if(view.steps.begin(), view.steps.end(),
                                       [](const ViewStep& step) { return step.deciding; });
    ASSERT_NE(deciding, view.steps.end());
    EXPECT_EQ(deciding->transaction, "transaction 1");
    EXPECT_EQ(deciding->candidate.back(), "ended: failed");
    EXPECT_EQ(view.not_compared.back(), "signatures: switched off for this run");
}

TEST(FindingView, folds_what_follows_and_gives_amounts_their_unit) {
    const std::vector<FindingView> views = view_findings(report_of(test::sample_run()));
    std::vector<std::string> titles;
    bool has_unit = false;
    for (const ViewFold& fold : views.front().folds) {
        titles.push_back(fold.title);
        for (const ViewRow& row : fold.rows) {
            has_unit = has_unit || row.control.ends_with(" TOS)");
        }
    }
    EXPECT_EQ(titles, (std::vector<std::string>{"The same transaction and row", "Rows of accounts",
                                                "Fees and the miner"}));
    EXPECT_TRUE(has_unit);
    EXPECT_EQ(with_unit("1"), "1 (0.00000001 TOS)");
    EXPECT_EQ(with_unit("123456789012"), "123456789012 (1234.56789012 TOS)");
    EXPECT_EQ(with_unit("absent"), "absent");
    EXPECT_EQ(with_unit(""), "");
}

TEST(FindingView, runs_a_seeded_fault_again_by_its_name) {
    Report report = report_of(test::sample_run());
    report.run->request.fault = "stale_nonce";
    const std::string command = reproduce_command(report, "steady", model::Topoheight{5});
    EXPECT_EQ(command.find("--candidate"), std::string::npos);
    EXPECT_NE(command.find(" --fault stale_nonce --out DIR"), std::string::npos);
}

TEST(FindingView, quotes_the_archive_for_a_shell) {
    Report report = report_of(test::sample_run());
    report.run->request.archive = "it's here.pxa";
    EXPECT_EQ(reproduce_command(report, "steady", model::Topoheight{5}).substr(0, 46),
              "parallax replay 'it'\\''s here.pxa' --from 5 --");
    report.bundle = BundleSource{};
    report.bundle->file = "a b.pxb";
    EXPECT_EQ(reproduce_command(report, "steady", model::Topoheight{5}),
              "parallax reproduce 'a b.pxb'");
}

TEST(FindingView, says_whether_a_fresh_run_meets_it_again) {
    const auto views = view_findings(report_of(test::sample_run()));
    EXPECT_EQ(views[0].repeats, "schedule-dependent");
    EXPECT_NE(views[0].reproducibility.find("met again in 3 of 10 fresh runs"), std::string::npos)
        << views[0].reproducibility;
    EXPECT_EQ(views[0].bundle.rfind("bundles/102-", 0), 0U);
    EXPECT_EQ(views[1].repeats, "deterministic");
    const auto failed = std::find_if(
        views.begin(), views.end(), [](const FindingView& view) { return view.lane == "fragile"; });
    ASSERT_NE(failed, views.end());
    EXPECT_EQ(failed->repeats, "not tried");
    EXPECT_EQ(failed->bundle, "");
    KeptBundle kept;
    EXPECT_EQ(repeat_word(kept), "not tried");
    kept.runs = 4;
    EXPECT_EQ(repeat_word(kept), "not met again");
    kept.inconclusive = 4;
    EXPECT_EQ(repeat_word(kept), "inconclusive");
    kept.met = 4;
    kept.control_stable = false;
    EXPECT_EQ(repeat_word(kept), "environmental");
}

std::vector<LifeStage> stages_of(const ReportDiff& diff) {
    std::vector<LifeStage> stages;
    for (const GroupLife& group : diff.groups) {
        stages.push_back(group.stage);
    }
    return stages;
}

/// A whole run of the sample's blocks and lanes in which nothing was found.
Report fixed_run() {
    Report report = report_of(test::clean_run());
    const Report sample = report_of(test::sample_run());
    for (const LaneTotals& lane : sample.lanes) {
        if (lane.executor != report.lanes.front().executor) {
            report.lanes.push_back({lane.executor, report.blocks.size(), 0, 0, {}});
        }
    }
    report.run->request = sample.run->request;
    return report;
}

TEST(ReportDiff, a_cause_is_gone_only_where_the_last_run_looked_for_it) {
    const Report sample = report_of(test::sample_run());
    const Report fixed = fixed_run();
    ASSERT_EQ(diff_reports({sample, fixed}).count(LifeStage::kGone), 3U);
    using Change = std::function<void(Report&)>;
    const std::vector<std::pair<const char*, Change>> changes = {
        {"it begins later",
         [](Report& report) {
             report.blocks.erase(report.blocks.begin(), report.blocks.end() - 1);
         }},
        {"it ends before", [](Report& report) { report.blocks.resize(1); }},
        {"other blocks",
         [](Report& report) {
             for (BlockRow& row : report.blocks) {
                 ++row.identity;
             }
         }},
        {"no lane", [](Report& report) { report.lanes.clear(); }},
        {"network", [](Report& report) { report.run->request.network = "testnet"; }},
        {"failure model", [](Report& report) { report.run->request.failure_model = "other"; }},
        {"signatures", [](Report& report) { report.run->request.signatures = "once"; }},
    };
    for (const auto& [what, change] : changes) {
        Report last = fixed;
        change(last);
        const ReportDiff diff = diff_reports({sample, last});
        EXPECT_EQ(diff.count(LifeStage::kUnseen), 3U) << what;
        EXPECT_EQ(diff.exit_code, 3) << what;
        // Nor is what comes back after such a run one that had been gone.
        EXPECT_EQ(diff_reports({sample, last, sample}).count(LifeStage::kKnown), 3U) << what;
    }
}

TEST(ReportDiff, tells_new_known_and_gone_causes) {
    const Report clean = fixed_run();
    const Report sample = report_of(test::sample_run());
    const ReportDiff appeared = diff_reports({clean, sample});
    EXPECT_EQ(stages_of(appeared), std::vector<LifeStage>(3, LifeStage::kNew));
    EXPECT_EQ(appeared.exit_code, 2);
    const ReportDiff gone = diff_reports({sample, clean});
    EXPECT_EQ(stages_of(gone), std::vector<LifeStage>(3, LifeStage::kGone));
    EXPECT_EQ(gone.groups.front().findings, (std::vector<std::uint64_t>{3, 0}));
    EXPECT_FALSE(gone.groups.front().title.empty());
    EXPECT_EQ(gone.exit_code, 0);
    const ReportDiff same = diff_reports({sample, sample});
    EXPECT_EQ(same.count(LifeStage::kKnown), 3U);
    // Nothing new, but two blocks were not compared.
    EXPECT_EQ(same.exit_code, 3);
}

TEST(ReportDiff, tells_a_cause_that_is_back_from_one_that_is_new) {
    const Report clean = fixed_run();
    const Report sample = report_of(test::sample_run());
    const ReportDiff back = diff_reports({sample, clean, sample});
    EXPECT_EQ(back.count(LifeStage::kRegressed), 3U);
    EXPECT_EQ(back.exit_code, 2);
    // Once it is back it is known again.
    EXPECT_EQ(diff_reports({sample, clean, sample, sample}).count(LifeStage::kKnown), 3U);
    // A run that was cut off shows nothing by what it lacks.
    Report cut = clean;
    cut.problems.emplace_back("it was cut");
    EXPECT_EQ(diff_reports({sample, cut, sample}).count(LifeStage::kKnown), 3U);
    const ReportDiff unseen = diff_reports({sample, cut});
    EXPECT_EQ(unseen.count(LifeStage::kUnseen), 3U);
    EXPECT_EQ(unseen.exit_code, 3);
}

TEST(ReportDiff, gives_each_group_of_a_report_its_stage) {
    const Report clean = fixed_run();
    const Report sample = report_of(test::sample_run());
    Report report = sample;
    add_history({}, report);
    EXPECT_EQ(view_findings(report).front().stage, "");
    add_history({sample, clean}, report);
    EXPECT_EQ(view_findings(report).front().stage, "regressed");
    EXPECT_NE(render_report_sarif(report).find(R"("baselineState": "new")"), std::string::npos);
    add_history({sample}, report);
    EXPECT_EQ(view_findings(report).front().stage, "known");
    EXPECT_NE(render_report_sarif(report).find(R"("baselineState": "unchanged")"),
              std::string::npos);
    EXPECT_NE(render_report_text(report, {}).find("known, against the runs before"),
              std::string::npos);
}

TEST(ReportDiff, an_empty_new_report_is_never_green) {
    ReportBuilder builder(test::possible_shapes());
    const Report empty = builder.finish(std::nullopt);
    EXPECT_EQ(diff_reports({report_of(test::sample_run()), empty}).exit_code, 3);
}

TEST(Coverage, counts_findings_where_they_begin_and_shows_what_was_never_tried) {
    const Report report = report_of(test::sample_run());
    const Coverage& coverage = report.shapes;
    const ShapeTotals& nonce =
        coverage.at({model::TransactionType::kTransfers, model::TransactionType::kTransfers,
                     model::Family::kAccount, model::Dependency::kReadAfterWrite});
    EXPECT_EQ(nonce.pairs, 7U);
    EXPECT_EQ(nonce.findings, 3U);
    const ShapeTotals& never =
        coverage.at({model::TransactionType::kTransfers, model::TransactionType::kMultisig,
                     model::Family::kAccount, model::Dependency::kReadAfterWrite});
    EXPECT_EQ(never.pairs, 0U);
    const CoverageCount count = count_coverage(coverage);
    EXPECT_EQ(count.possible, coverage.size());
    EXPECT_GT(count.possible, 200U);
    EXPECT_GT(count.tried, 3U);
    EXPECT_LT(count.tried, 20U);
    const std::string text = render_readiness_text(judge_readiness({report}, std::nullopt, {}));
    EXPECT_NE(text.find("never: transfers and then burn, multisig"), std::string::npos) << text;
    EXPECT_NE(text.find("never: multisig and then any type\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace parallax::reports
