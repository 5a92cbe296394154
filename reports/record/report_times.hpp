#pragma once

#include "verifier/core/verification/block_times.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::reports {

struct Report;

/// No time is known of a block.
inline constexpr std::uint32_t kNoTime = std::numeric_limits<std::uint32_t>::max();

/// What the lanes of a report's blocks took, in microseconds, one number for each of
/// `Report::blocks`.
struct ReportTimes {
    std::vector<std::uint32_t> control_us;
    /// In the order of `Report::lanes`.
    std::vector<std::vector<std::uint32_t>> lanes_us;
};

/// Control against one lane, over the blocks that were compared and have times.
struct LaneSpeed {
    std::string executor;
    std::uint64_t blocks = 0;
    std::uint64_t control_us = 0;
    std::uint64_t lane_us = 0;
};
/// One for each lane; none without times.
[[nodiscard]] std::vector<LaneSpeed> lane_speeds(const Report& report);
/// `1.84 times the control's speed (control 3.214 s, lane 1.747 s, 1000 blocks)`.
[[nodiscard]] std::string speed_text(const LaneSpeed& speed);

/// Puts times beside blocks as they come, in block order.
class TimesBuilder {
  public:
    /// `blocks` are all that there are, ascending; it outlives the builder.
    TimesBuilder(const Report& report, std::size_t lanes);

    /// Times of a block that the report does not have are left out. False if `times` is not about
    /// as many lanes.
    [[nodiscard]] bool add(const core::BlockTimes& times);
    [[nodiscard]] ReportTimes take() { return std::move(times_); }

  private:
    const Report& report_;
    std::size_t at_ = 0;
    ReportTimes times_;
};

}  // namespace parallax::reports
