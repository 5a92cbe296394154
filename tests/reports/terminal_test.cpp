#include "reports/formats/terminal.hpp"

#include <gtest/gtest.h>

namespace parallax::reports {
namespace {

ProgressFrame half_way() {
    ProgressFrame frame;
    frame.done = 500;
    frame.total = 1000;
    frame.transactions = 25'000;
    frame.elapsed_s = 5;
    return frame;
}

ReplaySummary matching_summary() {
    ReplaySummary summary;
    summary.archive = "devnet.pxa";
    summary.network = "devnet";
    summary.profile = "e1";
    summary.failure_model = "orphan_atomic";
    summary.control = "sequential";
    summary.candidates = {"batch"};
    summary.first = model::Topoheight{1};
    summary.last = model::Topoheight{10};
    summary.matches = 10;
    summary.transactions = 500;
    summary.executed = 480;
    summary.failed = 20;
    summary.state_topoheight = model::Topoheight{10};
    summary.state_digest = model::Hash{};
    summary.exit_code = 0;
    summary.elapsed_s = 2;
    summary.blocks_run = 10;
    summary.transactions_run = 500;
    summary.cores = 2;
    summary.threads = 2;
    return summary;
}

TEST(ProgressBar, shows_share_rate_and_time_left) {
    EXPECT_EQ(render_progress_bar(half_way(), {false, 80}),
              "[##################...................]  50% 500/1000 blocks, 5000 tx/s, 5s left");
}

TEST(ProgressBar, never_exceeds_the_width) {
    for (std::size_t width = 0; width <= 120; ++width) {
        EXPECT_LE(render_progress_bar(half_way(), {false, width}).size(), width);
    }
}

TEST(ProgressBar, is_red_after_a_mismatch_and_only_where_colours_are_wanted) {
    ProgressFrame frame = half_way();
    frame.mismatches = 1;
    EXPECT_NE(render_progress_bar(frame, {true, 100}).find("\x1b[31m"), std::string::npos);
    EXPECT_EQ(render_progress_bar(frame, {false, 100}).find('\x1b'), std::string::npos);
    EXPECT_NE(render_progress_bar(frame, {false, 100}).find("1 mismatch"), std::string::npos);
}

TEST(ProgressBar, has_no_share_while_the_end_is_unknown) {
    ProgressFrame frame = half_way();
    frame.total.reset();
    EXPECT_EQ(render_progress_bar(frame, {false, 80}), "500 blocks, 5000 tx/s");
}

TEST(ProgressBar, survives_an_empty_run) {
    ProgressFrame frame;
    frame.total = 0;
    frame.transactions = 0;
    EXPECT_EQ(render_progress_line(frame), "progress 0% 0/0 blocks, 0 tx/s");
}

TEST(ProgressBar, counts_anything_that_a_long_command_does) {
    ProgressFrame frame;
    frame.unit = "vectors";
    frame.done = 30;
    frame.total = 120;
    frame.elapsed_s = 10;
    EXPECT_EQ(render_progress_line(frame), "progress 25% 30/120 vectors, 3/s, 30s left");
}

TEST(ProgressLine, counts_what_was_not_a_match) {
    ProgressFrame frame = half_way();
    frame.mismatches = 2;
    frame.inconclusive = 3;
    EXPECT_EQ(render_progress_line(frame),
              "progress 50% 500/1000 blocks, 5000 tx/s, 2 mismatch, 3 inconclusive, 5s left");
}

TEST(ReplaySummaryText, prints_a_matching_run) {
    const std::string zeros(64, '0');
    EXPECT_EQ(render_summary(matching_summary(), {}),
              "parallax replay: MATCH\n"
              "  archive       devnet.pxa (devnet, profile e1, failure model orphan_atomic)\n"
              "  lanes         control sequential; candidates batch\n"
              "  signatures    per_lane\n"
              "  blocks        1..10: 10 match, 0 mismatch, 0 inconclusive, 0 gaps\n"
              "  transactions  500: 480 executed, 20 failed\n"
              "  state         " +
                  zeros +
                  " at topoheight 10\n"
                  "  speed         5.0 blocks/s, 250 tx/s over 2.00 s (2 threads, 2 cores)\n"
                  "  next          nothing: every block of the range was compared and is equal\n"
                  "  exit code     0\n");
}

TEST(ReplaySummaryText, names_the_first_divergence_with_both_sides) {
    ReplaySummary summary = matching_summary();
    summary.exit_code = 2;
    summary.mismatches = 1;
    summary.matches = 9;
    summary.finding_topoheight = model::Topoheight{4};
    model::Finding finding;
    finding.lane = "batch";
    finding.sentence = "block 4: transaction 3 differs";
    finding.first.section = model::Section::kState;
    finding.first.path = "balance.after.amount";
    finding.first.control = "100";
    finding.first.candidate = "90";
    finding.first.delta = "-10";
    finding.derived_count = 2;
    summary.finding = finding;
    const std::string text = render_summary(summary, {});
    EXPECT_EQ(text.rfind("parallax replay: MISMATCH\n", 0), 0U);
    EXPECT_NE(text.find("  divergence    block 4: transaction 3 differs\n"
                        "    where       lane batch, state: balance.after.amount\n"
                        "    control     100\n"
                        "    candidate   90\n"
                        "    delta       -10\n"
                        "    derived     2 further differences\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("--from 4 --to 4"), std::string::npos);
}

TEST(ReplaySummaryText, says_what_no_law_judged) {
    ReplaySummary summary;
    EXPECT_EQ(render_summary(summary, {}).find("not judged"), std::string::npos);
    summary.unjudged_blocks = 3;
    summary.unjudged_example = "conservation[TOS] in block 7: it is full";
    EXPECT_NE(render_summary(summary, {})
                  .find("not judged    by the laws, not wholly, in 3 of these blocks: "
                        "conservation[TOS] in block 7: it is full"),
              std::string::npos);
}

TEST(ReplaySummaryText, is_never_green_for_an_empty_range) {
    const std::string text = render_summary(ReplaySummary{}, {true, 80});
    EXPECT_EQ(text.find("MATCH"), std::string::npos);
    EXPECT_NE(text.find("INCONCLUSIVE"), std::string::npos);
    EXPECT_NE(text.find("choose a range that holds blocks"), std::string::npos);
}

TEST(ReplaySummaryText, says_why_a_range_is_incomplete) {
    ReplaySummary summary = matching_summary();
    summary.exit_code = 3;
    summary.incomplete = "stopped after block 10";
    summary.resumed = 4;
    summary.transactions = 505;
    summary.advanced = 2;
    const std::string text = render_summary(summary, {});
    EXPECT_NE(text.find("  incomplete    stopped after block 10\n"), std::string::npos);
    EXPECT_NE(text.find("505: 480 executed, 20 failed, 5 skipped or not run\n"), std::string::npos);
    EXPECT_NE(text.find("  resumed       4 of these verdicts"), std::string::npos);
    EXPECT_NE(text.find("  advanced      2 earlier blocks"), std::string::npos);
}

}  // namespace
}  // namespace parallax::reports
