#pragma once

#include "verifier/crypto/schnorr_signature.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/transaction_type.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace parallax::tos::v3 {

/// How a transaction pays its fee.
enum class FeeType : std::uint8_t { kTos = 0, kEnergy = 1 };

struct BurnPayload {
    model::AssetId asset;
    model::Amount amount;
};

struct Transfer {
    model::AssetId asset;
    model::PublicKey destination;
    model::Amount amount;
    std::optional<base::Bytes> extra_data;
};
struct TransfersPayload {
    std::vector<Transfer> transfers;
};

/// Threshold 0 with no participants removes the configuration.
struct MultisigPayload {
    std::uint8_t threshold = 0;
    std::vector<model::PublicKey> participants;
};

struct ContractDeposit {
    model::AssetId asset;
    model::Amount amount;
};

/// A parameter of a contract call, as its checked wire bytes.
struct ValueCell {
    base::Bytes bytes;
};

struct InvokeContractPayload {
    model::Hash contract;
    std::vector<ContractDeposit> deposits;
    std::uint16_t chunk_id = 0;
    model::Amount max_gas;
    std::vector<ValueCell> parameters;
};

struct ContractConstructor {
    model::Amount max_gas;
    std::vector<ContractDeposit> deposits;
};
struct DeployContractPayload {
    /// The module's checked wire bytes.
    base::Bytes module;
    std::optional<ContractConstructor> constructor;
};

struct EnergyFreeze {
    model::Amount amount;
    std::uint32_t days = 0;
};
struct EnergyUnfreeze {
    model::Amount amount;
};
using EnergyPayload = std::variant<EnergyFreeze, EnergyUnfreeze>;

struct AiPublishTask {
    model::Hash task;
    std::uint64_t reward = 0;
    std::uint8_t difficulty = 0;
    std::uint64_t deadline = 0;
    std::string description;
};
struct AiSubmitAnswer {
    model::Hash task;
    std::string content;
    model::Hash answer_hash;
    std::uint64_t stake = 0;
};
struct AiValidateAnswer {
    model::Hash task;
    model::Hash answer;
    std::uint8_t score = 0;
};
struct AiRegisterMiner {
    model::PublicKey miner;
    std::uint64_t fee = 0;
};
using AiMiningPayload =
    std::variant<AiPublishTask, AiSubmitAnswer, AiValidateAnswer, AiRegisterMiner>;

using Payload = std::variant<BurnPayload, TransfersPayload, MultisigPayload, InvokeContractPayload,
                             DeployContractPayload, EnergyPayload, AiMiningPayload>;

/// The chain state that a transaction was built against.
struct Reference {
    model::Hash hash;
    model::Topoheight topoheight;
};

struct Cosignature {
    std::uint8_t participant_index = 0;
    crypto::Signature signature;
};
/// Signatures of the sender's participants, in wire order, indices distinct; not signed.
struct MultisigSection {
    std::vector<Cosignature> signatures;
};

/// A decoded transaction of profile v3, in wire order. A plain value.
struct Transaction {
    model::PublicKey source;
    Payload payload;
    model::Amount fee;
    FeeType fee_type = FeeType::kTos;
    model::Nonce nonce;
    Reference reference;
    std::optional<MultisigSection> multisig;
    crypto::Signature signature;
};

/// The kind of transaction that `payload` makes.
[[nodiscard]] model::TransactionType transaction_type(const Payload& payload) noexcept;

/// True for what only the chain's contract machine can decide.
[[nodiscard]] bool runs_code(const Payload& payload) noexcept;

/// Outputs that a fee counts: those of transfers.
[[nodiscard]] std::size_t output_count(const Payload& payload) noexcept;

}  // namespace parallax::tos::v3
