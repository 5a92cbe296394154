#include "replay/twins/twins.hpp"

#include "replay/twins/twin_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace parallax::replay {
namespace {

/// Signatures are taken as valid: twins change what was signed.
absl::StatusOr<model::BlockOutcome> run(core::BlockExecutor& executor,
                                        const protocol::StateView& view,
                                        const protocol::AdmittedBlock& block,
                                        const TwinSetup& setup) {
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(block);
    return setup.runner.run(executor, [&](const std::atomic<bool>& cancelled) {
        return executor.execute(
            view, block, core::ExecutionContext{setup.protocol, signatures, cancelled, true});
    });
}

TwinResult result_of(Twin twin, const core::BlockExecutor& executor) {
    TwinResult result;
    result.twin = twin;
    result.executor = executor.name();
    return result;
}

void hold_against(const model::BlockOutcome& original, const model::BlockOutcome& mapped,
                  TwinResult& result) {
    result.differences = core::compare(original, mapped).differences;
}

absl::StatusOr<TwinResult> check_permuted(const protocol::AdmittedBlock& block,
                                          const model::BlockOutcome& original,
                                          core::BlockExecutor& executor, const TwinSetup& setup) {
    TwinResult result = result_of(Twin::kPermuted, executor);
    const std::vector<std::size_t> order =
        permuted_order(block, original, setup.protocol, setup.seed);
    if (order.empty()) {
        result.skipped = "no two neighbouring transactions are independent";
        return result;
    }
    const auto twin = reordered(block, order, setup.protocol);
    if (!twin.ok()) {
        return twin.status();
    }
    auto outcome = run(executor, setup.view, *twin, setup);
    if (!outcome.ok()) {
        return outcome.status();
    }
    if (outcome->results.size() == order.size()) {
        std::vector<model::TransactionResult> results(order.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            results[order[i]] = outcome->results[i];
        }
        outcome->results = std::move(results);
    }
    hold_against(original, *outcome, result);
    return result;
}

absl::StatusOr<TwinResult> check_renamed(const protocol::AdmittedBlock& block,
                                         const model::BlockOutcome& original,
                                         core::BlockExecutor& executor, const TwinSetup& setup) {
    TwinResult result = result_of(Twin::kRenamed, executor);
    const auto found = renaming_of(block, setup.protocol);
    if (!found.ok()) {
        return found.status();
    }
    const AccountRenaming& names = *found;
    if (names.empty()) {
        result.skipped = "no account can be renamed";
        return result;
    }
    const auto twin = renamed(block, names, setup.protocol);
    if (!twin.ok()) {
        result.skipped =
            "under other names it is no block: " + std::string(twin.status().message());
        return result;
    }
    const RenamedView view(setup.view, names, block, *twin);
    auto outcome = run(executor, view, *twin, setup);
    if (!outcome.ok()) {
        return outcome.status();
    }
    hold_against(original, renamed_back(*std::move(outcome), names, block, *twin), result);
    return result;
}

absl::StatusOr<TwinResult> check_split(const protocol::AdmittedBlock& block,
                                       const model::BlockOutcome& original,
                                       core::BlockExecutor& executor, const TwinSetup& setup) {
    TwinResult result = result_of(Twin::kSplit, executor);
    const auto cut = find_cut(block, original, setup.protocol, setup.seed);
    if (!cut) {
        result.skipped = "there is no place to cut it";
        return result;
    }
    const auto first = slice(block, 0, *cut, setup.protocol);
    const auto second = slice(block, *cut, block.transactions().size(), setup.protocol);
    if (!first.ok() || !second.ok()) {
        return first.ok() ? second.status() : first.status();
    }
    const auto one = run(executor, setup.view, *first, setup);
    if (!one.ok()) {
        return one.status();
    }
    const DeltaView between(setup.view, one->delta);
    const auto two = run(executor, between, *second, setup);
    if (!two.ok()) {
        return two.status();
    }
    hold_against(without_epilogue(original, block, setup.protocol),
                 without_epilogue(joined(*one, *two), block, setup.protocol), result);
    return result;
}

}  // namespace

std::string_view twin_name(Twin twin) noexcept {
    switch (twin) {
        case Twin::kPermuted:
            return "permuted";
        case Twin::kRenamed:
            return "renamed";
        case Twin::kSplit:
            return "split";
        case Twin::kWorkers:
            return "workers";
    }
    return "unknown";
}

absl::StatusOr<std::vector<TwinResult>> check_twins(const protocol::AdmittedBlock& block,
                                                    core::BlockExecutor& executor,
                                                    const TwinSetup& setup) {
    if (!setup.protocol.runs_whole_blocks()) {
        return absl::InvalidArgumentError("twins are of whole blocks of a chain");
    }
    const auto original = run(executor, setup.view, block, setup);
    if (!original.ok()) {
        return original.status();
    }
    std::vector<TwinResult> results = {result_of(Twin::kWorkers, executor)};
    if (setup.other_workers != nullptr) {
        hold_against(*setup.other_workers, *original, results.front());
    } else {
        results.front().skipped = "there is no other number of workers";
    }
    if (original->status == model::BlockStatus::kRejected) {
        // What a rejected block says depends on which failure comes first.
        for (const Twin twin : {Twin::kPermuted, Twin::kRenamed, Twin::kSplit}) {
            results.push_back(result_of(twin, executor));
            results.back().skipped = "the block is rejected";
        }
        return results;
    }
    for (const auto check : {&check_permuted, &check_renamed, &check_split}) {
        auto result = check(block, *original, executor, setup);
        if (!result.ok()) {
            return result.status();
        }
        results.push_back(*std::move(result));
    }
    return results;
}

}  // namespace parallax::replay
