#include "node/dialect/block_json.hpp"

#include "node/dialect/json_values.hpp"
#include "node/dialect/transaction_json.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::node {
namespace {

namespace e1 = tos::e1;
using codec::JsonObject;
using Json = nlohmann::json;

std::vector<model::Hash> read_hashes(const JsonObject& json, const char* name, std::size_t limit) {
    std::vector<model::Hash> hashes;
    const Json* list = json.find(name);
    if (list == nullptr || !list->is_array() || list->size() > limit) {
        json.fail(name, fmt::format("is not a list of at most {} hashes", limit));
        return hashes;
    }
    for (const Json& item : *list) {
        const auto* text = item.get_ptr<const Json::string_t*>();
        const auto hash = text != nullptr ? model::Hash::from_hex(*text) : std::nullopt;
        if (!hash) {
            json.fail(name, "has an element that is no hash");
            return hashes;
        }
        hashes.push_back(*hash);
    }
    return hashes;
}

std::optional<model::Amount> optional_amount(const JsonObject& json, const char* name) {
    const auto value = json.optional_number(name);
    return value ? std::optional(model::Amount{*value}) : std::nullopt;
}

/// A number that must be there.
std::uint64_t number_of(const JsonObject& json, const char* name) {
    const auto value = json.optional_number(name);
    if (!value) {
        json.fail(name, "is missing");
    }
    return value.value_or(0);
}

e1::BlockHeader read_header(const JsonObject& json) {
    e1::BlockHeader header;
    header.version = json.number<std::uint8_t>("version");
    header.height = model::BlockHeight{number_of(json, "height")};
    header.timestamp = model::TimestampMs{number_of(json, "timestamp")};
    header.nonce = number_of(json, "nonce");
    header.extra_nonce = json.tagged<decltype(header.extra_nonce)>("extra_nonce");
    header.tips = read_hashes(json, "tips", e1::kMaxTips);
    header.transaction_hashes = read_hashes(json, "txs_hashes", e1::kMaxTransactionsPerBlock);
    header.miner = read_address(json, "miner");
    return header;
}

/// The bodies behind the header's bytes, in the header's order.
void add_bodies(const JsonObject& json, const e1::BlockHeader& header, e1::Epoch epoch,
                NodeBlock& block) {
    std::size_t count = 0;
    base::Bytes bodies;
    json.each_object("transactions", [&](const JsonObject& item) {
        if (!json.ok() || count >= header.transaction_hashes.size()) {
            ++count;
            return;
        }
        const NodeTransaction transaction = read_transaction(item, epoch);
        if (json.ok() && transaction.hash != header.transaction_hashes[count]) {
            item.fail("hash",
                      fmt::format("is {}, the header has {} in its place", transaction.hash.hex(),
                                  header.transaction_hashes[count].hex()));
        }
        if (block.unreadable.empty() && !transaction.unreadable.empty()) {
            block.unreadable = transaction.unreadable + " (" + transaction.hash.hex() + ")";
        }
        bodies.insert(bodies.end(), transaction.wire.begin(), transaction.wire.end());
        block.named_accounts.insert(block.named_accounts.end(), transaction.accounts.begin(),
                                    transaction.accounts.end());
        ++count;
    });
    if (json.ok() && count != header.transaction_hashes.size()) {
        json.fail("transactions", fmt::format("are {}, the header has {}", count,
                                              header.transaction_hashes.size()));
    }
    if (block.unreadable.empty()) {
        block.wire.insert(block.wire.end(), bodies.begin(), bodies.end());
    }
}

}  // namespace

absl::StatusOr<NodeBlock> read_block(const Json& answer, e1::Epoch epoch) {
    std::string problem;
    const JsonObject json(answer, "block", problem);
    NodeBlock block;
    block.topoheight = model::Topoheight{number_of(json, "topoheight")};
    block.hash = json.tagged<model::Hash>("hash");
    const e1::BlockHeader header = read_header(json);
    if (json.ok() && e1::block_hash(header) != block.hash) {
        json.fail("hash", fmt::format("is {}, and the header that is shown hashes to {}",
                                      block.hash.hex(), e1::block_hash(header).hex()));
    }
    block.height = header.height;
    block.tips = header.tips;
    block.transactions = header.transaction_hashes;
    block.supply = optional_amount(json, "supply");
    block.reward = optional_amount(json, "reward");
    block.dev_reward = optional_amount(json, "dev_reward");
    block.miner_reward = optional_amount(json, "miner_reward");
    block.total_fees = optional_amount(json, "total_fees");
    if (json.ok()) {
        block.wire = e1::encode_block_header(header);
        add_bodies(json, header, epoch, block);
    }
    if (!json.ok()) {
        return absl::DataLossError(problem);
    }
    return block;
}

}  // namespace parallax::node
