#pragma once

#include "testbed/workload/workload_actions.hpp"
#include "testbed/workload/workload_factory.hpp"

#include <optional>

namespace parallax::testbed {

/// Makes drafts with exactly one fault each, and the code that it ends with.
class FailureMaker {
  public:
    FailureMaker(DraftFactory& factory, ActionMaker& actions)
        : factory_(factory), actions_(actions), scene_(factory.scene()) {}

    /// A draft of the kind that was made least so far among those that are possible now.
    [[nodiscard]] std::optional<TransactionDraft> make_rarest();
    [[nodiscard]] std::optional<TransactionDraft> make(FailureKind kind);

  private:
    using Draft = std::optional<TransactionDraft>;

    // One per group of kinds that share a shape; each takes every kind of its group.
    [[nodiscard]] Draft envelope_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft overdraft(FailureKind kind);
    [[nodiscard]] Draft same_block_receipt();
    [[nodiscard]] Draft receiver_overflow();
    [[nodiscard]] Draft burn_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft energy_missing();
    [[nodiscard]] Draft energy_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft unfreeze_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft withdraw_nothing();
    [[nodiscard]] Draft multisig_fault(FailureKind kind);
    [[nodiscard]] Draft cosignature_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft cosignatures_unexpected();
    [[nodiscard]] Draft deploy_twice();
    [[nodiscard]] Draft name_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft agent_missing();
    [[nodiscard]] Draft agent_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft shield_fault(FailureKind kind, model::ErrorCode code);
    [[nodiscard]] Draft replayed();

    [[nodiscard]] std::optional<AccountIndex> plain_sender() {
        return factory_.pick_sender(model::kCoin, SenderKind::kPlain);
    }
    [[nodiscard]] const model::PublicKey& name(AccountIndex account) const {
        return scene_.accounts.name(account);
    }

    DraftFactory& factory_;
    ActionMaker& actions_;
    const WorkloadScene& scene_;
};

}  // namespace parallax::testbed
