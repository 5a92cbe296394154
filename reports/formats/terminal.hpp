#pragma once

#include "verifier/model/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::reports {

/// How text may look where it goes.
struct TerminalStyle {
    /// ANSI colours: on a terminal that wants them.
    bool colour = false;
    /// Columns; a progress bar never exceeds them.
    std::size_t width = 80;
};

/// Where a run stands.
struct ProgressFrame {
    /// What is counted, in the plural.
    std::string_view unit = "blocks";
    std::uint64_t done = 0;
    /// Nothing if the end is not known.
    std::optional<std::uint64_t> total;
    /// Nothing if the rate is that of the unit.
    std::optional<std::uint64_t> transactions;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    double elapsed_s = 0;
};

/// One line that overwrites itself: bar, share, counts, rate and time left, cut to the width. No
/// line end.
[[nodiscard]] std::string render_progress_bar(const ProgressFrame& frame,
                                              const TerminalStyle& style);
/// The same as a plain line for a log. No line end.
[[nodiscard]] std::string render_progress_line(const ProgressFrame& frame);

/// What a replay was asked to do and what came of it.
struct ReplaySummary {
    std::string archive;
    std::string network;
    std::string profile;
    std::string failure_model;
    std::string control;
    std::vector<std::string> candidates;
    model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane;
    /// The blocks that have a verdict.
    std::optional<model::Topoheight> first;
    std::optional<model::Topoheight> last;
    std::uint64_t matches = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t gaps = 0;
    /// Blocks of the range that have a verdict from an earlier run on the same database.
    std::uint64_t resumed = 0;
    /// Blocks before the range that only advanced the state.
    std::uint64_t advanced = 0;
    std::uint64_t transactions = 0;
    std::uint64_t executed = 0;
    std::uint64_t failed = 0;
    /// Earliest block with a finding, and its first finding.
    std::optional<model::Topoheight> finding_topoheight;
    std::optional<model::Finding> finding;
    /// Why the earliest inconclusive block could not be compared.
    std::string inconclusive_why;
    /// Blocks in which an invariant could not judge everything, and what it left out of the first
    /// one.
    std::uint64_t unjudged_blocks = 0;
    std::string unjudged_example;
    /// Of each node that was observed, in words.
    std::vector<std::string> observed;
    std::optional<model::Topoheight> state_topoheight;
    std::optional<model::Hash> state_digest;
    /// Why the range is not complete; empty if it is.
    std::string incomplete;
    /// Files that let findings be reproduced, one for each group, and groups beyond the limit.
    std::vector<std::string> bundles;
    /// What came of running each again.
    std::vector<std::string> reruns;
    std::uint64_t bundles_beyond_limit = 0;
    int exit_code = 3;
    // What follows depends on the machine, and is printed apart.
    double elapsed_s = 0;
    std::uint64_t blocks_run = 0;
    std::uint64_t transactions_run = 0;
    unsigned cores = 0;
    unsigned threads = 0;
};

/// The whole summary, several lines. Everything but the line `speed` is the same for equal runs.
[[nodiscard]] std::string render_summary(const ReplaySummary& summary, const TerminalStyle& style);

}  // namespace parallax::reports
