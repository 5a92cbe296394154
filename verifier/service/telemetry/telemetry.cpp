#include "verifier/service/telemetry/telemetry.hpp"

#include <utility>

namespace parallax::service {
namespace {

LaneObservation observe_candidate(const core::FinishedBlock& block, std::size_t index) {
    const model::LaneReport& report = block.record.verdict.lanes[index];
    LaneObservation lane{report.executor, report.kind, false, 0, {}};
    if (const auto& outcome = block.verification.candidates[index]) {
        lane.finished = true;
        lane.nanoseconds = static_cast<std::uint64_t>(block.candidate_times[index].count());
        lane.counters = outcome->notes.counters;
    }
    return lane;
}

BlockObservation observe(const core::FinishedBlock& block, std::string_view control) {
    const model::Verdict& verdict = block.record.verdict;
    BlockObservation seen;
    seen.block = {verdict.topoheight, verdict.block_hash};
    seen.kind = verdict.kind;
    seen.reason = verdict.reason;
    seen.transactions = verdict.transactions;
    seen.executed = verdict.executed;
    seen.failed = verdict.failed;
    const model::BlockOutcome& outcome = *block.verification.control;
    seen.lanes.push_back({std::string(control), std::nullopt, true,
                          static_cast<std::uint64_t>(block.control_time.count()),
                          outcome.notes.counters});
    for (const model::TransactionResult& result : outcome.results) {
        if (result.status == model::TransactionStatus::kFailed) {
            ++seen.errors[std::string(model::error_code_name(result.code))];
        }
    }
    for (std::size_t i = 0; i < verdict.lanes.size(); ++i) {
        seen.lanes.push_back(observe_candidate(block, i));
    }
    for (const model::Finding& finding : verdict.findings) {
        ++seen.findings[std::string(model::finding_class_name(finding.finding_class))];
    }
    return seen;
}

BlockSample sample_of(const core::FinishedBlock& block) {
    BlockSample sample{block.record.verdict, block.control_time, block.commit_time, {}};
    for (std::size_t i = 0; i < block.record.verdict.lanes.size(); ++i) {
        const auto& outcome = block.verification.candidates[i];
        sample.lanes.push_back({block.record.verdict.lanes[i].executor, block.candidate_times[i],
                                outcome ? &*outcome : nullptr});
    }
    return sample;
}

}  // namespace

void Telemetry::set_state(LoopState state, std::string detail, bool paused) {
    monitor_.set_state(state, std::move(detail));
    metrics_.set_paused(paused);
}

void Telemetry::set_stopping(std::string why) {
    monitor_.set_state(LoopState::kStopping, std::move(why));
}

void Telemetry::set_position(const core::Cursor& cursor,
                             std::optional<model::Topoheight> undo_floor) {
    monitor_.set_position(cursor, undo_floor);
    metrics_.set_positions(cursor.topoheight, cursor.topoheight);
}

void Telemetry::set_candidates(std::vector<CandidateState> candidates) {
    for (const CandidateState& candidate : candidates) {
        metrics_.set_circuit(candidate.executor,
                             static_cast<ServiceMetrics::Circuit>(candidate.circuit));
    }
    monitor_.set_candidates(std::move(candidates));
}

void Telemetry::recall(std::uint64_t inconclusive_in_a_row,
                       std::optional<CanaryReport> last_canary) {
    metrics_.set_canary_silent(last_canary && last_canary->result == CanaryResult::kSilent);
    monitor_.recall(inconclusive_in_a_row, std::move(last_canary));
}

void Telemetry::count_block(const core::FinishedBlock& block, std::string_view control) {
    monitor_.count_verdict(observe(block, control));
    metrics_.block_committed(sample_of(block));
}

void Telemetry::count_canary(const CanaryReport& canary) {
    monitor_.count_canary(canary);
    metrics_.canary_ended(canary);
}

void Telemetry::count_rewind(std::uint64_t blocks) {
    monitor_.count_rewind(blocks);
    metrics_.rewound(blocks);
}

void Telemetry::count_refused_rewind(bool below_undo_window) {
    monitor_.count_refused();
    if (below_undo_window) {
        metrics_.rewind_failed();
    }
}

void Telemetry::count_gap() {
    monitor_.count_gap();
    metrics_.gap_found();
    metrics_.block_refused(Refusal::kDoesNotFollow);
}

void Telemetry::count_refused(Refusal reason) {
    metrics_.block_refused(reason);
    switch (reason) {
        case Refusal::kDoesNotFollow:
        case Refusal::kMalformed:
        case Refusal::kTooLarge:
            monitor_.count_refused();
            return;
        case Refusal::kQueueFull:
            monitor_.count_exhausted();
            return;
        case Refusal::kWrongFeeder:
            // A feeder was refused, and no block of it was looked at.
            return;
    }
}

}  // namespace parallax::service
