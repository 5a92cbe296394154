#include "verifier/service/telemetry/status_report.hpp"

#include "verifier/service/messages/chain_conversion.hpp"
#include "verifier/service/messages/control_conversion.hpp"
#include "verifier/service/messages/verdict_conversion.hpp"
#include "verifier/service/telemetry/process_memory.hpp"

#include <map>
#include <vector>

namespace parallax::service {
namespace {

using service::to_wire;

v1::LoopState wire_state_of(LoopState state) {
    switch (state) {
        case LoopState::kWaitingForState:
            return v1::LOOP_STATE_WAITING_FOR_STATE;
        case LoopState::kRunning:
            return v1::LOOP_STATE_RUNNING;
        case LoopState::kPaused:
            return v1::LOOP_STATE_PAUSED;
        case LoopState::kStuck:
            return v1::LOOP_STATE_STUCK;
        case LoopState::kStopping:
            return v1::LOOP_STATE_STOPPING;
    }
    return v1::LOOP_STATE_UNSPECIFIED;
}

v1::CircuitState wire_state_of(CircuitState state) {
    switch (state) {
        case CircuitState::kClosed:
            return v1::CIRCUIT_STATE_CLOSED;
        case CircuitState::kOpen:
            return v1::CIRCUIT_STATE_OPEN;
        case CircuitState::kHalfOpen:
            return v1::CIRCUIT_STATE_HALF_OPEN;
    }
    return v1::CIRCUIT_STATE_UNSPECIFIED;
}

using Counts = std::map<std::string, std::uint64_t>;

void write(const Counts& counts, google::protobuf::RepeatedPtrField<v1::NamedCount>& list) {
    for (const auto& [name, count] : counts) {
        auto& named = *list.Add();
        named.set_name(name);
        named.set_count(count);
    }
}

void add(const Counts& counts, Counts& sums) {
    for (const auto& [name, count] : counts) {
        sums[name] += count;
    }
}

void write_memory(const ServiceParts& parts, v1::MemoryStatus& message) {
    const ProcessMemory memory = read_process_memory();
    message.set_resident_bytes(memory.resident_bytes);
    message.set_peak_resident_bytes(memory.peak_resident_bytes);
    message.set_queued_bytes(parts.loop.queue().state().bytes);
    message.set_unread_answer_bytes(parts.streams.unread_answer_bytes());
}

void write_feeder(const ServiceParts& parts, const LoopStatus& status,
                  v1::GetStatusResponse& response) {
    const auto feeder = parts.streams.feeder();
    if (!feeder) {
        return;
    }
    auto& message = *response.mutable_feeder();
    message.set_name(feeder->name);
    if (feeder->first) {
        write(*feeder->first, *message.mutable_first());
    }
    if (!feeder->last) {
        return;
    }
    write(*feeder->last, *message.mutable_last());
    if (status.cursor && feeder->last->topoheight > status.cursor->topoheight) {
        response.set_lag_blocks(feeder->last->topoheight.value() -
                                status.cursor->topoheight.value());
    }
}

void write_queue(const ServiceParts& parts, v1::GetStatusResponse& response) {
    const IngestQueue::State queue = parts.loop.queue().state();
    auto& message = *response.mutable_queue();
    message.set_blocks(queue.blocks);
    message.set_bytes(queue.bytes);
    message.set_max_blocks(queue.max_blocks);
    message.set_max_bytes(queue.max_bytes);
    if (queue.oldest) {
        const auto waited = parts.clock.now() - *queue.oldest;
        response.set_lag_milliseconds(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(waited).count()));
    }
}

void write_totals(const ServiceTotals& totals, v1::GetStatusResponse& response) {
    auto& verdicts = *response.mutable_verdicts();
    verdicts.set_match(totals.matches);
    verdicts.set_mismatch(totals.mismatches);
    verdicts.set_inconclusive(totals.inconclusive);
    write(totals.inconclusive_by_reason, *response.mutable_inconclusive());
    write(totals.findings_by_class, *response.mutable_findings());
    response.set_rewinds(totals.rewinds);
    response.set_rewound_blocks(totals.rewound_blocks);
    response.set_gaps(totals.gaps);
    response.set_resource_exhausted(totals.resource_exhausted);
    response.set_refused(totals.refused);
    response.set_redelivered(totals.redelivered);
    response.mutable_canaries()->set_detected(totals.canaries_detected);
    response.mutable_canaries()->set_silent(totals.canaries_silent);
}

void write_position(const LoopStatus& status, v1::GetStatusResponse& response) {
    response.set_state(wire_state_of(status.state));
    response.set_detail(status.detail);
    response.set_inconclusive_in_a_row(status.inconclusive_in_a_row);
    if (status.cursor) {
        write(BlockId{status.cursor->topoheight, status.cursor->block_hash},
              *response.mutable_tip());
        response.set_ledger_head(as_text(status.cursor->ledger_head.bytes()));
    }
    if (status.undo_floor) {
        response.set_undo_floor(status.undo_floor->value());
    }
    for (const CandidateState& candidate : status.candidates) {
        auto& message = *response.add_candidates();
        message.set_executor(candidate.executor);
        message.set_circuit(wire_state_of(candidate.circuit));
        message.set_failures(candidate.failures);
        message.set_opened(candidate.opened);
        message.set_blocks_left(candidate.blocks_left);
    }
}

v1::CanaryResult to_wire(CanaryResult result) {
    switch (result) {
        case CanaryResult::kDetected:
            return v1::CANARY_RESULT_DETECTED;
        case CanaryResult::kSilent:
            return v1::CANARY_RESULT_SILENT;
    }
    return v1::CANARY_RESULT_UNSPECIFIED;
}

v1::CanaryGround to_wire(CanaryGround ground) {
    switch (ground) {
        case CanaryGround::kLive:
            return v1::CANARY_GROUND_LIVE;
        case CanaryGround::kMinimal:
            return v1::CANARY_GROUND_MINIMAL;
    }
    return v1::CANARY_GROUND_UNSPECIFIED;
}

void write(const CanaryReport& canary, v1::CanaryReport& message) {
    write(canary.block, *message.mutable_block());
    message.set_fault(canary.fault);
    message.set_result(to_wire(canary.result));
    message.set_ground(to_wire(canary.ground));
    message.set_nanoseconds(static_cast<std::uint64_t>(canary.time.count()));
    for (const model::FindingClass found : canary.found_by) {
        message.add_found_by(to_wire(found));
    }
    message.set_detail(canary.detail);
}

void count(CanaryResult result, v1::CanaryCounts& counts) {
    if (result == CanaryResult::kDetected) {
        counts.set_detected(counts.detected() + 1);
    } else {
        counts.set_silent(counts.silent() + 1);
    }
}

/// Sums of one lane over several blocks.
struct LaneSum {
    std::string executor;
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    std::uint64_t nanoseconds = 0;
    std::uint64_t control_nanoseconds = 0;
    Counts counters;
};

/// Adds each lane of `block` to the sum of its executor, in order of first sight.
void add_lanes(const BlockObservation& block, std::vector<LaneSum>& sums) {
    for (const LaneObservation& lane : block.lanes) {
        auto sum = sums.begin();
        while (sum != sums.end() && sum->executor != lane.executor) {
            ++sum;
        }
        if (sum == sums.end()) {
            sum = sums.insert(sums.end(), LaneSum{lane.executor, 0, 0, 0, 0, {}});
        }
        if (!lane.finished) {
            continue;
        }
        ++sum->blocks;
        sum->transactions += block.transactions;
        sum->nanoseconds += lane.nanoseconds;
        sum->control_nanoseconds += block.lanes.front().nanoseconds;
        add(lane.counters, sum->counters);
    }
}

void write(const LaneSum& sum, v1::LaneStatistics& message) {
    message.set_executor(sum.executor);
    message.set_blocks(sum.blocks);
    message.set_transactions(sum.transactions);
    message.set_nanoseconds(sum.nanoseconds);
    if (sum.nanoseconds > 0) {
        message.set_speedup(static_cast<double>(sum.control_nanoseconds) /
                            static_cast<double>(sum.nanoseconds));
    }
    write(sum.counters, *message.mutable_counters());
}

void write(const BlockObservation& block, v1::BlockStatistics& message) {
    write(block.block, *message.mutable_block());
    message.set_kind(to_wire(block.kind));
    message.set_reason(to_wire(block.reason));
    message.set_transactions(block.transactions);
    for (const LaneObservation& lane : block.lanes) {
        auto& written = *message.add_lanes();
        written.set_executor(lane.executor);
        if (lane.kind) {
            written.set_kind(to_wire(*lane.kind));
        }
        written.set_nanoseconds(lane.nanoseconds);
        write(lane.counters, *written.mutable_counters());
    }
    if (block.canary) {
        write(*block.canary, *message.mutable_canary());
    }
}

void count(model::VerdictKind kind, v1::VerdictCounts& counts) {
    switch (kind) {
        case model::VerdictKind::kMatch:
            counts.set_match(counts.match() + 1);
            return;
        case model::VerdictKind::kMismatch:
            counts.set_mismatch(counts.mismatch() + 1);
            return;
        case model::VerdictKind::kInconclusive:
            counts.set_inconclusive(counts.inconclusive() + 1);
            return;
    }
}

}  // namespace

void write_status(const ServiceParts& parts, std::chrono::nanoseconds started,
                  v1::GetStatusResponse& response) {
    const ServiceConfiguration& own = parts.configuration;
    response.set_version(PARALLAX_VERSION);
    auto& chain = *response.mutable_chain();
    chain.set_network(own.network);
    chain.set_profile(own.profile);
    chain.set_failure_model(to_wire(own.failure_model));
    const auto now = parts.clock.now();
    response.set_uptime_seconds(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now - started).count()));
    const LoopStatus status = parts.telemetry.status();
    const HealthAnswer health = judge_health(status, own.health, now);
    response.set_serving(health.serving);
    response.set_not_serving_reason(health.reason);
    write_position(status, response);
    write_feeder(parts, status, response);
    write_queue(parts, response);
    write_totals(parts.telemetry.totals(), response);
    if (status.last_canary) {
        write(*status.last_canary, *response.mutable_last_canary());
    }
    write_memory(parts, *response.mutable_memory());
    write(parts.loop.settings(), own.network, *response.mutable_configuration());
}

void write_statistics(const ServiceParts& parts, std::size_t count_wanted, bool with_blocks,
                      v1::GetStatisticsResponse& response) {
    const std::vector<BlockObservation> blocks = parts.telemetry.last_blocks(count_wanted);
    if (!blocks.empty()) {
        write(blocks.front().block, *response.mutable_first());
        write(blocks.back().block, *response.mutable_last());
    }
    std::vector<LaneSum> lanes;
    Counts errors;
    Counts findings;
    Counts reasons;
    for (const BlockObservation& block : blocks) {
        count(block.kind, *response.mutable_verdicts());
        response.set_transactions(response.transactions() + block.transactions);
        response.set_executed(response.executed() + block.executed);
        response.set_failed(response.failed() + block.failed);
        add_lanes(block, lanes);
        add(block.errors, errors);
        add(block.findings, findings);
        if (block.reason) {
            ++reasons[std::string(model::inconclusive_reason_name(*block.reason))];
        }
        if (block.canary) {
            count(block.canary->result, *response.mutable_canaries());
        }
        if (with_blocks) {
            write(block, *response.add_blocks());
        }
    }
    for (const LaneSum& lane : lanes) {
        write(lane, *response.add_lanes());
    }
    write(errors, *response.mutable_errors());
    write(reasons, *response.mutable_inconclusive());
    write(findings, *response.mutable_findings());
    write_memory(parts, *response.mutable_memory());
}

}  // namespace parallax::service
