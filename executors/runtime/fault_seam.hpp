#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"

#include <atomic>
#include <cstdint>

namespace parallax::executors::runtime {

class WorkerPool;

/// Where a seeded fault gets into an executor, to prove that it is found (`testbed/faults`). An
/// executor asks it at the decisions below; without one, which is every normal path, nothing is
/// asked. `read` and `step` are called on the workers' threads, all else on the caller's.
class FaultSeam {
  public:
    virtual ~FaultSeam() = default;

    /// A block begins. The references are valid until `collected`.
    virtual void begins(const protocol::StateView& view, const protocol::RuleContext& rules,
                        WorkerPool& pool, const std::atomic<bool>& cancelled) = 0;
    /// Whether signatures are taken as valid.
    [[nodiscard]] virtual bool skips_signatures() const = 0;
    /// Whether a transaction joins a batch although it conflicts.
    [[nodiscard]] virtual bool ignores_conflict(model::TxIndex transaction) = 0;
    /// What a read of `transaction` gave.
    virtual void read(std::uint32_t transaction, const model::StateKey& key,
                      protocol::VisibleValue& out) = 0;
    virtual void read(std::uint32_t transaction, const model::StateKey& key,
                      protocol::VisibleAmount& out) = 0;
    /// Runs one step of the rules.
    [[nodiscard]] virtual protocol::RuleResult step(protocol::TransactionState& state,
                                                    model::TxIndex index,
                                                    const protocol::RuleContext& rules) = 0;
    /// Joins a transaction, or what the fault makes of it, with the block; `kept` tells that its
    /// effects are to be kept. False asks for a second run, as `BlockState::merge`.
    [[nodiscard]] virtual bool merge(protocol::BlockState& state,
                                     const protocol::TransactionState& transaction,
                                     protocol::RuleResult& result, bool kept) = 0;
    /// The outcome before it is returned.
    virtual void collected(model::BlockOutcome& outcome) = 0;
};

}  // namespace parallax::executors::runtime
