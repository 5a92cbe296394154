#pragma once

#include "node/dialect/json_values.hpp"
#include "node/dialect/transaction_json.hpp"
#include "verifier/model/identifiers.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace parallax::node {

/// Parts of a transaction that the dialects show alike, as the record of each chain: problems are
/// in the object.

template <class Transfer>
[[nodiscard]] Transfer read_transfer(const codec::JsonObject& json) {
    return {json.tagged<model::AssetId>("asset"), read_address(json, "destination"),
            read_amount(json, "amount"), read_bytes(json, "extra_data")};
}

template <class TransfersPayload>
[[nodiscard]] TransfersPayload read_transfers(const codec::JsonObject& content) {
    TransfersPayload payload;
    content.each_object("transfers", [&](const codec::JsonObject& item) {
        payload.transfers.push_back(
            read_transfer<typename decltype(payload.transfers)::value_type>(item));
    });
    return payload;
}

template <class MultisigPayload>
[[nodiscard]] MultisigPayload read_multisig(const codec::JsonObject& json) {
    MultisigPayload payload;
    payload.threshold = json.number<std::uint8_t>("threshold");
    json.each_value("participants", [&](const nlohmann::json& item, const std::string& path) {
        payload.participants.push_back(read_key(item, path, json));
    });
    return payload;
}

template <class MultisigSection>
[[nodiscard]] std::optional<MultisigSection> read_cosignatures(const codec::JsonObject& json) {
    const nlohmann::json* multisig = json.find("multisig");
    if (multisig == nullptr) {
        return std::nullopt;
    }
    MultisigSection section;
    json.child(*multisig, "multisig").each_object("signatures", [&](const codec::JsonObject& item) {
        section.signatures.push_back(
            {item.number<std::uint8_t>("id"), read_signature(item, "signature")});
    });
    return section;
}

template <class Reference>
[[nodiscard]] Reference read_reference(const codec::JsonObject& json) {
    const nlohmann::json* reference = json.find("reference");
    if (reference == nullptr) {
        json.fail("reference", "is missing");
        return {};
    }
    const codec::JsonObject parts = json.child(*reference, "reference");
    return {parts.tagged<model::Hash>("hash"),
            model::Topoheight{parts.number<std::uint64_t>("topoheight")}};
}

}  // namespace parallax::node
