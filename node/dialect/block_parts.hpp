#pragma once

#include "node/dialect/node_block.hpp"
#include "node/dialect/transaction_json.hpp"
#include "verifier/codec/json_object.hpp"

#include <functional>
#include <vector>

namespace parallax::node {

/// What the dialects of a block's JSON are read with. Problems are in the object.

/// A number that must be there.
[[nodiscard]] std::uint64_t required_number(const codec::JsonObject& json, const char* name);
[[nodiscard]] std::vector<model::Hash> read_hashes(const codec::JsonObject& json, const char* name,
                                                   std::size_t limit);
void fail_hash(const codec::JsonObject& json, const model::Hash& said, const model::Hash& shown);

/// Fills height, tips, transactions, wire and what is unreadable. `block.hash` is set.
void read_bytes_of_e1(const codec::JsonObject& json, tos::e1::Epoch epoch, NodeBlock& block);
void read_bytes_of_v3(const codec::JsonObject& json, NodeBlock& block);

/// The bytes of the bodies behind one another, in the order of `block.transactions`; fills what is
/// unreadable of them and whom they name. None of a block that is unreadable already.
[[nodiscard]] base::Bytes read_bodies(
    const codec::JsonObject& json,
    const std::function<NodeTransaction(const codec::JsonObject&)>& read, NodeBlock& block);

}  // namespace parallax::node
