#include "verifier/chains/tos/v3/admitted_body.hpp"
#include "verifier/chains/tos/v3/block_rules.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/transaction_rules.hpp"
#include "verifier/chains/tos/v3/wire_payload.hpp"

#include <algorithm>

namespace parallax::tos::v3 {
namespace {

void sort_unique(std::vector<model::StateKey>& keys) {
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

/// Whom a call names may well be paid by it.
void add_named(const InvokeContractPayload& invoke, std::vector<model::StateKey>& keys) {
    for (const ValueCell& parameter : invoke.parameters) {
        for (const model::PublicKey& account : addresses_in(parameter)) {
            keys.push_back(model::balance_key(account, model::kTosAsset));
            keys.push_back(model::account_key(account));
        }
    }
}

}  // namespace

absl::Status Profile::accesses(const protocol::AdmittedBlock& block, model::TxIndex index,
                               const protocol::BlockStateReader* /*state*/,
                               protocol::Accesses& out) const {
    const Transaction& transaction = transaction_of(block, index);
    const model::PublicKey& source = transaction.source;
    out.written = {model::account_key(source), model::account_version_key(source),
                   model::executed_transaction_key(block.transactions()[index.value()].hash)};
    const auto spending = spending_of(transaction);
    for (std::size_t i = 0; spending && i < spending->size(); ++i) {
        out.written.push_back(model::balance_key(source, (*spending)[i].first));
        out.read.push_back(model::balance_version_key(source, (*spending)[i].first));
    }
    if (const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload)) {
        for (const Transfer& transfer : transfers->transfers) {
            out.written.push_back(model::balance_key(transfer.destination, transfer.asset));
        }
    } else if (std::holds_alternative<BurnPayload>(transaction.payload)) {
        out.written.push_back(model::counter_key(model::Counter::kBurnedSupply));
    } else if (std::holds_alternative<MultisigPayload>(transaction.payload)) {
        out.written.push_back(model::multisig_key(source));
    } else if (std::holds_alternative<AiMiningPayload>(transaction.payload)) {
        out.written.push_back(model::ai_mining_key());
    }
    if (const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload)) {
        add_named(*invoke, out.written);
    }
    if (std::holds_alternative<EnergyPayload>(transaction.payload) ||
        transaction.fee_type == FeeType::kEnergy) {
        out.written.push_back(model::staked_energy_key(source));
    }
    out.complete = !runs_code(transaction.payload);
    sort_unique(out.written);
    sort_unique(out.read);
    return absl::OkStatus();
}

std::vector<model::StateKey> Profile::block_rows(const protocol::AdmittedBlock& block) const {
    std::vector<model::StateKey> keys = {model::counter_key(model::Counter::kEmittedSupply)};
    for (const auto& [account, asset] : touched_balances(block, dev_key)) {
        keys.push_back(model::account_key(account));
        keys.push_back(model::account_version_key(account));
        keys.push_back(model::balance_key(account, asset));
        keys.push_back(model::balance_version_key(account, asset));
    }
    sort_unique(keys);
    return keys;
}

}  // namespace parallax::tos::v3
