#include "verifier/service/messages/verdict_conversion.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/families.hpp"
#include "verifier/service/messages/chain_conversion.hpp"

#include <fmt/format.h>

namespace parallax::service {
namespace {

wire::Section to_wire(model::Section section) {
    switch (section) {
        case model::Section::kBlockStatus:
            return wire::SECTION_BLOCK_STATUS;
        case model::Section::kResults:
            return wire::SECTION_RESULTS;
        case model::Section::kOrphans:
            return wire::SECTION_ORPHANS;
        case model::Section::kTotals:
            return wire::SECTION_TOTALS;
        case model::Section::kState:
            return wire::SECTION_STATE;
        case model::Section::kInvariants:
            return wire::SECTION_INVARIANTS;
        case model::Section::kSerializability:
            return wire::SECTION_SERIALIZABILITY;
        case model::Section::kRecorded:
            return wire::SECTION_RECORDED;
        case model::Section::kExecutor:
            return wire::SECTION_EXECUTOR;
    }
    return wire::SECTION_UNSPECIFIED;
}

wire::SignaturePolicy to_wire(model::SignaturePolicy policy) {
    switch (policy) {
        case model::SignaturePolicy::kPerLane:
            return wire::SIGNATURE_POLICY_PER_LANE;
        case model::SignaturePolicy::kOnce:
            return wire::SIGNATURE_POLICY_ONCE;
        case model::SignaturePolicy::kOff:
            return wire::SIGNATURE_POLICY_OFF;
    }
    return wire::SIGNATURE_POLICY_UNSPECIFIED;
}

wire::RefusalReason to_wire(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::kInvalidBlock:
            return wire::REFUSAL_REASON_INVALID_BLOCK;
        case RefusalReason::kLimit:
            return wire::REFUSAL_REASON_LIMIT;
        case RefusalReason::kUnknownTarget:
            return wire::REFUSAL_REASON_UNKNOWN_TARGET;
        case RefusalReason::kBelowUndoWindow:
            return wire::REFUSAL_REASON_BELOW_UNDO_WINDOW;
        case RefusalReason::kControlFailed:
            return wire::REFUSAL_REASON_CONTROL_FAILED;
        case RefusalReason::kOtherInput:
            return wire::REFUSAL_REASON_OTHER_INPUT;
    }
    return wire::REFUSAL_REASON_UNSPECIFIED;
}

void write(const model::Place& place, wire::Place& message) {
    message.set_kind(std::string(model::place_kind_name(place.kind)));
    message.set_field(place.field);
    for (const std::uint32_t index : place.indices) {
        message.add_indices(index);
    }
    if (place.access) {
        message.set_access(std::string(model::access_kind_name(*place.access)));
    }
    if (place.hazard) {
        message.set_hazard(std::string(model::hazard_name(*place.hazard)));
    }
}

void write(const model::Value& value, wire::Value& message) {
    message.set_kind(std::string(model::value_kind_name(value.kind)));
    if (value.number) {
        message.set_number(fmt::format("{}", value.number->wide()));
    }
    message.set_text(value.text);
    message.set_bytes(as_text(value.bytes));
    if (value.writer) {
        message.set_writer(value.writer->value());
    }
}

void write(const model::Cause& cause, wire::Cause& message) {
    message.set_kind(std::string(model::cause_kind_name(cause.kind)));
    message.set_phase(std::string(model::phase_name(cause.phase)));
    message.set_field(cause.field);
    message.set_direction(std::string(model::direction_name(cause.direction)));
    if (cause.family) {
        message.set_family(std::string(model::family_row(*cause.family).name));
    }
    if (cause.counter) {
        message.set_counter(std::string(model::counter_name(*cause.counter)));
    }
    if (cause.check) {
        message.set_check(std::string(model::check_name(*cause.check)));
    }
    if (cause.code) {
        message.set_code(std::string(model::error_code_name(*cause.code)));
    }
    if (cause.hazard) {
        message.set_hazard(std::string(model::hazard_name(*cause.hazard)));
    }
}

void write(const model::DifferenceValues& values, wire::Difference& message) {
    write(values.place, *message.mutable_place());
    write(values.control, *message.mutable_control_value());
    write(values.candidate, *message.mutable_candidate_value());
    if (values.pre_state != model::Value{}) {
        write(values.pre_state, *message.mutable_pre_state_value());
    }
}

void write(const model::Difference& difference, wire::Difference& message) {
    message.set_section(to_wire(difference.section));
    if (difference.transaction) {
        message.set_transaction(difference.transaction->value());
    }
    if (difference.key) {
        message.set_key(as_text(codec::encode_key(*difference.key)));
    }
    message.set_path(difference.path);
    message.set_control(difference.control);
    message.set_candidate(difference.candidate);
    if (difference.delta) {
        message.set_delta(*difference.delta);
    }
    if (difference.values != model::DifferenceValues{}) {
        write(difference.values, message);
    }
}

/// Writes each kind of answer; says whether it is a message at all.
struct AnswerWriter {
    wire::StreamBlocksResponse& message;

    bool operator()(const PositionAnswer& answer) const {
        auto& needed = *message.mutable_needed();
        needed.set_next_topoheight(model::next(answer.tip.topoheight).value());
        write(answer.tip, *needed.mutable_tip());
        for (const BlockId& ancestor : answer.ancestors) {
            write(ancestor, *needed.add_ancestors());
        }
        needed.set_rewound(answer.rewound);
        return true;
    }
    bool operator()(const VerdictAnswer& answer) const {
        auto& verdict = *message.mutable_verdict();
        write(BlockId{answer.record.verdict.topoheight, answer.record.verdict.block_hash},
              *verdict.mutable_block());
        write(answer.record, Canonical::kLeftOut, *verdict.mutable_record());
        verdict.set_redelivered(answer.redelivered);
        return true;
    }
    bool operator()(const GapAnswer& answer) const {
        auto& gap = *message.mutable_gap();
        write(answer.received, *gap.mutable_received());
        gap.set_expected_topoheight(model::next(answer.tip.topoheight).value());
        write(answer.tip, *gap.mutable_expected_previous());
        gap.set_message(answer.message);
        return true;
    }
    bool operator()(const ExhaustedAnswer& answer) const {
        auto& exhausted = *message.mutable_resource_exhausted();
        write(answer.block, *exhausted.mutable_block());
        exhausted.set_retry_after_ms(answer.retry_after_ms);
        exhausted.set_message(answer.message);
        return true;
    }
    bool operator()(const RefusedAnswer& answer) const {
        auto& refused = *message.mutable_refused();
        write(answer.block, *refused.mutable_block());
        refused.set_reason(to_wire(answer.reason));
        refused.set_message(answer.message);
        return true;
    }
    bool operator()(const FinishedAnswer& answer) const {
        auto& finished = *message.mutable_finished();
        write(BlockId{answer.cursor.topoheight, answer.cursor.block_hash}, *finished.mutable_tip());
        finished.set_ledger_head(as_text(answer.cursor.ledger_head.bytes()));
        finished.set_state_digest(as_text(answer.state_digest.bytes()));
        return true;
    }
    bool operator()(const NoStateAnswer&) const { return false; }
    bool operator()(const EndAnswer&) const { return false; }
};

}  // namespace

wire::FindingClass to_wire(model::FindingClass finding_class) {
    switch (finding_class) {
        case model::FindingClass::kDivergence:
            return wire::FINDING_CLASS_DIVERGENCE;
        case model::FindingClass::kInvariantBroken:
            return wire::FINDING_CLASS_INVARIANT_BROKEN;
        case model::FindingClass::kExecutorFailed:
            return wire::FINDING_CLASS_EXECUTOR_FAILED;
        case model::FindingClass::kControlUnstable:
            return wire::FINDING_CLASS_CONTROL_UNSTABLE;
        case model::FindingClass::kRecordedDivergence:
            return wire::FINDING_CLASS_RECORDED_DIVERGENCE;
        case model::FindingClass::kNotSerializable:
            return wire::FINDING_CLASS_NOT_SERIALIZABLE;
    }
    return wire::FINDING_CLASS_UNSPECIFIED;
}

wire::VerdictKind to_wire(model::VerdictKind kind) {
    switch (kind) {
        case model::VerdictKind::kMatch:
            return wire::VERDICT_KIND_MATCH;
        case model::VerdictKind::kMismatch:
            return wire::VERDICT_KIND_MISMATCH;
        case model::VerdictKind::kInconclusive:
            return wire::VERDICT_KIND_INCONCLUSIVE;
    }
    return wire::VERDICT_KIND_UNSPECIFIED;
}

std::optional<model::VerdictKind> from_wire(wire::VerdictKind kind) {
    for (const auto known : {model::VerdictKind::kMatch, model::VerdictKind::kMismatch,
                             model::VerdictKind::kInconclusive}) {
        if (to_wire(known) == kind) {
            return known;
        }
    }
    return std::nullopt;
}

wire::InconclusiveReason to_wire(const std::optional<model::InconclusiveReason>& reason) {
    if (!reason) {
        return wire::INCONCLUSIVE_REASON_UNSPECIFIED;
    }
    switch (*reason) {
        case model::InconclusiveReason::kPreStateMissing:
            return wire::INCONCLUSIVE_REASON_PRE_STATE_MISSING;
        case model::InconclusiveReason::kUnsupportedTransaction:
            return wire::INCONCLUSIVE_REASON_UNSUPPORTED_TRANSACTION;
        case model::InconclusiveReason::kExecutorFailed:
            return wire::INCONCLUSIVE_REASON_EXECUTOR_FAILED;
        case model::InconclusiveReason::kTimedOut:
            return wire::INCONCLUSIVE_REASON_TIMED_OUT;
        case model::InconclusiveReason::kCircuitOpen:
            return wire::INCONCLUSIVE_REASON_CIRCUIT_OPEN;
        case model::InconclusiveReason::kControlFailed:
            return wire::INCONCLUSIVE_REASON_CONTROL_FAILED;
        case model::InconclusiveReason::kNoCandidate:
            return wire::INCONCLUSIVE_REASON_NO_CANDIDATE;
        case model::InconclusiveReason::kInvalidBlock:
            return wire::INCONCLUSIVE_REASON_INVALID_BLOCK;
        case model::InconclusiveReason::kExcludedByConfiguration:
            return wire::INCONCLUSIVE_REASON_EXCLUDED_BY_CONFIGURATION;
        case model::InconclusiveReason::kNotCompared:
            return wire::INCONCLUSIVE_REASON_NOT_COMPARED;
    }
    return wire::INCONCLUSIVE_REASON_UNSPECIFIED;
}

std::optional<model::InconclusiveReason> from_wire(wire::InconclusiveReason reason) {
    // The wire's numbers are the model's, one higher: 0 is no reason.
    const auto known = static_cast<model::InconclusiveReason>(static_cast<int>(reason) - 1);
    return reason != wire::INCONCLUSIVE_REASON_UNSPECIFIED && to_wire(known) == reason
               ? std::optional(known)
               : std::nullopt;
}

void write(const model::Finding& finding, wire::Finding& message) {
    message.set_finding_class(to_wire(finding.finding_class));
    message.set_lane(finding.lane);
    message.set_sentence(finding.sentence);
    write(finding.first, *message.mutable_first());
    for (const model::Difference& difference : finding.derived) {
        write(difference, *message.add_derived());
    }
    message.set_derived_count(finding.derived_count);
    message.set_fingerprint(as_text(finding.fingerprint.bytes()));
    if (finding.cause != model::Cause{}) {
        write(finding.cause, *message.mutable_cause());
    }
}

namespace {

void write(const model::ObservedPart& part, wire::ObservedPart& message) {
    message.set_source(part.source);
    message.set_touched(part.touched);
    message.set_accounts(part.accounts);
    message.set_transactions(part.transactions);
    message.set_results(part.results);
    message.set_rows(part.rows);
    message.set_emitted_supply(part.emitted_supply);
    message.set_burned_supply(part.burned_supply);
    message.set_fees(part.fees);
    message.set_rewards(part.rewards);
    message.set_adopted(part.adopted);
}

}  // namespace

model::ObservedPart read(const wire::ObservedPart& message) {
    model::ObservedPart part;
    part.source = message.source();
    part.touched = message.touched();
    part.accounts = message.accounts();
    part.transactions = message.transactions();
    part.results = message.results();
    part.rows = message.rows();
    part.emitted_supply = message.emitted_supply();
    part.burned_supply = message.burned_supply();
    part.fees = message.fees();
    part.rewards = message.rewards();
    part.adopted = message.adopted();
    return part;
}

void write(const model::Verdict& verdict, wire::Verdict& message) {
    write(BlockId{verdict.topoheight, verdict.block_hash}, *message.mutable_block());
    message.set_kind(to_wire(verdict.kind));
    message.set_reason(to_wire(verdict.reason));
    message.set_signatures(to_wire(verdict.signatures));
    message.set_transactions(verdict.transactions);
    message.set_executed(verdict.executed);
    message.set_failed(verdict.failed);
    message.set_keys(verdict.keys);
    for (const model::LaneReport& lane : verdict.lanes) {
        auto& written = *message.add_lanes();
        written.set_executor(lane.executor);
        written.set_kind(to_wire(lane.kind));
        written.set_reason(to_wire(lane.reason));
        written.set_detail(lane.detail);
        for (const model::Section section : lane.compared) {
            written.add_compared(to_wire(section));
        }
    }
    for (const model::Finding& finding : verdict.findings) {
        write(finding, *message.add_findings());
    }
    for (const model::UnjudgedInvariant& law : verdict.unjudged) {
        auto& written = *message.add_unjudged();
        written.set_law(law.law);
        if (law.key) {
            written.set_key(as_text(codec::encode_key(*law.key)));
        }
        written.set_why(law.why);
    }
    for (const model::ObservedPart& part : verdict.observed) {
        write(part, *message.add_observed());
    }
}

void write(const core::LedgerRecord& record, Canonical canonical, wire::LedgerRecord& message) {
    write(record.verdict, *message.mutable_verdict());
    message.set_previous(as_text(record.previous.bytes()));
    const base::Bytes bytes = core::encode_ledger_record(record);
    message.set_hash(as_text(crypto::blake3(bytes).bytes()));
    if (canonical == Canonical::kIncluded) {
        message.set_canonical(as_text(bytes));
    }
}

bool write(const FeederAnswer& answer, wire::StreamBlocksResponse& message) {
    return std::visit(AnswerWriter{message}, answer);
}

}  // namespace parallax::service
