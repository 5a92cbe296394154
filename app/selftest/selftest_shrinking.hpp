#pragma once

#include "replay/shrink/shrink.hpp"
#include "testbed/faults/selftest.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::app {

/// How small what a fault shows becomes.
struct ShrunkFault {
    const testbed::Fault* fault = nullptr;
    /// Transactions of the block that it was found in.
    std::size_t before = 0;
    /// Nothing if it could not be shrunk: `why` says it.
    std::optional<std::size_t> after;
    /// Preemptions and workers that are needed, where a schedule matters.
    std::optional<replay::ScheduleNeed> schedule;
    std::string why;
    /// Transactions of a block of its minimal chain, which was made by hand to be the smallest.
    std::size_t known = 0;
    /// The chain has an earlier block: without it there may be nothing to see.
    bool needs_earlier_block = false;

    /// A finding keeps its fingerprint, and may take a transaction more than the one for which the
    /// chain was made.
    [[nodiscard]] bool is_small() const noexcept {
        return after ? *after <= known + 1 : needs_earlier_block;
    }
};

struct SelftestShrinkingOptions {
    std::uint64_t seed = 1;
    std::uint32_t workers = 2;
    /// Schedules of one generated block, and of one of a minimal chain.
    std::uint32_t runs = 5;
    std::uint32_t minimal_runs = 3000;
    /// Runs of one shrinking.
    std::uint64_t max_runs = 20'000;
    /// A shrinker that gives back what it got: the selftest must fail with it.
    bool shrinks_nothing = false;
};

/// Finds a fault by itself in one of `blocks`, else in its minimal chain, with an executor that has
/// seen no other block, and shrinks the bundle of it as `parallax shrink` does.
[[nodiscard]] ShrunkFault measure_shrinking(const testbed::Fault& fault,
                                            const std::vector<testbed::SelftestBlock>& blocks,
                                            const SelftestShrinkingOptions& options);

}  // namespace parallax::app
