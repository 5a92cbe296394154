#pragma once

#include "benchmarks/compare_rows.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace parallax::bench {

/// In the order in which a block goes through them.
inline constexpr std::array kPhases = {"resolve", "intern",   "load",
                                       "decide",  "epilogue", "publish"};

/// What the phases of the staged executor took: medians of many runs of one block.
struct Phases {
    std::uint32_t transfers = 0;
    std::uint32_t outputs = 0;  ///< of each transfer
    std::uint32_t workers = 0;
    bool signatures = false;
    /// Nanoseconds of the block. On one worker time of the processor, else time of the clock; there
    /// `intern` holds `load`, since nobody waits between the two.
    std::map<std::string, double> nanoseconds;

    [[nodiscard]] double per_transfer(const std::string& phase) const;
    /// All but reading state.
    [[nodiscard]] double without_storage() const;
};
[[nodiscard]] Phases measure_phases(executors::runtime::WorkerPool& pool, std::uint32_t transfers,
                                    std::uint32_t outputs, bool signatures, std::size_t rounds);

/// Cost of deciding, as a line through blocks of one output a transfer and of many: nanoseconds.
struct DecideCost {
    double per_transfer = 0;
    double per_output = 0;
};
[[nodiscard]] DecideCost decide_cost(const Phases& one_output, const Phases& many_outputs);

}  // namespace parallax::bench
