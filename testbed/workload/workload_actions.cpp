#include "testbed/workload/workload_actions.hpp"

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <utility>

namespace parallax::testbed {
namespace {

/// Enough for any fee and a small amount.
constexpr std::uint64_t kSmallChange = model::kCoin;
constexpr std::uint64_t kLargestTransfer = 2 * model::kCoin;
constexpr std::uint64_t kLargestFreeze = 20;
/// Few distinct durations, so that records merge more often than the slots run out.
constexpr std::array<std::uint32_t, 5> kDays = {3, 4, 5, 7, 14};
constexpr std::size_t kMostFreezeRecords = tos::e1::kMaxFreezeRecords - 4;
constexpr std::size_t kMostPending = tos::e1::kMaxPendingUnfreezes - 2;

}  // namespace

std::optional<TransactionDraft> ActionMaker::make(WorkloadAction action) {
    switch (action) {
        case WorkloadAction::kTransfer:
            return transfer();
        case WorkloadAction::kEnergyFeeTransfer:
            return energy_fee_transfer();
        case WorkloadAction::kCosignedTransfer:
            return cosigned_transfer();
        case WorkloadAction::kBurn:
            return burn();
        case WorkloadAction::kMultisigConfigure:
            return multisig_configure();
        case WorkloadAction::kMultisigDelete:
            return multisig_delete();
        case WorkloadAction::kFreeze:
            return freeze();
        case WorkloadAction::kDelegate:
            return delegate();
        case WorkloadAction::kUnfreeze:
            return unfreeze();
        case WorkloadAction::kWithdraw:
            return withdraw();
        case WorkloadAction::kDeploy:
            return deploy();
        case WorkloadAction::kAgentAccount:
            return agent_account();
        case WorkloadAction::kRegisterName:
            return register_name();
        case WorkloadAction::kShield:
            return shield();
    }
    return std::nullopt;
}

TransactionDraft ActionMaker::sealed(TransactionDraft draft) {
    factory_.delegate_signature(draft);
    factory_.seal(draft);
    return draft;
}

// ---- Transfers and burns ----

tos::e1::Transfer ActionMaker::output(AccountIndex source, const model::PublicKey& destination) {
    WorkloadRandom& random = scene_.random;
    tos::e1::Transfer transfer;
    transfer.destination = destination;
    if (scene_.options.assets > 0 && random.percent(25)) {
        transfer.asset =
            workload_asset(static_cast<std::uint32_t>(random.below(scene_.options.assets)));
    }
    std::uint64_t held = scene_.block.spendable(source, transfer.asset);
    if (transfer.asset != model::kTosAsset && held < 1'000'000) {
        transfer.asset = model::kTosAsset;
        held = scene_.block.spendable(source, model::kTosAsset);
    }
    // Small against what is held, so that all outputs of a transaction, and many transactions of
    // one sender, are covered.
    const std::uint64_t most = std::min(held / 1000, kLargestTransfer);
    transfer.amount = model::Amount{random.percent(1) ? 0 : random.below(most + 1)};
    if (random.percent(15)) {
        base::Bytes data(random.between(1, 64));
        random.fill(data);
        transfer.extra_data = std::move(data);
    }
    return transfer;
}

tos::e1::TransfersPayload ActionMaker::transfers(AccountIndex source,
                                                 std::optional<AccountIndex> hot_receiver) {
    WorkloadRandom& random = scene_.random;
    tos::e1::TransfersPayload payload;
    const std::uint64_t count =
        random.between(scene_.options.min_outputs, scene_.options.max_outputs);
    // Many outputs leave no room for much extra data (4096 bytes in all) nor for large shares.
    const bool many = count > 32;
    for (std::uint64_t i = 0; i < count; ++i) {
        if (i > 0 && (many || random.percent(10))) {
            payload.transfers.push_back(
                output(source, payload.transfers[random.below(i)].destination));
        } else if (i == 0 && hot_receiver) {
            payload.transfers.push_back(output(source, scene_.accounts.name(*hot_receiver)));
        } else if (!hot_receiver && random.percent(scene_.options.new_account_percent)) {
            payload.transfers.push_back(
                output(source, scene_.accounts.name(scene_.accounts.add_account())));
        } else {
            payload.transfers.push_back(
                output(source, scene_.accounts.name(factory_.pick_receiver(source))));
        }
        if (many) {
            payload.transfers.back().extra_data.reset();
        }
    }
    return payload;
}

// Somebody who has already sent in this block: chains of one sender are what a scheduler that
// forgets the sender gets wrong.
std::optional<AccountIndex> ActionMaker::returning_sender() {
    const auto& drafts = scene_.block.drafts();
    if (drafts.empty() || !scene_.random.percent(scene_.options.returning_sender_percent)) {
        return std::nullopt;
    }
    const model::PublicKey& name = drafts[scene_.random.below(drafts.size())].transaction.source;
    const auto account = scene_.accounts.find(name);
    // Not one whose configuration, agent record or energy changes in this block: what a later
    // transaction of it meets is not predicted.
    if (!account || !factory_.can_send(*account) || !factory_.is_plain(*account) ||
        scene_.block.spendable(*account, model::kTosAsset) < kSmallChange) {
        return std::nullopt;
    }
    return account;
}

std::optional<TransactionDraft> ActionMaker::transfer() {
    auto source = returning_sender();
    if (!source) {
        source = factory_.pick_sender(kSmallChange, SenderKind::kAny);
    }
    if (!source) {
        return std::nullopt;
    }
    return sealed(
        factory_.begin(*source, WorkloadAction::kTransfer, transfers(*source, std::nullopt)));
}

std::optional<TransactionDraft> ActionMaker::make_hot_transfer(HotSide side) {
    const bool either = side == HotSide::kBoth;
    const bool hot_sender = side == HotSide::kSender || (either && scene_.random.percent(50));
    const bool hot_receiver = side == HotSide::kReceiver || (either && !hot_sender);
    auto source = hot_sender ? std::optional(scene_.accounts.hot_account(scene_.random))
                             : factory_.pick_sender(kSmallChange, SenderKind::kAny);
    if (!source || scene_.block.spendable(*source, model::kTosAsset) < kSmallChange) {
        return std::nullopt;
    }
    std::optional<AccountIndex> receiver;
    if (hot_receiver) {
        receiver = scene_.accounts.hot_account(scene_.random);
    }
    return sealed(factory_.begin(*source, WorkloadAction::kTransfer, transfers(*source, receiver)));
}

TransactionDraft ActionMaker::small_transfer(AccountIndex source) {
    tos::e1::Transfer transfer;
    transfer.destination = scene_.accounts.name(factory_.pick_receiver(source));
    transfer.amount = model::Amount{scene_.random.between(1, 1000)};
    return factory_.begin(source, WorkloadAction::kTransfer, tos::e1::TransfersPayload{{transfer}});
}

std::optional<TransactionDraft> ActionMaker::energy_fee_transfer() {
    const auto source = factory_.pick_from(scene_.accounts.energy(), [&](AccountIndex account) {
        return factory_.can_send(account) && scene_.block.energy(account) > 0 &&
               scene_.block.spendable(account, model::kTosAsset) >= kSmallChange;
    });
    if (!source) {
        return std::nullopt;
    }
    auto draft = factory_.begin(*source, WorkloadAction::kEnergyFeeTransfer,
                                transfers(*source, std::nullopt));
    draft.transaction.fee_type = tos::e1::FeeType::kEnergy;
    return sealed(std::move(draft));
}

std::optional<TransactionDraft> ActionMaker::cosigned_transfer() {
    const auto source = factory_.pick_from(scene_.accounts.multisig(), [&](AccountIndex account) {
        return factory_.can_send(account) &&
               scene_.block.spendable(account, model::kTosAsset) >= kSmallChange;
    });
    if (!source) {
        return std::nullopt;
    }
    auto draft = factory_.begin(*source, WorkloadAction::kCosignedTransfer,
                                transfers(*source, std::nullopt));
    factory_.seal(draft);
    return draft;
}

std::optional<TransactionDraft> ActionMaker::burn() {
    const auto source = factory_.pick_sender(kSmallChange, SenderKind::kAny);
    if (!source) {
        return std::nullopt;
    }
    const tos::e1::Transfer spent = output(*source, scene_.accounts.name(*source));
    const tos::e1::BurnPayload payload{
        spent.asset, model::Amount{std::max<std::uint64_t>(1, spent.amount.value())}};
    return sealed(factory_.begin(*source, WorkloadAction::kBurn, payload));
}

// ---- Multisig ----

std::optional<TransactionDraft> ActionMaker::multisig_configure() {
    // Enough plain accounts must be left for the others.
    if (scene_.accounts.multisig().size() > scene_.accounts.size() / 5) {
        return multisig_delete();
    }
    const auto source =
        factory_.pick_sender_if(kSmallChange, SenderKind::kAny, [&](AccountIndex a) {
            return factory_.find<model::AgentRecord>(
                       model::agent_account_key(scene_.accounts.name(a))) == nullptr;
        });
    if (!source) {
        return std::nullopt;
    }
    tos::e1::MultisigPayload payload;
    const std::uint64_t wanted = scene_.random.between(2, 5);
    while (payload.participants.size() < wanted) {
        const model::PublicKey& name = other_name(*source);
        if (std::find(payload.participants.begin(), payload.participants.end(), name) ==
            payload.participants.end()) {
            payload.participants.push_back(name);
        }
    }
    payload.threshold = static_cast<std::uint8_t>(scene_.random.between(1, wanted));
    auto draft = factory_.begin(*source, WorkloadAction::kMultisigConfigure, std::move(payload));
    factory_.seal(draft);
    return draft;
}

std::optional<TransactionDraft> ActionMaker::multisig_delete() {
    const auto source = factory_.pick_from(scene_.accounts.multisig(), [&](AccountIndex account) {
        return factory_.can_send(account) &&
               scene_.block.spendable(account, model::kTosAsset) >= kSmallChange;
    });
    if (!source) {
        return std::nullopt;
    }
    auto draft =
        factory_.begin(*source, WorkloadAction::kMultisigDelete, tos::e1::MultisigPayload{});
    factory_.seal(draft);
    return draft;
}

const model::PublicKey& ActionMaker::other_name(AccountIndex account) {
    AccountIndex other = scene_.accounts.random_cold(scene_.random);
    while (other == account) {
        other = scene_.accounts.random_cold(scene_.random);
    }
    return scene_.accounts.name(other);
}

// ---- Energy ----

std::optional<TransactionDraft> ActionMaker::freeze() {
    const auto source = factory_.pick_sender_if(
        (kLargestFreeze + 1) * model::kCoin, SenderKind::kAny, [&](AccountIndex account) {
            const auto* record = factory_.find<model::EnergyRecord>(
                model::energy_key(scene_.accounts.name(account)));
            return record == nullptr ||
                   record->self_records.size() + record->delegations.size() <= kMostFreezeRecords;
        });
    if (!source) {
        return std::nullopt;
    }
    const tos::e1::EnergyFreeze payload{
        model::Amount{scene_.random.between(1, kLargestFreeze) * model::kCoin},
        kDays[scene_.random.below(kDays.size())]};
    return sealed(
        factory_.begin(*source, WorkloadAction::kFreeze, tos::e1::EnergyPayload(payload)));
}

std::optional<TransactionDraft> ActionMaker::delegate() {
    const auto source =
        factory_.pick_sender_if(30 * model::kCoin, SenderKind::kAny, [&](AccountIndex account) {
            const auto* record = factory_.find<model::EnergyRecord>(
                model::energy_key(scene_.accounts.name(account)));
            return record == nullptr ||
                   record->self_records.size() + record->delegations.size() <= kMostFreezeRecords;
        });
    if (!source) {
        return std::nullopt;
    }
    tos::e1::EnergyDelegate payload;
    const std::uint64_t wanted = scene_.random.between(1, 3);
    for (std::uint64_t i = 0; i < 3 * wanted && payload.delegatees.size() < wanted; ++i) {
        const model::PublicKey& name = other_name(*source);
        const bool repeated = std::any_of(
            payload.delegatees.begin(), payload.delegatees.end(),
            [&](const tos::e1::EnergyDelegatee& entry) { return entry.delegatee == name; });
        // A new account may be on the walk before it is on the chain.
        if (!repeated && factory_.find<model::AccountRecord>(model::account_key(name)) != nullptr) {
            payload.delegatees.push_back(
                {name, model::Amount{scene_.random.between(1, 5) * model::kCoin}});
        }
    }
    if (payload.delegatees.empty()) {
        return std::nullopt;
    }
    payload.days = kDays[scene_.random.below(kDays.size())];
    return sealed(factory_.begin(*source, WorkloadAction::kDelegate,
                                 tos::e1::EnergyPayload(std::move(payload))));
}

std::optional<tos::e1::EnergyUnfreeze> ActionMaker::choose_unfreeze(
    const model::EnergyRecord& record) {
    WorkloadRandom& random = scene_.random;
    tos::e1::EnergyUnfreeze unfreeze;
    for (std::uint32_t i = 0; i < record.self_records.size(); ++i) {
        const model::FreezeRecord& self = record.self_records[i];
        if (self.amount > 0 && self.unlock_at <= scene_.now) {
            // Without an index the list is used from this record on; one record only, so that the
            // node's index defect (quirk Q8) stays out of the way.
            if (random.percent(50)) {
                unfreeze.record_index = i;
            }
            unfreeze.amount = model::Amount{random.between(1, self.amount) * model::kCoin};
            return unfreeze;
        }
    }
    for (std::uint32_t i = 0; i < record.delegations.size(); ++i) {
        const model::DelegationRecord& delegation = record.delegations[i];
        if (delegation.unlock_at <= scene_.now && !delegation.entries.empty()) {
            const model::DelegationEntry& entry =
                delegation.entries[random.below(delegation.entries.size())];
            unfreeze.from_delegation = true;
            unfreeze.record_index = i;
            unfreeze.delegatee = entry.delegatee;
            unfreeze.amount = model::Amount{random.between(1, entry.amount) * model::kCoin};
            return unfreeze;
        }
    }
    return std::nullopt;
}

std::optional<TransactionDraft> ActionMaker::unfreeze() {
    std::optional<tos::e1::EnergyUnfreeze> payload;
    const auto source = factory_.pick_from(scene_.accounts.energy(), [&](AccountIndex account) {
        const auto* record =
            factory_.find<model::EnergyRecord>(model::energy_key(scene_.accounts.name(account)));
        if (record == nullptr || !factory_.can_send(account) ||
            record->pending.size() > kMostPending) {
            return false;
        }
        payload = choose_unfreeze(*record);
        return payload.has_value();
    });
    if (!source) {
        return std::nullopt;
    }
    return sealed(
        factory_.begin(*source, WorkloadAction::kUnfreeze, tos::e1::EnergyPayload(*payload)));
}

std::optional<TransactionDraft> ActionMaker::withdraw() {
    const auto source = factory_.pick_from(scene_.accounts.energy(), [&](AccountIndex account) {
        const auto* record =
            factory_.find<model::EnergyRecord>(model::energy_key(scene_.accounts.name(account)));
        return record != nullptr && factory_.can_send(account) &&
               std::any_of(record->pending.begin(), record->pending.end(),
                           [&](const model::PendingUnfreeze& entry) {
                               return entry.expires_at <= scene_.now;
                           });
    });
    if (!source) {
        return std::nullopt;
    }
    return sealed(factory_.begin(*source, WorkloadAction::kWithdraw,
                                 tos::e1::EnergyPayload(tos::e1::EnergyWithdraw{})));
}

}  // namespace parallax::testbed
