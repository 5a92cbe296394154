#pragma once

#include "replay/bundle_writer.hpp"
#include "reports/run_record.hpp"
#include "verifier/cli/progress_sink.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace parallax {

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
[[nodiscard]] std::vector<KeptBundle> rerun_bundles(const std::vector<WrittenBundle>& written,
                                                    const RerunOptions& options, const Clock& clock,
                                                    ProgressBar& progress,
                                                    const std::atomic<bool>& stop);

}  // namespace parallax
