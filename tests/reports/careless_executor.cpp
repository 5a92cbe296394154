#include "tests/reports/careless_executor.hpp"

#include "executors/runtime/outcome_builder.hpp"
#include "executors/sequential/sequential_executor.hpp"

#include <array>

namespace parallax::test {
namespace {

/// The block in pairs.
absl::StatusOr<model::BlockOutcome> run_in_pairs(const protocol::StateView& view,
                                                 const protocol::RuleContext& rules,
                                                 const core::ExecutionContext& context) {
    const auto count = static_cast<std::uint32_t>(rules.block.transactions().size());
    protocol::BlockState state(view);
    executors::runtime::OutcomeBuilder outcome(rules.block, context);
    for (std::uint32_t first = 0; first < count; first += 2) {
        const std::uint32_t size = std::min(2U, count - first);
        std::array transactions = {protocol::TransactionState(state, first),
                                   protocol::TransactionState(state, first + 1)};
        std::array<protocol::RuleResult, 2> results;
        for (std::uint32_t i = 0; i < size; ++i) {
            results[i] = rules.protocol.execute(transactions[i], model::TxIndex{first + i}, rules);
            if (!transactions[i].status().ok()) {
                return transactions[i].status();
            }
        }
        for (std::uint32_t i = 0; i < size; ++i) {
            const bool kept =
                executors::runtime::keeps_effects(results[i], rules.protocol.failures());
            if (kept && !state.merge(transactions[i])) {
                return absl::InternalError("credits do not fit the state they were read from");
            }
            outcome.record(model::TxIndex{first + i}, results[i], transactions[i], kept);
        }
    }
    return outcome.finish(std::move(state), rules);
}

}  // namespace

absl::StatusOr<model::BlockOutcome> CarelessExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    if (!careless_at_.contains(block.placement().topoheight)) {
        return executors::sequential::SequentialExecutor().execute(view, block, context);
    }
    const protocol::RuleContext rules{context.protocol, block, context.signatures};
    return run_in_pairs(view, rules, context);
}

}  // namespace parallax::test
