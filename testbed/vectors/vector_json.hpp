#pragma once

#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/statusor.h"

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

/// Parses one file. InvalidArgument if it is not JSON or has no list `test_vectors`; a case that is
/// malformed in itself is kept with its `problem`: so is one of an unknown kind, or with a member
/// that is not known, for what is not understood is not skipped. Integers may use all 64 bits.
[[nodiscard]] absl::StatusOr<VectorFile> parse_json_vectors(std::string_view text);

/// Whether a file is the list of test accounts that lies beside the vectors: whole JSON with a list
/// `accounts` and nothing else.
[[nodiscard]] bool is_account_list(std::string_view text);

/// When a transaction is taken from its JSON (2.4, 8.2).
enum class VectorFallback : std::uint8_t { kIfUndecodable, kIfWireAbsent };

/// The transaction that the conformance server makes of `transaction`: from its wire, trimmed, or
/// from its JSON. InvalidArgument stands for the answer 0x100.
[[nodiscard]] absl::StatusOr<tos::e1::Transaction> vector_transaction(
    const VectorTransaction& transaction, tos::e1::Trailing trailing, VectorFallback fallback);

/// The key that the vectors mine with: the public key of private scalar 1 (3.2).
[[nodiscard]] model::PublicKey vector_miner_key();

/// The rows of a state under the loading rules of 12.3, ascending by key. Counters are left to the
/// caller: what a global number means depends on the kind of the vector.
[[nodiscard]] std::vector<std::pair<model::StateKey, model::StateValue>> load_rows(
    const VectorState& state);

/// State digest v1 (10). The order of `accounts` does not matter.
[[nodiscard]] model::Hash vector_state_digest(const VectorGlobals& globals,
                                              std::span<const VectorAccount> accounts);

}  // namespace parallax::testbed
