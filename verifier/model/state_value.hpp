#pragma once

#include "verifier/base/boxed.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/version_records.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace parallax::model {

/// Family `account`: the row's presence is the account's registration.
struct AccountRecord {
    Nonce nonce;
    Topoheight registered_at;
    friend bool operator==(const AccountRecord&, const AccountRecord&) = default;
};

/// Family `account_attributes`: flags and data of the state digest (protocol notes, 10);
/// no transaction changes them.
struct AccountAttributesRecord {
    std::uint64_t flags = 0;
    base::Bytes data;
    friend bool operator==(const AccountAttributesRecord&,
                           const AccountAttributesRecord&) = default;
};

/// Families `balance`, `contract_balance`, `asset_supply` and `counter`: one number.
struct AmountRecord {
    Amount amount;
    friend bool operator==(const AmountRecord&, const AmountRecord&) = default;
};

/// Family `multisig`: the sender's configuration (5.3). Participant order matters (4.4).
struct MultisigRecord {
    std::uint8_t threshold = 0;
    std::vector<PublicKey> participants;
    friend bool operator==(const MultisigRecord&, const MultisigRecord&) = default;
};

/// A self-freeze of the energy resource (5.9). `amount` in whole TOS.
struct FreezeRecord {
    std::uint64_t amount = 0;
    std::uint32_t days = 0;
    Topoheight frozen_at;
    Topoheight unlock_at;
    std::uint64_t energy = 0;
    friend bool operator==(const FreezeRecord&, const FreezeRecord&) = default;
};
/// One delegatee of a delegation. `amount` in whole TOS.
struct DelegationEntry {
    PublicKey delegatee;
    std::uint64_t amount = 0;
    std::uint64_t energy = 0;
    friend bool operator==(const DelegationEntry&, const DelegationEntry&) = default;
};
/// A delegation; `total_amount` in whole TOS.
struct DelegationRecord {
    std::vector<DelegationEntry> entries;
    std::uint32_t days = 0;
    Topoheight frozen_at;
    Topoheight unlock_at;
    std::uint64_t total_amount = 0;
    std::uint64_t total_energy = 0;
    friend bool operator==(const DelegationRecord&, const DelegationRecord&) = default;
};
/// TOS on their way back to the balance. `amount` in whole TOS.
struct PendingUnfreeze {
    std::uint64_t amount = 0;
    Topoheight expires_at;
    friend bool operator==(const PendingUnfreeze&, const PendingUnfreeze&) = default;
};
/// Family `energy`: an account's energy resource (5.9). `frozen` in whole TOS.
struct EnergyRecord {
    std::uint64_t energy = 0;
    std::uint64_t frozen = 0;
    std::vector<FreezeRecord> self_records;
    std::vector<DelegationRecord> delegations;
    std::vector<PendingUnfreeze> pending;
    friend bool operator==(const EnergyRecord&, const EnergyRecord&) = default;
};

/// A session key of an agent account (5.8).
struct SessionKey {
    std::uint64_t key_id = 0;
    PublicKey public_key;
    Topoheight expiry;
    Amount max_value;
    std::vector<PublicKey> allowed_targets;
    std::vector<AssetId> allowed_assets;
    friend bool operator==(const SessionKey&, const SessionKey&) = default;
};
/// Family `agent_account` (5.8). `session_keys` in storage order: ascending key id.
struct AgentRecord {
    PublicKey owner;
    PublicKey controller;
    Hash policy_hash;
    std::uint8_t status = 0;
    std::optional<PublicKey> energy_pool;
    std::optional<Hash> session_key_root;
    std::vector<SessionKey> session_keys;
    friend bool operator==(const AgentRecord&, const AgentRecord&) = default;
};

/// Family `name`: who owns a name hash.
struct NameRecord {
    PublicKey owner;
    friend bool operator==(const NameRecord&, const NameRecord&) = default;
};
/// Family `name_of_account`: the one name hash that an account owns.
struct NameOfAccountRecord {
    Hash name_hash;
    friend bool operator==(const NameOfAccountRecord&, const NameOfAccountRecord&) = default;
};

/// Families `contract_module`, `contract_storage` and `ai_mining`: opaque bytes.
struct BytesRecord {
    base::Bytes bytes;
    friend bool operator==(const BytesRecord&, const BytesRecord&) = default;
};

/// Family `encrypted_balance`: a ciphertext, compared as bytes.
struct EncryptedBalanceRecord {
    CompressedPoint commitment;
    CompressedPoint handle;
    friend bool operator==(const EncryptedBalanceRecord&, const EncryptedBalanceRecord&) = default;
};

/// Family `executed_transaction`: the topoheight of the block that executed it.
struct ExecutedRecord {
    Topoheight executed_at;
    friend bool operator==(const ExecutedRecord&, const ExecutedRecord&) = default;
};

/// The value of any family. `families.hpp` says which alternative a family holds.
using StateValue =
    std::variant<AccountRecord, AmountRecord, ExecutedRecord, NameRecord, NameOfAccountRecord,
                 base::Boxed<AccountAttributesRecord>, base::Boxed<MultisigRecord>,
                 base::Boxed<EnergyRecord>, base::Boxed<AgentRecord>, base::Boxed<BytesRecord>,
                 base::Boxed<EncryptedBalanceRecord>, base::Boxed<BalanceVersionRecord>,
                 base::Boxed<AccountVersionRecord>, base::Boxed<StakedEnergyRecord>>;

static_assert(sizeof(StateValue) <= 40, "the delta of a block is made of these");

// ---- Field lists (see fields.hpp) ----

template <class V, SameRecord<AccountRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [nonce, registered_at] = self;
    visit("nonce", nonce);
    visit("registered_at", registered_at);
}
template <class V, SameRecord<AccountAttributesRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [flags, data] = self;
    visit("flags", flags);
    visit("data", data);
}
template <class V, SameRecord<AmountRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [amount] = self;
    visit("amount", amount);
}
template <class V, SameRecord<MultisigRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [threshold, participants] = self;
    visit("threshold", threshold);
    visit("participants", participants);
}
template <class V, SameRecord<FreezeRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [amount, days, frozen_at, unlock_at, energy] = self;
    visit("amount", amount);
    visit("days", days);
    visit("frozen_at", frozen_at);
    visit("unlock_at", unlock_at);
    visit("energy", energy);
}
template <class V, SameRecord<DelegationEntry> S>
void visit_fields(S& self, V& visit) {
    auto& [delegatee, amount, energy] = self;
    visit("delegatee", delegatee);
    visit("amount", amount);
    visit("energy", energy);
}
template <class V, SameRecord<DelegationRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [entries, days, frozen_at, unlock_at, total_amount, total_energy] = self;
    visit("entries", entries);
    visit("days", days);
    visit("frozen_at", frozen_at);
    visit("unlock_at", unlock_at);
    visit("total_amount", total_amount);
    visit("total_energy", total_energy);
}
template <class V, SameRecord<PendingUnfreeze> S>
void visit_fields(S& self, V& visit) {
    auto& [amount, expires_at] = self;
    visit("amount", amount);
    visit("expires_at", expires_at);
}
template <class V, SameRecord<EnergyRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [energy, frozen, self_records, delegations, pending] = self;
    visit("energy", energy);
    visit("frozen", frozen);
    visit("self_records", self_records);
    visit("delegations", delegations);
    visit("pending", pending);
}
template <class V, SameRecord<SessionKey> S>
void visit_fields(S& self, V& visit) {
    auto& [key_id, public_key, expiry, max_value, allowed_targets, allowed_assets] = self;
    visit("key_id", key_id);
    visit("public_key", public_key);
    visit("expiry", expiry);
    visit("max_value", max_value);
    visit("allowed_targets", allowed_targets);
    visit("allowed_assets", allowed_assets);
}
template <class V, SameRecord<AgentRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [owner, controller, policy_hash, status, energy_pool, session_key_root, session_keys] =
        self;
    visit("owner", owner);
    visit("controller", controller);
    visit("policy_hash", policy_hash);
    visit("status", status);
    visit("energy_pool", energy_pool);
    visit("session_key_root", session_key_root);
    visit("session_keys", session_keys);
}
template <class V, SameRecord<NameRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [owner] = self;
    visit("owner", owner);
}
template <class V, SameRecord<NameOfAccountRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [name_hash] = self;
    visit("name_hash", name_hash);
}
template <class V, SameRecord<BytesRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [bytes] = self;
    visit("bytes", bytes);
}
template <class V, SameRecord<EncryptedBalanceRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [commitment, handle] = self;
    visit("commitment", commitment);
    visit("handle", handle);
}
template <class V, SameRecord<ExecutedRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [executed_at] = self;
    visit("executed_at", executed_at);
}

}  // namespace parallax::model
