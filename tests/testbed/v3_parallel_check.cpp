/// Holds the rebuilt parallel executor of V3 against what a node that ran the real one said.
///
///     v3_parallel_check ARCHIVE
///
/// The archive was recorded from that node. The executor goes through it on the state that it
/// leaves itself, as the node did; what was observed after each block is put over its outcome, and
/// any difference is printed. Exit code 0: none, blocks ran in parallel, and of each of them
/// accounts were observed.

#include "replay/archive/archive_reader.hpp"
#include "testbed/rows_view.hpp"
#include "testbed/v3_parallel/v3_parallel_executor.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/comparison/observed_outcome.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>

namespace parallax::testbed {
namespace {

/// Counts of what was held against the node.
struct Tally {
    std::size_t blocks = 0;
    std::size_t parallel = 0;
    std::size_t unobserved = 0;
    std::size_t accounts = 0;
    std::size_t different = 0;
};

int fail(const absl::Status& status) {
    fmt::print(stderr, "v3_parallel_check: {}\n", std::string(status.message()));
    return 1;
}

/// The parallel path writes at the topoheight before the block.
bool was_parallel(const model::BlockOutcome& outcome, model::Topoheight now) {
    for (const model::DeltaEntry& entry : outcome.delta.entries) {
        const auto* version =
            entry.after ? std::get_if<base::Boxed<model::BalanceVersionRecord>>(&*entry.after)
                        : nullptr;
        if (version != nullptr && version->get().at < now) {
            return true;
        }
    }
    return false;
}

absl::Status hold(const replay::ArchiveBlock& block, const model::BlockOutcome& outcome,
                  const RowsView& view, Tally& tally) {
    const auto recording = replay::recording_of(block);
    if (!recording.ok()) {
        return recording.status();
    }
    for (const model::Observation& observation : recording->observations) {
        const auto observed =
            core::observed_outcome(observation, outcome, view, block.placement.topoheight);
        if (!observed.ok()) {
            return observed.status();
        }
        tally.accounts += observed->seen.accounts;
        for (const model::Difference& difference :
             core::compare(outcome, observed->outcome).differences) {
            ++tally.different;
            fmt::print("block {}: {}: {} here, {} at the node\n",
                       block.placement.topoheight.value(), difference.path, difference.control,
                       difference.candidate);
        }
    }
    return absl::OkStatus();
}

int check(const std::string& path) {
    const auto reader = replay::ArchiveReader::open(path);
    if (!reader.ok()) {
        return fail(reader.status());
    }
    const auto profile = tos::v3::find_profile((*reader)->header().network);
    RowsView::Rows rows;
    for (auto row = (*reader)->next_state_row(); !row.ok() || *row;
         row = (*reader)->next_state_row()) {
        if (!row.ok()) {
            return fail(row.status());
        }
        rows.emplace((*row)->key, *(*row)->after);
    }
    RowsView view(std::move(rows));
    V3ParallelExecutor executor;
    const std::atomic<bool> never{false};
    Tally tally;
    for (auto block = (*reader)->next_block(); !block.ok() || *block;
         block = (*reader)->next_block()) {
        if (!block.ok() || !profile) {
            return fail(block.status());
        }
        const auto admitted =
            profile->admit((*block)->wire, protocol::Admission::at((*block)->placement));
        if (!admitted.ok()) {
            return fail(admitted.status());
        }
        const auto signatures = protocol::SignatureSource::off(*admitted);
        const auto outcome = executor.execute(
            view, *admitted, core::ExecutionContext{*profile, signatures, never, false});
        if (!outcome.ok()) {
            return fail(outcome.status());
        }
        const std::size_t observed_before = tally.accounts;
        if (auto status = hold(**block, *outcome, view, tally); !status.ok()) {
            return fail(status);
        }
        ++tally.blocks;
        if (was_parallel(*outcome, (*block)->placement.topoheight)) {
            ++tally.parallel;
            tally.unobserved += tally.accounts == observed_before ? 1U : 0U;
        }
        view.apply(outcome->delta);
    }
    fmt::print(
        "{} blocks, {} of them in parallel, {} of those not observed, {} accounts observed, {} "
        "differences\n",
        tally.blocks, tally.parallel, tally.unobserved, tally.accounts, tally.different);
    return tally.different == 0 && tally.parallel > 0 && tally.unobserved == 0 ? 0 : 2;
}

}  // namespace
}  // namespace parallax::testbed

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: v3_parallel_check ARCHIVE\n");
        return 1;
    }
    return parallax::testbed::check(argv[1]);
}
