#include "verifier/chains/tos/e1/multisig_rules.hpp"

#include <algorithm>

namespace parallax::tos::e1 {

namespace {

bool is_delete(const MultisigPayload& payload) {
    return payload.threshold == 0 && payload.participants.empty();
}

/// In the order of the section, each co-signature wholly before the next one.
model::ErrorCode verify_cosignatures(const model::MultisigRecord& record,
                                     const MultisigSection& section, model::TxIndex index,
                                     const RuleContext& context) {
    for (const Cosignature& cosignature : section.signatures) {
        if (cosignature.participant_index >= record.participants.size()) {
            return model::ErrorCode::kInvalidPayload;
        }
        switch (check_cosignature(context, index,
                                  record.participants[cosignature.participant_index],
                                  cosignature.signature)) {
            case crypto::SignatureCheck::kValid:
                break;
            case crypto::SignatureCheck::kInvalid:
                return model::ErrorCode::kInvalidSignature;
            case crypto::SignatureCheck::kBadPublicKey:
                return model::ErrorCode::kUnknown;
        }
    }
    return model::ErrorCode::kSuccess;
}

}  // namespace

model::ErrorCode verify_multisig_payload(protocol::TransactionState& state,
                                         const Transaction& transaction) {
    const auto* payload = std::get_if<MultisigPayload>(&transaction.payload);
    if (payload == nullptr) {
        return model::ErrorCode::kInternalError;
    }
    const auto& participants = payload->participants;
    if (payload->threshold > participants.size() ||
        std::find(participants.begin(), participants.end(), transaction.source) !=
            participants.end()) {
        return model::ErrorCode::kInvalidPayload;
    }
    if (is_delete(*payload) && !state.exists(model::multisig_key(transaction.source))) {
        return model::ErrorCode::kInvalidPayload;
    }
    return model::ErrorCode::kSuccess;
}

model::ErrorCode verify_multisig_section(protocol::TransactionState& state, model::TxIndex index,
                                         const RuleContext& context, bool is_owner) {
    const Transaction& transaction = context.transaction(index);
    if (!is_owner) {
        return transaction.multisig ? model::ErrorCode::kAccountNotFound
                                    : model::ErrorCode::kSuccess;
    }
    const auto* record = state.find<model::MultisigRecord>(model::multisig_key(transaction.source));
    if ((record != nullptr) != transaction.multisig.has_value()) {
        return model::ErrorCode::kInvalidPayload;
    }
    if (record == nullptr) {
        return model::ErrorCode::kSuccess;
    }
    if (transaction.multisig->signatures.size() != record->threshold) {
        return model::ErrorCode::kInvalidPayload;
    }
    return verify_cosignatures(*record, *transaction.multisig, index, context);
}

void apply_multisig_payload(protocol::TransactionState& state, const Transaction& transaction) {
    const auto* payload = std::get_if<MultisigPayload>(&transaction.payload);
    if (payload == nullptr) {
        return;
    }
    const model::StateKey key = model::multisig_key(transaction.source);
    if (is_delete(*payload)) {
        state.erase(key);
    } else {
        state.put(key, base::Boxed<model::MultisigRecord>(
                           model::MultisigRecord{payload->threshold, payload->participants}));
    }
}

}  // namespace parallax::tos::e1
