#pragma once

#include "app/terminal/progress_sink.hpp"
#include "executors/runtime/lane_threads.hpp"
#include "verifier/core/verification/verify_pipeline.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace parallax::app {

/// Which executors a run verifies, and how they are run.
struct LaneOptions {
    /// Names of candidates, as `candidate_names` has them; none for the control alone.
    std::vector<std::string> candidates;
    /// Threads of each parallel executor, and of the signature checks before all lanes.
    unsigned threads = 1;
    /// Each candidate in a process of its own.
    bool isolate = true;
    /// Milliseconds that a candidate may take for a block; 0 for no limit.
    std::uint64_t time_limit_ms = 60'000;
    /// For tests of the verifier: one candidate with this seeded fault, in this process, instead
    /// of `candidates`. A name of the catalogue, or empty.
    std::string fault;
};

/// The control and the candidates of a run, with all that they run on: every lane has a worker
/// pool, a runner and (the candidates) a thread of its own, since lanes run at the same time.
class LaneSet {
  public:
    /// ResourceExhausted if the system gives no more threads.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<LaneSet>> create(
        const LaneOptions& options);
    ~LaneSet();

    /// Refers to this object and to `store`.
    [[nodiscard]] core::PipelineParts parts(core::ChainStore& store) const;
    [[nodiscard]] std::string_view control_name() const;
    [[nodiscard]] std::vector<std::string> candidate_names() const;

  private:
    struct Lane;
    LaneSet();

    SteadyClock clock_;
    std::unique_ptr<Lane> control_;
    std::vector<std::unique_ptr<Lane>> candidates_;
    /// Last: its threads use the lanes until they are joined.
    std::unique_ptr<executors::runtime::LaneThreadSet> threads_;
};

}  // namespace parallax::app
