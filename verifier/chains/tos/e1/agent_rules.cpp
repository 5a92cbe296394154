#include "verifier/chains/tos/e1/agent_rules.hpp"

#include <algorithm>
#include <utility>

namespace parallax::tos::e1 {

namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

constexpr Authorization kRefused{model::ErrorCode::kAccountNotFound, false};

const model::SessionKey* find_session_key(const model::AgentRecord& record, std::uint64_t key_id) {
    const auto found =
        std::find_if(record.session_keys.begin(), record.session_keys.end(),
                     [key_id](const model::SessionKey& key) { return key.key_id == key_id; });
    return found == record.session_keys.end() ? nullptr : &*found;
}

bool is_active(const model::SessionKey& key, model::Topoheight now) {
    return now < key.expiry;
}

std::size_t active_session_keys(const model::AgentRecord& record, model::Topoheight now) {
    return static_cast<std::size_t>(
        std::count_if(record.session_keys.begin(), record.session_keys.end(),
                      [now](const model::SessionKey& key) { return is_active(key, now); }));
}

// ---- What a transaction does, as a session key's limits see it (4.3) ----

/// Accounts that a transaction addresses, assets that it spends, and the plain sum of all amounts,
/// assets mixed. Nothing for a sum beyond 2^64-1, which no limit allows.
struct Footprint {
    std::vector<model::PublicKey> targets;
    std::vector<model::AssetId> assets;
    std::optional<model::Amount> spend = model::Amount{0};

    void add_spend(const model::AssetId& asset, model::Amount amount) {
        assets.push_back(asset);
        spend = spend ? model::checked_add(*spend, amount) : std::nullopt;
    }
};

void add_deposits(Footprint& footprint, const std::vector<ContractDeposit>& deposits) {
    for (const ContractDeposit& deposit : deposits) {
        footprint.add_spend(deposit.asset, deposit.amount);
    }
}

void add_energy(Footprint& footprint, const EnergyPayload& payload) {
    if (const auto* freeze = std::get_if<EnergyFreeze>(&payload)) {
        footprint.add_spend(model::kTosAsset, freeze->amount);
    } else if (const auto* delegate = std::get_if<EnergyDelegate>(&payload)) {
        for (const EnergyDelegatee& entry : delegate->delegatees) {
            footprint.targets.push_back(entry.delegatee);
            footprint.add_spend(model::kTosAsset, entry.amount);
        }
    }
}

void add_payload(Footprint& footprint, const Payload& payload) {
    const auto add_transfers = [&](const auto& typed) {
        for (const auto& transfer : typed.transfers) {
            footprint.targets.push_back(transfer.destination);
            footprint.add_spend(transfer.asset, transfer.amount);
        }
    };
    std::visit(
        Overloaded{
            [&](const BurnPayload& burn) { footprint.add_spend(burn.asset, burn.amount); },
            [&](const TransfersPayload& typed) { add_transfers(typed); },
            [&](const MultisigPayload&) {},
            [&](const InvokeContractPayload& invoke) {
                footprint.targets.push_back(model::PublicKey::from_array(invoke.contract.bytes()));
                add_deposits(footprint, invoke.deposits);
                footprint.add_spend(model::kTosAsset, invoke.max_gas);
            },
            [&](const DeployContractPayload& deploy) {
                footprint.add_spend(model::kTosAsset, model::Amount{kDeployBurn});
                if (deploy.constructor) {
                    add_deposits(footprint, deploy.constructor->deposits);
                    footprint.add_spend(model::kTosAsset, deploy.constructor->max_gas);
                }
            },
            [&](const EnergyPayload& energy) { add_energy(footprint, energy); },
            [&](const UnoTransfersPayload& uno) {
                // Hidden amounts: a limit on them was refused before.
                for (const UnoTransfer& transfer : uno.transfers) {
                    footprint.targets.push_back(transfer.destination);
                    footprint.assets.push_back(transfer.asset);
                }
            },
            [&](const ShieldTransfersPayload& typed) { add_transfers(typed); },
            [&](const UnshieldTransfersPayload& typed) { add_transfers(typed); },
            [&](const RegisterNamePayload&) {},
            [&](const AgentAccountPayload&) {},
        },
        payload);
}

/// Whether the fee is charged to the source and not to its energy pool (quirk Q9).
bool source_pays_fee(protocol::TransactionState& state, const Transaction& transaction) {
    if (transaction.fee_type != FeeType::kTos) {
        return false;
    }
    const auto pool = energy_pool_of(state, transaction.source);
    if (!pool) {
        return true;
    }
    const auto held = state.spendable(model::balance_key(*pool, model::kTosAsset));
    return !held || *held < transaction.fee;
}

template <class T>
bool all_allowed(const std::vector<T>& used, const std::vector<T>& allowed) {
    return !used.empty() && std::all_of(used.begin(), used.end(), [&](const T& item) {
        return std::find(allowed.begin(), allowed.end(), item) != allowed.end();
    });
}

bool session_key_allows(protocol::TransactionState& state, const Transaction& transaction,
                        const model::AgentRecord& record, const model::SessionKey& key) {
    const bool limited = key.max_value > model::Amount{0};
    if (record.session_key_root ||
        (limited && std::holds_alternative<UnoTransfersPayload>(transaction.payload))) {
        return false;
    }
    Footprint footprint;
    add_payload(footprint, transaction.payload);
    if (source_pays_fee(state, transaction)) {
        footprint.add_spend(model::kTosAsset, transaction.fee);
    }
    if (!key.allowed_targets.empty() && !all_allowed(footprint.targets, key.allowed_targets)) {
        return false;
    }
    if (!key.allowed_assets.empty() && !all_allowed(footprint.assets, key.allowed_assets)) {
        return false;
    }
    return !limited || (footprint.spend && *footprint.spend <= key.max_value);
}

// ---- Whose signature it is (4.3) ----

/// Every variant but register.
bool is_administrative(const Transaction& transaction) {
    const auto* payload = std::get_if<AgentAccountPayload>(&transaction.payload);
    return payload != nullptr && !std::holds_alternative<AgentRegister>(*payload);
}

Authorization authorize_session(protocol::TransactionState& state, model::TxIndex index,
                                const RuleContext& context, const model::AgentRecord& record) {
    const Transaction& transaction = context.transaction(index);
    const auto signer = std::find_if(record.session_keys.begin(), record.session_keys.end(),
                                     [&](const model::SessionKey& key) {
                                         return signature_under(context, index, key.public_key) ==
                                                crypto::SignatureCheck::kValid;
                                     });
    if (signer == record.session_keys.end()) {
        return {model::ErrorCode::kInvalidSignature, false};
    }
    if (!is_active(*signer, context.block.verification_topoheight()) || record.status == 1 ||
        is_administrative(transaction) ||
        !session_key_allows(state, transaction, record, *signer)) {
        return kRefused;
    }
    return {};
}

Authorization authorize_agent(protocol::TransactionState& state, model::TxIndex index,
                              const RuleContext& context, const model::AgentRecord& record,
                              bool signed_by_owner) {
    const Transaction& transaction = context.transaction(index);
    if (record.owner != transaction.source || record.owner.is_zero()) {
        return kRefused;
    }
    if (record.controller.is_zero()) {
        return {model::ErrorCode::kInvalidPayload, false};
    }
    const bool administrative = is_administrative(transaction);
    const bool frozen = record.status == 1;
    if (signed_by_owner) {
        return frozen && !administrative ? kRefused
                                         : Authorization{model::ErrorCode::kSuccess, true};
    }
    if (signature_under(context, index, record.controller) == crypto::SignatureCheck::kValid) {
        return frozen || administrative ? kRefused : Authorization{};
    }
    return authorize_session(state, index, context, record);
}

// ---- The payload's conditions and effects (5.8) ----

/// The record afterwards, if `code` is success.
struct AgentChange {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    model::AgentRecord record;
};

AgentChange refused(model::ErrorCode code = model::ErrorCode::kAccountNotFound) {
    return {code, {}};
}

bool is_valid_pool(protocol::TransactionState& state, const model::PublicKey& pool,
                   const model::PublicKey& source, const model::PublicKey& controller) {
    return !pool.is_zero() && state.exists(model::account_key(pool)) &&
           (pool == source || pool == controller);
}

AgentChange change_register(protocol::TransactionState& state, const model::PublicKey& source,
                            const AgentRegister& payload) {
    if (source.is_zero()) {
        return refused();
    }
    if (payload.controller.is_zero() || payload.controller == source) {
        return refused(model::ErrorCode::kInvalidPayload);
    }
    if (payload.policy_hash.is_zero()) {
        return refused();
    }
    if (payload.energy_pool &&
        !is_valid_pool(state, *payload.energy_pool, source, payload.controller)) {
        return refused();
    }
    if (payload.session_key_root && payload.session_key_root->is_zero()) {
        return refused();
    }
    AgentChange change;
    change.record.owner = source;
    change.record.controller = payload.controller;
    change.record.policy_hash = payload.policy_hash;
    change.record.energy_pool = payload.energy_pool;
    change.record.session_key_root = payload.session_key_root;
    return change;
}

AgentChange change_controller(model::AgentRecord record, const model::PublicKey& source,
                              const model::PublicKey& controller) {
    if (controller.is_zero() || controller == source || controller == record.controller) {
        return refused(model::ErrorCode::kInvalidPayload);
    }
    // The pool must be owner or controller, so it goes with the controller that it was.
    if (record.energy_pool == record.controller) {
        record.energy_pool.reset();
    }
    record.controller = controller;
    return {model::ErrorCode::kSuccess, std::move(record)};
}

AgentChange change_session_key_root(model::AgentRecord record,
                                    const std::optional<model::Hash>& root, model::Topoheight now) {
    if (root && (root->is_zero() || active_session_keys(record, now) > 0)) {
        return refused();
    }
    record.session_key_root = root;
    return {model::ErrorCode::kSuccess, std::move(record)};
}

AgentChange add_session_key(model::AgentRecord record, const AgentAddSessionKey& added,
                            model::Topoheight now) {
    const bool known_key = std::any_of(
        record.session_keys.begin(), record.session_keys.end(),
        [&](const model::SessionKey& key) { return key.public_key == added.public_key; });
    const bool zero_target =
        std::any_of(added.allowed_targets.begin(), added.allowed_targets.end(),
                    [](const model::PublicKey& target) { return target.is_zero(); });
    if (record.session_key_root || active_session_keys(record, now) >= kMaxActiveSessionKeys ||
        known_key || added.public_key.is_zero() || added.expiry <= now ||
        added.max_value == model::Amount{0} ||
        added.allowed_targets.size() > kMaxSessionKeyTargets ||
        added.allowed_assets.size() > kMaxSessionKeyAssets || zero_target ||
        find_session_key(record, added.key_id) != nullptr) {
        return refused();
    }
    const auto place =
        std::find_if(record.session_keys.begin(), record.session_keys.end(),
                     [&](const model::SessionKey& key) { return key.key_id > added.key_id; });
    record.session_keys.insert(place,
                               {added.key_id, added.public_key, added.expiry, added.max_value,
                                added.allowed_targets, added.allowed_assets});
    return {model::ErrorCode::kSuccess, std::move(record)};
}

AgentChange revoke_session_key(model::AgentRecord record, std::uint64_t key_id) {
    const auto removed = std::erase_if(record.session_keys, [key_id](const model::SessionKey& key) {
        return key.key_id == key_id;
    });
    return removed > 0 ? AgentChange{model::ErrorCode::kSuccess, std::move(record)} : refused();
}

AgentChange change_record(protocol::TransactionState& state, const model::PublicKey& source,
                          model::AgentRecord record, const AgentAccountPayload& payload,
                          model::Topoheight now) {
    return std::visit(
        Overloaded{
            [&](const AgentRegister&) { return refused(model::ErrorCode::kAccountExists); },
            [&](const AgentUpdatePolicy& update) {
                record.policy_hash = update.policy_hash;
                return update.policy_hash.is_zero()
                           ? refused()
                           : AgentChange{model::ErrorCode::kSuccess, std::move(record)};
            },
            [&](const AgentRotateController& rotate) {
                return change_controller(std::move(record), source, rotate.new_controller);
            },
            [&](const AgentSetStatus& set) {
                record.status = set.status;
                return set.status > 1 ? refused()
                                      : AgentChange{model::ErrorCode::kSuccess, std::move(record)};
            },
            [&](const AgentSetEnergyPool& set) {
                if (set.energy_pool &&
                    !is_valid_pool(state, *set.energy_pool, source, record.controller)) {
                    return refused();
                }
                record.energy_pool = set.energy_pool;
                return AgentChange{model::ErrorCode::kSuccess, std::move(record)};
            },
            [&](const AgentSetSessionKeyRoot& set) {
                return change_session_key_root(std::move(record), set.session_key_root, now);
            },
            [&](const AgentAddSessionKey& added) {
                return add_session_key(std::move(record), added, now);
            },
            [&](const AgentRevokeSessionKey& revoked) {
                return revoke_session_key(std::move(record), revoked.key_id);
            },
        },
        payload);
}

AgentChange evaluate_agent(protocol::TransactionState& state, const Transaction& transaction,
                           model::Topoheight now) {
    const auto* payload = std::get_if<AgentAccountPayload>(&transaction.payload);
    if (payload == nullptr) {
        return refused(model::ErrorCode::kInternalError);
    }
    const model::PublicKey& source = transaction.source;
    if (const auto* stored = state.find<model::AgentRecord>(model::agent_account_key(source))) {
        return change_record(state, source, *stored, *payload, now);
    }
    const auto* registration = std::get_if<AgentRegister>(payload);
    return registration != nullptr ? change_register(state, source, *registration) : refused();
}

}  // namespace

Authorization authorize(protocol::TransactionState& state, model::TxIndex index,
                        const RuleContext& context) {
    const model::PublicKey& source = context.transaction(index).source;
    const crypto::SignatureCheck check = context.signatures.under_source(index);
    if (check == crypto::SignatureCheck::kBadPublicKey) {
        return {model::ErrorCode::kUnknown, false};
    }
    const bool signed_by_source = check == crypto::SignatureCheck::kValid;
    if (const auto* stored = state.find<model::AgentRecord>(model::agent_account_key(source))) {
        // A copy: what is read below may move the state's entries.
        const model::AgentRecord record = *stored;
        return authorize_agent(state, index, context, record, signed_by_source);
    }
    return signed_by_source ? Authorization{model::ErrorCode::kSuccess, true}
                            : Authorization{model::ErrorCode::kInvalidSignature, false};
}

model::ErrorCode verify_agent_payload(protocol::TransactionState& state,
                                      const Transaction& transaction, model::Topoheight now) {
    return evaluate_agent(state, transaction, now).code;
}

model::ErrorCode apply_agent_payload(protocol::TransactionState& state,
                                     const Transaction& transaction, model::Topoheight now) {
    AgentChange change = evaluate_agent(state, transaction, now);
    if (change.code == model::ErrorCode::kSuccess) {
        state.put(model::agent_account_key(transaction.source),
                  base::Boxed<model::AgentRecord>(std::move(change.record)));
        return model::ErrorCode::kSuccess;
    }
    return change.code == model::ErrorCode::kAccountExists ? model::ErrorCode::kDomainExists
                                                           : change.code;
}

std::optional<model::PublicKey> energy_pool_of(protocol::TransactionState& state,
                                               const model::PublicKey& source) {
    const auto* record = state.find<model::AgentRecord>(model::agent_account_key(source));
    if (record == nullptr || record->energy_pool == source) {
        return std::nullopt;
    }
    return record->energy_pool;
}

}  // namespace parallax::tos::e1
