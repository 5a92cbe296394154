#pragma once

#include "testbed/faults/detection.hpp"
#include "verifier/base/clock.hpp"

#include "absl/status/status.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parallax::testbed {

/// Runs sound executors on blocks that hold no fault: none may be blamed. Each block is verified
/// once with all of them as candidates, on the machine's own schedule, and once more with one of
/// them, in turn, under random delays. Signatures are taken as valid in all lanes. Keeps nothing of
/// a block; one thread uses it, and `clock` outlives it.
class CleanCheck {
  public:
    using MakeSound =
        std::function<std::unique_ptr<core::BlockExecutor>(executors::runtime::WorkerPool&)>;
    CleanCheck(SelftestOptions options, const base::Clock& clock,
               const std::vector<MakeSound>& sound);
    ~CleanCheck();

    /// An error if the control failed, or there is nobody to run.
    [[nodiscard]] absl::Status run(const SelftestBlock& tried);

    [[nodiscard]] std::uint64_t blocks() const noexcept { return blocks_; }
    /// Of executors.
    [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }
    /// The first ones; `alarm_count` are all.
    [[nodiscard]] const std::vector<std::string>& alarms() const noexcept { return alarms_; }
    [[nodiscard]] std::uint64_t alarm_count() const noexcept { return alarm_count_; }

  private:
    struct Lane;
    void blame(std::string sentence);

    const SelftestOptions options_;
    const base::Clock& clock_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::uint64_t blocks_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t alarm_count_ = 0;
    std::vector<std::string> alarms_;
};

}  // namespace parallax::testbed
