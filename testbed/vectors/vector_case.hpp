#pragma once

#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::testbed {

/// Files of the public conformance vectors (protocol notes, 12) as plain values.

/// What a vector runs. `kOther` covers kinds that have no execution (12.1).
enum class VectorKind : std::uint8_t { kTransaction, kRoundtrip, kBlock, kChain, kOther };

/// The five numbers of `global_state`.
struct VectorGlobals {
    std::uint64_t total_supply = 0;
    std::uint64_t total_burned = 0;
    std::uint64_t total_energy = 0;
    std::uint64_t block_height = 0;
    /// Seconds since the Unix epoch.
    std::uint64_t timestamp = 0;
    friend bool operator==(const VectorGlobals&, const VectorGlobals&) = default;
};
/// `frozen` in atomic units.
struct VectorAccount {
    model::PublicKey address;
    model::Amount balance;
    model::Nonce nonce;
    model::Amount frozen;
    std::uint64_t energy = 0;
    std::uint64_t flags = 0;
    base::Bytes data;
    friend bool operator==(const VectorAccount&, const VectorAccount&) = default;
};
struct VectorAgent {
    model::PublicKey address;
    model::PublicKey owner;
    model::PublicKey controller;
    model::Hash policy_hash;
    std::uint8_t status = 0;
};
struct VectorName {
    std::string name;
    model::PublicKey owner;
};
/// Amounts in atomic units.
struct VectorFreeze {
    model::Amount amount;
    std::uint64_t energy_gained = 0;
    model::Topoheight freeze_height;
    model::Topoheight unlock_height;
    std::optional<std::uint32_t> duration_days;
};
struct VectorUnfreeze {
    model::Amount amount;
    model::Topoheight expire_height;
};
struct VectorEnergy {
    model::PublicKey address;
    std::uint64_t energy = 0;
    model::Amount frozen;
    std::vector<VectorFreeze> freeze_records;
    std::vector<VectorUnfreeze> pending_unfreezes;
};
struct VectorContract {
    model::Hash hash;
    base::Bytes module;
};
struct VectorState {
    std::uint64_t network_chain_id = 0;
    VectorGlobals globals;
    std::vector<VectorAccount> accounts;
    std::vector<VectorAgent> agent_accounts;
    std::vector<VectorName> names;
    std::vector<VectorEnergy> energy_resources;
    std::vector<VectorContract> contracts;
};

/// One transaction of a vector: its wire as hex text, and its JSON form.
struct VectorTransaction {
    /// As given, white space included; nothing if the field is absent.
    std::optional<std::string> wire_hex;
    bool has_json = false;
    /// Built from the JSON, for the types that can be (2.4) and if its fields are sound. Source
    /// commitments and range proof are not read: no path that takes the JSON looks at them.
    std::optional<tos::e1::Transaction> from_json;
};

struct VectorChainBlock {
    std::string id;
    /// `genesis`, an earlier id, or a raw hash.
    std::vector<std::string> parents;
    std::optional<std::uint64_t> height;
    std::optional<std::uint64_t> timestamp_ms;
    std::vector<VectorTransaction> transactions;
};

struct VectorExpected {
    bool success = false;
    model::ErrorCode code = model::ErrorCode::kSuccess;
    /// Lower-case hex, or empty if the vector does not state one.
    std::string state_digest;
    std::optional<VectorState> post_state;
};

struct VectorCase {
    std::string name;
    VectorKind kind = VectorKind::kOther;
    bool runnable = true;
    /// What makes this case unusable, with its path in the file; empty for a sound case. The other
    /// fields of an unusable case mean nothing but `name`.
    std::string problem;
    std::optional<VectorState> pre_state;
    VectorExpected expected;
    /// One for kinds transaction and roundtrip, any number for a block.
    std::vector<VectorTransaction> transactions;
    std::vector<VectorChainBlock> chain_blocks;
};
struct VectorFile {
    std::vector<VectorCase> cases;
};

}  // namespace parallax::testbed
