#include "testbed/workload/workload_failures.hpp"

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/shield_proof.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace parallax::testbed {

namespace {

/// Whether the epoch has the kind of transaction, and its kind of fee.
bool can_be_written(const tos::e1::Transaction& transaction, tos::e1::Epoch epoch) {
    constexpr std::uint8_t kNoOpcode = 0xFF;
    return tos::e1::opcode_of(tos::e1::transaction_type(transaction.payload), epoch) != kNoOpcode &&
           (epoch == tos::e1::Epoch::kE1 || transaction.fee_type != tos::e1::FeeType::kEnergy);
}

}  // namespace

std::optional<TransactionDraft> FailureMaker::make_rarest() {
    std::array<std::uint32_t, kFailureKinds> order{};
    for (std::uint32_t i = 0; i < kFailureKinds; ++i) {
        order[i] = i;
    }
    auto& made = scene_.memory.failures;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return made[a] < made[b]; });
    for (const std::uint32_t kind : order) {
        if (auto draft = make(static_cast<FailureKind>(kind));
            draft && can_be_written(draft->transaction, scene_.options.epoch)) {
            ++made[kind];
            return draft;
        }
    }
    return std::nullopt;
}

std::optional<TransactionDraft> FailureMaker::make(FailureKind kind) {
    switch (kind) {
        case FailureKind::kNonceTooLow:
            return envelope_fault(kind, model::ErrorCode::kNonceTooLow);
        case FailureKind::kNonceTooHigh:
            return envelope_fault(kind, model::ErrorCode::kNonceTooHigh);
        case FailureKind::kInsufficientBalance:
        case FailureKind::kAssetNeverHeld:
            return overdraft(kind);
        case FailureKind::kSameBlockReceipt:
            return same_block_receipt();
        case FailureKind::kBadSignature:
            return envelope_fault(kind, model::ErrorCode::kInvalidSignature);
        case FailureKind::kSelfTransfer:
            return envelope_fault(kind, model::ErrorCode::kSelfOperation);
        case FailureKind::kFeeBelowMinimum:
            return envelope_fault(kind, model::ErrorCode::kInsufficientFee);
        case FailureKind::kWrongChainId:
            return envelope_fault(kind, model::ErrorCode::kInvalidType);
        case FailureKind::kReferenceInFuture:
        case FailureKind::kExtraDataTooLarge:
        case FailureKind::kEnergyFeeNotZero:
            return envelope_fault(kind, model::ErrorCode::kInvalidPayload);
        case FailureKind::kReceiverOverflow:
            return receiver_overflow();
        case FailureKind::kBurnZero:
            return burn_fault(kind, model::ErrorCode::kInvalidAmount);
        case FailureKind::kBurnFeeOverflow:
        case FailureKind::kBurnWithEnergyFee:
            return burn_fault(kind, model::ErrorCode::kInvalidFormat);
        case FailureKind::kEnergyMissing:
            return energy_missing();
        case FailureKind::kFreezeNotWhole:
            return energy_fault(kind, model::ErrorCode::kInvalidAmount);
        case FailureKind::kFreezeWithFee:
            return energy_fault(kind, model::ErrorCode::kInvalidPayload);
        case FailureKind::kDelegateToSelf:
            return energy_fault(kind, model::ErrorCode::kSelfOperation);
        case FailureKind::kDelegateToUnknown:
            return energy_fault(kind, model::ErrorCode::kAccountNotFound);
        case FailureKind::kUnfreezeTooMuch:
            return unfreeze_fault(kind, model::ErrorCode::kInsufficientFrozen);
        case FailureKind::kUnfreezeLocked:
            return unfreeze_fault(kind, model::ErrorCode::kUnknown);
        case FailureKind::kWithdrawNothing:
            return withdraw_nothing();
        case FailureKind::kMultisigThresholdTooHigh:
        case FailureKind::kMultisigSelfParticipant:
        case FailureKind::kMultisigDeleteMissing:
            return multisig_fault(kind);
        case FailureKind::kCosignaturesMissing:
            return cosignature_fault(kind, model::ErrorCode::kInvalidPayload);
        case FailureKind::kCosignaturesUnexpected:
            return cosignatures_unexpected();
        case FailureKind::kCosignatureBad:
            return cosignature_fault(kind, model::ErrorCode::kInvalidSignature);
        case FailureKind::kDeployTwice:
            return deploy_twice();
        case FailureKind::kNameTaken:
            return name_fault(kind, model::ErrorCode::kDomainExists);
        case FailureKind::kNameReserved:
            return name_fault(kind, model::ErrorCode::kInvalidPayload);
        case FailureKind::kNameFeeTooLow:
            return name_fault(kind, model::ErrorCode::kInsufficientFee);
        case FailureKind::kAgentRegisteredTwice:
            return agent_fault(kind, model::ErrorCode::kAccountExists);
        case FailureKind::kAgentMissing:
            return agent_missing();
        case FailureKind::kAgentFrozen:
        case FailureKind::kAgentNotOwner:
            return agent_fault(kind, model::ErrorCode::kAccountNotFound);
        case FailureKind::kShieldTooSmall:
            return shield_fault(kind, model::ErrorCode::kInvalidAmount);
        case FailureKind::kShieldBadProof:
            return shield_fault(kind, model::ErrorCode::kUnknown);
        case FailureKind::kReplayed:
            return replayed();
    }
    return std::nullopt;
}

// A good small transfer with one fault in its envelope or output.
FailureMaker::Draft FailureMaker::envelope_fault(FailureKind kind, model::ErrorCode code) {
    const auto source =
        factory_.pick_sender_if(model::kCoin, SenderKind::kPlain, [&](AccountIndex account) {
            return kind != FailureKind::kNonceTooLow ||
                   scene_.block.nonce(account) > model::Nonce{0};
        });
    if (!source) {
        return std::nullopt;
    }
    WorkloadRandom& random = scene_.random;
    TransactionDraft draft = actions_.small_transfer(*source);
    tos::e1::Transaction& transaction = draft.transaction;
    tos::e1::Transfer& output =
        std::get<tos::e1::TransfersPayload>(transaction.payload).transfers[0];
    if (kind == FailureKind::kSelfTransfer) {
        output.destination = transaction.source;
    } else if (kind == FailureKind::kExtraDataTooLarge) {
        output.extra_data.emplace(random.between(tos::e1::kMaxExtraDataPerOutput + 1, 1024));
    }
    factory_.seal(draft);
    if (kind == FailureKind::kNonceTooLow) {
        transaction.nonce = model::Nonce{random.below(transaction.nonce.value())};
    } else if (kind == FailureKind::kNonceTooHigh) {
        transaction.nonce = model::Nonce{transaction.nonce.value() + random.between(1, 100)};
    } else if (kind == FailureKind::kBadSignature) {
        draft.corrupted = CorruptedSignature::kMain;
    } else if (kind == FailureKind::kFeeBelowMinimum) {
        transaction.fee =
            model::Amount{random.below(DraftFactory::required_fee(transaction).value())};
    } else if (kind == FailureKind::kWrongChainId) {
        transaction.chain_id = static_cast<std::uint8_t>(transaction.chain_id ^ 1U);
    } else if (kind == FailureKind::kReferenceInFuture) {
        transaction.reference.topoheight =
            model::Topoheight{scene_.now.value() + random.between(1, 1000)};
    } else if (kind == FailureKind::kEnergyFeeNotZero) {
        transaction.fee_type = tos::e1::FeeType::kEnergy;
    }
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::overdraft(FailureKind kind) {
    const auto source = plain_sender();
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft = actions_.small_transfer(*source);
    tos::e1::Transfer& output =
        std::get<tos::e1::TransfersPayload>(draft.transaction.payload).transfers[0];
    if (kind == FailureKind::kAssetNeverHeld) {
        output.asset = model::AssetId::from_array(scene_.random.bytes32());
        factory_.seal(draft);
        // No balance row at all has another code than one that is too small (4.2, step 14).
        return DraftFactory::failing(std::move(draft), kind, model::ErrorCode::kUnknown);
    }
    // From one unit beyond the balance up: the fee makes no difference.
    output.amount = model::Amount{scene_.block.spendable(*source, model::kTosAsset) +
                                  scene_.random.between(1, 1000 * model::kCoin)};
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), kind, model::ErrorCode::kInsufficientBalance);
}

FailureMaker::Draft FailureMaker::same_block_receipt() {
    // The walk avoids used accounts, and here the sender must be one: it received in this block.
    const auto& drafts = scene_.block.drafts();
    for (auto earlier = drafts.rbegin(); earlier != drafts.rend(); ++earlier) {
        const auto* payload = std::get_if<tos::e1::TransfersPayload>(&earlier->transaction.payload);
        if (payload == nullptr || earlier->expectation.failure) {
            continue;
        }
        const auto source = scene_.accounts.find(payload->transfers[0].destination);
        if (!source || !factory_.can_send(*source) || !factory_.is_plain(*source)) {
            continue;
        }
        const std::uint64_t received = scene_.block.received(*source);
        const std::uint64_t spendable = scene_.block.spendable(*source, model::kTosAsset);
        TransactionDraft draft = actions_.small_transfer(*source);
        factory_.seal(draft);
        const std::uint64_t fee = draft.transaction.fee.value();
        if (received == 0 || spendable < fee) {
            continue;
        }
        // Covered by balance and receipts together, but not by the balance.
        std::get<tos::e1::TransfersPayload>(draft.transaction.payload).transfers[0].amount =
            model::Amount{spendable - fee + scene_.random.between(1, received)};
        return DraftFactory::failing(std::move(draft), FailureKind::kSameBlockReceipt,
                                     model::ErrorCode::kInsufficientBalance);
    }
    return std::nullopt;
}

FailureMaker::Draft FailureMaker::receiver_overflow() {
    const auto source =
        factory_.pick_sender_if(model::kCoin, SenderKind::kPlain, [&](AccountIndex account) {
            return scene_.block.spendable(account, overflow_asset()) > 2 * kVaultRoom;
        });
    if (!source) {
        return std::nullopt;
    }
    TransactionDraft draft = actions_.small_transfer(*source);
    tos::e1::Transfer full;
    full.asset = overflow_asset();
    full.destination = scene_.accounts.vault();
    full.amount = model::Amount{scene_.random.between(kVaultRoom + 1, 2 * kVaultRoom)};
    // Behind an output that can be credited: what a failing transaction leaves behind shows there.
    std::get<tos::e1::TransfersPayload>(draft.transaction.payload).transfers.push_back(full);
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), FailureKind::kReceiverOverflow,
                                 model::ErrorCode::kOverflow);
}

FailureMaker::Draft FailureMaker::burn_fault(FailureKind kind, model::ErrorCode code) {
    const auto source = plain_sender();
    if (!source) {
        return std::nullopt;
    }
    tos::e1::BurnPayload payload{model::kTosAsset, model::Amount{scene_.random.between(1, 1000)}};
    if (kind == FailureKind::kBurnZero) {
        payload.amount = model::Amount{0};
    } else if (kind == FailureKind::kBurnFeeOverflow) {
        payload.amount =
            model::Amount{std::numeric_limits<std::uint64_t>::max() - scene_.random.below(5000)};
    }
    TransactionDraft draft = factory_.begin(*source, WorkloadAction::kBurn, payload);
    if (kind == FailureKind::kBurnWithEnergyFee) {
        draft.transaction.fee_type = tos::e1::FeeType::kEnergy;
    }
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::deploy_twice() {
    auto& deployments = scene_.memory.deployments;
    if (deployments.empty()) {
        return std::nullopt;
    }
    const auto& chosen = deployments[scene_.random.below(deployments.size())];
    if (!factory_.can_send(chosen.account) || !factory_.is_plain(chosen.account)) {
        return std::nullopt;
    }
    TransactionDraft draft =
        factory_.begin(chosen.account, WorkloadAction::kDeploy,
                       tos::e1::DeployContractPayload{chosen.module, std::nullopt});
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), FailureKind::kDeployTwice,
                                 model::ErrorCode::kDomainExists);
}

FailureMaker::Draft FailureMaker::name_fault(FailureKind kind, model::ErrorCode code) {
    if (kind == FailureKind::kNameTaken && scene_.memory.names.empty()) {
        return std::nullopt;
    }
    const auto source = plain_sender();
    if (!source) {
        return std::nullopt;
    }
    tos::e1::RegisterNamePayload payload{actions_.draw_name()};
    if (kind == FailureKind::kNameTaken) {
        payload.name = scene_.memory.names[scene_.random.below(scene_.memory.names.size())];
    } else if (kind == FailureKind::kNameReserved) {
        constexpr std::array<const char*, 4> kReserved = {"treasury", "my-official.name",
                                                          "tos1wallet", "two..dots"};
        payload.name = kReserved[scene_.random.below(kReserved.size())];
    }
    TransactionDraft draft = factory_.begin(*source, WorkloadAction::kRegisterName, payload);
    factory_.seal(draft, kind == FailureKind::kNameFeeTooLow ? 0 : tos::e1::kNameRegistrationFee);
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::shield_fault(FailureKind kind, model::ErrorCode code) {
    const auto source =
        factory_.pick_sender(tos::e1::kMinShieldAmount + model::kCoin, SenderKind::kPlain);
    if (!source) {
        return std::nullopt;
    }
    const bool small = kind == FailureKind::kShieldTooSmall;
    auto transfer = tos::e1::make_shield_transfer(
        model::kTosAsset, name(factory_.pick_receiver(*source)),
        model::Amount{small ? scene_.random.between(1, tos::e1::kMinShieldAmount - 1)
                            : tos::e1::kMinShieldAmount},
        scene_.random.bytes32());
    if (!transfer) {
        return std::nullopt;
    }
    if (kind == FailureKind::kShieldBadProof) {
        // A proof for another amount than the one stated.
        transfer->amount =
            model::Amount{tos::e1::kMinShieldAmount + scene_.random.between(1, model::kCoin)};
    }
    TransactionDraft draft = factory_.begin(*source, WorkloadAction::kShield,
                                            tos::e1::ShieldTransfersPayload{{*transfer}});
    factory_.seal(draft);
    return DraftFactory::failing(std::move(draft), kind, code);
}

FailureMaker::Draft FailureMaker::replayed() {
    auto& executed = scene_.memory.executed;
    if (executed.empty()) {
        return std::nullopt;
    }
    // Taken out of the memory: the header of a block names a transaction once.
    const std::size_t chosen = scene_.random.below(executed.size());
    TransactionDraft draft;
    draft.transaction = std::move(executed[chosen]);
    executed.erase(executed.begin() + static_cast<std::ptrdiff_t>(chosen));
    draft.source = scene_.accounts.find(draft.transaction.source).value_or(AccountIndex{0});
    draft.signer = draft.source;
    draft.is_signed = true;
    draft.expectation.failure = FailureKind::kReplayed;
    draft.expectation.status = model::TransactionStatus::kSkipped;
    return draft;
}

}  // namespace parallax::testbed
