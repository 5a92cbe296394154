#include "verifier/protocol/multisig_rules.hpp"

#include <algorithm>

namespace parallax {

namespace {

bool is_delete(const MultisigPayload& payload) {
    return payload.threshold == 0 && payload.participants.empty();
}

/// In the order of the section, each co-signature wholly before the next one.
ErrorCode verify_cosignatures(const MultisigRecord& record, const MultisigSection& section,
                              TxIndex index, const SignatureSource& signatures) {
    for (const Cosignature& cosignature : section.signatures) {
        if (cosignature.participant_index >= record.participants.size()) {
            return ErrorCode::kInvalidPayload;
        }
        switch (signatures.cosignature(index, record.participants[cosignature.participant_index],
                                       cosignature.signature)) {
            case SignatureCheck::kValid:
                break;
            case SignatureCheck::kInvalid:
                return ErrorCode::kInvalidSignature;
            case SignatureCheck::kBadPublicKey:
                return ErrorCode::kUnknown;
        }
    }
    return ErrorCode::kSuccess;
}

}  // namespace

ErrorCode verify_multisig_payload(TransactionState& state, const Transaction& transaction) {
    const auto* payload = std::get_if<MultisigPayload>(&transaction.payload);
    if (payload == nullptr) {
        return ErrorCode::kInternalError;
    }
    const auto& participants = payload->participants;
    if (payload->threshold > participants.size() ||
        std::find(participants.begin(), participants.end(), transaction.source) !=
            participants.end()) {
        return ErrorCode::kInvalidPayload;
    }
    if (is_delete(*payload) && !state.exists(multisig_key(transaction.source))) {
        return ErrorCode::kInvalidPayload;
    }
    return ErrorCode::kSuccess;
}

ErrorCode verify_multisig_section(TransactionState& state, TxIndex index,
                                  const RuleContext& context, bool is_owner) {
    const Transaction& transaction = context.block.transactions()[index.value()].transaction;
    if (!is_owner) {
        return transaction.multisig ? ErrorCode::kAccountNotFound : ErrorCode::kSuccess;
    }
    const auto* record = state.find<MultisigRecord>(multisig_key(transaction.source));
    if ((record != nullptr) != transaction.multisig.has_value()) {
        return ErrorCode::kInvalidPayload;
    }
    if (record == nullptr) {
        return ErrorCode::kSuccess;
    }
    if (transaction.multisig->signatures.size() != record->threshold) {
        return ErrorCode::kInvalidPayload;
    }
    return verify_cosignatures(*record, *transaction.multisig, index, context.signatures);
}

void apply_multisig_payload(TransactionState& state, const Transaction& transaction) {
    const auto* payload = std::get_if<MultisigPayload>(&transaction.payload);
    if (payload == nullptr) {
        return;
    }
    const StateKey key = multisig_key(transaction.source);
    if (is_delete(*payload)) {
        state.erase(key);
    } else {
        state.put(key,
                  Boxed<MultisigRecord>(MultisigRecord{payload->threshold, payload->participants}));
    }
}

}  // namespace parallax
