#pragma once

#include "verifier/chains/tos/e1/epoch.hpp"
#include "verifier/codec/json_object.hpp"
#include "verifier/crypto/schnorr_signature.hpp"

#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace parallax::node {

/// A transaction as a node shows it (node notes, 1.4), with its own bytes.
struct NodeTransaction {
    model::Hash hash;
    base::Bytes wire;
    /// Why its bytes cannot be made from what is shown, by name; empty if they were, in which case
    /// they hash to `hash`. What a node leaves out (the kind of fee) is tried and settled by that.
    std::string unreadable;
    /// Whom it is seen to name: its source, and those who receive something.
    std::vector<model::PublicKey> accounts;
};

/// Reads one transaction of a node's block. Problems of the JSON itself are in `json`, as a member
/// and what is wrong with it; what it says is then worth nothing.
[[nodiscard]] NodeTransaction read_transaction(const codec::JsonObject& json, tos::e1::Epoch epoch);
[[nodiscard]] NodeTransaction read_transaction_v3(const codec::JsonObject& json);

/// Parts that all dialects have.
[[nodiscard]] crypto::Signature read_signature(const codec::JsonObject& json, const char* name);
/// The `days` of a member `duration`.
[[nodiscard]] std::uint32_t read_days(const codec::JsonObject& json);
/// Those who receive something; what is none is left out.
void add_destinations(const nlohmann::json& data, std::vector<model::PublicKey>& accounts);

}  // namespace parallax::node
