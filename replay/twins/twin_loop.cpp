#include "replay/twins/twin_loop.hpp"

#include "verifier/core/verification/verify_pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parallax::replay {
namespace {

void count(const TwinResult& result, model::Topoheight topoheight, TwinReport& report) {
    TwinReport::Counts& counts = report.twins[static_cast<std::size_t>(result.twin)];
    if (!result.skipped.empty()) {
        ++counts.skipped;
        return;
    }
    ++counts.compared;
    if (result.differences.empty()) {
        return;
    }
    ++counts.different;
    if (report.findings.size() < kMaxTwinFindings) {
        const model::Difference& first = result.differences.front();
        report.findings.push_back(
            fmt::format("block {}, {}, twin {}: {} is {}, in the twin {}; {} further differences",
                        topoheight.value(), result.executor, twin_name(result.twin), first.path,
                        first.control, first.candidate, result.differences.size() - 1));
    }
}

absl::StatusOr<model::BlockOutcome> run_control(const protocol::AdmittedBlock& block,
                                                core::BlockExecutor& control,
                                                const TwinSetup& setup,
                                                const protocol::SignatureSource& signatures) {
    return setup.runner.run(control, [&](const std::atomic<bool>& cancelled) {
        return control.execute(
            setup.view, block,
            core::ExecutionContext{setup.protocol, signatures, cancelled, false});
    });
}

/// Checks the twins of one block. The answer is the control's delta for the block as it is.
absl::StatusOr<model::Delta> check_block(const protocol::AdmittedBlock& block,
                                         const std::vector<core::BlockExecutor*>& executors,
                                         TwinSetup setup, TwinReport& report) {
    core::BlockExecutor& control = *executors.front();
    const auto unsigned_outcome =
        run_control(block, control, setup, protocol::SignatureSource::off(block));
    if (!unsigned_outcome.ok()) {
        return unsigned_outcome.status();
    }
    for (core::BlockExecutor* executor : executors) {
        setup.other_workers = executor == &control ? nullptr : &*unsigned_outcome;
        const auto results = check_twins(block, *executor, setup);
        if (!results.ok()) {
            return results.status();
        }
        for (const TwinResult& result : *results) {
            count(result, block.placement().topoheight, report);
        }
    }
    auto outcome = run_control(block, control, setup, protocol::SignatureSource::per_lane(block));
    if (!outcome.ok()) {
        return outcome.status();
    }
    ++report.blocks;
    return std::move(outcome->delta);
}

absl::Status load(ArchiveReader& reader, core::ChainStore& store) {
    const ArchiveHeader& header = reader.header();
    return store.load({header.base_topoheight, header.base_hash, model::Hash{}},
                      [&] { return reader.next_state_row(); });
}

}  // namespace

int TwinReport::exit_code() const noexcept {
    const auto any = [&](std::uint64_t Counts::*count) {
        return std::any_of(twins.begin(), twins.end(),
                           [&](const Counts& counts) { return counts.*count > 0; });
    };
    if (any(&Counts::different)) {
        return 2;
    }
    return incomplete.empty() && any(&Counts::compared) ? 0 : 3;
}

namespace {

/// The block, if it can be executed where it stands.
absl::StatusOr<protocol::AdmittedBlock> admit_new(const ArchiveBlock& recorded,
                                                  const core::ChainStore& store,
                                                  const protocol::Protocol& protocol) {
    auto block = protocol.admit(recorded.wire, recorded.placement);
    if (!block.ok()) {
        return block.status();
    }
    const auto place = store.place_of(block->hash());
    if (!place.ok()) {
        return place.status();
    }
    if (*place) {
        return absl::InvalidArgumentError(
            core::second_place_text(recorded.placement.topoheight, **place));
    }
    return block;
}

}  // namespace

absl::StatusOr<TwinReport> run_twins(ArchiveReader& reader, core::ChainStore& store,
                                     const std::vector<core::BlockExecutor*>& executors,
                                     core::LaneRunner& runner, const protocol::Protocol& protocol,
                                     std::uint64_t seed, const std::atomic<bool>& stop,
                                     const TwinProgress& progress) {
    if (auto status = load(reader, store); !status.ok()) {
        return status;
    }
    TwinReport report;
    for (;;) {
        if (stop.load(std::memory_order_relaxed)) {
            report.incomplete = "stopped on request";
            return report;
        }
        const auto recorded = reader.next_block();
        if (!recorded.ok()) {
            report.incomplete = std::string(recorded.status().message());
            return report;
        }
        if (!*recorded) {
            return report;
        }
        const auto block = admit_new(**recorded, store, protocol);
        if (!block.ok()) {
            report.incomplete =
                fmt::format("block {}: {}", (*recorded)->placement.topoheight.value(),
                            std::string(block.status().message()));
            return report;
        }
        auto view = store.snapshot();
        auto delta =
            check_block(*block, executors, {*view, protocol, runner, seed + report.blocks}, report);
        if (!delta.ok()) {
            return delta.status();
        }
        view.reset();  // a store in memory copies its rows for a snapshot that is still held
        const core::Cursor cursor{block->placement().topoheight, block->hash(), model::Hash{}};
        if (auto status = store.commit({cursor, *std::move(delta), {}}); !status.ok()) {
            return status;
        }
        if (progress) {
            progress(report);
        }
    }
}

}  // namespace parallax::replay
