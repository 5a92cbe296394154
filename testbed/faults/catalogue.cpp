#include "testbed/faults/catalogue.hpp"

#include "executors/batch/batch_executor.hpp"
#include "testbed/faults/catalogue_parts.hpp"

#include "absl/status/status.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace parallax::testbed {
namespace {

constexpr std::array kInexpressible = {
    InexpressibleFault{"V3-36", "needs contract calls: an uncommitted deployment that others call"},
    InexpressibleFault{"V3-37", "rows have no history here that a rewrite could cut"},
    InexpressibleFault{"V3-40", "needs contract caches: calls are not run"},
    InexpressibleFault{"V3-46", "a pool has a fixed number of threads: no task spawns another"},
    InexpressibleFault{"V3-53",
                       "executors write nothing: the store's one batch is tested by kills"},
    InexpressibleFault{"V3-54", "no commit point nests: a block is one batch"},
    InexpressibleFault{"V3-55", "executors hold no storage lock: they read a pinned snapshot"},
    InexpressibleFault{"V3-56",
                       "no constant chooses the engine: every lane is named in the verdict"},
    InexpressibleFault{"incident 8", "no rule reads what a block has credited so far"},
    InexpressibleFault{"incident 13", "the nonce rule is the same in every executor: V3-21 is it"},
    InexpressibleFault{"table 3", "no validator runs after the executor: the verdict is a return"},
    InexpressibleFault{"table 4", "there is no lock-free part: ThreadSanitizer judges the rest"},
    InexpressibleFault{"table 16", "is V3-27: miner, receiver and reward in one row"},
    InexpressibleFault{"table 17", "no rule scans a range"},
    InexpressibleFault{"table 20", "nothing is scheduled for a later block"},
    InexpressibleFault{"table 21", "an error of the shared rules: public vectors and invariants"},
};

/// A sound executor with a fault in it, and its name.
class FaultyExecutor final : public core::BlockExecutor {
  public:
    FaultyExecutor(const Fault& fault, executors::runtime::WorkerPool& pool)
        : gives_up_(fault.hooks.gives_up), seam_(fault.hooks) {
        if (fault.speculation != nullptr) {
            executors::speculative::SpeculativeExecutor::Options options;
            options.faults = fault.speculation;
            inner_ = std::make_unique<executors::speculative::SpeculativeExecutor>(pool, options);
        } else {
            executors::batch::BatchExecutor::Options options;
            options.faults = &seam_;
            inner_ = std::make_unique<executors::batch::BatchExecutor>(pool, options);
        }
        name_ = std::string(inner_->name()) + "+" + std::string(fault.name);
    }
    std::string_view name() const override { return name_; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        if (gives_up_) {
            return absl::InternalError("the seeded fault gives no outcome");
        }
        return inner_->execute(view, block, context);
    }

  private:
    const bool gives_up_;
    HookedSeam seam_;
    std::unique_ptr<core::BlockExecutor> inner_;
    std::string name_;
};

}  // namespace

void drop_entry(protocol::TransactionState::Entry& entry) {
    entry.value_written = entry.spend_written = entry.output_written = entry.credited = false;
    entry.outputs = entry.received = model::Amount{0};
}

void take_any_nonce(FaultScene& scene, std::uint32_t i, const model::StateKey& key,
                    protocol::VisibleValue& out) {
    if (model::is_transaction(i) && key == model::account_key(scene.source(i)) && out.value) {
        std::get<model::AccountRecord>(*out.value).nonce = scene.transaction(i).nonce;
    }
}

std::span<const Fault> fault_catalogue() {
    static const std::vector<Fault> kAll = [] {
        std::vector<Fault> all;
        for (const auto& part :
             {v3_admission_and_balance_faults(), v3_merge_faults(), mutant_faults()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return kAll;
}

const Fault* find_fault(std::string_view name) {
    for (const Fault& fault : fault_catalogue()) {
        if (fault.name == name) {
            return &fault;
        }
    }
    return nullptr;
}

std::span<const InexpressibleFault> inexpressible_faults() {
    return kInexpressible;
}

std::unique_ptr<core::BlockExecutor> create_faulty_executor(const Fault& fault,
                                                            executors::runtime::WorkerPool& pool) {
    return std::make_unique<FaultyExecutor>(fault, pool);
}

}  // namespace parallax::testbed
