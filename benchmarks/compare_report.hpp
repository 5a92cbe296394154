#pragma once

#include "benchmarks/compare_phases.hpp"
#include "benchmarks/compare_rows.hpp"

#include <string>
#include <vector>

namespace parallax::bench {

/// Markdown: the machine and the conditions, one line of the table, one line of phases.
[[nodiscard]] std::string machine_text(std::uint32_t workers);
[[nodiscard]] std::string table_header();
[[nodiscard]] std::string table_line(const Row& row);
[[nodiscard]] std::string phases_line(const Phases& phases);

/// All that a run measured.
struct Figures {
    std::vector<Row> rows;
    Phases phases;  ///< one worker, signatures off
    DecideCost decide;
};
/// Each target beside what this run measured, and whether it is met.
[[nodiscard]] std::string targets_table(const Figures& figures);

/// SVG: speed-up of every strategy against the control at the largest size.
[[nodiscard]] std::string picture(const std::vector<Row>& rows, const std::string& machine);

}  // namespace parallax::bench
