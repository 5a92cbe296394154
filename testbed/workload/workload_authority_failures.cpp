#include "testbed/workload/workload_failures.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <utility>

namespace parallax::testbed {

// ---- Energy ----

FailureMaker::Draft FailureMaker::energy_missing() {
    const auto source = factory_.pick_sender_if(
        model::kCoin, SenderKind::kPlain,
        [&](AccountIndex account) { return scene_.block.energy(account) == 0; });
    if (!source) {
        return std::nullopt;
    }
    // A delegation earlier in the block would give it energy.
    const bool given = std::any_of(scene_.block.drafts().begin(), scene_.block.drafts().end(),
                                   [](const TransactionDraft& draft) {
                                       return draft.expectation.action == WorkloadAction::kDelegate;
                                   });
    if (given) {
        return std::nullopt;
    }
    TransactionDraft draft = actions_.small_transfer(*source);
    draft.expectation.action = WorkloadAction::kEnergyFeeTransfer;
    draft.transaction.fee_type = tos::e1::FeeType::kEnergy;
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), FailureKind::kEnergyMissing,
                                 model::ErrorCode::kInsufficientEnergy);
}

FailureMaker::Draft FailureMaker::energy_fault(FailureKind kind, model::ErrorCode code) {
    const auto source = factory_.pick_sender(10 * model::kCoin, SenderKind::kPlain);
    if (!source) {
        return std::nullopt;
    }
    tos::e1::EnergyPayload payload;
    const bool freezes =
        kind == FailureKind::kFreezeNotWhole || kind == FailureKind::kFreezeWithFee;
    if (freezes) {
        const std::uint64_t part =
            kind == FailureKind::kFreezeNotWhole ? scene_.random.between(1, model::kCoin - 1) : 0;
        payload = tos::e1::EnergyFreeze{model::Amount{model::kCoin + part}, 3};
    } else {
        const model::PublicKey delegatee =
            kind == FailureKind::kDelegateToSelf
                ? name(*source)
                : model::PublicKey::from_array(scene_.random.bytes32());
        payload = tos::e1::EnergyDelegate{{{delegatee, model::Amount{model::kCoin}}}, 3};
    }
    TransactionDraft draft = factory_.begin(
        *source, freezes ? WorkloadAction::kFreeze : WorkloadAction::kDelegate, payload);
    factory_.seal(draft);
    if (kind == FailureKind::kFreezeWithFee) {
        draft.transaction.fee = model::Amount{tos::e1::kFeePerKilobyte};
    }
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::unfreeze_fault(FailureKind kind, model::ErrorCode code) {
    tos::e1::EnergyUnfreeze payload;
    const auto source = factory_.pick_from(scene_.accounts.energy(), [&](AccountIndex account) {
        const auto* record = factory_.find<model::EnergyRecord>(model::energy_key(name(account)));
        if (record == nullptr || !factory_.can_send(account) || !factory_.is_plain(account) ||
            record->pending.size() >= tos::e1::kMaxPendingUnfreezes) {
            return false;
        }
        if (kind == FailureKind::kUnfreezeTooMuch) {
            payload.amount =
                model::Amount{(record->frozen + scene_.random.between(1, 100)) * model::kCoin};
            return true;
        }
        const auto& records = record->self_records;
        const auto locked =
            std::find_if(records.begin(), records.end(), [&](const model::FreezeRecord& self) {
                return self.unlock_at > scene_.now && self.amount > 0;
            });
        payload.record_index = static_cast<std::uint32_t>(locked - records.begin());
        payload.amount = model::Amount{model::kCoin};
        return locked != records.end();
    });
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft =
        factory_.begin(*source, WorkloadAction::kUnfreeze, tos::e1::EnergyPayload(payload));
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::withdraw_nothing() {
    const auto source = factory_.pick_sender_if(0, SenderKind::kPlain, [&](AccountIndex account) {
        const auto* record = factory_.find<model::EnergyRecord>(model::energy_key(name(account)));
        return record == nullptr || std::none_of(record->pending.begin(), record->pending.end(),
                                                 [&](const model::PendingUnfreeze& entry) {
                                                     return entry.expires_at <= scene_.now;
                                                 });
    });
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft = factory_.begin(*source, WorkloadAction::kWithdraw,
                                            tos::e1::EnergyPayload(tos::e1::EnergyWithdraw{}));
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), FailureKind::kWithdrawNothing,
                                 model::ErrorCode::kInvalidPayload);
}

// ---- Multisig ----

FailureMaker::Draft FailureMaker::multisig_fault(FailureKind kind) {
    const auto source = plain_sender();
    if (!source) {
        return std::nullopt;
    }
    tos::e1::MultisigPayload payload;
    if (kind != FailureKind::kMultisigDeleteMissing) {
        payload.threshold = 1;
        payload.participants = {name(factory_.pick_receiver(*source))};
    }
    if (kind == FailureKind::kMultisigThresholdTooHigh) {
        payload.threshold = static_cast<std::uint8_t>(scene_.random.between(2, 255));
    } else if (kind == FailureKind::kMultisigSelfParticipant) {
        payload.participants.push_back(name(*source));
    }
    const WorkloadAction action = kind == FailureKind::kMultisigDeleteMissing
                                      ? WorkloadAction::kMultisigDelete
                                      : WorkloadAction::kMultisigConfigure;
    TransactionDraft draft = factory_.begin(*source, action, std::move(payload));
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), kind, model::ErrorCode::kInvalidPayload);
}

FailureMaker::Draft FailureMaker::cosignature_fault(FailureKind kind, model::ErrorCode code) {
    const auto source = factory_.pick_from(scene_.accounts.multisig(), [&](AccountIndex account) {
        return factory_.can_send(account) &&
               scene_.block.spendable(account, model::kTosAsset) >= model::kCoin;
    });
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft = actions_.small_transfer(*source);
    draft.expectation.action = WorkloadAction::kCosignedTransfer;
    factory_.seal(draft);
    if (kind == FailureKind::kCosignatureBad) {
        draft.corrupted = CorruptedSignature::kCosignature;
    } else {
        draft.transaction.multisig.reset();
        draft.cosigners.clear();
    }
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::cosignatures_unexpected() {
    const auto source = plain_sender();
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft = actions_.small_transfer(*source);
    draft.expectation.action = WorkloadAction::kCosignedTransfer;
    draft.transaction.multisig = tos::e1::MultisigSection{{{0, {}}}};
    draft.cosigners = {*source};
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), FailureKind::kCosignaturesUnexpected,
                                 model::ErrorCode::kInvalidPayload);
}

// ---- Agent accounts ----

FailureMaker::Draft FailureMaker::agent_missing() {
    const auto source = plain_sender();
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft = factory_.begin(*source, WorkloadAction::kAgentAccount,
                                            tos::e1::AgentAccountPayload(tos::e1::AgentUpdatePolicy{
                                                model::Hash::from_array(scene_.random.bytes32())}));
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), FailureKind::kAgentMissing,
                                 model::ErrorCode::kAccountNotFound);
}

FailureMaker::Draft FailureMaker::agent_fault(FailureKind kind, model::ErrorCode code) {
    const bool wants_frozen = kind == FailureKind::kAgentFrozen;
    std::optional<AccountIndex> controller;
    const auto source = factory_.pick_from(scene_.accounts.agents(), [&](AccountIndex account) {
        const auto* agent =
            factory_.find<model::AgentRecord>(model::agent_account_key(name(account)));
        if (agent == nullptr || (agent->status == 1) != wants_frozen ||
            scene_.block.spendable(account, model::kTosAsset) < model::kCoin) {
            return false;
        }
        controller = scene_.accounts.find(agent->controller);
        return controller.has_value();
    });
    if (!source) {
        return std::nullopt;
    }
    const model::Hash hash = model::Hash::from_array(scene_.random.bytes32());
    TransactionDraft draft;
    if (wants_frozen) {
        draft = actions_.small_transfer(*source);
    } else if (kind == FailureKind::kAgentRegisteredTwice) {
        draft = factory_.begin(*source, WorkloadAction::kAgentAccount,
                               tos::e1::AgentAccountPayload(tos::e1::AgentRegister{
                                   name(*controller), hash, std::nullopt, std::nullopt}));
    } else {
        draft = factory_.begin(*source, WorkloadAction::kAgentAccount,
                               tos::e1::AgentAccountPayload(tos::e1::AgentUpdatePolicy{hash}));
        draft.signer = *controller;
    }
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), kind, code);
}

}  // namespace parallax::testbed
