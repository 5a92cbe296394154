#pragma once

#include "verifier/model/transaction.hpp"

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
[[nodiscard]] inline Scalar sample_scalar(std::uint8_t seed) {
    Scalar scalar = sample_bytes<Scalar>(seed);
    scalar.mutable_bytes()[31] = 0x0F;
    return scalar;
}

/// A transaction with every envelope field set and no co-signature.
[[nodiscard]] inline Transaction sample_transaction(Payload payload) {
    Transaction transaction;
    transaction.chain_id = 3;
    transaction.source = sample_bytes<PublicKey>(1);
    transaction.payload = std::move(payload);
    transaction.fee = Amount{100'000};
    transaction.nonce = Nonce{5};
    transaction.reference = {sample_bytes<Hash>(2), Topoheight{77}};
    transaction.signature = {sample_scalar(3), sample_scalar(4)};
    return transaction;
}

[[nodiscard]] inline CiphertextValidityProof sample_validity_proof() {
    return {sample_bytes<CompressedPoint>(20), sample_bytes<CompressedPoint>(21),
            sample_bytes<CompressedPoint>(22), sample_scalar(23), sample_scalar(24)};
}

[[nodiscard]] inline UnoSection sample_uno_section(bool range_proof) {
    UnoSection section;
    section.source_commitments.push_back(
        {sample_bytes<CompressedPoint>(30), sample_bytes<CompressedPoint>(31),
         sample_bytes<CompressedPoint>(32), sample_bytes<CompressedPoint>(33), sample_scalar(34),
         sample_scalar(35), sample_scalar(36), kUnoAsset});
    if (range_proof) {
        Bytes proof(288 + 2 * 32, 0x11);
        for (std::size_t element = 0; element < proof.size() / 32; ++element) {
            proof[element * 32 + 31] = 0;
        }
        section.range_proof = proof;
    }
    return section;
}

using NamedTransaction = std::pair<std::string, Transaction>;

[[nodiscard]] inline std::vector<NamedTransaction> contract_samples() {
    const ValueCell cell{{0, 4, 0, 0, 0, 0, 0, 0, 0, 9}};
    const InvokeContractPayload invoke{
        sample_bytes<Hash>(10),
        {{sample_bytes<AssetId>(11), Amount{7}}, {sample_bytes<AssetId>(90), Amount{8}}},
        2,
        Amount{50},
        {cell, {{1, 0, 0, 0, 2, 5, 6}}}};
    const Bytes module = {0x7F, 0x45, 0x4C, 0x46, 1, 2, 3};
    return {
        {"invoke_contract", sample_transaction(invoke)},
        {"deploy_contract", sample_transaction(DeployContractPayload{module, std::nullopt})},
        {"deploy_contract with constructor",
         sample_transaction(DeployContractPayload{
             module, ContractConstructor{Amount{9}, {{kTosAsset, Amount{1}}}}})},
    };
}

[[nodiscard]] inline std::vector<NamedTransaction> encrypted_samples() {
    const auto point = [](std::uint8_t seed) { return sample_bytes<CompressedPoint>(seed); };
    const auto destination = sample_bytes<PublicKey>(9);
    auto uno =
        sample_transaction(UnoTransfersPayload{{{kUnoAsset, destination, Bytes{1, 2}, point(40),
                                                 point(41), point(42), sample_validity_proof()}}});
    uno.uno = sample_uno_section(true);
    auto shield =
        sample_transaction(ShieldTransfersPayload{{{kTosAsset,
                                                    destination,
                                                    Amount{500},
                                                    std::nullopt,
                                                    point(43),
                                                    point(44),
                                                    {point(45), point(46), sample_scalar(47)}}}});
    const UnshieldTransfersPayload unshield_payload{
        {{kTosAsset, destination, Amount{600}, Bytes{}, point(48), point(49),
          sample_validity_proof()}}};
    auto unshield = sample_transaction(unshield_payload);
    unshield.uno = sample_uno_section(true);
    return {{"uno_transfers", uno},
            {"shield_transfers", shield},
            {"unshield_transfers", unshield},
            {"unshield_transfers without commitments", sample_transaction(unshield_payload)}};
}

[[nodiscard]] inline std::vector<NamedTransaction> energy_samples() {
    const auto key = sample_bytes<PublicKey>(50);
    return {
        {"freeze", sample_transaction(EnergyPayload{EnergyFreeze{Amount{kCoin}, 3}})},
        {"delegate", sample_transaction(EnergyPayload{EnergyDelegate{{{key, Amount{5}}}, 365}})},
        {"unfreeze", sample_transaction(EnergyPayload{EnergyUnfreeze{Amount{6}, true, 4, key}})},
        {"unfreeze plainly",
         sample_transaction(EnergyPayload{EnergyUnfreeze{Amount{6}, false, {}, {}}})},
        {"withdraw", sample_transaction(EnergyPayload{EnergyWithdraw{}})},
    };
}

[[nodiscard]] inline std::vector<NamedTransaction> agent_samples() {
    const auto key = sample_bytes<PublicKey>(60);
    const auto hash = sample_bytes<Hash>(61);
    const std::vector<std::pair<std::string, AgentAccountPayload>> payloads = {
        {"register", AgentRegister{key, hash, key, hash}},
        {"register plainly", AgentRegister{key, hash, {}, {}}},
        {"update policy", AgentUpdatePolicy{hash}},
        {"rotate controller", AgentRotateController{key}},
        {"set status", AgentSetStatus{1}},
        {"set energy pool", AgentSetEnergyPool{key}},
        {"set session key root", AgentSetSessionKeyRoot{hash}},
        {"add session key",
         AgentAddSessionKey{1, key, Topoheight{2}, Amount{3}, {key, key}, {kTosAsset}}},
        {"revoke session key", AgentRevokeSessionKey{1}},
    };
    std::vector<NamedTransaction> samples;
    for (const auto& [name, payload] : payloads) {
        samples.emplace_back("agent " + name, sample_transaction(payload));
    }
    return samples;
}

/// One transaction of every opcode and variant, small enough to be damaged bit by bit.
[[nodiscard]] inline std::vector<NamedTransaction> transaction_samples() {
    const auto key = sample_bytes<PublicKey>(70);
    const auto other = sample_bytes<PublicKey>(71);
    auto cosigned = sample_transaction(BurnPayload{kTosAsset, Amount{1}});
    cosigned.multisig = MultisigSection{
        {{0, {sample_scalar(80), sample_scalar(81)}}, {7, {sample_scalar(82), sample_scalar(83)}}}};
    std::vector<NamedTransaction> samples = {
        {"burn", sample_transaction(BurnPayload{kTosAsset, Amount{12}})},
        {"burn with co-signatures", cosigned},
        {"transfers", sample_transaction(TransfersPayload{
                          {{kTosAsset, key, Amount{1}, std::nullopt},
                           {sample_bytes<AssetId>(72), other, Amount{2}, Bytes(100, 0xEE)},
                           {kTosAsset, key, Amount{3}, Bytes{}}}})},
        {"multisig", sample_transaction(MultisigPayload{2, {key, other}})},
        {"multisig delete", sample_transaction(MultisigPayload{})},
        {"register_name", sample_transaction(RegisterNamePayload{"alice-\xC3\xA9"})},
    };
    for (auto* more : {&contract_samples, &encrypted_samples, &energy_samples, &agent_samples}) {
        for (NamedTransaction& sample : more()) {
            samples.push_back(std::move(sample));
        }
    }
    return samples;
}

}  // namespace parallax::test
