#include "verifier/core/verification/verify_pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::core {

std::string second_place_text(model::Topoheight wanted, model::Topoheight place) {
    return fmt::format(
        "it is in the order already, at topoheight {}; a block has one place, and cannot be "
        "executed again at {}",
        place.value(), wanted.value());
}

/// A runner that also takes the time of its lane.
class VerifyPipeline::TimedRunner final : public LaneRunner {
  public:
    TimedRunner(LaneRunner& inner, const base::Clock& clock) : inner_(inner), clock_(clock) {}

    absl::StatusOr<model::BlockOutcome> run(
        BlockExecutor& executor,
        const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        const auto started = clock_.now();
        auto outcome = inner_.run(executor, lane);
        time_ += clock_.now() - started;
        return outcome;
    }
    std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) override {
        return inner_.check_signatures(block);
    }

    [[nodiscard]] std::chrono::nanoseconds time() const noexcept { return time_; }

  private:
    LaneRunner& inner_;
    const base::Clock& clock_;
    std::chrono::nanoseconds time_{};
};

/// A block between the control's start and its commit.
struct VerifyPipeline::Flight {
    Flight(protocol::AdmittedBlock admitted, model::Recording recording_of_nodes, bool is_compared,
           std::unique_ptr<protocol::StateView> state, const VerifyPipeline& pipeline)
        : block(std::move(admitted)),
          recorded(std::move(recording_of_nodes)),
          compared(is_compared),
          view(std::move(state)),
          recording(is_compared && pipeline.listener_.wants_first_runs()
                        ? std::make_unique<RecordingView>(*view)
                        : nullptr),
          candidates(is_compared ? pipeline.executors_ : std::vector<BlockExecutor*>{}),
          candidate_times(candidates.size()),
          verification({recording ? static_cast<const protocol::StateView&>(*recording) : *view,
                        block, *pipeline.options_.protocol, pipeline.parts_.control.executor,
                        candidates, recorded, policy(pipeline)}) {}

    /// The pipeline's, and on a finding its listener is told.
    [[nodiscard]] VerifyPolicy policy(const VerifyPipeline& pipeline) {
        VerifyPolicy policy = pipeline.options_.policy;
        if (recording != nullptr) {
            policy.on_findings = [this, &pipeline](const Verification& first) {
                heard = pipeline.listener_.found(
                    {*recording, block, *pipeline.options_.protocol, first});
            };
        }
        return policy;
    }

    const protocol::AdmittedBlock block;
    const model::Recording recorded;
    const bool compared;
    base::Bytes input;
    const std::unique_ptr<protocol::StateView> view;
    /// Null where nobody wants first runs.
    const std::unique_ptr<RecordingView> recording;
    /// What the listener said to the first run.
    absl::Status heard;
    const std::vector<BlockExecutor*> candidates;
    std::chrono::nanoseconds control_time{};
    std::vector<std::chrono::nanoseconds> candidate_times;
    BlockVerification verification;
    /// What later blocks see of this one; null if the control failed.
    std::shared_ptr<const PendingRows> rows;
    /// Guarded by the pipeline's mutex.
    std::size_t lanes_at_work = 0;
};

VerifyPipeline::VerifyPipeline(PipelineParts parts, VerificationListener& listener,
                               const Cursor& start, PipelineOptions options)
    : parts_(std::move(parts)), listener_(listener), options_(std::move(options)), cursor_(start) {
    for (const PipelineLane& lane : parts_.candidates) {
        executors_.push_back(&lane.executor);
    }
}

VerifyPipeline::~VerifyPipeline() {
    abandon();
}

model::Topoheight VerifyPipeline::head() const noexcept {
    return flights_.empty() ? cursor_.topoheight : flights_.back()->block.placement().topoheight;
}

absl::StatusOr<std::optional<model::Topoheight>> VerifyPipeline::place_of(
    const model::Hash& block) const {
    for (const auto& flight : flights_) {
        if (flight->block.hash() == block) {
            return std::optional<model::Topoheight>(flight->block.placement().topoheight);
        }
    }
    return parts_.store.place_of(block);
}

absl::Status VerifyPipeline::push(protocol::AdmittedBlock block, model::Recording recorded,
                                  bool compared, base::Bytes input) {
    const model::Topoheight topoheight = block.placement().topoheight;
    if (halted_ || topoheight != model::next(head())) {
        return absl::FailedPreconditionError(
            fmt::format("block {} was pushed, block {} was expected{}", topoheight.value(),
                        model::next(head()).value(), halted_ ? "; the control has failed" : ""));
    }
    const auto place = place_of(block.hash());
    if (!place.ok()) {
        return place.status();
    }
    if (*place) {
        return absl::AlreadyExistsError(second_place_text(topoheight, **place));
    }
    while (!flights_.empty() &&
           (flights_.size() >= options_.blocks_in_flight || is_done(*flights_.front()))) {
        if (auto status = finish_oldest(); !status.ok()) {
            return status;
        }
    }
    flights_.push_back(
        std::make_unique<Flight>(std::move(block), std::move(recorded), compared, view(), *this));
    Flight& flight = *flights_.back();
    flight.input = std::move(input);
    TimedRunner runner(parts_.control.runner, parts_.clock);
    flight.verification.run_control(runner);
    flight.control_time = runner.time();
    if (flight.verification.control() == nullptr) {
        halted_ = true;
        return drain();
    }
    if (options_.blocks_in_flight > 1) {
        flight.rows = std::make_shared<PendingRows>(flight.verification.state_delta());
    }
    start_candidates(flight);
    return options_.blocks_in_flight > 1 ? absl::OkStatus() : drain();
}

std::unique_ptr<protocol::StateView> VerifyPipeline::view() const {
    auto base = parts_.store.snapshot();
    if (flights_.empty()) {
        return base;
    }
    std::vector<std::shared_ptr<const PendingRows>> pending;
    for (const auto& flight : flights_) {
        pending.push_back(flight->rows);
    }
    return std::make_unique<PendingView>(std::move(base), std::move(pending));
}

void VerifyPipeline::start_candidates(Flight& flight) {
    {
        base::MutexLock lock(mutex_);
        flight.lanes_at_work = flight.candidates.size();
    }
    for (std::size_t lane = 0; lane < flight.candidates.size(); ++lane) {
        parts_.threads.post(lane, [this, &flight, lane] {
            TimedRunner runner(parts_.candidates[lane].runner, parts_.clock);
            flight.verification.run_candidate(lane, runner);
            flight.candidate_times[lane] = runner.time();
            base::MutexLock lock(mutex_);
            --flight.lanes_at_work;
            lane_ended_.notify_all();
        });
    }
}

bool VerifyPipeline::is_done(const Flight& flight) {
    base::MutexLock lock(mutex_);
    return flight.lanes_at_work == 0;
}

void VerifyPipeline::wait_for(const Flight& flight) {
    base::MutexLock lock(mutex_);
    while (flight.lanes_at_work > 0) {
        lane_ended_.wait(mutex_);
    }
}

absl::Status VerifyPipeline::drain() {
    while (!flights_.empty()) {
        if (auto status = finish_oldest(); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

void VerifyPipeline::abandon() {
    for (const auto& flight : flights_) {
        wait_for(*flight);
    }
    flights_.clear();
}

absl::Status VerifyPipeline::finish_oldest() {
    Flight& flight = *flights_.front();
    wait_for(flight);
    TimedRunner control(parts_.control.runner, parts_.clock);
    Verification verification = flight.verification.finish(control);
    if (!flight.heard.ok()) {
        return flight.heard;
    }
    const LedgerRecord record{cursor_.ledger_head, std::move(verification.verdict)};
    const bool has_state = verification.control.has_value();
    const auto started = parts_.clock.now();
    if (has_state) {
        if (auto status = commit(flight, verification, record); !status.ok()) {
            return status;
        }
    }
    const auto commit_time = parts_.clock.now() - started;
    // Out of the queue first: the pipeline that the listener may look at is without this block.
    const std::unique_ptr<Flight> finished = std::move(flights_.front());
    flights_.pop_front();
    return listener_.finished({finished->block, *finished->view, finished->compared, has_state,
                               record, verification, finished->control_time, commit_time,
                               finished->candidate_times});
}

absl::Status VerifyPipeline::commit(Flight& flight, Verification& verification,
                                    const LedgerRecord& record) {
    BlockCommit commit;
    commit.cursor = Cursor{flight.block.placement().topoheight, flight.block.hash(),
                           flight.compared ? ledger_hash(record) : cursor_.ledger_head};
    if (flight.compared) {
        commit.ledger_record = encode_ledger_record(record);
    }
    commit.input = std::move(flight.input);
    // Lent to the commit: the observer still sees the whole outcome.
    model::Delta& delta = verification.state_delta();
    commit.delta = std::move(delta);
    auto status = parts_.store.commit(commit);
    delta = std::move(commit.delta);
    if (status.ok()) {
        cursor_ = commit.cursor;
    }
    return status;
}

}  // namespace parallax::core
