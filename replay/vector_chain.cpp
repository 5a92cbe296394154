#include "replay/vector_chain.hpp"

#include "verifier/codec/hashing.hpp"
#include "verifier/protocol/dag.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace parallax {
namespace {

Hash genesis_hash() {
    constexpr std::string_view kName = "parallax vector genesis";
    return blake3(Bytes(kName.begin(), kName.end()));
}

/// A parent by name: `genesis`, an earlier id, a raw hash, or else the zero hash (8.1).
Hash find_parent(const std::string& name, const std::map<std::string, Hash>& by_id) {
    if (name == "genesis") {
        return genesis_hash();
    }
    if (const auto found = by_id.find(name); found != by_id.end()) {
        return found->second;
    }
    return Hash::from_hex(name).value_or(Hash{});
}

std::vector<Hash> find_parents(const VectorChainBlock& block,
                               const std::map<std::string, Hash>& by_id) {
    std::vector<Hash> parents;
    for (const std::string& name : block.parents) {
        const Hash parent = find_parent(name, by_id);
        if (std::find(parents.begin(), parents.end(), parent) == parents.end()) {
            parents.push_back(parent);
        }
    }
    return parents;
}

/// The block's transactions, or nothing if one does not decode (8.2, row 1).
std::optional<std::vector<Transaction>> decode_transactions(const VectorChainBlock& block) {
    std::vector<Transaction> transactions;
    for (const VectorTransaction& recorded : block.transactions) {
        auto transaction =
            vector_transaction(recorded, Trailing::kIgnored, VectorFallback::kIfWireAbsent);
        if (!transaction.ok()) {
            return std::nullopt;
        }
        transactions.push_back(*std::move(transaction));
    }
    return transactions;
}

/// `number` tells blocks apart that are equal in everything else.
Block make_block(const DagBlock& place, std::uint64_t number,
                 std::vector<Transaction> transactions) {
    Block block;
    block.header.height = *place.height;
    block.header.timestamp = *place.timestamp;
    block.header.nonce = number;
    block.header.tips = place.parents;
    block.header.miner = vector_miner_key();
    for (const Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(transaction_hash(transaction));
    }
    block.transactions = std::move(transactions);
    block.hash = block_hash(block.header);
    return block;
}

}  // namespace

VectorChain import_chain(const std::vector<VectorChainBlock>& blocks, TimestampMs now) {
    VectorChain chain;
    BlockDag dag(genesis_hash());
    std::map<std::string, Hash> by_id;
    std::map<Hash, Block> by_hash;
    for (std::uint64_t number = 0; number < blocks.size(); ++number) {
        const VectorChainBlock& recorded = blocks[number];
        auto transactions = decode_transactions(recorded);
        if (!transactions) {
            chain.code = ErrorCode::kInvalidFormat;
            break;
        }
        DagBlock place;
        place.parents = find_parents(recorded, by_id);
        place.height =
            recorded.height ? BlockHeight{*recorded.height} : dag.default_height(place.parents);
        place.timestamp = recorded.timestamp_ms ? TimestampMs{*recorded.timestamp_ms}
                                                : dag.default_timestamp(place.parents, now);
        Block block = make_block(place, number, *std::move(transactions));
        place.hash = block.hash;
        chain.code = dag.import(place, now);
        if (chain.code != ErrorCode::kSuccess) {
            break;
        }
        ++chain.imported;
        chain.imported_transactions.insert(chain.imported_transactions.end(),
                                           block.transactions.begin(), block.transactions.end());
        by_id[recorded.id] = block.hash;
        by_hash.emplace(block.hash, std::move(block));
    }
    for (const OrderedBlock& ordered : dag.order()) {
        if (const auto found = by_hash.find(ordered.hash); found != by_hash.end()) {
            Block block = found->second;
            block.placement = ordered.placement;
            chain.ordered.push_back(std::move(block));
        }
    }
    return chain;
}

bool is_harness_artefact(ErrorCode code) noexcept {
    return code == ErrorCode::kUnknown || code == ErrorCode::kAccountNotFound;
}

}  // namespace parallax
