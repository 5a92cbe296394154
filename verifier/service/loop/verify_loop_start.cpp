// How a verify loop begins: what store, journal and witness say of the runs before must fit.
#include "verifier/service/loop/verify_loop.hpp"
#include "verifier/service/server/ledger_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::service {
namespace {

/// So far back verdicts are counted at the start, whatever health asks for.
constexpr std::uint64_t kMaxRemembered = 100'000;

/// Whether the store has what was acknowledged, or more.
absl::StatusOr<bool> holds(const core::ChainStore& store, const std::optional<core::Cursor>& cursor,
                           const core::Cursor& acknowledged) {
    if (!cursor || cursor->topoheight < acknowledged.topoheight) {
        return false;
    }
    if (cursor->topoheight == acknowledged.topoheight) {
        return *cursor == acknowledged;
    }
    // The store is ahead: it was killed before it could answer, or before it took blocks back.
    const auto record = read_ledger_record(store, acknowledged.topoheight);
    if (!record.ok()) {
        return record.status();
    }
    // The block of a state that was loaded has no verdict.
    return *record ? core::ledger_hash(**record) == acknowledged.ledger_head
                   : acknowledged.ledger_head == model::Hash{};
}

}  // namespace

absl::Status VerifyLoop::open() {
    auto cursor = parts_.store.cursor();
    if (!cursor.ok()) {
        return cursor.status();
    }
    if (*cursor) {
        auto last = read_ledger_record(parts_.store, (*cursor)->topoheight);
        if (!last.ok()) {
            return last.status();
        }
        if (*last && core::ledger_hash(**last) != (*cursor)->ledger_head) {
            return absl::DataLossError(
                fmt::format("the ledger is broken: the verdict of block {} does not have the hash "
                            "that the cursor names; restore the whole folder",
                            (*cursor)->topoheight.value()));
        }
    }
    const auto kept = check_acknowledged(*cursor);
    if (!kept.ok()) {
        return kept.status();
    }
    if (auto status = recall(*cursor); !status.ok()) {
        return status;
    }
    if (auto status = create_lanes(options_.settings); !status.ok()) {
        return status;
    }
    if (*cursor) {
        if (auto status = restart_pipeline(); !status.ok()) {
            return status;
        }
    }
    set_running_state();
    parts_.telemetry.set_canary_interval(options_.settings.canary.interval_blocks);
    AuditLog::Details details = {{"settings", to_json(options_.settings)},
                                 {"after", json_text(parts_.past.last_event())}};
    if (!*kept) {
        details.emplace_back(
            "acknowledged_topoheight",
            std::to_string(parts_.past.acknowledged()->cursor->topoheight.value()));
    }
    return write_journal("started", details);
}

absl::Status VerifyLoop::create_lanes(const VerificationSettings& settings) {
    auto lanes = parts_.lanes.create(settings);
    if (!lanes.ok()) {
        return lanes.status();
    }
    pipeline_.reset();  // it refers to the old lanes
    lanes_ = *std::move(lanes);
    publish_candidates();
    return absl::OkStatus();
}

absl::Status VerifyLoop::restart_pipeline() {
    pipeline_.reset();
    senders_.clear();
    const auto found = parts_.store.cursor();
    if (!found.ok()) {
        return found.status();
    }
    if (!*found) {
        return absl::InternalError("the database has lost its cursor");
    }
    const core::Cursor& cursor = **found;
    core::PipelineOptions options;
    options.protocol = options_.protocol;
    options.policy = options_.policy;
    options.blocks_in_flight = options_.blocks_in_flight;
    pipeline_ = std::make_unique<core::VerifyPipeline>(
        lanes_->parts(), static_cast<core::VerificationListener&>(*this), cursor, options);
    tip_ = BlockId{cursor.topoheight, cursor.block_hash};
    publish_position();
    return absl::OkStatus();
}

absl::StatusOr<bool> VerifyLoop::check_acknowledged(
    const std::optional<core::Cursor>& cursor) const {
    const auto& said = parts_.past.acknowledged();
    if (said && !cursor && parts_.past.entries() == 0) {
        parts_.log.warning("begun_anew", {{"why",
                                           "database and journal are gone; the file "
                                           "acknowledged tells of others"}});
        return true;
    }
    if (auto status = parts_.past.check_journal(parts_.journal.path()); !status.ok()) {
        return status;
    }
    if (!said) {
        if (cursor) {
            parts_.log.warning("nothing_acknowledged",
                               {{"topoheight", std::to_string(cursor->topoheight.value())},
                                {"why",
                                 "the file acknowledged is missing or new: whether verdicts "
                                 "were lost before this start is not known"}});
        }
        return true;
    }
    if (!said->cursor) {
        return true;
    }
    const auto kept = holds(parts_.store, cursor, *said->cursor);
    if (!kept.ok() || *kept) {
        return kept;
    }
    const std::string what = fmt::format(
        "verdicts up to block {} were acknowledged, and the database {}",
        said->cursor->topoheight.value(),
        !cursor ? std::string("is empty")
                : fmt::format(
                      "stands at block {}{}", cursor->topoheight.value(),
                      cursor->topoheight < said->cursor->topoheight ? "" : " with other verdicts"));
    const bool rebooted = said->boot != boot_identity();
    if (!cursor || !rebooted || options_.sync) {
        return absl::DataLossError(fmt::format(
            "{}: {}; it is damaged: restore the whole folder, or delete this file to go on from "
            "what the database has",
            parts_.acknowledged.path(), what));
    }
    parts_.log.error("acknowledged_verdicts_lost",
                     {{"why", what + "; the machine was started again meanwhile, and store.sync is "
                                     "off"}});
    return false;
}

absl::Status VerifyLoop::recall(const std::optional<core::Cursor>& cursor) {
    const auto inconclusive = count_last_inconclusive(parts_.store, kMaxRemembered);
    if (!inconclusive.ok()) {
        return inconclusive.status();
    }
    parts_.telemetry.recall(*inconclusive, parts_.past.last_canary());
    if (const auto& stuck = parts_.past.stuck(); stuck && cursor && stuck->cursor == *cursor) {
        stuck_why_ = stuck->why;
    }
    return absl::OkStatus();
}

absl::Status VerifyLoop::write_journal(std::string_view event, const AuditLog::Details& details) {
    const core::Cursor cursor = pipeline_ ? pipeline_->committed() : core::Cursor{};
    if (auto status = parts_.journal.append(event, cursor, details); !status.ok()) {
        return status;
    }
    return acknowledge(pipeline_ ? std::optional(cursor) : std::nullopt, true);
}

absl::Status VerifyLoop::acknowledge(const std::optional<core::Cursor>& cursor, bool sync) {
    return parts_.acknowledged.write(
        {cursor, parts_.journal.entries(), parts_.journal.head(), boot_}, sync);
}

}  // namespace parallax::service
