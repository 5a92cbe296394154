#include "testbed/vectors/vector_transaction.hpp"

#include "verifier/base/byte_reader.hpp"
#include "verifier/chains/tos/e1/wire_payload.hpp"

#include <fmt/format.h>

namespace parallax::testbed {
namespace {

/// The harness trims what Rust calls white space; only the ASCII part can be in its JSON files.
constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kWhiteSpace);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

absl::StatusOr<tos::e1::Transaction> decode_wire(std::string_view hex, tos::e1::Trailing trailing) {
    const auto wire = base::parse_hex(hex);
    if (!wire) {
        return absl::InvalidArgumentError("transaction: is not strict hex");
    }
    return tos::e1::decode_transaction(*wire, trailing);
}

/// Two scalars in hex, canonical as on the wire.
crypto::Signature signature_from_json(const codec::JsonObject& json) {
    const auto bytes = json.optional_hex("signature").value_or(base::Bytes{});
    base::ByteReader reader(bytes, "signature");
    const model::Scalar s = tos::e1::read_scalar(reader, "s");
    const model::Scalar e = tos::e1::read_scalar(reader, "e");
    if (!reader.finish()) {
        json.fail("signature", "is not two canonical scalars");
    }
    return {s, e};
}

tos::e1::TransfersPayload transfers_from_json(const codec::JsonObject& json) {
    tos::e1::TransfersPayload payload;
    json.each_object("payload", [&](const codec::JsonObject& item) {
        payload.transfers.push_back(
            {item.tagged<model::AssetId>("asset"), item.tagged<model::PublicKey>("destination"),
             model::Amount{item.number<std::uint64_t>("amount")}, item.optional_hex("extra_data")});
    });
    return payload;
}

tos::e1::CiphertextValidityProof validity_proof_from_json(const codec::JsonObject& json) {
    const auto bytes = json.optional_hex("ct_validity_proof").value_or(base::Bytes{});
    base::ByteReader reader(bytes, "ct_validity_proof");
    tos::e1::CiphertextValidityProof proof;
    proof.y_0 = reader.tagged<model::CompressedPoint>("y_0");
    proof.y_1 = reader.tagged<model::CompressedPoint>("y_1");
    proof.y_2 = reader.tagged<model::CompressedPoint>("y_2");
    proof.z_r = tos::e1::read_scalar(reader, "z_r");
    proof.z_x = tos::e1::read_scalar(reader, "z_x");
    if (!reader.finish()) {
        json.fail("ct_validity_proof", "is not a validity proof");
    }
    return proof;
}

tos::e1::UnoTransfersPayload uno_transfers_from_json(const codec::JsonObject& json) {
    tos::e1::UnoTransfersPayload payload;
    json.each_object("transfers", [&](const codec::JsonObject& item) {
        tos::e1::UnoTransfer& transfer = payload.transfers.emplace_back();
        transfer.asset = item.tagged<model::AssetId>("asset");
        transfer.destination = item.tagged<model::PublicKey>("destination");
        transfer.extra_data = item.optional_hex("extra_data");
        transfer.commitment = item.tagged<model::CompressedPoint>("commitment");
        transfer.sender_handle = item.tagged<model::CompressedPoint>("sender_handle");
        transfer.receiver_handle = item.tagged<model::CompressedPoint>("receiver_handle");
        transfer.proof = validity_proof_from_json(item);
    });
    return payload;
}

tos::e1::InvokeContractPayload invoke_from_json(const codec::JsonObject& json) {
    tos::e1::InvokeContractPayload payload;
    payload.contract = json.tagged<model::Hash>("contract");
    json.each_object("deposits", [&](const codec::JsonObject& item) {
        tos::e1::add_deposit(payload.deposits,
                             {item.tagged<model::AssetId>("asset"),
                              model::Amount{item.number<std::uint64_t>("amount")}});
    });
    payload.entry_id = json.number<std::uint16_t>("entry_id");
    payload.max_gas = model::Amount{json.number<std::uint64_t>("max_gas")};
    json.each_value("parameters", [&](const nlohmann::json&, const std::string&) {
        json.fail("parameters", "have no JSON form");
    });
    return payload;
}

tos::e1::Payload payload_from_json(const codec::JsonObject& json) {
    const std::string type = json.optional_text("tx_type").value_or("");
    if (type == model::transaction_type_name(model::TransactionType::kTransfers)) {
        return transfers_from_json(json);
    }
    const nlohmann::json* payload = json.find("payload");
    if (payload == nullptr) {
        json.fail("payload", "is missing");
        return {};
    }
    if (type == model::transaction_type_name(model::TransactionType::kUnoTransfers)) {
        return uno_transfers_from_json(json.child(*payload, "payload"));
    }
    if (type == model::transaction_type_name(model::TransactionType::kInvokeContract)) {
        return invoke_from_json(json.child(*payload, "payload"));
    }
    json.fail("tx_type", "cannot be built from JSON");
    return {};
}

tos::e1::FeeType fee_type_from_json(const codec::JsonObject& json) {
    const auto number = json.number<std::uint8_t>("fee_type");
    if (number > static_cast<std::uint8_t>(tos::e1::FeeType::kUno)) {
        json.fail("fee_type", "is not 0, 1 or 2");
    }
    return static_cast<tos::e1::FeeType>(number);
}

}  // namespace

std::optional<tos::e1::Transaction> transaction_from_json(const nlohmann::json& value) {
    std::string problem;
    const codec::JsonObject json(value, "tx", problem);
    tos::e1::Transaction transaction;
    transaction.version = json.number<std::uint8_t>("version");
    transaction.chain_id = json.number<std::uint8_t>("chain_id");
    transaction.source = json.tagged<model::PublicKey>("source");
    transaction.payload = payload_from_json(json);
    transaction.fee = model::Amount{json.number<std::uint64_t>("fee")};
    transaction.fee_type = fee_type_from_json(json);
    transaction.nonce = model::Nonce{json.number<std::uint64_t>("nonce")};
    transaction.reference.hash = json.tagged<model::Hash>("reference_hash");
    transaction.reference.topoheight =
        model::Topoheight{json.number<std::uint64_t>("reference_topoheight")};
    transaction.signature = signature_from_json(json);
    if (!problem.empty()) {
        return std::nullopt;
    }
    return transaction;
}

absl::StatusOr<tos::e1::Transaction> vector_transaction(const VectorTransaction& transaction,
                                                        tos::e1::Trailing trailing,
                                                        VectorFallback fallback) {
    const std::string_view wire =
        transaction.wire_hex ? trim(*transaction.wire_hex) : std::string_view();
    absl::StatusOr<tos::e1::Transaction> decoded =
        wire.empty() ? absl::InvalidArgumentError("transaction: has no wire")
                     : decode_wire(wire, trailing);
    if (decoded.ok()) {
        return decoded;
    }
    if (transaction.from_json && (wire.empty() || fallback == VectorFallback::kIfUndecodable)) {
        return *transaction.from_json;
    }
    return decoded;
}

}  // namespace parallax::testbed
