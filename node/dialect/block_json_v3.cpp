#include "node/dialect/block_parts.hpp"
#include "node/dialect/json_values.hpp"
#include "node/dialect/transaction_json.hpp"
#include "verifier/chains/tos/v3/wire.hpp"

#include <fmt/format.h>

namespace parallax::node {
namespace {

namespace v3 = tos::v3;
using codec::JsonObject;

/// What a node shows of a header. Beyond the first level it shows no parents, though they are
/// hashed: a header that has more does not hash to what it should.
v3::BlockHeader read_header(const JsonObject& json, const NodeBlock& block) {
    v3::BlockHeader header;
    header.version = json.number<std::uint8_t>("version");
    if (!block.tips.empty()) {
        header.parents.push_back(block.tips);
    }
    header.blue_score = model::BlockHeight{required_number(json, "blue_score")};
    header.timestamp = model::TimestampMs{required_number(json, "timestamp")};
    header.nonce = required_number(json, "nonce");
    header.extra_nonce = json.tagged<decltype(header.extra_nonce)>("extra_nonce");
    header.miner = read_address(json, "miner");
    header.merkle_root = v3::merkle_root(block.transactions);
    return header;
}

}  // namespace

void read_bytes_of_v3(const JsonObject& json, NodeBlock& block) {
    block.tips = read_hashes(json, "tips", v3::kMaxParents);
    block.transactions = read_hashes(json, "txs_hashes", v3::kMaxTransactionsPerBlock);
    v3::BlockHeader header = read_header(json, block);
    block.height = header.blue_score;
    if (!json.ok()) {
        return;
    }
    if (v3::block_hash(header) != block.hash) {
        // It may have more levels of parents, which its node does not show.
        header.stated_hash = block.hash;
        block.unproved = fmt::format(
            "its hash {} is not that of the header that is shown, {}: it has parents that a node "
            "does not show, or is another block",
            block.hash.hex(), v3::block_hash(read_header(json, block)).hex());
    }
    const base::Bytes bodies = read_bodies(json, read_transaction_v3, block);
    if (block.unreadable.empty()) {
        block.wire = v3::encode_header(header);
        block.wire.insert(block.wire.end(), bodies.begin(), bodies.end());
    } else {
        block.wire = v3::encode_outline({header, block.transactions});
    }
}

}  // namespace parallax::node
