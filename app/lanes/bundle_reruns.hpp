#pragma once

#include "app/terminal/progress_sink.hpp"
#include "replay/bundle/bundle_writer.hpp"
#include "reports/record/run_record.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace parallax::app {

/// How often a finding is run again right after the run that made it.
struct RerunOptions {
    /// 0 switches it off.
    std::uint32_t runs = 10;
    /// No further run of one bundle begins after this.
    std::chrono::nanoseconds limit = std::chrono::seconds(10);
};

/// Runs each bundle again, so that a finding says whether it comes every time or only now and then.
/// What cannot be run again has no runs, and the reason goes to standard error. `stop` ends it
/// early.
[[nodiscard]] std::vector<reports::KeptBundle> rerun_bundles(
    const std::vector<replay::WrittenBundle>& written, const RerunOptions& options,
    const base::Clock& clock, ProgressBar& progress, const std::atomic<bool>& stop);

}  // namespace parallax::app
