#include "node/dialect/block_parts.hpp"
#include "node/dialect/json_values.hpp"
#include "node/dialect/transaction_json.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

namespace parallax::node {
namespace {

namespace e1 = tos::e1;
using codec::JsonObject;

e1::BlockHeader read_header(const JsonObject& json) {
    e1::BlockHeader header;
    header.version = json.number<std::uint8_t>("version");
    header.height = model::BlockHeight{required_number(json, "height")};
    header.timestamp = model::TimestampMs{required_number(json, "timestamp")};
    header.nonce = required_number(json, "nonce");
    header.extra_nonce = json.tagged<decltype(header.extra_nonce)>("extra_nonce");
    header.tips = read_hashes(json, "tips", e1::kMaxTips);
    header.transaction_hashes = read_hashes(json, "txs_hashes", e1::kMaxTransactionsPerBlock);
    header.miner = read_address(json, "miner");
    return header;
}

}  // namespace

void read_bytes_of_e1(const JsonObject& json, e1::Epoch epoch, NodeBlock& block) {
    const e1::BlockHeader header = read_header(json);
    if (json.ok() && e1::block_hash(header) != block.hash) {
        fail_hash(json, block.hash, e1::block_hash(header));
    }
    block.height = header.height;
    block.tips = header.tips;
    block.transactions = header.transaction_hashes;
    if (!json.ok()) {
        return;
    }
    block.wire = e1::encode_block_header(header);
    const base::Bytes bodies = read_bodies(
        json, [&](const JsonObject& item) { return read_transaction(item, epoch); }, block);
    if (block.unreadable.empty()) {
        block.wire.insert(block.wire.end(), bodies.begin(), bodies.end());
    }
}

}  // namespace parallax::node
