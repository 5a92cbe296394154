#include "reports/analysis/report.hpp"
#include "reports/record/report_times.hpp"
#include "reports/record/times_lines.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace parallax::reports {
namespace {

using std::chrono::microseconds;

core::BlockTimes times_of(std::uint64_t at, std::int64_t control, std::int64_t lane) {
    return {model::Topoheight{at}, microseconds(control), {microseconds(lane)}};
}

/// Blocks 5, 6 and 8, of which 6 is inconclusive.
Report three_blocks() {
    Report report;
    for (const std::uint64_t at : {5U, 6U, 8U}) {
        BlockRow row;
        row.topoheight = model::Topoheight{at};
        row.kind = at == 6 ? model::VerdictKind::kInconclusive : model::VerdictKind::kMatch;
        report.blocks.push_back(row);
    }
    report.lanes.emplace_back().executor = "batch";
    return report;
}

TEST(TimesLine, reads_back_what_was_written_and_nothing_else) {
    const core::BlockTimes times{
        model::Topoheight{7}, microseconds(310), {microseconds(120), microseconds(0)}};
    const std::string line = to_json_line(times);
    EXPECT_EQ(line, R"({"topoheight":7,"control_us":310,"lanes_us":[120,0]})");
    EXPECT_EQ(*block_times_from_json_line(line), times);
    for (const char* wrong :
         {"", "{}", "[]", R"({"topoheight":7,"control_us":310,"lanes_us":[120,-1]})",
          R"({"topoheight":7,"control_us":310,"lanes_us":[120,4294967296]})",
          R"({"topoheight":7,"control_us":310,"lanes_us":[120,"x"]})",
          R"({"topoheight": 7,"control_us":310,"lanes_us":[120,0]})",
          R"({"topoheight":7,"control_us":310,"lanes_us":[120,0],"more":1})"}) {
        EXPECT_FALSE(block_times_from_json_line(wrong).ok()) << wrong;
    }
}

TEST(TimesLine, names_the_line_that_is_wrong_and_one_that_was_cut) {
    std::istringstream stream(to_json_line(times_of(1, 2, 3)) + "\n" + "nonsense\n");
    std::uint64_t line = 0;
    ASSERT_TRUE(next_block_times(stream, line).ok());
    EXPECT_EQ(std::string(next_block_times(stream, line).status().message()).rfind("line 2: ", 0),
              0U);
    std::istringstream cut(R"({"topoheight":7,)");
    EXPECT_EQ(next_block_times(cut, line).status().code(), absl::StatusCode::kDataLoss);
    std::istringstream whole(to_json_line(times_of(1, 2, 3)) + "\n");
    ASSERT_TRUE(next_block_times(whole, line)->has_value());
    EXPECT_FALSE(next_block_times(whole, line)->has_value()) << "the end is no cut";
    std::istringstream endless(std::string(kMaxTimesLine + 1, ' ') + "\n");
    EXPECT_FALSE(next_block_times(endless, line).ok());
}

TEST(ReportTimes, stand_beside_their_blocks) {
    Report report = three_blocks();
    TimesBuilder builder(report, 1);
    for (const core::BlockTimes& times :
         {times_of(4, 1, 1), times_of(5, 100, 50), times_of(6, 7, 7), times_of(7, 1, 1),
          times_of(8, 300, 50), times_of(9, 1, 1)}) {
        EXPECT_TRUE(builder.add(times));
    }
    EXPECT_FALSE(builder.add({model::Topoheight{9}, microseconds(1), {}}))
        << "another number of lanes";
    report.times = builder.take();
    EXPECT_EQ(report.times->control_us, (std::vector<std::uint32_t>{100, 7, 300}));
    // A block that was not compared is no evidence of speed.
    const auto speeds = lane_speeds(report);
    ASSERT_EQ(speeds.size(), 1U);
    EXPECT_EQ(speeds[0].blocks, 2U);
    EXPECT_EQ(speed_text(speeds[0]),
              "4.00 times the control's speed (control 0.000 s, lane 0.000 s, 2 blocks)");
}

TEST(ReportTimes, of_a_block_without_any_are_unknown_and_not_zero) {
    Report report = three_blocks();
    TimesBuilder builder(report, 1);
    EXPECT_TRUE(builder.add(times_of(8, 300, 50)));
    report.times = builder.take();
    EXPECT_EQ(report.times->lanes_us[0][0], kNoTime);
    EXPECT_EQ(lane_speeds(report)[0].blocks, 1U);
    report.times.reset();
    EXPECT_TRUE(lane_speeds(report).empty());
    EXPECT_EQ(speed_text(LaneSpeed{}), "no block has times");
}

}  // namespace
}  // namespace parallax::reports
