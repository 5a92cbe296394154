#include "testbed/vectors/vector_chain.hpp"

#include "testbed/vectors/vector_transaction.hpp"
#include "verifier/chains/tos/e1/dag.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/crypto/hashing.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace parallax::testbed {
namespace {

model::Hash genesis_hash() {
    constexpr std::string_view kName = "parallax vector genesis";
    return crypto::blake3(base::Bytes(kName.begin(), kName.end()));
}

/// A parent by name: `genesis`, an earlier id, a raw hash, or else the zero hash (8.1).
model::Hash find_parent(const std::string& name, const std::map<std::string, model::Hash>& by_id) {
    if (name == "genesis") {
        return genesis_hash();
    }
    if (const auto found = by_id.find(name); found != by_id.end()) {
        return found->second;
    }
    return model::Hash::from_hex(name).value_or(model::Hash{});
}

std::vector<model::Hash> find_parents(const VectorChainBlock& block,
                                      const std::map<std::string, model::Hash>& by_id) {
    std::vector<model::Hash> parents;
    for (const std::string& name : block.parents) {
        const model::Hash parent = find_parent(name, by_id);
        if (std::find(parents.begin(), parents.end(), parent) == parents.end()) {
            parents.push_back(parent);
        }
    }
    return parents;
}

/// The block's transactions, or nothing if one does not decode (8.2, row 1).
std::optional<std::vector<tos::e1::Transaction>> decode_transactions(
    const VectorChainBlock& block) {
    std::vector<tos::e1::Transaction> transactions;
    for (const VectorTransaction& recorded : block.transactions) {
        auto transaction = vector_transaction(recorded, tos::e1::Trailing::kIgnored,
                                              VectorFallback::kIfWireAbsent);
        if (!transaction.ok()) {
            return std::nullopt;
        }
        transactions.push_back(*std::move(transaction));
    }
    return transactions;
}

/// `number` tells blocks apart that are equal in everything else.
tos::e1::Block make_block(const tos::e1::DagBlock& place, std::uint64_t number,
                          std::vector<tos::e1::Transaction> transactions) {
    tos::e1::Block block;
    block.header.height = *place.height;
    block.header.timestamp = *place.timestamp;
    block.header.nonce = number;
    block.header.tips = place.parents;
    block.header.miner = vector_miner_key();
    for (const tos::e1::Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
    }
    block.transactions = std::move(transactions);
    block.hash = tos::e1::block_hash(block.header);
    return block;
}

}  // namespace

VectorChain import_chain(const std::vector<VectorChainBlock>& blocks, model::TimestampMs now) {
    VectorChain chain;
    tos::e1::BlockDag dag(genesis_hash());
    std::map<std::string, model::Hash> by_id;
    std::map<model::Hash, tos::e1::Block> by_hash;
    for (std::uint64_t number = 0; number < blocks.size(); ++number) {
        const VectorChainBlock& recorded = blocks[number];
        auto transactions = decode_transactions(recorded);
        if (!transactions) {
            chain.code = model::ErrorCode::kInvalidFormat;
            break;
        }
        tos::e1::DagBlock place;
        place.parents = find_parents(recorded, by_id);
        place.height = recorded.height ? model::BlockHeight{*recorded.height}
                                       : dag.default_height(place.parents);
        place.timestamp = recorded.timestamp_ms ? model::TimestampMs{*recorded.timestamp_ms}
                                                : dag.default_timestamp(place.parents, now);
        tos::e1::Block block = make_block(place, number, *std::move(transactions));
        place.hash = block.hash;
        chain.code = dag.import(place, now);
        if (chain.code != model::ErrorCode::kSuccess) {
            break;
        }
        ++chain.imported;
        chain.imported_transactions.insert(chain.imported_transactions.end(),
                                           block.transactions.begin(), block.transactions.end());
        by_id[recorded.id] = block.hash;
        by_hash.emplace(block.hash, std::move(block));
    }
    for (const tos::e1::OrderedBlock& ordered : dag.order()) {
        if (const auto found = by_hash.find(ordered.hash); found != by_hash.end()) {
            tos::e1::Block block = found->second;
            block.placement = ordered.placement;
            chain.ordered.push_back(std::move(block));
        }
    }
    return chain;
}

bool is_harness_artefact(model::ErrorCode code) noexcept {
    return code == model::ErrorCode::kUnknown || code == model::ErrorCode::kAccountNotFound;
}

}  // namespace parallax::testbed
