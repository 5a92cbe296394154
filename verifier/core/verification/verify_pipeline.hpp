#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/store/ledger.hpp"
#include "verifier/core/store/pending_state.hpp"
#include "verifier/core/verification/block_verification.hpp"
#include "verifier/core/verification/verification_listener.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/status.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parallax::core {

/// Where the lanes of candidates run. The owner of threads supplies it; it outlives the pipeline.
class LaneThreads {
  public:
    virtual ~LaneThreads() = default;
    /// Runs `work` some time, once, on the thread of lane `lane`: in the order of posting within a
    /// lane, and with what the caller wrote before visible to it. `work` throws nothing.
    virtual void post(std::size_t lane, std::function<void()> work) = 0;
};

/// Runs a lane's work at once, on the caller's thread: a pipeline of one block, without threads.
class LanesInPlace final : public LaneThreads {
  public:
    void post(std::size_t, std::function<void()> work) override { work(); }
};

/// An executor and what runs it. A runner serves one lane, since lanes run at the same time.
struct PipelineLane {
    BlockExecutor& executor;
    LaneRunner& runner;
};

/// What a pipeline works with. All of it outlives the pipeline.
struct PipelineParts {
    ChainStore& store;
    PipelineLane control;
    std::vector<PipelineLane> candidates;
    LaneThreads& threads;
    const base::Clock& clock;
};

struct PipelineOptions {
    /// The rules of every block.
    std::shared_ptr<const protocol::Protocol> protocol;
    VerifyPolicy policy;
    /// Blocks that may have been executed by the control and not yet be committed, because a
    /// candidate is still at work: at least 1. Bounds memory, and how far a crash sets back.
    std::size_t blocks_in_flight = 4;
};

/// Why a block that the order has at `place` cannot be executed at `wanted`.
[[nodiscard]] std::string second_place_text(model::Topoheight wanted, model::Topoheight place);

/// What the replay loop and the live loop share: admitted blocks in, committed verdicts out.
///
/// The control runs a block on the caller's thread, on the committed state with the deltas of the
/// blocks still in flight on top, so it need not wait for the candidates of earlier blocks, which
/// run on `LaneThreads`. Blocks are concluded, committed (state, undo, ledger record and cursor in
/// one batch) and told to the listener in order. What a verdict says does not depend on how many
/// blocks are in flight.
///
/// All methods are for one thread. The listener outlives the pipeline. After an error no method but
/// the destructor may be called.
class VerifyPipeline {
  public:
    /// `start` is the store's cursor.
    VerifyPipeline(PipelineParts parts, VerificationListener& listener, const Cursor& start,
                   PipelineOptions options);
    /// Waits for lanes at work. Blocks in flight are dropped, uncommitted.
    ~VerifyPipeline();
    VerifyPipeline(const VerifyPipeline&) = delete;
    VerifyPipeline& operator=(const VerifyPipeline&) = delete;

    /// Where the order has `block` already, in flight or committed (`ChainStore::place_of`). One
    /// block has one place: executed twice it would pay its reward twice.
    [[nodiscard]] absl::StatusOr<std::optional<model::Topoheight>> place_of(
        const model::Hash& block) const;

    /// Runs the control on `block`, which must follow `head` (FailedPrecondition) and have no place
    /// in the order yet (AlreadyExists; the pipeline can go on after either), and starts the
    /// candidates; commits blocks that are done, and waits for the oldest if too many are in
    /// flight. With `compared` false the control alone advances the state: no verdict is given.
    /// `input` is kept in the store with the block's verdict.
    [[nodiscard]] absl::Status push(protocol::AdmittedBlock block, model::Recording recorded,
                                    bool compared, base::Bytes input = {});
    /// Waits for all blocks in flight and commits them.
    [[nodiscard]] absl::Status drain();
    /// Waits for lanes at work and drops the blocks in flight, uncommitted.
    void abandon();

    /// True once a control failed: `push` must not be called again.
    [[nodiscard]] bool halted() const noexcept { return halted_; }
    /// Topoheight of the last block that was pushed; of the cursor if none is in flight.
    [[nodiscard]] model::Topoheight head() const noexcept;
    [[nodiscard]] const Cursor& committed() const noexcept { return cursor_; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return flights_.size(); }

  private:
    struct Flight;
    class TimedRunner;

    [[nodiscard]] std::unique_ptr<protocol::StateView> view() const;
    void start_candidates(Flight& flight);
    [[nodiscard]] bool is_done(const Flight& flight);
    void wait_for(const Flight& flight);
    [[nodiscard]] absl::Status finish_oldest();
    [[nodiscard]] absl::Status commit(Flight& flight, Verification& verification,
                                      const LedgerRecord& record);

    const PipelineParts parts_;
    VerificationListener& listener_;
    const PipelineOptions options_;
    std::vector<BlockExecutor*> executors_;

    Cursor cursor_;
    bool halted_ = false;
    std::deque<std::unique_ptr<Flight>> flights_;

    /// Guards `lanes_at_work` of every flight.
    base::Mutex mutex_;
    base::ConditionVariable lane_ended_;
};

}  // namespace parallax::core
