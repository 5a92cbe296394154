#include "node/dialect/contract_json_v3.hpp"
#include "node/dialect/json_values.hpp"
#include "node/dialect/transaction_parts.hpp"
#include "verifier/chains/tos/v3/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace parallax::node {
namespace {

namespace v3 = tos::v3;
using codec::JsonObject;
using Json = nlohmann::json;

/// Up to so many deposits every order is tried, since the one on the wire is not shown.
constexpr std::size_t kMostOrders = 5;

/// The name of the one member of an enumeration's value, and what it says.
std::pair<std::string, JsonObject> variant_of(const JsonObject& content, const Json& value,
                                              const char* name) {
    if (!value.is_object() || value.size() != 1) {
        content.fail(name, "is not one action");
        return {std::string(), content.child(value, name)};
    }
    return {value.begin().key(), content.child(value.begin().value(), name)};
}

v3::EnergyPayload read_energy(const JsonObject& content, const Json& value) {
    const auto [name, action] = variant_of(content, value, "energy");
    if (name == "FreezeTos") {
        return v3::EnergyFreeze{read_amount(action, "amount"), read_days(action)};
    }
    if (name != "UnfreezeTos") {
        content.fail("energy", "is no action on energy that is known");
    }
    return v3::EnergyUnfreeze{read_amount(action, "amount")};
}

std::uint8_t read_difficulty(const JsonObject& json) {
    constexpr std::array<std::string_view, 4> kNames = {"Beginner", "Intermediate", "Advanced",
                                                        "Expert"};
    const auto name = json.optional_text("difficulty").value_or("");
    const auto found = std::ranges::find(kNames, name);
    if (found == kNames.end()) {
        json.fail("difficulty", "is not one that is known");
        return 0;
    }
    return static_cast<std::uint8_t>(found - kNames.begin());
}

v3::AiMiningPayload read_ai_mining(const JsonObject& content, const Json& value) {
    const auto [name, action] = variant_of(content, value, "a_i_mining");
    if (name == "PublishTask") {
        return v3::AiPublishTask{action.tagged<model::Hash>("task_id"),
                                 action.number<std::uint64_t>("reward_amount"),
                                 read_difficulty(action), action.number<std::uint64_t>("deadline"),
                                 action.optional_text("description").value_or("")};
    }
    if (name == "SubmitAnswer") {
        return v3::AiSubmitAnswer{action.tagged<model::Hash>("task_id"),
                                  action.optional_text("answer_content").value_or(""),
                                  action.tagged<model::Hash>("answer_hash"),
                                  action.number<std::uint64_t>("stake_amount")};
    }
    if (name == "ValidateAnswer") {
        return v3::AiValidateAnswer{action.tagged<model::Hash>("task_id"),
                                    action.tagged<model::Hash>("answer_id"),
                                    action.number<std::uint8_t>("validation_score")};
    }
    if (name != "RegisterMiner") {
        content.fail("a_i_mining", "is no action of AI mining that is known");
        return v3::AiRegisterMiner{};
    }
    const Json* key = action.find("miner_address");
    return v3::AiRegisterMiner{
        key != nullptr ? read_key(*key, "miner_address", action) : model::PublicKey{},
        action.number<std::uint64_t>("registration_fee")};
}

/// What the one member of `data` says; nothing for a kind whose bytes are not all shown.
std::optional<v3::Payload> read_payload(const JsonObject& json, const Json& data,
                                        std::string& unreadable) {
    if (!data.is_object() || data.size() != 1) {
        json.fail("data", "is not one kind of transaction");
        return std::nullopt;
    }
    const std::string kind = data.begin().key();
    const Json& value = data.begin().value();
    const JsonObject content = json.child(data, "data");
    if (kind == "transfers") {
        return read_transfers<v3::TransfersPayload>(content);
    }
    if (kind == "burn") {
        const JsonObject burn = content.child(value, "burn");
        return v3::BurnPayload{burn.tagged<model::AssetId>("asset"), read_amount(burn, "amount")};
    }
    if (kind == "multi_sig") {
        return read_multisig<v3::MultisigPayload>(content.child(value, "multi_sig"));
    }
    if (kind == "energy") {
        return read_energy(content, value);
    }
    if (kind == "a_i_mining") {
        return read_ai_mining(content, value);
    }
    if (kind == "invoke_contract") {
        if (auto invoke = read_invoke(content.child(value, "invoke_contract"))) {
            return *std::move(invoke);
        }
    } else if (kind == "deploy_contract") {
        if (auto deploy = read_deploy(content.child(value, "deploy_contract"))) {
            return *std::move(deploy);
        }
    }
    unreadable = fmt::format("the node does not show all bytes of a transaction of kind {}",
                             printable_name(kind));
    return std::nullopt;
}

/// Encodes it with each kind of fee, until it hashes as the node says.
bool settle_fee(v3::Transaction& transaction, NodeTransaction& out) {
    for (const v3::FeeType fee : {v3::FeeType::kTos, v3::FeeType::kEnergy}) {
        transaction.fee_type = fee;
        base::Bytes wire = v3::encode_transaction(transaction);
        if (crypto::blake3(wire) == out.hash) {
            out.wire = std::move(wire);
            return true;
        }
    }
    return false;
}

std::vector<v3::ContractDeposit>* deposits_of(v3::Payload& payload) {
    if (auto* invoke = std::get_if<v3::InvokeContractPayload>(&payload)) {
        return &invoke->deposits;
    }
    auto* deploy = std::get_if<v3::DeployContractPayload>(&payload);
    return deploy != nullptr && deploy->constructor ? &deploy->constructor->deposits : nullptr;
}

bool settle(v3::Transaction transaction, NodeTransaction& out) {
    std::vector<v3::ContractDeposit>* const deposits = deposits_of(transaction.payload);
    if (deposits == nullptr || deposits->size() < 2 || deposits->size() > kMostOrders) {
        return settle_fee(transaction, out);
    }
    const auto by_asset = [](const v3::ContractDeposit& a, const v3::ContractDeposit& b) {
        return a.asset < b.asset;
    };
    std::ranges::sort(*deposits, by_asset);
    do {
        if (settle_fee(transaction, out)) {
            return true;
        }
    } while (std::next_permutation(deposits->begin(), deposits->end(), by_asset));
    return false;
}

}  // namespace

NodeTransaction read_transaction_v3(const JsonObject& json) {
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
    v3::Transaction transaction;
    transaction.source = out.accounts.front();
    transaction.payload = *std::move(payload);
    transaction.fee = read_amount(json, "fee");
    transaction.nonce = model::Nonce{json.number<std::uint64_t>("nonce")};
    transaction.reference = read_reference<v3::Reference>(json);
    transaction.multisig = read_cosignatures<v3::MultisigSection>(json);
    transaction.signature = read_signature(json, "signature");
    if (json.ok() && !settle(std::move(transaction), out)) {
        json.fail("hash", fmt::format("is {}, and no way of writing what is shown hashes to that",
                                      out.hash.hex()));
    }
    return out;
}

}  // namespace parallax::node
