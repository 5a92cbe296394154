#include "node/dialect/json_values.hpp"
#include "node/dialect/transaction_parts.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace parallax::node {
namespace {

namespace e1 = tos::e1;
using codec::JsonObject;
using Json = nlohmann::json;

e1::EnergyDelegate read_delegation(const JsonObject& json) {
    e1::EnergyDelegate delegate;
    json.each_object("delegatees", [&](const JsonObject& item) {
        const Json* key = item.find("delegatee");
        delegate.delegatees.push_back(
            {key != nullptr ? read_key(*key, "delegatee", item) : model::PublicKey{},
             read_amount(item, "amount")});
    });
    delegate.days = read_days(json);
    return delegate;
}

e1::EnergyUnfreeze read_unfreeze(const JsonObject& json) {
    e1::EnergyUnfreeze unfreeze;
    unfreeze.amount = read_amount(json, "amount");
    unfreeze.from_delegation = json.boolean("from_delegation", false);
    if (json.find("record_index") != nullptr) {
        unfreeze.record_index = json.number<std::uint32_t>("record_index");
    }
    if (const Json* key = json.find("delegatee_address")) {
        unfreeze.delegatee = read_key(*key, "delegatee_address", json);
    }
    return unfreeze;
}

/// `"WithdrawUnfrozen"`, or an object with one member that names the action.
e1::EnergyPayload read_energy(const Json& value, const JsonObject& json) {
    if (value == "WithdrawUnfrozen") {
        return e1::EnergyWithdraw{};
    }
    if (!value.is_object() || value.size() != 1) {
        json.fail("energy", "is no action on energy that is known");
        return e1::EnergyWithdraw{};
    }
    const std::string name = value.begin().key();
    const JsonObject action = json.child(value.begin().value(), name.c_str());
    if (name == "FreezeTos") {
        return e1::EnergyFreeze{read_amount(action, "amount"), read_days(action)};
    }
    if (name == "FreezeTosDelegate") {
        return read_delegation(action);
    }
    if (name == "UnfreezeTos") {
        return read_unfreeze(action);
    }
    json.fail("energy", "is no action on energy that is known");
    return e1::EnergyWithdraw{};
}

e1::ShieldTransfer read_shield(const JsonObject& json) {
    e1::ShieldTransfer transfer;
    transfer.asset = json.tagged<model::AssetId>("asset");
    transfer.destination = read_array<model::PublicKey>(json, "destination");
    transfer.amount = read_amount(json, "amount");
    transfer.extra_data = read_bytes(json, "extra_data");
    transfer.commitment = read_array<model::CompressedPoint>(json, "commitment");
    transfer.receiver_handle = read_array<model::CompressedPoint>(json, "receiver_handle");
    if (const Json* proof = json.find("proof")) {
        const JsonObject parts = json.child(*proof, "proof");
        transfer.proof = {read_array<model::CompressedPoint>(parts, "Y_H"),
                          read_array<model::CompressedPoint>(parts, "Y_P"),
                          read_array<model::Scalar>(parts, "z")};
    } else {
        json.fail("proof", "is missing");
    }
    return transfer;
}

/// What the one member of `data` says; nothing for a kind whose bytes are not all shown.
std::optional<e1::Payload> read_payload(const JsonObject& json, const Json& data,
                                        std::string& unreadable) {
    if (!data.is_object() || data.size() != 1) {
        json.fail("data", "is not one kind of transaction");
        return std::nullopt;
    }
    const std::string kind = data.begin().key();
    const Json& value = data.begin().value();
    const JsonObject content = json.child(data, "data");
    if (kind == "transfers") {
        return read_transfers<e1::TransfersPayload>(content);
    }
    if (kind == "shield_transfers") {
        e1::ShieldTransfersPayload payload;
        content.each_object("shield_transfers", [&](const JsonObject& item) {
            payload.transfers.push_back(read_shield(item));
        });
        return payload;
    }
    if (kind == "burn") {
        const JsonObject burn = content.child(value, "burn");
        return e1::BurnPayload{burn.tagged<model::AssetId>("asset"), read_amount(burn, "amount")};
    }
    if (kind == "multi_sig") {
        return read_multisig<e1::MultisigPayload>(content.child(value, "multi_sig"));
    }
    if (kind == "energy") {
        return read_energy(value, content);
    }
    unreadable = fmt::format("the node does not show all bytes of a transaction of kind {}",
                             printable_name(kind));
    return std::nullopt;
}

/// Encodes it with each kind of fee, until it hashes as the node says.
bool settle(e1::Transaction transaction, NodeTransaction& out) {
    for (const e1::FeeType fee : {e1::FeeType::kTos, e1::FeeType::kEnergy, e1::FeeType::kUno}) {
        transaction.fee_type = fee;
        base::Bytes wire = e1::encode_transaction(transaction);
        if (crypto::blake3(wire) == out.hash) {
            out.wire = std::move(wire);
            return true;
        }
    }
    return false;
}

}  // namespace

NodeTransaction read_transaction(const JsonObject& json, e1::Epoch epoch) {
    NodeTransaction out;
    out.hash = json.tagged<model::Hash>("hash");
    out.accounts.push_back(read_address(json, "source"));
    const Json* data = json.find("data");
    if (data == nullptr) {
        json.fail("data", "is missing");
        return out;
    }
    if (data->is_object()) {
        add_destinations(*data, out.accounts);
    }
    auto payload = read_payload(json, *data, out.unreadable);
    if (!payload || !json.ok()) {
        return out;
    }
    e1::Transaction transaction;
    transaction.epoch = epoch;
    transaction.version = json.number<std::uint8_t>("version");
    transaction.chain_id = json.number<std::uint8_t>("chain_id");
    transaction.source = read_address(json, "source");
    transaction.payload = *std::move(payload);
    transaction.fee = read_amount(json, "fee");
    transaction.nonce = model::Nonce{json.number<std::uint64_t>("nonce")};
    transaction.reference = read_reference<e1::Reference>(json);
    transaction.multisig = read_cosignatures<e1::MultisigSection>(json);
    transaction.signature = read_signature(json, "signature");
    if (!json.ok()) {
        return out;
    }
    if (!settle(std::move(transaction), out)) {
        json.fail("hash", fmt::format("is {}, and no way of writing what is shown hashes to that",
                                      out.hash.hex()));
    }
    return out;
}

}  // namespace parallax::node
