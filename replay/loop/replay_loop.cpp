#include "replay/loop/replay_loop.hpp"

#include "verifier/base/utf8.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/core/verification/execution_notes.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::replay {
namespace {

std::string message_of(const absl::Status& status) {
    return std::string(status.message());
}

std::vector<std::string> names_of(const std::vector<core::PipelineLane>& lanes) {
    std::vector<std::string> names;
    for (const core::PipelineLane& lane : lanes) {
        names.emplace_back(lane.executor.name());
    }
    return names;
}

}  // namespace

int ReplayResult::exit_code() const noexcept {
    const int code = audit.exit_code();
    return code == 0 && !incomplete.empty() ? 3 : code;
}

ReplayLoop::ReplayLoop(ArchiveReader& reader, core::PipelineParts parts,
                       core::VerificationListener& listener, ReplayOptions options)
    : reader_(reader),
      parts_(std::move(parts)),
      listener_(listener),
      options_(std::move(options)) {}

absl::StatusOr<ReplayResult> ReplayLoop::run(const std::atomic<bool>& stop) {
    if (auto status = check_range(); !status.ok()) {
        return status;
    }
    if (auto status = prepare_store(stop); !status.ok()) {
        return status;
    }
    if (result_.incomplete.empty()) {
        if (auto status = resume_ledger(); !status.ok()) {
            return status;
        }
        if (auto status = run_blocks(stop); !status.ok()) {
            return status;
        }
    }
    if (result_.incomplete.empty()) {
        check_rest(stop);
    }
    return std::move(result_);
}

absl::Status ReplayLoop::check_range() const {
    const ArchiveHeader& header = reader_.header();
    if (options_.from && options_.to && *options_.from > *options_.to) {
        return absl::InvalidArgumentError(
            fmt::format("the range {}..{} is empty: its end is "
                        "before its start",
                        options_.from->value(), options_.to->value()));
    }
    const model::Topoheight first = model::next(header.base_topoheight);
    for (const auto& bound : {options_.from, options_.to}) {
        if (bound && *bound < first) {
            return absl::InvalidArgumentError(fmt::format(
                "block {} is before the archive's first block {}", bound->value(), first.value()));
        }
    }
    return absl::OkStatus();
}

model::Topoheight ReplayLoop::first_wanted() const noexcept {
    return options_.from.value_or(model::next(reader_.header().base_topoheight));
}

absl::Status ReplayLoop::prepare_store(const std::atomic<bool>& stop) {
    const ArchiveHeader& header = reader_.header();
    previous_ = header.base_hash;
    auto cursor = parts_.store.cursor();
    if (!cursor.ok()) {
        return cursor.status();
    }
    if (!*cursor) {
        cursor_ = core::Cursor{header.base_topoheight, header.base_hash, model::Hash{}};
        return load_store(stop);
    }
    cursor_ = **cursor;
    if (auto status = check_beginning(); !status.ok() || !result_.incomplete.empty()) {
        return status;
    }
    return skip_to_cursor();
}

absl::Status ReplayLoop::load_store(const std::atomic<bool>& stop) {
    absl::Status damage = options_.keeps_state ? reader_.vouch_for_state(stop) : absl::OkStatus();
    if (absl::IsFailedPrecondition(damage)) {
        return damage;
    }
    absl::Status status;
    if (damage.ok()) {
        status =
            parts_.store.load(cursor_, [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
                auto row = reader_.next_state_row();
                damage = row.status();
                return row;
            });
    }
    if (!damage.ok()) {
        result_.incomplete = "no block was reached: " + message_of(damage);
        return absl::OkStatus();
    }
    return status;
}

absl::Status ReplayLoop::resume_ledger() {
    const model::Topoheight first = first_wanted();
    const model::Topoheight last =
        options_.to ? std::min(*options_.to, cursor_.topoheight) : cursor_.topoheight;
    model::Hash head;
    // All of it is held against the archive's blocks, and what is wanted is handed on.
    auto status = parts_.store.read_ledger(
        model::next(reader_.header().base_topoheight), cursor_.topoheight,
        [&](model::Topoheight topoheight, const base::Bytes& bytes) -> absl::Status {
            if (bytes.empty()) {
                return absl::OkStatus();  // advanced by the control alone: no verdict
            }
            auto record = core::decode_ledger_record(bytes);
            if (!record.ok() || record->verdict.topoheight != topoheight) {
                return absl::DataLossError(
                    fmt::format("the database's verdict of block {} is "
                                "damaged",
                                topoheight.value()));
            }
            if (auto same = check_same_block(topoheight, record->verdict.block_hash); !same.ok()) {
                return same;
            }
            if (topoheight < first || topoheight > last) {
                return absl::OkStatus();
            }
            if (auto same = check_same_run(record->verdict); !same.ok()) {
                return same;
            }
            head = core::ledger_hash(*record);
            ++result_.resumed;
            stop_if_asked(record->verdict);
            return deliver(*record);
        });
    if (!status.ok() || cursor_.topoheight < first) {
        return status;
    }
    if (result_.resumed != last.value() - first.value() + 1) {
        return absl::FailedPreconditionError(
            fmt::format("the database has passed block {} but holds verdicts for only {} of the "
                        "blocks {}..{}: choose another --db",
                        last.value(), result_.resumed, first.value(), last.value()));
    }
    if (last == cursor_.topoheight && head != cursor_.ledger_head) {
        return absl::DataLossError(fmt::format(
            "the database's ledger is broken: the last verdict's hash is {}, its cursor says {}",
            head.hex(), cursor_.ledger_head.hex()));
    }
    return absl::OkStatus();
}

absl::Status ReplayLoop::check_same_run(const model::Verdict& verdict) const {
    // Verdicts of other candidates say nothing about these: a run must not turn green by them.
    const std::vector<std::string> wanted = names_of(parts_.candidates);
    std::vector<std::string> found;
    for (const model::LaneReport& lane : verdict.lanes) {
        found.push_back(lane.executor);
    }
    if (found != wanted) {
        return absl::FailedPreconditionError(fmt::format(
            "the database's verdict of block {} is about the candidates [{}], not [{}]: choose "
            "another --db",
            verdict.topoheight.value(), fmt::join(found, ", "), fmt::join(wanted, ", ")));
    }
    if (verdict.signatures != options_.pipeline.policy.signatures) {
        return absl::FailedPreconditionError(fmt::format(
            "the database's verdict of block {} has signatures {}, not {}: choose "
            "another --db",
            verdict.topoheight.value(), model::signature_policy_name(verdict.signatures),
            model::signature_policy_name(options_.pipeline.policy.signatures)));
    }
    return absl::OkStatus();
}

absl::Status ReplayLoop::run_blocks(const std::atomic<bool>& stop) {
    core::VerificationListener& listener = *this;
    pipeline_ =
        std::make_unique<core::VerifyPipeline>(parts_, listener, cursor_, options_.pipeline);
    absl::Status status = push_blocks(stop);
    if (status.ok()) {
        status = pipeline_->drain();
    }
    pipeline_.reset();
    return stopped_by_verdict_ && absl::IsCancelled(status) ? absl::OkStatus() : status;
}

absl::Status ReplayLoop::push_blocks(const std::atomic<bool>& stop) {
    while (result_.incomplete.empty() && !(options_.to && pipeline_->head() >= *options_.to)) {
        const model::Topoheight head = pipeline_->head();
        if (stop.load(std::memory_order_relaxed)) {
            result_.incomplete = fmt::format("stopped on request after block {}", head.value());
            break;
        }
        auto block = reader_.next_block();
        if (!block.ok()) {
            result_.incomplete = fmt::format("the archive ends in damage after block {}: {}",
                                             head.value(), message_of(block.status()));
            break;
        }
        if (!*block) {
            if (options_.to || head < first_wanted()) {
                result_.incomplete = fmt::format(
                    "the archive ends at block {}, before the range does", head.value());
            }
            break;
        }
        if (auto status = push_block(**block); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

void ReplayLoop::check_rest(const std::atomic<bool>& stop) {
    if (auto status = reader_.check_rest(stop); !status.ok()) {
        result_.incomplete =
            fmt::format("all of the range was compared, but what it came from is not sound: {}",
                        message_of(status));
    }
}

absl::Status ReplayLoop::push_block(const ArchiveBlock& recorded) {
    const model::Topoheight topoheight = recorded.placement.topoheight;
    if (topoheight != model::next(pipeline_->head())) {
        result_.incomplete = fmt::format("gap: block {} follows block {}", topoheight.value(),
                                         pipeline_->head().value());
        return absl::OkStatus();
    }
    const protocol::Protocol& protocol = *options_.pipeline.protocol;
    auto admitted = protocol.admit(recorded.wire, recorded.placement);
    if (!admitted.ok()) {
        const auto hash = protocol.block_hash(recorded.wire);
        return reject_block(recorded, hash.value_or(model::Hash{}), message_of(admitted.status()));
    }
    const model::Hash hash = admitted->hash();
    const auto place = pipeline_->place_of(hash);
    if (!place.ok()) {
        return place.status();
    }
    if (*place) {
        return reject_block(recorded, hash, core::second_place_text(topoheight, **place));
    }
    return push_admitted(recorded, *std::move(admitted));
}

absl::Status ReplayLoop::push_admitted(const ArchiveBlock& recorded,
                                       protocol::AdmittedBlock block) {
    const bool compared = recorded.placement.topoheight >= first_wanted();
    model::Recording recording;
    // Observations also tell what became of rows that the control could not work out.
    if (compared || recorded.observations) {
        auto read = recording_of(recorded);
        if (!read.ok()) {
            return reject_block(recorded, block.hash(), message_of(read.status()));
        }
        recording = *std::move(read);
    }
    const core::BlockInput input = input_of(recorded, std::exchange(previous_, block.hash()));
    return pipeline_->push(std::move(block), std::move(recording), compared,
                           core::encode_block_input(input));
}

absl::Status ReplayLoop::finished(const core::FinishedBlock& block) {
    if (!block.committed) {
        result_.incomplete = fmt::format("the control failed on block {}: the state cannot advance",
                                         block.block.placement().topoheight.value());
        return block.compared ? deliver(block.record) : absl::OkStatus();
    }
    ++result_.blocks_run;
    result_.transactions_run += block.block.transactions().size();
    if (!block.compared) {
        ++result_.advanced;
        return absl::OkStatus();
    }
    count_parallel(block);
    if (auto status = deliver(block.record); !status.ok()) {
        return status;
    }
    if (auto status = listener_.finished(block); !status.ok()) {
        return status;
    }
    stop_if_asked(block.record.verdict);
    return stopped_by_verdict_ ? absl::CancelledError("no block behind this one is wanted")
                               : absl::OkStatus();
}

void ReplayLoop::count_parallel(const core::FinishedBlock& block) {
    const auto& candidates = block.verification.candidates;
    result_.parallel_blocks.resize(parts_.candidates.size());
    for (std::size_t i = 0; i < result_.parallel_blocks.size() && i < candidates.size(); ++i) {
        if (candidates[i] &&
            core::ran_in_parallel(candidates[i]->notes, block.block.transactions().size())) {
            ++result_.parallel_blocks[i];
        }
    }
}

absl::Status ReplayLoop::reject_block(const ArchiveBlock& recorded, const model::Hash& hash,
                                      const std::string& why) {
    const model::Topoheight topoheight = recorded.placement.topoheight;
    if (auto status = pipeline_->drain(); !status.ok() || !result_.incomplete.empty()) {
        return status;
    }
    result_.incomplete = fmt::format("block {} cannot be executed, so the state cannot advance: {}",
                                     topoheight.value(), why);
    if (topoheight < first_wanted()) {
        return absl::OkStatus();
    }
    // Not committed: a fixed archive continues here.
    core::LedgerRecord record;
    record.previous = pipeline_->committed().ledger_head;
    record.verdict.topoheight = topoheight;
    record.verdict.block_hash = hash;
    record.verdict.kind = model::VerdictKind::kInconclusive;
    record.verdict.reason = model::InconclusiveReason::kInvalidBlock;
    record.verdict.signatures = options_.pipeline.policy.signatures;
    for (const std::string& name : names_of(parts_.candidates)) {
        model::LaneReport lane;
        lane.executor = name;
        lane.reason = model::InconclusiveReason::kInvalidBlock;
        lane.detail = base::as_utf8(why);
        record.verdict.lanes.push_back(std::move(lane));
    }
    return deliver(record);
}

absl::Status ReplayLoop::deliver(const core::LedgerRecord& record) {
    if (auto status = result_.audit.add(record); !status.ok()) {
        return status;
    }
    count(record.verdict);
    return listener_.recorded(record);
}

void ReplayLoop::stop_if_asked(const model::Verdict& verdict) {
    if (options_.fail_fast && verdict.kind != model::VerdictKind::kMatch && !stopped_by_verdict_) {
        stopped_by_verdict_ = true;
        result_.incomplete =
            fmt::format("stopped at the first block that is not a match, block {}, as asked",
                        verdict.topoheight.value());
    }
}

void ReplayLoop::count(const model::Verdict& verdict) {
    if (!result_.first) {
        result_.first = verdict.topoheight;
    }
    result_.last = verdict.topoheight;
    result_.transactions += verdict.transactions;
    result_.executed += verdict.executed;
    result_.failed += verdict.failed;
    core::add_observed(verdict, result_.observed);
    if (!verdict.unjudged.empty() && ++result_.unjudged == 1) {
        result_.first_unjudged = verdict;
    }
    if (verdict.kind == model::VerdictKind::kMismatch && !result_.first_mismatch) {
        result_.first_mismatch = verdict;
    }
    if (verdict.kind == model::VerdictKind::kInconclusive && !result_.first_inconclusive) {
        result_.first_inconclusive = verdict;
    }
}

}  // namespace parallax::replay
