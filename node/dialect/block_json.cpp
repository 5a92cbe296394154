#include "node/dialect/block_json.hpp"

#include "node/dialect/block_parts.hpp"
#include "node/dialect/json_values.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::node {
namespace {

using codec::JsonObject;
using Json = nlohmann::json;

std::optional<model::Amount> optional_amount(const JsonObject& json, const char* name) {
    const auto value = json.optional_number(name);
    return value ? std::optional(model::Amount{*value}) : std::nullopt;
}

}  // namespace

std::uint64_t required_number(const JsonObject& json, const char* name) {
    const auto value = json.optional_number(name);
    if (!value) {
        json.fail(name, "is missing");
    }
    return value.value_or(0);
}

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

void fail_hash(const JsonObject& json, const model::Hash& said, const model::Hash& shown) {
    json.fail("hash", fmt::format("is {}, and the header that is shown hashes to {}", said.hex(),
                                  shown.hex()));
}

base::Bytes read_bodies(const JsonObject& json,
                        const std::function<NodeTransaction(const JsonObject&)>& read,
                        NodeBlock& block) {
    std::size_t count = 0;
    base::Bytes bodies;
    if (!block.unreadable.empty()) {
        return bodies;
    }
    json.each_object("transactions", [&](const JsonObject& item) {
        if (!json.ok() || count >= block.transactions.size()) {
            ++count;
            return;
        }
        const NodeTransaction transaction = read(item);
        if (json.ok() && transaction.hash != block.transactions[count]) {
            item.fail("hash", fmt::format("is {}, the header has {} in its place",
                                          transaction.hash.hex(), block.transactions[count].hex()));
        }
        if (block.unreadable.empty() && !transaction.unreadable.empty()) {
            block.unreadable = transaction.unreadable + " (" + transaction.hash.hex() + ")";
        }
        bodies.insert(bodies.end(), transaction.wire.begin(), transaction.wire.end());
        block.named_accounts.insert(block.named_accounts.end(), transaction.accounts.begin(),
                                    transaction.accounts.end());
        ++count;
    });
    if (json.ok() && count != block.transactions.size()) {
        json.fail("transactions",
                  fmt::format("are {}, the header has {}", count, block.transactions.size()));
    }
    return bodies;
}

absl::StatusOr<NodeBlock> read_block(const Json& answer, Dialect dialect) {
    return read_outline(answer, dialect, "");
}

absl::StatusOr<NodeBlock> read_outline(const Json& answer, Dialect dialect,
                                       std::string unreadable) {
    std::string problem;
    const JsonObject json(answer, "block", problem);
    NodeBlock block;
    block.topoheight = model::Topoheight{required_number(json, "topoheight")};
    block.hash = json.tagged<model::Hash>("hash");
    block.supply = optional_amount(json, "supply");
    block.reward = optional_amount(json, "reward");
    block.dev_reward = optional_amount(json, "dev_reward");
    block.miner_reward = optional_amount(json, "miner_reward");
    block.total_fees = optional_amount(json, "total_fees");
    block.unreadable = std::move(unreadable);
    if (dialect == Dialect::kV3) {
        read_bytes_of_v3(json, block);
    } else {
        read_bytes_of_e1(json, epoch_of(dialect), block);
    }
    if (!json.ok()) {
        return absl::DataLossError(problem);
    }
    return block;
}

}  // namespace parallax::node
