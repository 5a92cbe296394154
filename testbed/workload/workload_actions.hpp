#pragma once

#include "testbed/workload/workload_factory.hpp"

#include <optional>
#include <string>

namespace parallax::testbed {

/// Makes drafts that are meant to succeed.
class ActionMaker {
  public:
    explicit ActionMaker(DraftFactory& factory) : factory_(factory), scene_(factory.scene()) {}

    /// A draft of this action, or nothing if no account was found that can do it now.
    [[nodiscard]] std::optional<TransactionDraft> make(WorkloadAction action);
    /// A transfer with a hot account on the given side(s).
    [[nodiscard]] std::optional<TransactionDraft> make_hot_transfer(HotSide side);

    /// A transfer of little TOS to one receiver, not sealed.
    [[nodiscard]] TransactionDraft small_transfer(AccountIndex source);
    /// A name that is valid and was not drawn before, in all likelihood.
    [[nodiscard]] std::string draw_name();

  private:
    [[nodiscard]] std::optional<AccountIndex> returning_sender();
    [[nodiscard]] std::optional<TransactionDraft> transfer();
    [[nodiscard]] std::optional<TransactionDraft> energy_fee_transfer();
    [[nodiscard]] std::optional<TransactionDraft> cosigned_transfer();
    [[nodiscard]] std::optional<TransactionDraft> burn();
    [[nodiscard]] std::optional<TransactionDraft> multisig_configure();
    [[nodiscard]] std::optional<TransactionDraft> multisig_delete();
    [[nodiscard]] std::optional<TransactionDraft> freeze();
    [[nodiscard]] std::optional<TransactionDraft> delegate();
    [[nodiscard]] std::optional<TransactionDraft> unfreeze();
    [[nodiscard]] std::optional<TransactionDraft> withdraw();
    [[nodiscard]] std::optional<TransactionDraft> deploy();
    [[nodiscard]] std::optional<TransactionDraft> agent_account();
    [[nodiscard]] std::optional<TransactionDraft> register_name();
    [[nodiscard]] std::optional<TransactionDraft> shield();

    [[nodiscard]] tos::e1::TransfersPayload transfers(AccountIndex source,
                                                      std::optional<AccountIndex> hot_receiver);
    [[nodiscard]] tos::e1::Transfer output(AccountIndex source,
                                           const model::PublicKey& destination);
    [[nodiscard]] std::optional<tos::e1::EnergyUnfreeze> choose_unfreeze(
        const model::EnergyRecord& record);
    [[nodiscard]] std::optional<tos::e1::AgentAccountPayload> choose_agent_change(
        AccountIndex source, const model::AgentRecord& agent);
    [[nodiscard]] tos::e1::AgentSetEnergyPool choose_pool(const model::AgentRecord& agent);
    [[nodiscard]] const model::PublicKey& other_name(AccountIndex account);
    /// Lets an agent's other keys sign, adds co-signers and fee.
    [[nodiscard]] TransactionDraft sealed(TransactionDraft draft);

    DraftFactory& factory_;
    const WorkloadScene& scene_;
};

/// ELF magic and random bytes behind it.
[[nodiscard]] base::Bytes draw_module(WorkloadRandom& random);

}  // namespace parallax::testbed
