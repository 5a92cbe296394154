#include "reports/record/report_times.hpp"

#include "reports/analysis/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::reports {
namespace {

std::uint32_t clamped(std::chrono::microseconds time) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, kNoTime - 1));
}

double seconds(std::uint64_t microseconds) {
    return static_cast<double>(microseconds) / 1e6;
}

}  // namespace

TimesBuilder::TimesBuilder(const Report& report, std::size_t lanes) : report_(report) {
    const std::vector<std::uint32_t> unknown(report.blocks.size(), kNoTime);
    times_.control_us = unknown;
    times_.lanes_us.assign(lanes, unknown);
}

bool TimesBuilder::add(const core::BlockTimes& times) {
    if (times.candidates.size() != times_.lanes_us.size()) {
        return false;
    }
    while (at_ < report_.blocks.size() && report_.blocks[at_].topoheight < times.topoheight) {
        ++at_;
    }
    if (at_ < report_.blocks.size() && report_.blocks[at_].topoheight == times.topoheight) {
        times_.control_us[at_] = clamped(times.control);
        for (std::size_t lane = 0; lane < times.candidates.size(); ++lane) {
            times_.lanes_us[lane][at_] = clamped(times.candidates[lane]);
        }
    }
    return true;
}

std::vector<LaneSpeed> lane_speeds(const Report& report) {
    std::vector<LaneSpeed> speeds;
    if (!report.times) {
        return speeds;
    }
    for (std::size_t lane = 0; lane < report.times->lanes_us.size(); ++lane) {
        LaneSpeed speed;
        speed.executor = report.lanes[lane].executor;
        for (std::size_t i = 0; i < report.blocks.size(); ++i) {
            const std::uint32_t time = report.times->lanes_us[lane][i];
            // A lane that gave nothing to compare has not done the work.
            if (time != kNoTime && report.blocks[i].kind != model::VerdictKind::kInconclusive) {
                ++speed.blocks;
                speed.control_us += report.times->control_us[i];
                speed.lane_us += time;
            }
        }
        speeds.push_back(std::move(speed));
    }
    return speeds;
}

std::string speed_text(const LaneSpeed& speed) {
    if (speed.blocks == 0 || speed.lane_us == 0) {
        return "no block has times";
    }
    return fmt::format("{:.2f} times the control's speed (control {:.3f} s, lane {:.3f} s, {} {})",
                       seconds(speed.control_us) / seconds(speed.lane_us),
                       seconds(speed.control_us), seconds(speed.lane_us), speed.blocks,
                       speed.blocks == 1 ? "block" : "blocks");
}

}  // namespace parallax::reports
