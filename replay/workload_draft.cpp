#include "replay/workload_draft.hpp"

#include "replay/workload_accounts.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/protocol/profile.hpp"

#include <utility>

namespace parallax {
namespace {

/// The most that a payload takes from its sender, per asset; a freeze may take less (recycling).
struct SpendingOf {
    std::map<AssetId, std::uint64_t>& spent;

    void operator()(const BurnPayload& burn) const { spent[burn.asset] += burn.amount.value(); }
    void operator()(const TransfersPayload& payload) const {
        for (const Transfer& transfer : payload.transfers) {
            spent[transfer.asset] += transfer.amount.value();
        }
    }
    void operator()(const MultisigPayload&) const {}
    void operator()(const InvokeContractPayload&) const {}
    void operator()(const DeployContractPayload&) const { spent[kTosAsset] += kDeployBurn; }
    void operator()(const EnergyPayload& energy) const {
        if (const auto* freeze = std::get_if<EnergyFreeze>(&energy)) {
            spent[kTosAsset] += freeze->amount.value();
        } else if (const auto* delegate = std::get_if<EnergyDelegate>(&energy)) {
            for (const EnergyDelegatee& entry : delegate->delegatees) {
                spent[kTosAsset] += entry.amount.value();
            }
        }
    }
    void operator()(const UnoTransfersPayload&) const {}
    void operator()(const ShieldTransfersPayload& payload) const {
        for (const ShieldTransfer& transfer : payload.transfers) {
            spent[transfer.asset] += transfer.amount.value();
        }
    }
    void operator()(const UnshieldTransfersPayload&) const {}
    void operator()(const RegisterNamePayload&) const {}
    void operator()(const AgentAccountPayload&) const {}
};

/// What decides a draft's bytes once it is signed: its bytes now, who signs, and what is spoilt.
Hash identity_of(const TransactionDraft& draft) {
    Blake3Hasher hasher;
    hasher.update(encode_transaction(draft.transaction))
        .update_u64(draft.signer.value())
        .update_u64(static_cast<std::uint64_t>(draft.spoilt));
    for (const AccountIndex cosigner : draft.cosigners) {
        hasher.update_u64(cosigner.value());
    }
    return hasher.finish();
}

bool changes_only_balances(const Payload& payload) {
    return std::holds_alternative<TransfersPayload>(payload) ||
           std::holds_alternative<BurnPayload>(payload) ||
           std::holds_alternative<ShieldTransfersPayload>(payload) ||
           std::holds_alternative<DeployContractPayload>(payload);
}

}  // namespace

BlockDraft::BlockDraft(const WorkloadChain& chain, const WorkloadAccounts& accounts)
    : chain_(chain), accounts_(accounts) {}

std::uint64_t BlockDraft::spendable(AccountIndex account, const AssetId& asset) const {
    const auto* row = chain_.find<AmountRecord>(balance_key(accounts_.name(account), asset));
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

Nonce BlockDraft::nonce(AccountIndex account) const {
    const auto* row = chain_.find<AccountRecord>(account_key(accounts_.name(account)));
    const std::uint64_t stored = row == nullptr ? 0 : row->nonce.value();
    const auto change = changes_.find(account);
    return Nonce{stored + (change == changes_.end() ? 0 : change->second.transactions)};
}

std::uint64_t BlockDraft::energy(AccountIndex account) const {
    const auto* row = chain_.find<EnergyRecord>(energy_key(accounts_.name(account)));
    const std::uint64_t stored = row == nullptr ? 0 : row->energy;
    const auto change = changes_.find(account);
    return stored - (change == changes_.end() ? 0 : change->second.energy_spent);
}

std::uint64_t BlockDraft::received(AccountIndex account) const {
    const auto change = changes_.find(account);
    return change == changes_.end() ? 0 : change->second.received;
}

void BlockDraft::add_spending(const Transaction& transaction, Change& change) {
    std::visit(SpendingOf{change.spent}, transaction.payload);
    if (transaction.fee_type == FeeType::kEnergy) {
        ++change.energy_spent;
    } else {
        change.spent[kTosAsset] += transaction.fee.value();
    }
}

bool BlockDraft::has(const TransactionDraft& draft) const {
    return identities_.contains(identity_of(draft));
}

void BlockDraft::add(TransactionDraft draft) {
    identities_.insert(identity_of(draft));
    used_.insert(draft.source);
    if (!draft.expectation.failure) {
        const Transaction& transaction = draft.transaction;
        Change& change = changes_[draft.source];
        ++change.transactions;
        add_spending(transaction, change);
        if (!changes_only_balances(transaction.payload)) {
            busy_.insert(draft.source);
        }
        if (const auto* payload = std::get_if<TransfersPayload>(&transaction.payload)) {
            for (const Transfer& transfer : payload->transfers) {
                const auto receiver = accounts_.find(transfer.destination);
                if (receiver && transfer.asset == kTosAsset) {
                    changes_[*receiver].received += transfer.amount.value();
                }
            }
        }
    }
    drafts_.push_back(std::move(draft));
}

}  // namespace parallax
