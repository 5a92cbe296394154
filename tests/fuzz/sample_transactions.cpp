#include "tests/fuzz/sample_transactions.hpp"

#include <optional>
#include <utility>

namespace parallax::fuzz {
namespace {

PublicKey key(std::uint8_t fill) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(fill);
    return PublicKey::from_array(bytes);
}

std::vector<Payload> plain_payloads() {
    const Bytes memo = {1, 2, 3};
    const Bytes module = {0x7F, 'E', 'L', 'F', 2};
    return {
        BurnPayload{kTosAsset, Amount{7}},
        TransfersPayload{{Transfer{kTosAsset, key(2), Amount{5}, std::nullopt},
                          Transfer{kUnoAsset, key(3), Amount{6}, memo}}},
        MultisigPayload{2, {key(4), key(5)}},
        MultisigPayload{},
        RegisterNamePayload{"alice"},
        InvokeContractPayload{Hash{}, {ContractDeposit{kTosAsset, Amount{1}}}, 3, Amount{9}, {}},
        DeployContractPayload{module, std::nullopt},
        DeployContractPayload{module, ContractConstructor{Amount{9}, {}}},
    };
}

std::vector<Payload> energy_payloads() {
    return {
        EnergyPayload{EnergyFreeze{Amount{kCoin}, 3}},
        EnergyPayload{EnergyDelegate{{EnergyDelegatee{key(6), Amount{kCoin}}}, 4}},
        EnergyPayload{EnergyUnfreeze{Amount{kCoin}, false, std::nullopt, std::nullopt}},
        EnergyPayload{EnergyUnfreeze{Amount{kCoin}, true, 1U, key(6)}},
        EnergyPayload{EnergyWithdraw{}},
    };
}

std::vector<Payload> agent_payloads() {
    return {
        AgentAccountPayload{AgentRegister{key(7), Hash{}, key(8), Hash{}}},
        AgentAccountPayload{AgentRegister{key(7), Hash{}, std::nullopt, std::nullopt}},
        AgentAccountPayload{AgentUpdatePolicy{}},
        AgentAccountPayload{AgentRotateController{key(9)}},
        AgentAccountPayload{AgentSetStatus{1}},
        AgentAccountPayload{AgentSetEnergyPool{key(8)}},
        AgentAccountPayload{AgentSetSessionKeyRoot{std::nullopt}},
        AgentAccountPayload{
            AgentAddSessionKey{1, key(9), Topoheight{50}, Amount{2}, {key(1)}, {kTosAsset}}},
        AgentAccountPayload{AgentRevokeSessionKey{1}},
    };
}

std::vector<Payload> private_payloads() {
    return {
        UnoTransfersPayload{{UnoTransfer{kUnoAsset, key(2), Bytes{1}, {}, {}, {}, {}}}},
        ShieldTransfersPayload{
            {ShieldTransfer{kTosAsset, key(2), Amount{kCoin}, std::nullopt, {}, {}, {}}}},
        UnshieldTransfersPayload{
            {UnshieldTransfer{kTosAsset, key(2), Amount{kCoin}, Bytes{1}, {}, {}, {}}}},
    };
}

bool has_uno_section(const Payload& payload) {
    return std::holds_alternative<UnoTransfersPayload>(payload) ||
           std::holds_alternative<ShieldTransfersPayload>(payload) ||
           std::holds_alternative<UnshieldTransfersPayload>(payload);
}

Transaction with_payload(Payload payload) {
    Transaction transaction;
    transaction.chain_id = 3;
    transaction.source = key(1);
    transaction.fee = Amount{20'000};
    transaction.nonce = Nonce{4};
    transaction.reference.topoheight = Topoheight{17};
    if (has_uno_section(payload)) {
        transaction.uno.source_commitments.resize(1);
        if (!std::holds_alternative<ShieldTransfersPayload>(payload)) {
            // The shortest range proof; only its parts' encodings are checked (2.1).
            transaction.uno.range_proof = Bytes(288, 0);
        }
    }
    transaction.payload = std::move(payload);
    return transaction;
}

}  // namespace

std::vector<Transaction> sample_transactions() {
    std::vector<Transaction> samples;
    for (auto payloads :
         {plain_payloads(), energy_payloads(), agent_payloads(), private_payloads()}) {
        for (Payload& payload : payloads) {
            samples.push_back(with_payload(std::move(payload)));
        }
    }
    Transaction cosigned = samples.front();
    cosigned.multisig = MultisigSection{{Cosignature{0, {}}, Cosignature{1, {}}}};
    samples.push_back(std::move(cosigned));
    return samples;
}

}  // namespace parallax::fuzz
