#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace parallax::test {

/// Distinct bytes from `seed`: enough for fields that are never checked as points.
template <class T>
[[nodiscard]] T sample_bytes(std::uint8_t seed) {
    T value;
    for (std::size_t i = 0; i < T::kSize; ++i) {
        value.mutable_bytes()[i] = static_cast<std::uint8_t>(seed + 3 * i);
    }
    return value;
}
/// A canonical scalar.
[[nodiscard]] inline model::Scalar sample_scalar(std::uint8_t seed) {
    model::Scalar scalar = sample_bytes<model::Scalar>(seed);
    scalar.mutable_bytes()[31] = 0x0F;
    return scalar;
}

/// A transaction with every envelope field set and no co-signature.
[[nodiscard]] inline tos::e1::Transaction sample_transaction(tos::e1::Payload payload) {
    tos::e1::Transaction transaction;
    transaction.chain_id = 3;
    transaction.source = sample_bytes<model::PublicKey>(1);
    transaction.payload = std::move(payload);
    transaction.fee = model::Amount{100'000};
    transaction.nonce = model::Nonce{5};
    transaction.reference = {sample_bytes<model::Hash>(2), model::Topoheight{77}};
    transaction.signature = {sample_scalar(3), sample_scalar(4)};
    return transaction;
}

[[nodiscard]] inline tos::e1::CiphertextValidityProof sample_validity_proof() {
    return {sample_bytes<model::CompressedPoint>(20), sample_bytes<model::CompressedPoint>(21),
            sample_bytes<model::CompressedPoint>(22), sample_scalar(23), sample_scalar(24)};
}

[[nodiscard]] inline tos::e1::UnoSection sample_uno_section(bool range_proof) {
    tos::e1::UnoSection section;
    section.source_commitments.push_back(
        {sample_bytes<model::CompressedPoint>(30), sample_bytes<model::CompressedPoint>(31),
         sample_bytes<model::CompressedPoint>(32), sample_bytes<model::CompressedPoint>(33),
         sample_scalar(34), sample_scalar(35), sample_scalar(36), model::kUnoAsset});
    if (range_proof) {
        base::Bytes proof(288 + 2 * 32, 0x11);
        for (std::size_t element = 0; element < proof.size() / 32; ++element) {
            proof[element * 32 + 31] = 0;
        }
        section.range_proof = proof;
    }
    return section;
}

using NamedTransaction = std::pair<std::string, tos::e1::Transaction>;

[[nodiscard]] inline std::vector<NamedTransaction> contract_samples() {
    const tos::e1::ValueCell cell{{0, 4, 0, 0, 0, 0, 0, 0, 0, 9}};
    const tos::e1::InvokeContractPayload invoke{
        sample_bytes<model::Hash>(10),
        {{sample_bytes<model::AssetId>(11), model::Amount{7}},
         {sample_bytes<model::AssetId>(90), model::Amount{8}}},
        2,
        model::Amount{50},
        {cell, {{1, 0, 0, 0, 2, 5, 6}}}};
    const base::Bytes module = {0x7F, 0x45, 0x4C, 0x46, 1, 2, 3};
    return {
        {"invoke_contract", sample_transaction(invoke)},
        {"deploy_contract",
         sample_transaction(tos::e1::DeployContractPayload{module, std::nullopt})},
        {"deploy_contract with constructor",
         sample_transaction(tos::e1::DeployContractPayload{
             module, tos::e1::ContractConstructor{model::Amount{9},
                                                  {{model::kTosAsset, model::Amount{1}}}}})},
    };
}

[[nodiscard]] inline std::vector<NamedTransaction> encrypted_samples() {
    const auto point = [](std::uint8_t seed) { return sample_bytes<model::CompressedPoint>(seed); };
    const auto destination = sample_bytes<model::PublicKey>(9);
    auto uno = sample_transaction(
        tos::e1::UnoTransfersPayload{{{model::kUnoAsset, destination, base::Bytes{1, 2}, point(40),
                                       point(41), point(42), sample_validity_proof()}}});
    uno.uno = sample_uno_section(true);
    auto shield = sample_transaction(
        tos::e1::ShieldTransfersPayload{{{model::kTosAsset,
                                          destination,
                                          model::Amount{500},
                                          std::nullopt,
                                          point(43),
                                          point(44),
                                          {point(45), point(46), sample_scalar(47)}}}});
    const tos::e1::UnshieldTransfersPayload unshield_payload{
        {{model::kTosAsset, destination, model::Amount{600}, base::Bytes{}, point(48), point(49),
          sample_validity_proof()}}};
    auto unshield = sample_transaction(unshield_payload);
    unshield.uno = sample_uno_section(true);
    return {{"uno_transfers", uno},
            {"shield_transfers", shield},
            {"unshield_transfers", unshield},
            {"unshield_transfers without commitments", sample_transaction(unshield_payload)}};
}

[[nodiscard]] inline std::vector<NamedTransaction> energy_samples() {
    const auto key = sample_bytes<model::PublicKey>(50);
    return {
        {"freeze", sample_transaction(tos::e1::EnergyPayload{
                       tos::e1::EnergyFreeze{model::Amount{model::kCoin}, 3}})},
        {"delegate", sample_transaction(tos::e1::EnergyPayload{
                         tos::e1::EnergyDelegate{{{key, model::Amount{5}}}, 365}})},
        {"unfreeze", sample_transaction(tos::e1::EnergyPayload{
                         tos::e1::EnergyUnfreeze{model::Amount{6}, true, 4, key}})},
        {"unfreeze plainly", sample_transaction(tos::e1::EnergyPayload{
                                 tos::e1::EnergyUnfreeze{model::Amount{6}, false, {}, {}}})},
        {"withdraw", sample_transaction(tos::e1::EnergyPayload{tos::e1::EnergyWithdraw{}})},
    };
}

[[nodiscard]] inline std::vector<NamedTransaction> agent_samples() {
    const auto key = sample_bytes<model::PublicKey>(60);
    const auto hash = sample_bytes<model::Hash>(61);
    const std::vector<std::pair<std::string, tos::e1::AgentAccountPayload>> payloads = {
        {"register", tos::e1::AgentRegister{key, hash, key, hash}},
        {"register plainly", tos::e1::AgentRegister{key, hash, {}, {}}},
        {"update policy", tos::e1::AgentUpdatePolicy{hash}},
        {"rotate controller", tos::e1::AgentRotateController{key}},
        {"set status", tos::e1::AgentSetStatus{1}},
        {"set energy pool", tos::e1::AgentSetEnergyPool{key}},
        {"set session key root", tos::e1::AgentSetSessionKeyRoot{hash}},
        {"add session key",
         tos::e1::AgentAddSessionKey{
             1, key, model::Topoheight{2}, model::Amount{3}, {key, key}, {model::kTosAsset}}},
        {"revoke session key", tos::e1::AgentRevokeSessionKey{1}},
    };
    std::vector<NamedTransaction> samples;
    for (const auto& [name, payload] : payloads) {
        samples.emplace_back("agent " + name, sample_transaction(payload));
    }
    return samples;
}

/// One transaction of every opcode and variant, small enough to be damaged bit by bit.
[[nodiscard]] inline std::vector<NamedTransaction> transaction_samples() {
    const auto key = sample_bytes<model::PublicKey>(70);
    const auto other = sample_bytes<model::PublicKey>(71);
    auto cosigned = sample_transaction(tos::e1::BurnPayload{model::kTosAsset, model::Amount{1}});
    cosigned.multisig = tos::e1::MultisigSection{
        {{0, {sample_scalar(80), sample_scalar(81)}}, {7, {sample_scalar(82), sample_scalar(83)}}}};
    std::vector<NamedTransaction> samples = {
        {"burn", sample_transaction(tos::e1::BurnPayload{model::kTosAsset, model::Amount{12}})},
        {"burn with co-signatures", cosigned},
        {"transfers",
         sample_transaction(tos::e1::TransfersPayload{
             {{model::kTosAsset, key, model::Amount{1}, std::nullopt},
              {sample_bytes<model::AssetId>(72), other, model::Amount{2}, base::Bytes(100, 0xEE)},
              {model::kTosAsset, key, model::Amount{3}, base::Bytes{}}}})},
        {"multisig", sample_transaction(tos::e1::MultisigPayload{2, {key, other}})},
        {"multisig delete", sample_transaction(tos::e1::MultisigPayload{})},
        {"register_name", sample_transaction(tos::e1::RegisterNamePayload{"alice-\xC3\xA9"})},
    };
    for (auto* more : {&contract_samples, &encrypted_samples, &energy_samples, &agent_samples}) {
        for (NamedTransaction& sample : more()) {
            samples.push_back(std::move(sample));
        }
    }
    return samples;
}

}  // namespace parallax::test
