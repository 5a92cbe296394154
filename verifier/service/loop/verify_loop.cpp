#include "verifier/service/loop/verify_loop.hpp"

#include "verifier/core/verification/block_input.hpp"
#include "verifier/service/server/ledger_pages.hpp"

#include <fmt/format.h>

#include <pthread.h>
#include <utility>

namespace parallax::service {
namespace {

/// Blocks right below the tip of which each is offered as a place to go back to; older ones ever
/// sparser.
constexpr std::uint64_t kDenseAncestors = 10;

std::string text(std::uint64_t number) {
    return std::to_string(number);
}

/// A line's summary of a verdict that is not a match: the reason, or the first finding's class.
std::string why(const model::Verdict& verdict) {
    if (verdict.reason) {
        return std::string(model::inconclusive_reason_name(*verdict.reason));
    }
    return verdict.findings.empty()
               ? ""
               : std::string(model::finding_class_name(verdict.findings.front().finding_class));
}

}  // namespace

absl::StatusOr<std::unique_ptr<VerifyLoop>> VerifyLoop::create(LoopParts parts,
                                                               LoopOptions options) {
    std::unique_ptr<VerifyLoop> loop(new VerifyLoop(parts, std::move(options)));
    if (auto status = loop->open(); !status.ok()) {
        return status;
    }
    return loop;
}

VerifyLoop::VerifyLoop(LoopParts parts, LoopOptions options)
    : parts_(parts),
      options_(std::move(options)),
      queue_(options_.queue),
      canary_(parts_.canaries, parts_.clock, options_.settings),
      settings_(options_.settings) {}

VerifyLoop::~VerifyLoop() {
    request_stop();
    (void)wait();  // who wants the reason has asked before
}

void VerifyLoop::start() {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "px-verify");
}

void VerifyLoop::request_stop() {
    queue_.stop();
}

absl::Status VerifyLoop::wait() {
    if (thread_.joinable()) {
        thread_.join();
    }
    return end_;
}

void VerifyLoop::run() {
    end_ = run_until_stopped();
    if (end_.ok()) {
        end_ = write_journal("stopped", {});
    }
    queue_.stop();
    pipeline_.reset();
    parts_.telemetry.set_stopping(std::string(end_.message()));
    if (end_.ok()) {
        parts_.log.info("verify_loop_ended", {{"topoheight", text(tip_.topoheight.value())}});
        return;
    }
    parts_.log.error("verify_loop_failed", {{"topoheight", text(tip_.topoheight.value())},
                                            {"error", std::string(end_.message())}});
    if (options_.on_failure) {
        options_.on_failure();
    }
}

absl::Status VerifyLoop::run_until_stopped() {
    for (;;) {
        std::optional<IngestQueue::Work> work = queue_.try_take();
        if (!work) {
            // Nothing waits: verdicts in flight go out now, not when the next block comes.
            if (auto status = settle(); !status.ok()) {
                return status;
            }
            work = queue_.take();
        }
        if (!work) {
            return settle();
        }
        if (const auto* task = std::get_if<LoopTask>(&*work)) {
            (*task)(false);
            if (!failure_.ok()) {
                return failure_;
            }
        } else if (auto status = handle(std::get<FeedWork>(*std::move(work))); !status.ok()) {
            return status;
        }
    }
}

absl::Status VerifyLoop::settle() {
    if (!pipeline_ || pipeline_->in_flight() == 0) {
        return absl::OkStatus();
    }
    parts_.telemetry.begin_work(parts_.clock.now());
    failure_ = pipeline_->drain();
    parts_.telemetry.end_work();
    if (failure_.ok() && pipeline_->halted()) {
        failure_ = restart_pipeline();
    }
    return failure_;
}

absl::Status VerifyLoop::handle(FeedWork work) {
    if (!pipeline_) {
        work.feeder->answer(NoStateAnswer{});
        return absl::OkStatus();
    }
    if (auto* block = std::get_if<BlockWork>(&work.what)) {
        return take_block(std::move(*block), std::move(work.feeder));
    }
    // Whatever else it is is about blocks that are durable.
    if (auto status = settle(); !status.ok()) {
        return status;
    }
    if (std::holds_alternative<AttachWork>(work.what)) {
        return answer_position(*work.feeder, false);
    }
    if (const auto* rewound = std::get_if<RewindWork>(&work.what)) {
        return rewind(rewound->target, *work.feeder);
    }
    if (std::holds_alternative<HistoryEndWork>(work.what)) {
        return finish_history(*work.feeder);
    }
    if (auto* refused = std::get_if<RefusedAnswer>(&work.what)) {
        work.feeder->answer(std::move(*refused));
        return absl::OkStatus();
    }
    work.feeder->answer(EndAnswer{});
    return absl::OkStatus();
}

absl::Status VerifyLoop::take_block(BlockWork work, std::shared_ptr<FeederPort> feeder) {
    const BlockId id{work.block.placement().topoheight, work.block.hash()};
    const bool follows =
        id.topoheight == model::next(tip_.topoheight) && work.input.previous == tip_.hash;
    const auto place =
        follows ? pipeline_->place_of(id.hash) : absl::StatusOr<std::optional<model::Topoheight>>();
    if (follows && !place.ok()) {
        return place.status();
    }
    if (!follows || *place) {
        // The feeder has the verdict of every block before it hears of this one.
        if (auto status = settle(); !status.ok()) {
            return status;
        }
        if (id.topoheight <= tip_.topoheight) {
            return answer_again(work, *feeder);
        }
        if (follows) {
            refuse_second_place(id, **place, *feeder);
        } else {
            answer_gap(id, *feeder,
                       id.topoheight != model::next(tip_.topoheight)
                           ? "blocks between are missing"
                           : "it lies on another block than the one here; rewind first");
        }
        return absl::OkStatus();
    }
    senders_.push_back(std::move(feeder));
    tip_ = id;
    parts_.telemetry.begin_work(parts_.clock.now());
    auto status = pipeline_->push(std::move(work.block), std::move(work.recorded), true,
                                  core::encode_block_input(work.input));
    parts_.telemetry.end_work();
    return status.ok() && pipeline_->halted() ? restart_pipeline() : status;
}

/// Not executed and not recorded: the order that the feeder tells is wrong, and the state stays.
void VerifyLoop::refuse_second_place(const BlockId& id, model::Topoheight place,
                                     FeederPort& feeder) {
    const std::string why = core::second_place_text(id.topoheight, place);
    parts_.telemetry.count_refused(Telemetry::Refusal::kDoesNotFollow);
    parts_.log.warning(
        "block_refused",
        {{"topoheight", text(id.topoheight.value())}, {"hash", id.hash.hex()}, {"why", why}});
    feeder.answer(RefusedAnswer{id, RefusalReason::kInvalidBlock, why});
}

absl::Status VerifyLoop::answer_again(const BlockWork& work, FeederPort& feeder) {
    const BlockId id{work.block.placement().topoheight, work.block.hash()};
    auto record = read_ledger_record(parts_.store, id.topoheight);
    if (!record.ok()) {
        return record.status();
    }
    if (!*record || (*record)->verdict.block_hash != id.hash) {
        answer_gap(id, feeder,
                   *record ? "another block is at this topoheight here; rewind first"
                           : "it is not above the blocks that are verified here");
        return absl::OkStatus();
    }
    const auto known = read_block_input(parts_.store, id.topoheight);
    if (!known.ok()) {
        return known.status();
    }
    if (!*known || **known != work.input) {
        answer_other_input(id, *known ? core::differences_of(**known, work.input) : "", feeder);
        return absl::OkStatus();
    }
    parts_.telemetry.count_redelivered();
    feeder.answer(VerdictAnswer{**std::move(record), true});
    return absl::OkStatus();
}

void VerifyLoop::answer_other_input(const BlockId& id, const std::string& differences,
                                    FeederPort& feeder) {
    // Its verdict is about what came then. What came now was not looked at.
    const std::string message =
        differences.empty()
            ? "it has a verdict here, and what it was verified with was not kept by the version "
              "that did; rewind below it to have it verified again"
            : fmt::format(
                  "it has a verdict here, and {} was another then; rewind below it to have "
                  "this one verified",
                  differences);
    parts_.telemetry.count_refused(Telemetry::Refusal::kDoesNotFollow);
    parts_.log.warning(
        "block_refused",
        {{"topoheight", text(id.topoheight.value())}, {"hash", id.hash.hex()}, {"why", message}});
    feeder.answer(RefusedAnswer{id, RefusalReason::kOtherInput, message});
}

void VerifyLoop::answer_gap(const BlockId& received, FeederPort& feeder,
                            const std::string& message) {
    parts_.telemetry.count_gap();
    parts_.log.warning("block_does_not_follow",
                       {{"topoheight", text(received.topoheight.value())},
                        {"hash", received.hash.hex()},
                        {"expected_topoheight", text(model::next(tip_.topoheight).value())},
                        {"expected_previous", tip_.hash.hex()},
                        {"why", message}});
    feeder.answer(GapAnswer{received, tip_, message});
}

absl::Status VerifyLoop::answer_position(FeederPort& feeder, bool rewound) {
    auto older = ancestors();
    if (!older.ok()) {
        return older.status();
    }
    feeder.answer(PositionAnswer{tip_, *std::move(older), rewound});
    return absl::OkStatus();
}

absl::Status VerifyLoop::finish_history(FeederPort& feeder) {
    auto digest = core::state_digest(parts_.store);
    if (!digest.ok()) {
        return digest.status();
    }
    feeder.answer(FinishedAnswer{pipeline_->committed(), *digest});
    return absl::OkStatus();
}

absl::StatusOr<std::vector<BlockId>> VerifyLoop::ancestors() const {
    std::vector<BlockId> found;
    auto floor = parts_.store.undo_floor();
    if (!floor.ok()) {
        return floor.status();
    }
    const std::uint64_t lowest = floor->value_or(tip_.topoheight).value();
    std::uint64_t step = 1;
    for (std::uint64_t at = tip_.topoheight.value(); at > lowest;) {
        at = at - lowest > step ? at - step : lowest;
        const auto hash = hash_at(model::Topoheight{at});
        if (!hash.ok()) {
            return hash.status();
        }
        if (*hash) {
            found.push_back({model::Topoheight{at}, **hash});
        }
        step = found.size() < kDenseAncestors ? 1 : step * 2;
    }
    return found;
}

absl::Status VerifyLoop::finished(const core::FinishedBlock& block) {
    const std::shared_ptr<FeederPort> sender = std::move(senders_.front());
    senders_.pop_front();
    const model::Verdict& verdict = block.record.verdict;
    const BlockId id{verdict.topoheight, verdict.block_hash};
    if (!block.committed) {
        return report_stuck(id, verdict, *sender);
    }
    if (!stuck_why_.empty()) {
        stuck_why_.clear();
        set_running_state();
    }
    // Whoever is answered may rely on it: the witness knows before.
    if (auto status = acknowledge(pipeline_->committed(), false); !status.ok()) {
        return status;
    }
    for (std::size_t i = 0; i < verdict.lanes.size(); ++i) {
        lanes_->guards()[i]->record(verdict.lanes[i]);
    }
    publish_position();
    publish_candidates();
    parts_.telemetry.count_block(block, lanes_->parts().control.executor.name());
    const bool match = verdict.kind == model::VerdictKind::kMatch;
    parts_.log.write(match ? LogLevel::kInfo : LogLevel::kWarning, "block_verified",
                     {{"topoheight", text(id.topoheight.value())},
                      {"hash", id.hash.hex()},
                      {"verdict", std::string(model::verdict_kind_name(verdict.kind))},
                      {"why", why(verdict)},
                      {"transactions", text(verdict.transactions)}});
    sender->answer(VerdictAnswer{block.record, false});
    return try_canary(block);
}

absl::Status VerifyLoop::report_stuck(const BlockId& id, const model::Verdict& verdict,
                                      FeederPort& sender) {
    const std::string why = fmt::format("the control failed on block {}: {}", id.topoheight.value(),
                                        verdict.lanes.empty() ? "" : verdict.lanes.front().detail);
    // Once, however often the feeder tries: a restart is to know of it.
    if (why != stuck_why_) {
        if (auto status = write_journal(
                "control_failed", {{"block", json_text(id.hash.hex())}, {"why", json_text(why)}});
            !status.ok()) {
            return status;
        }
    }
    stuck_why_ = why;
    parts_.telemetry.count_stuck();
    set_running_state();
    parts_.log.error("control_failed", {{"topoheight", text(id.topoheight.value())},
                                        {"hash", id.hash.hex()},
                                        {"why", stuck_why_}});
    sender.answer(RefusedAnswer{id, RefusalReason::kControlFailed, stuck_why_});
    return absl::OkStatus();
}

absl::Status VerifyLoop::try_canary(const core::FinishedBlock& block) {
    if (!canary_.is_due(block.block)) {
        return absl::OkStatus();
    }
    const CanaryReport report =
        canary_.run({block.view, block.block, *options_.protocol, *block.verification.control},
                    options_.policy.signatures);
    const std::string result(canary_result_name(report.result));
    const std::string ground(canary_ground_name(report.ground));
    const std::string found_by = found_by_text(report);
    if (auto status = write_journal("canary", {{"fault", json_text(report.fault)},
                                               {"result", json_text(result)},
                                               {"ground", json_text(ground)},
                                               {"found_by", json_text(found_by)},
                                               {"nanoseconds", std::to_string(report.time.count())},
                                               {"detail", json_text(report.detail)}});
        !status.ok()) {
        return status;
    }
    parts_.telemetry.count_canary(report);
    const bool detected = report.result == CanaryResult::kDetected;
    parts_.log.write(detected ? LogLevel::kInfo : LogLevel::kError, "canary_" + result,
                     {{"topoheight", text(report.block.topoheight.value())},
                      {"hash", report.block.hash.hex()},
                      {"fault", report.fault},
                      {"ground", ground},
                      {"found_by", found_by},
                      {"detail", report.detail}});
    return absl::OkStatus();
}

absl::Status VerifyLoop::found(const core::FirstRun& run) {
    const VerificationSettings now = settings();
    const auto kept = parts_.bundles->keep(run, {now.max_threads, now.block_time_limit_ms});
    const std::string topoheight = text(run.block.placement().topoheight.value());
    const std::string hash = run.block.hash().hex();
    if (!kept.ok()) {
        // The verdict is worth more than its bundle: verification goes on.
        parts_.log.error("bundle_not_kept", {{"topoheight", topoheight},
                                             {"hash", hash},
                                             {"error", std::string(kept.status().message())}});
        return absl::OkStatus();
    }
    for (const std::string& name : *kept) {
        parts_.log.warning("bundle_kept",
                           {{"topoheight", topoheight}, {"hash", hash}, {"bundle", name}});
    }
    return absl::OkStatus();
}

void VerifyLoop::publish_position() {
    const auto floor = parts_.store.undo_floor();
    parts_.telemetry.set_position(pipeline_->committed(), floor.ok() ? *floor : std::nullopt);
}

void VerifyLoop::publish_candidates() {
    std::vector<CandidateState> states;
    for (const GuardedExecutor* guard : lanes_->guards()) {
        states.push_back(guard->state());
    }
    parts_.telemetry.set_candidates(std::move(states));
}

void VerifyLoop::set_running_state() {
    const LoopState state = !pipeline_            ? LoopState::kWaitingForState
                            : paused_             ? LoopState::kPaused
                            : !stuck_why_.empty() ? LoopState::kStuck
                                                  : LoopState::kRunning;
    parts_.telemetry.set_state(state, stuck_why_, paused_);
}

}  // namespace parallax::service
