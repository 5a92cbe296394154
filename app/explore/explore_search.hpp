#pragma once

#include "app/explore/explore_findings.hpp"
#include "app/terminal/progress_sink.hpp"
#include "executors/exploration/explorer.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parallax::app {

/// What `parallax explore` searches, with what.
struct ExploreCommandOptions {
    /// An archive, or a bundle.
    std::string input;
    /// Empty: the bundle's, or `kExploredCandidates`.
    std::vector<std::string> candidates;
    std::string fault;
    /// Nothing: the bundle's, or 3.
    std::optional<unsigned> threads;
    std::string policy = "pct";
    std::string schedule;
    std::string out;
    std::uint64_t budget_s = 0;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;
    bool signatures = true;
    bool amplify = false;
    /// Of the amplifier: transactions that meet in one cone.
    std::size_t cone = 2;
    bool quiet = false;
    executors::exploration::ExplorationOptions exploration;
};
inline constexpr unsigned kExploredThreads = 3;
/// Of a lane when a bundle of the search is run without its schedule: what deadlocked once may
/// again.
inline constexpr std::uint64_t kNativeTimeLimitMs = 10'000;
[[nodiscard]] std::vector<std::string> explored_candidates();

/// What the search came to.
struct ExploreTotals {
    std::uint64_t blocks = 0;
    std::uint64_t pairs = 0;
    std::uint64_t complete_pairs = 0;
    std::uint64_t schedules = 0;
    std::uint64_t steps = 0;
    std::uint64_t inconclusive = 0;
    std::string inconclusive_why;
    std::uint64_t findings = 0;
    /// Why not all of the range was explored; empty if it was.
    std::string incomplete;

    [[nodiscard]] int exit_code() const;
};

/// Has every candidate explored on one block after the other. `command` has its candidates and
/// threads filled in; `blocks` is how many there will be, for progress. References outlive it.
class ExploreSearch {
  public:
    ExploreSearch(const ExploreCommandOptions& command, const protocol::Protocol& protocol,
                  executors::runtime::WorkerPool& pool,
                  executors::runtime::ScheduleController& controller, const std::atomic<bool>& stop,
                  ExploreFindings& findings, std::optional<std::uint64_t> blocks);

    [[nodiscard]] absl::StatusOr<model::BlockOutcome> run_control(
        const protocol::StateView& view, const protocol::AdmittedBlock& block);
    /// `view` is the state before the block; `invalid` as in `ExplorationOptions`.
    void explore_block(const core::RecordingView& view, const protocol::AdmittedBlock& block,
                       const model::BlockOutcome& control);
    /// Counts a block or pair that was not explored.
    void note_inconclusive(const std::string& why);
    /// Says why not all of the range was explored; the first reason stays.
    void note_incomplete(const std::string& why);
    [[nodiscard]] const ExploreTotals& totals() const noexcept { return totals_; }
    /// Takes the progress away, so that the next text starts on a clean line.
    void end_progress() { progress_.finish(); }

  private:
    [[nodiscard]] bool out_of_time() const;
    /// Every pair that conflicts, as a block of its own.
    void amplify(core::BlockExecutor& candidate, const core::RecordingView& view,
                 const protocol::AdmittedBlock& block, const model::BlockOutcome& control);
    void explore(core::BlockExecutor& candidate, const core::RecordingView& view,
                 const protocol::AdmittedBlock& block, const model::BlockOutcome& control,
                 const std::string& part);

    const ExploreCommandOptions& command_;
    const protocol::Protocol& protocol_;
    executors::runtime::WorkerPool& pool_;
    executors::runtime::ScheduleController& controller_;
    const std::atomic<bool>& stop_;
    ExploreFindings& findings_;
    const SteadyClock clock_;
    std::chrono::nanoseconds deadline_{};
    std::unique_ptr<core::BlockExecutor> control_;
    std::vector<std::unique_ptr<core::BlockExecutor>> candidates_;
    ExploreTotals totals_;
    ProgressBar progress_;
};

}  // namespace parallax::app
