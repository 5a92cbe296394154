#pragma once

#include "verifier/core/store/first_run.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/status.h"

#include <chrono>
#include <vector>

namespace parallax::core {

/// One block that has left the pipeline. Everything in it is valid during the call only.
struct FinishedBlock {
    const protocol::AdmittedBlock& block;
    /// The state it ran on.
    const protocol::StateView& view;
    /// False for a block that only advanced the state: its verdict means nothing then.
    bool compared = false;
    /// False if the control failed: the state did not advance, and no block after it can run.
    bool committed = false;
    const LedgerRecord& record;
    /// Its verdict has been moved to `record`.
    const Verification& verification;
    /// How long each lane's executor took, for rates only; candidates in their order.
    std::chrono::nanoseconds control_time{};
    std::chrono::nanoseconds commit_time{};
    const std::vector<std::chrono::nanoseconds>& candidate_times;
};

/// Hears of what is verified: the pipeline tells its loop, and a loop whoever keeps files, shows
/// progress or counts. Each overrides what concerns it. Called on the thread that drives the
/// pipeline, in block order. An error ends the run: a verdict that nobody can read does not count.
class VerificationListener {
  public:
    virtual ~VerificationListener() = default;

    /// Whether `found` is wanted: each row that a block reads is remembered for it.
    [[nodiscard]] virtual bool wants_first_runs() const noexcept { return false; }
    /// Something was found in a block, and nothing of it was run again yet.
    [[nodiscard]] virtual absl::Status found(const FirstRun& /*run*/) { return absl::OkStatus(); }
    /// A block was verified and committed, or only advanced the state, or its control failed.
    [[nodiscard]] virtual absl::Status finished(const FinishedBlock& /*block*/) {
        return absl::OkStatus();
    }
    /// A verdict of the range that is asked for, each once, in ledger order, after the commit; of
    /// an earlier run as well, if this one goes on from it.
    [[nodiscard]] virtual absl::Status recorded(const LedgerRecord& /*record*/) {
        return absl::OkStatus();
    }
};

/// Tells several, in order; the first error stops it.
class ListenerList final : public VerificationListener {
  public:
    /// `listener` may be null: it is left out. It outlives the list.
    void add(VerificationListener* listener);

    [[nodiscard]] bool wants_first_runs() const noexcept override;
    [[nodiscard]] absl::Status found(const FirstRun& run) override;
    [[nodiscard]] absl::Status finished(const FinishedBlock& block) override;
    [[nodiscard]] absl::Status recorded(const LedgerRecord& record) override;

  private:
    template <class Event>
    [[nodiscard]] absl::Status tell(absl::Status (VerificationListener::*hear)(const Event&),
                                    const Event& event);

    std::vector<VerificationListener*> listeners_;
};

}  // namespace parallax::core
