#pragma once

#include "verifier/chains/tos/e1/epoch.hpp"
#include "verifier/crypto/schnorr_signature.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/transaction_type.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace parallax::tos::e1 {

/// How a transaction pays its fee (protocol notes, 2.1 field 7).
enum class FeeType : std::uint8_t { kTos = 0, kEnergy = 1, kUno = 2 };

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

/// Threshold 0 with no participants deletes the configuration.
struct MultisigPayload {
    std::uint8_t threshold = 0;
    std::vector<model::PublicKey> participants;
};

struct ContractDeposit {
    model::AssetId asset;
    model::Amount amount;
};

/// A parameter of a contract call, kept as its checked wire bytes: nothing below the virtual
/// machine looks inside one. `bytes` starts at the cell's tag.
struct ValueCell {
    base::Bytes bytes;
};

struct InvokeContractPayload {
    model::Hash contract;
    std::vector<ContractDeposit> deposits;
    std::uint16_t entry_id = 0;
    model::Amount max_gas;
    std::vector<ValueCell> parameters;
};

struct ContractConstructor {
    model::Amount max_gas;
    std::vector<ContractDeposit> deposits;
};
struct DeployContractPayload {
    base::Bytes module;
    std::optional<ContractConstructor> constructor;
};

struct EnergyFreeze {
    model::Amount amount;
    std::uint32_t days = 0;
};
struct EnergyDelegatee {
    model::PublicKey delegatee;
    model::Amount amount;
};
struct EnergyDelegate {
    std::vector<EnergyDelegatee> delegatees;
    std::uint32_t days = 0;
};
struct EnergyUnfreeze {
    model::Amount amount;
    bool from_delegation = false;
    std::optional<std::uint32_t> record_index;
    std::optional<model::PublicKey> delegatee;
};
struct EnergyWithdraw {};
using EnergyPayload = std::variant<EnergyFreeze, EnergyDelegate, EnergyUnfreeze, EnergyWithdraw>;

/// Ciphertext validity proof of a uno or unshield transfer: 160 bytes on the wire.
struct CiphertextValidityProof {
    model::CompressedPoint y_0;
    model::CompressedPoint y_1;
    model::CompressedPoint y_2;
    model::Scalar z_r;
    model::Scalar z_x;
};
struct UnoTransfer {
    model::AssetId asset;
    model::PublicKey destination;
    std::optional<base::Bytes> extra_data;
    model::CompressedPoint commitment;
    model::CompressedPoint sender_handle;
    model::CompressedPoint receiver_handle;
    CiphertextValidityProof proof;
};
struct UnoTransfersPayload {
    std::vector<UnoTransfer> transfers;
};

/// Proof that a shield commitment hides the stated amount (3.3): 96 bytes on the wire.
struct ShieldProof {
    model::CompressedPoint y_h;
    model::CompressedPoint y_p;
    model::Scalar z;
};
struct ShieldTransfer {
    model::AssetId asset;
    model::PublicKey destination;
    model::Amount amount;
    std::optional<base::Bytes> extra_data;
    model::CompressedPoint commitment;
    model::CompressedPoint receiver_handle;
    ShieldProof proof;
};
struct ShieldTransfersPayload {
    std::vector<ShieldTransfer> transfers;
};

struct UnshieldTransfer {
    model::AssetId asset;
    model::PublicKey destination;
    model::Amount amount;
    std::optional<base::Bytes> extra_data;
    model::CompressedPoint commitment;
    model::CompressedPoint sender_handle;
    CiphertextValidityProof proof;
};
struct UnshieldTransfersPayload {
    std::vector<UnshieldTransfer> transfers;
};

/// UTF-8, 3..64 bytes, as on the wire (not yet lower-cased).
struct RegisterNamePayload {
    std::string name;
};

struct AgentRegister {
    model::PublicKey controller;
    model::Hash policy_hash;
    std::optional<model::PublicKey> energy_pool;
    std::optional<model::Hash> session_key_root;
};
struct AgentUpdatePolicy {
    model::Hash policy_hash;
};
struct AgentRotateController {
    model::PublicKey new_controller;
};
struct AgentSetStatus {
    std::uint8_t status = 0;
};
struct AgentSetEnergyPool {
    std::optional<model::PublicKey> energy_pool;
};
struct AgentSetSessionKeyRoot {
    std::optional<model::Hash> session_key_root;
};
struct AgentAddSessionKey {
    std::uint64_t key_id = 0;
    model::PublicKey public_key;
    model::Topoheight expiry;
    model::Amount max_value;
    std::vector<model::PublicKey> allowed_targets;
    std::vector<model::AssetId> allowed_assets;
};
struct AgentRevokeSessionKey {
    std::uint64_t key_id = 0;
};
using AgentAccountPayload = std::variant<AgentRegister, AgentUpdatePolicy, AgentRotateController,
                                         AgentSetStatus, AgentSetEnergyPool, AgentSetSessionKeyRoot,
                                         AgentAddSessionKey, AgentRevokeSessionKey>;

using Payload =
    std::variant<BurnPayload, TransfersPayload, MultisigPayload, InvokeContractPayload,
                 DeployContractPayload, EnergyPayload, UnoTransfersPayload, ShieldTransfersPayload,
                 UnshieldTransfersPayload, RegisterNamePayload, AgentAccountPayload>;

/// One commitment of the UNO section: 256 bytes on the wire (2.1).
struct SourceCommitment {
    model::CompressedPoint commitment;
    model::CompressedPoint y_0;
    model::CompressedPoint y_1;
    model::CompressedPoint y_2;
    model::Scalar z_s;
    model::Scalar z_x;
    model::Scalar z_r;
    model::AssetId asset;
};

/// Fields 9 of the envelope; not signed. Present on opcodes 18, 19 and 20 only. The range proof's
/// bytes have been checked to parse; nothing here verifies it.
struct UnoSection {
    std::vector<SourceCommitment> source_commitments;
    std::optional<base::Bytes> range_proof;
};

/// The chain state a transaction was built against.
struct Reference {
    model::Hash hash;
    model::Topoheight topoheight;
};

struct Cosignature {
    std::uint8_t participant_index = 0;
    crypto::Signature signature;
};
/// Co-signatures of the sender's participants, in wire order, indices distinct; not signed.
struct MultisigSection {
    std::vector<Cosignature> signatures;
};

/// A decoded transaction of profile e1 or head (2.1, in wire order). A plain value.
struct Transaction {
    std::uint8_t version = 1;
    std::uint8_t chain_id = 0;
    model::PublicKey source;
    Payload payload;
    model::Amount fee;
    FeeType fee_type = FeeType::kTos;
    model::Nonce nonce;
    UnoSection uno;
    Reference reference;
    std::optional<MultisigSection> multisig;
    crypto::Signature signature;
    /// Which opcodes its bytes have; not one of them itself.
    Epoch epoch = Epoch::kE1;
};

/// The kind of transaction that `payload` makes.
[[nodiscard]] model::TransactionType transaction_type(const Payload& payload) noexcept;

}  // namespace parallax::tos::e1
