#include "testbed/workload/workload_draft.hpp"

#include "testbed/workload/workload_accounts.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/protocol/protocol.hpp"

#include <utility>

namespace parallax::testbed {
namespace {

/// The most that a payload takes from its sender, per asset; a freeze may take less (recycling).
struct SpendingOf {
    std::map<model::AssetId, std::uint64_t>& spent;

    void operator()(const tos::e1::BurnPayload& burn) const {
        spent[burn.asset] += burn.amount.value();
    }
    void operator()(const tos::e1::TransfersPayload& payload) const {
        for (const tos::e1::Transfer& transfer : payload.transfers) {
            spent[transfer.asset] += transfer.amount.value();
        }
    }
    void operator()(const tos::e1::MultisigPayload&) const {}
    void operator()(const tos::e1::InvokeContractPayload&) const {}
    void operator()(const tos::e1::DeployContractPayload&) const {
        spent[model::kTosAsset] += tos::e1::kDeployBurn;
    }
    void operator()(const tos::e1::EnergyPayload& energy) const {
        if (const auto* freeze = std::get_if<tos::e1::EnergyFreeze>(&energy)) {
            spent[model::kTosAsset] += freeze->amount.value();
        } else if (const auto* delegate = std::get_if<tos::e1::EnergyDelegate>(&energy)) {
            for (const tos::e1::EnergyDelegatee& entry : delegate->delegatees) {
                spent[model::kTosAsset] += entry.amount.value();
            }
        }
    }
    void operator()(const tos::e1::UnoTransfersPayload&) const {}
    void operator()(const tos::e1::ShieldTransfersPayload& payload) const {
        for (const tos::e1::ShieldTransfer& transfer : payload.transfers) {
            spent[transfer.asset] += transfer.amount.value();
        }
    }
    void operator()(const tos::e1::UnshieldTransfersPayload&) const {}
    void operator()(const tos::e1::RegisterNamePayload&) const {}
    void operator()(const tos::e1::AgentAccountPayload&) const {}
};

/// What decides a draft's bytes once it is signed: its bytes now, who signs, and what is corrupted.
model::Hash identity_of(const TransactionDraft& draft) {
    crypto::Blake3Hasher hasher;
    hasher.update(tos::e1::encode_transaction(draft.transaction))
        .update_u64(draft.signer.value())
        .update_u64(static_cast<std::uint64_t>(draft.corrupted));
    for (const AccountIndex cosigner : draft.cosigners) {
        hasher.update_u64(cosigner.value());
    }
    return hasher.finish();
}

bool changes_only_balances(const tos::e1::Payload& payload) {
    return std::holds_alternative<tos::e1::TransfersPayload>(payload) ||
           std::holds_alternative<tos::e1::BurnPayload>(payload) ||
           std::holds_alternative<tos::e1::ShieldTransfersPayload>(payload) ||
           std::holds_alternative<tos::e1::DeployContractPayload>(payload);
}

}  // namespace

BlockDraft::BlockDraft(const WorkloadChain& chain, const WorkloadAccounts& accounts)
    : chain_(chain), accounts_(accounts) {}

std::uint64_t BlockDraft::spendable(AccountIndex account, const model::AssetId& asset) const {
    const auto* row =
        chain_.find<model::AmountRecord>(model::balance_key(accounts_.name(account), asset));
    const std::uint64_t stored = row == nullptr ? 0 : row->amount.value();
    const auto change = changes_.find(account);
    if (change == changes_.end()) {
        return stored;
    }
    const auto spent = change->second.spent.find(asset);
    return spent == change->second.spent.end() || spent->second >= stored
               ? (spent == change->second.spent.end() ? stored : 0)
               : stored - spent->second;
}

model::Nonce BlockDraft::nonce(AccountIndex account) const {
    const auto* row =
        chain_.find<model::AccountRecord>(model::account_key(accounts_.name(account)));
    const std::uint64_t stored = row == nullptr ? 0 : row->nonce.value();
    const auto change = changes_.find(account);
    return model::Nonce{stored + (change == changes_.end() ? 0 : change->second.transactions)};
}

std::uint64_t BlockDraft::energy(AccountIndex account) const {
    const auto* row = chain_.find<model::EnergyRecord>(model::energy_key(accounts_.name(account)));
    const std::uint64_t stored = row == nullptr ? 0 : row->energy;
    const auto change = changes_.find(account);
    return stored - (change == changes_.end() ? 0 : change->second.energy_spent);
}

std::uint64_t BlockDraft::received(AccountIndex account) const {
    const auto change = changes_.find(account);
    return change == changes_.end() ? 0 : change->second.received;
}

void BlockDraft::add_spending(const tos::e1::Transaction& transaction, Change& change) {
    std::visit(SpendingOf{change.spent}, transaction.payload);
    if (transaction.fee_type == tos::e1::FeeType::kEnergy) {
        ++change.energy_spent;
    } else {
        change.spent[model::kTosAsset] += transaction.fee.value();
    }
}

bool BlockDraft::has(const TransactionDraft& draft) const {
    return identities_.contains(identity_of(draft));
}

void BlockDraft::add(TransactionDraft draft) {
    identities_.insert(identity_of(draft));
    used_.insert(draft.source);
    if (!draft.expectation.failure) {
        const tos::e1::Transaction& transaction = draft.transaction;
        Change& change = changes_[draft.source];
        ++change.transactions;
        add_spending(transaction, change);
        if (!changes_only_balances(transaction.payload)) {
            busy_.insert(draft.source);
        }
        if (const auto* payload = std::get_if<tos::e1::TransfersPayload>(&transaction.payload)) {
            for (const tos::e1::Transfer& transfer : payload->transfers) {
                const auto receiver = accounts_.find(transfer.destination);
                if (receiver && transfer.asset == model::kTosAsset) {
                    changes_[*receiver].received += transfer.amount.value();
                }
            }
        }
    }
    drafts_.push_back(std::move(draft));
}

}  // namespace parallax::testbed
