#include "testbed/faults/prepared_chain.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "testbed/rows_view.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <utility>

namespace parallax::testbed {
absl::StatusOr<model::BlockOutcome> run_control(const SelftestBlock& tried,
                                                model::SignaturePolicy policy) {
    const protocol::SignatureSource signatures =
        policy == model::SignaturePolicy::kOff ? protocol::SignatureSource::off(*tried.block)
                                               : protocol::SignatureSource::per_lane(*tried.block);
    const std::atomic<bool> never{false};
    return executors::sequential::SequentialExecutor().execute(
        *tried.view, *tried.block,
        core::ExecutionContext{*tried.protocol, signatures, never, true});
}

std::unique_ptr<const PreparedChain> prepare_chain(std::string_view name) {
    auto chain = minimal_chain(name);
    if (!chain || chain->blocks.empty()) {
        return nullptr;
    }
    auto prepared = std::make_unique<PreparedChain>();
    prepared->chain = *std::move(chain);
    RowsView now(prepared->chain.state);
    for (const protocol::AdmittedBlock& block : prepared->chain.blocks) {
        prepared->states.push_back(std::make_unique<RowsView>(now));
        const SelftestBlock tried{prepared->states.back().get(), &block, &prepared->chain.profile};
        auto control = run_control(tried);
        if (!control.ok()) {
            return nullptr;
        }
        now.apply(control->delta);
        prepared->blocks.push_back(tried);
        prepared->controls.push_back(*std::move(control));
    }
    return prepared;
}

}  // namespace parallax::testbed
