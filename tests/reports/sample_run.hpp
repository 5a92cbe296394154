#pragma once

#include "reports/record/run_record.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/core/verification/block_times.hpp"

#include <string>
#include <vector>

namespace parallax::test {

/// A small run that really happened: signed blocks through the sequential control and three
/// candidates, of which `careless` runs dependent transactions side by side in some blocks and
/// `fragile` fails or is too late in some. The same bytes every time.
struct SampleRun {
    std::vector<core::LedgerRecord> records;
    reports::RunRecord run;
    /// Of all blocks but the one that was too late, with numbers that were made up.
    std::vector<core::BlockTimes> times;
    /// The times as the lines of `times.jsonl`.
    [[nodiscard]] std::string times_lines() const;
    /// The records as the lines of a ledger file.
    [[nodiscard]] std::string ledger() const;
};

/// Match, mismatch of two causes, a failed executor with a hostile message, an inconclusive block;
/// signatures off.
[[nodiscard]] SampleRun sample_run();
/// The same blocks with candidates that are right, signatures checked: every block is a match.
[[nodiscard]] SampleRun clean_run();

}  // namespace parallax::test
