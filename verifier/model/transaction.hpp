#pragma once

#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace parallax {

/// How a transaction pays its fee (semantics reference, 2.1 field 7).
enum class FeeType : std::uint8_t { kTos = 0, kEnergy = 1, kUno = 2 };

/// The opcode of a transaction in profile e1 (2.2).
enum class TransactionType : std::uint8_t {
    kBurn = 0,
    kTransfers = 1,
    kMultisig = 2,
    kInvokeContract = 3,
    kDeployContract = 4,
    kEnergy = 5,
    kUnoTransfers = 18,
    kShieldTransfers = 19,
    kUnshieldTransfers = 20,
    kRegisterName = 21,
    kAgentAccount = 23,
};

/// The field's word for a type, as the public vectors spell it: `transfers`, `register_name`.
[[nodiscard]] std::string_view transaction_type_name(TransactionType type) noexcept;

/// A Schnorr signature: s, then e, both canonical scalars (3.2).
struct Signature {
    Scalar s;
    Scalar e;
    friend bool operator==(const Signature&, const Signature&) = default;
};

struct BurnPayload {
    AssetId asset;
    Amount amount;
};

struct Transfer {
    AssetId asset;
    PublicKey destination;
    Amount amount;
    std::optional<Bytes> extra_data;
};
struct TransfersPayload {
    std::vector<Transfer> transfers;
};

/// Threshold 0 with no participants deletes the configuration.
struct MultisigPayload {
    std::uint8_t threshold = 0;
    std::vector<PublicKey> participants;
};

struct ContractDeposit {
    AssetId asset;
    Amount amount;
};

/// A parameter of a contract call, kept as its checked wire bytes: nothing below the virtual
/// machine looks inside one. `bytes` starts at the cell's tag.
struct ValueCell {
    Bytes bytes;
};

struct InvokeContractPayload {
    Hash contract;
    std::vector<ContractDeposit> deposits;
    std::uint16_t entry_id = 0;
    Amount max_gas;
    std::vector<ValueCell> parameters;
};

struct ContractConstructor {
    Amount max_gas;
    std::vector<ContractDeposit> deposits;
};
struct DeployContractPayload {
    Bytes module;
    std::optional<ContractConstructor> constructor;
};

struct EnergyFreeze {
    Amount amount;
    std::uint32_t days = 0;
};
struct EnergyDelegatee {
    PublicKey delegatee;
    Amount amount;
};
struct EnergyDelegate {
    std::vector<EnergyDelegatee> delegatees;
    std::uint32_t days = 0;
};
struct EnergyUnfreeze {
    Amount amount;
    bool from_delegation = false;
    std::optional<std::uint32_t> record_index;
    std::optional<PublicKey> delegatee;
};
struct EnergyWithdraw {};
using EnergyPayload = std::variant<EnergyFreeze, EnergyDelegate, EnergyUnfreeze, EnergyWithdraw>;

/// Ciphertext validity proof of a uno or unshield transfer: 160 bytes on the wire.
struct CiphertextValidityProof {
    CompressedPoint y_0;
    CompressedPoint y_1;
    CompressedPoint y_2;
    Scalar z_r;
    Scalar z_x;
};
struct UnoTransfer {
    AssetId asset;
    PublicKey destination;
    std::optional<Bytes> extra_data;
    CompressedPoint commitment;
    CompressedPoint sender_handle;
    CompressedPoint receiver_handle;
    CiphertextValidityProof proof;
};
struct UnoTransfersPayload {
    std::vector<UnoTransfer> transfers;
};

/// Proof that a shield commitment hides the stated amount (3.3): 96 bytes on the wire.
struct ShieldProof {
    CompressedPoint y_h;
    CompressedPoint y_p;
    Scalar z;
};
struct ShieldTransfer {
    AssetId asset;
    PublicKey destination;
    Amount amount;
    std::optional<Bytes> extra_data;
    CompressedPoint commitment;
    CompressedPoint receiver_handle;
    ShieldProof proof;
};
struct ShieldTransfersPayload {
    std::vector<ShieldTransfer> transfers;
};

struct UnshieldTransfer {
    AssetId asset;
    PublicKey destination;
    Amount amount;
    std::optional<Bytes> extra_data;
    CompressedPoint commitment;
    CompressedPoint sender_handle;
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
    PublicKey controller;
    Hash policy_hash;
    std::optional<PublicKey> energy_pool;
    std::optional<Hash> session_key_root;
};
struct AgentUpdatePolicy {
    Hash policy_hash;
};
struct AgentRotateController {
    PublicKey new_controller;
};
struct AgentSetStatus {
    std::uint8_t status = 0;
};
struct AgentSetEnergyPool {
    std::optional<PublicKey> energy_pool;
};
struct AgentSetSessionKeyRoot {
    std::optional<Hash> session_key_root;
};
struct AgentAddSessionKey {
    std::uint64_t key_id = 0;
    PublicKey public_key;
    Topoheight expiry;
    Amount max_value;
    std::vector<PublicKey> allowed_targets;
    std::vector<AssetId> allowed_assets;
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
    CompressedPoint commitment;
    CompressedPoint y_0;
    CompressedPoint y_1;
    CompressedPoint y_2;
    Scalar z_s;
    Scalar z_x;
    Scalar z_r;
    AssetId asset;
};

/// Fields 9 of the envelope; not signed. Present on opcodes 18, 19 and 20 only. The range proof's
/// bytes have been checked to parse; nothing here verifies it.
struct UnoSection {
    std::vector<SourceCommitment> source_commitments;
    std::optional<Bytes> range_proof;
};

/// The chain state a transaction was built against.
struct Reference {
    Hash hash;
    Topoheight topoheight;
};

struct Cosignature {
    std::uint8_t participant_index = 0;
    Signature signature;
};
/// Co-signatures of the sender's participants, in wire order, indices distinct; not signed.
struct MultisigSection {
    std::vector<Cosignature> signatures;
};

/// A decoded transaction of profile e1 (2.1, in wire order). A plain value.
struct Transaction {
    std::uint8_t version = 1;
    std::uint8_t chain_id = 0;
    PublicKey source;
    Payload payload;
    Amount fee;
    FeeType fee_type = FeeType::kTos;
    Nonce nonce;
    UnoSection uno;
    Reference reference;
    std::optional<MultisigSection> multisig;
    Signature signature;
};

/// The opcode that `payload` is encoded with.
[[nodiscard]] TransactionType transaction_type(const Payload& payload) noexcept;

}  // namespace parallax
