#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/core/verification/verify_pipeline.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace parallax::executors::runtime {

/// One sleeping thread per lane, `px-lane-0` and on, each with a queue of its own. The queues are
/// as short as the pipeline that posts to them. The destructor runs what is queued, then joins.
class LaneThreadSet final : public core::LaneThreads {
  public:
    /// ResourceExhausted if the system gives no more threads.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<LaneThreadSet>> create(std::size_t lanes);
    ~LaneThreadSet() override;

    /// From any thread. `lane` is below the number of lanes.
    void post(std::size_t lane, std::function<void()> work) override;

  private:
    class Thread;
    LaneThreadSet();
    std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace parallax::executors::runtime
