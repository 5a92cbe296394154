// What changes a verify loop between two blocks: settings, pause, first state, reorganisations.
#include "verifier/service/loop/verify_loop.hpp"
#include "verifier/service/server/ledger_pages.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace parallax::service {
namespace {

/// What a caller waits for.
struct TaskEnd {
    base::Mutex mutex;
    base::ConditionVariable done;
    std::optional<absl::Status> status VERIFIER_GUARDED_BY(mutex);
};

std::string json_list(const std::vector<std::string>& texts) {
    std::string list = "[";
    for (const std::string& item : texts) {
        list += (list.size() > 1 ? "," : "") + json_text(item);
    }
    return list + ']';
}

/// Whether executors and runners must be made anew.
bool needs_new_lanes(const VerificationSettings& before, const VerificationSettings& after) {
    return before.candidates != after.candidates || before.max_threads != after.max_threads ||
           before.block_time_limit_ms != after.block_time_limit_ms;
}

}  // namespace

absl::Status VerifyLoop::on_loop(const std::function<absl::Status()>& task) {
    // Shared: the loop may still hold the task when the caller has its answer.
    const auto end = std::make_shared<TaskEnd>();
    queue_.post([&task, end](bool stopped) {
        absl::Status status = stopped ? absl::UnavailableError("the sidecar is stopping") : task();
        base::MutexLock lock(end->mutex);
        end->status = std::move(status);
        end->done.notify_all();
    });
    base::MutexLock lock(end->mutex);
    while (!end->status) {
        end->done.wait(end->mutex);
    }
    return *end->status;
}

KnownNames VerifyLoop::known_names() const {
    return {parts_.lanes.executors(),
            parts_.canaries == nullptr ? std::vector<std::string>() : parts_.canaries->faults(),
            {}};
}

VerificationSettings VerifyLoop::settings() const {
    base::MutexLock lock(mutex_);
    return settings_;
}

absl::StatusOr<VerifyLoop::SettingsChange> VerifyLoop::change_settings(
    const std::function<void(VerificationSettings&)>& edit, const std::string& reason) {
    absl::StatusOr<SettingsChange> change = absl::UnknownError("not done");
    auto status = on_loop([&] {
        VerificationSettings wanted = settings();
        edit(wanted);
        change = apply_settings(std::move(wanted), reason);
        return absl::OkStatus();
    });
    return status.ok() ? change : status;
}

absl::StatusOr<VerifyLoop::SettingsChange> VerifyLoop::apply_settings(VerificationSettings wanted,
                                                                      const std::string& reason) {
    const auto problems = find_problems(wanted, known_names());
    if (!problems.empty()) {
        return absl::InvalidArgumentError(fmt::format("{}", fmt::join(problems, "\n")));
    }
    const VerificationSettings before = settings();
    SettingsChange change{wanted, changed_members(before, wanted)};
    if (change.changed.empty()) {
        return change;
    }
    if (auto status = settle(); !status.ok()) {
        return status;
    }
    if (auto status = write_journal("configuration", {{"changed", json_list(change.changed)},
                                                      {"settings", to_json(wanted)},
                                                      {"reason", json_text(reason)}});
        !status.ok()) {
        return status;
    }
    if (needs_new_lanes(before, wanted)) {
        const bool had_state = pipeline_ != nullptr;
        if (auto status = create_lanes(wanted); !status.ok()) {
            return status;
        }
        if (had_state) {
            if (failure_ = restart_pipeline(); !failure_.ok()) {
                return failure_;
            }
        }
    } else {
        for (GuardedExecutor* guard : lanes_->guards()) {
            guard->configure(wanted);
        }
    }
    canary_.configure(wanted);
    parts_.telemetry.set_canary_interval(wanted.canary.interval_blocks);
    {
        base::MutexLock lock(mutex_);
        settings_ = wanted;
    }
    publish_candidates();
    parts_.log.info("configuration_changed",
                    {{"changed", fmt::format("{}", fmt::join(change.changed, ","))},
                     {"reason", reason},
                     {"settings", to_json(wanted)}});
    return change;
}

absl::StatusOr<bool> VerifyLoop::set_paused(bool paused, const std::string& reason) {
    absl::StatusOr<bool> already = absl::UnknownError("not done");
    auto status = on_loop([&] {
        already = apply_pause(paused, reason);
        return absl::OkStatus();
    });
    return status.ok() ? already : status;
}

absl::StatusOr<bool> VerifyLoop::apply_pause(bool paused, const std::string& reason) {
    if (paused_ == paused) {
        return true;
    }
    if (auto status = settle(); !status.ok()) {
        return status;
    }
    if (auto status = write_journal(paused ? "paused" : "resumed", {{"reason", json_text(reason)}});
        !status.ok()) {
        return status;
    }
    paused_ = paused;
    queue_.set_paused(paused);
    set_running_state();
    parts_.log.info(paused ? "paused" : "resumed", {{"reason", reason}});
    return false;
}

absl::StatusOr<VerifyLoop::LoadedState> VerifyLoop::load_state(
    const BlockId& base,
    const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) {
    absl::StatusOr<LoadedState> loaded = absl::UnknownError("not done");
    auto status = on_loop([&] {
        loaded = apply_load(base, next);
        return absl::OkStatus();
    });
    return status.ok() ? loaded : status;
}

absl::StatusOr<VerifyLoop::LoadedState> VerifyLoop::apply_load(
    const BlockId& base,
    const std::function<absl::StatusOr<std::optional<model::DeltaEntry>>()>& next) {
    if (pipeline_) {
        return absl::FailedPreconditionError(
            fmt::format("there is a state already, of block {}; use an empty data directory",
                        tip_.topoheight.value()));
    }
    const core::Cursor cursor{base.topoheight, base.hash, model::Hash{}};
    LoadedState loaded;
    bool is_noted = false;
    auto status =
        parts_.store.load(cursor, [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
            auto row = next();
            // Who only begins leaves no line behind; the first row comes in after its line.
            if (row.ok() && !is_noted) {
                is_noted = true;
                if (auto noted = parts_.journal.append("state_load", cursor, {}); !noted.ok()) {
                    return noted;
                }
            }
            loaded.rows += row.ok() && *row ? 1U : 0U;
            return row;
        });
    if (!status.ok()) {
        parts_.log.warning("state_refused", {{"why", std::string(status.message())}});
        return status;
    }
    auto digest = core::state_digest(parts_.store);
    if (!digest.ok()) {
        return digest.status();
    }
    loaded.digest = *digest;
    failure_ = acknowledge(cursor, true);
    if (failure_.ok()) {
        failure_ = restart_pipeline();
    }
    if (!failure_.ok()) {
        return failure_;
    }
    set_running_state();
    parts_.log.info("state_loaded", {{"topoheight", std::to_string(base.topoheight.value())},
                                     {"hash", base.hash.hex()},
                                     {"rows", std::to_string(loaded.rows)},
                                     {"digest", loaded.digest.hex()}});
    return loaded;
}

absl::Status VerifyLoop::rewind(const BlockId& target, FeederPort& feeder) {
    const auto refuse = [&](RefusalReason reason, const std::string& message) {
        parts_.telemetry.count_refused_rewind(reason == RefusalReason::kBelowUndoWindow);
        parts_.log.warning("rewind_refused",
                           {{"topoheight", std::to_string(target.topoheight.value())},
                            {"hash", target.hash.hex()},
                            {"why", message}});
        feeder.answer(RefusedAnswer{target, reason, message});
        return absl::OkStatus();
    };
    if (target.topoheight > tip_.topoheight) {
        return refuse(RefusalReason::kUnknownTarget,
                      fmt::format("the last block here is {}", tip_.topoheight.value()));
    }
    if (target == tip_) {
        return answer_position(feeder, true);
    }
    const auto floor = parts_.store.undo_floor();
    if (!floor.ok()) {
        return floor.status();
    }
    if (target.topoheight < floor->value_or(tip_.topoheight)) {
        return refuse(RefusalReason::kBelowUndoWindow,
                      fmt::format("blocks below {} cannot be taken back: a new state is needed",
                                  floor->value_or(tip_.topoheight).value()));
    }
    const auto there = hash_at(target.topoheight);
    if (!there.ok()) {
        return there.status();
    }
    if (*there && **there != target.hash) {
        return refuse(RefusalReason::kUnknownTarget, "another block is at this topoheight here");
    }
    auto status = take_back(target);
    if (status.code() == absl::StatusCode::kFailedPrecondition) {
        // A store of an older version: nobody but it knew the block. AuditLog and witness are told.
        if (auto told = write_journal("rewind_refused", {}); !told.ok()) {
            return told;
        }
        return refuse(RefusalReason::kUnknownTarget, std::string(status.message()));
    }
    return status.ok() ? answer_position(feeder, true) : status;
}

absl::StatusOr<std::optional<model::Hash>> VerifyLoop::hash_at(model::Topoheight topoheight) const {
    if (topoheight == tip_.topoheight) {
        return std::optional(tip_.hash);
    }
    const auto record = read_ledger_record(parts_.store, topoheight);
    if (!record.ok()) {
        return record.status();
    }
    if (*record) {
        return std::optional((*record)->verdict.block_hash);
    }
    // The block of the first state has no verdict; the one on top of it names it.
    const auto above = read_block_input(parts_.store, model::next(topoheight));
    if (!above.ok()) {
        return above.status();
    }
    return *above ? std::optional((*above)->previous) : std::nullopt;
}

absl::Status VerifyLoop::record_taken_back(const BlockId& target, std::uint64_t& taken) {
    // Together they may be more than one entry can hold.
    constexpr std::size_t kMaxText = std::size_t{8} << 20;
    std::vector<std::string> verdicts;
    std::size_t size = 0;
    const auto write = [&](const char* event) {
        auto status =
            write_journal(event, {{"target_topoheight", std::to_string(target.topoheight.value())},
                                  {"target_hash", json_text(target.hash.hex())},
                                  {"verdicts", json_list(verdicts)}});
        verdicts.clear();
        size = 0;
        return status;
    };
    auto status =
        parts_.store.read_ledger(model::next(target.topoheight), tip_.topoheight,
                                 [&](model::Topoheight, const base::Bytes& bytes) {
                                     ++taken;
                                     verdicts.push_back(base::to_hex(bytes));
                                     size += verdicts.back().size();
                                     return size < kMaxText ? absl::OkStatus() : write("rewinding");
                                 });
    return status.ok() ? write("rewound") : status;
}

absl::Status VerifyLoop::take_back(const BlockId& target) {
    // The ledger loses these verdicts; the journal keeps them.
    std::uint64_t taken = 0;
    if (auto status = record_taken_back(target, taken); !status.ok()) {
        return status;
    }
    const auto record = read_ledger_record(parts_.store, target.topoheight);
    if (!record.ok()) {
        return record.status();
    }
    // Less is promised before there is less.
    const core::Cursor cursor{target.topoheight, target.hash,
                              *record ? core::ledger_hash(**record) : model::Hash{}};
    auto status = acknowledge(cursor, true);
    if (status.ok()) {
        status = parts_.store.rewind(target.topoheight, target.hash);
    }
    if (!status.ok()) {
        return status;
    }
    parts_.log.info("rewound", {{"from", std::to_string(tip_.topoheight.value())},
                                {"to", std::to_string(target.topoheight.value())},
                                {"hash", target.hash.hex()}});
    parts_.telemetry.count_rewind(taken);
    return restart_pipeline();
}

}  // namespace parallax::service
