#include "node/chain/node_chain.hpp"

#include "node/dialect/json_values.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace parallax::node {
namespace {

using Json = nlohmann::json;

/// Blocks and hashes that one call gives at most (node notes, 1.2).
constexpr std::uint64_t kMaxHashes = 65;
constexpr std::uint64_t kMaxHeaders = 21;
constexpr std::int64_t kNoSuchMethod = -32601;
/// So often a header that is not proved must come alike before its node is taken at its word.
constexpr std::uint32_t kAlikeAnswers = 3;
constexpr std::size_t kMostUnproved = 256;

/// The builds whose epoch is known; of any other it is found out by asking.
struct KnownBuild {
    std::string_view commit;
    Dialect dialect;
};
constexpr std::array kKnownBuilds = {
    KnownBuild{"db83c6f", Dialect::kE1},
    KnownBuild{"ea33649", Dialect::kHead},
};

absl::Status refused(const NodeClient& client, std::string_view what,
                     const RpcAnswer::Refusal& refusal) {
    return absl::UnavailableError(
        fmt::format("{} refuses {}: {}", client.address().text(), what, refusal_text(refusal)));
}

absl::Status no_answer(const NodeClient& client, std::string_view what) {
    return absl::DataLossError(
        fmt::format("{} gives an answer that is none: {}", client.address().text(), what));
}

std::optional<model::Hash> hash_in(const Json& object, const char* name) {
    const auto member = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || member == object.end() || !member->is_string()) {
        return std::nullopt;
    }
    return model::Hash::from_hex(member->get_ref<const std::string&>());
}

std::optional<std::string> text_in(const Json& object, const char* name) {
    const auto member = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && member != object.end() && member->is_string()
               ? std::optional(member->get<std::string>())
               : std::nullopt;
}

/// A node calls its networks `Mainnet`, `Testnet`, `Stagenet` and `Dev`.
std::optional<std::string> network_of(std::string name) {
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view network : {"mainnet", "testnet", "stagenet", "devnet"}) {
        const std::string_view stem = network.substr(0, network.size() - 3);
        if (name == network || name == stem) {
            return std::string(network);
        }
    }
    return std::nullopt;
}

absl::Status another(const NodeClient& client, std::string_view what, std::string_view is,
                     std::string_view wanted) {
    return absl::FailedPreconditionError(
        fmt::format("{} follows {} {}, and {} was asked for: name another node, or leave the "
                    "question to it",
                    client.address().text(), what, is, wanted));
}

/// The energy of accounts is what E1 can be asked about and HEAD cannot.
absl::StatusOr<Dialect> find_dialect_of(NodeClient& client, const std::string& version,
                                        const std::string& some_account) {
    for (const KnownBuild& build : kKnownBuilds) {
        if (version.find(build.commit) != std::string::npos) {
            return build.dialect;
        }
    }
    auto answer = client.call({"get_energy", {{"address", some_account}}});
    if (!answer.ok()) {
        return answer.status();
    }
    return !answer->ok() && answer->refusal->code == kNoSuchMethod ? Dialect::kHead : Dialect::kE1;
}

/// V3 is told by its blocks, which have blue scores in the place of heights.
absl::StatusOr<Dialect> settle_dialect(NodeClient& client, const WantedChain& wanted,
                                       const std::string& version, const Json& genesis) {
    const bool is_v3 = genesis.contains(height_name(Dialect::kV3));
    const auto wished = find_dialect(wanted.profile);
    if (!wanted.profile.empty() && !wished) {
        return absl::InvalidArgumentError(fmt::format(
            "profile '{}' is not spoken with nodes: choose e1, head or v3", wanted.profile));
    }
    if (wished && is_v3 != (*wished == Dialect::kV3)) {
        return another(client, "profile", is_v3 ? "v3" : "e1 or head", wanted.profile);
    }
    if (wished || is_v3) {
        return wished.value_or(Dialect::kV3);
    }
    return find_dialect_of(client, version, text_in(genesis, "miner").value_or(""));
}

}  // namespace

std::optional<std::uint64_t> number_in(const Json& object, const char* name) {
    const auto member = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && member != object.end() && member->is_number_unsigned()
               ? std::optional(member->get<std::uint64_t>())
               : std::nullopt;
}

absl::StatusOr<NodeChain> NodeChain::open(NodeClient& client, const WantedChain& wanted) {
    const auto version = client.ask("get_version");
    if (!version.ok()) {
        return version.status();
    }
    const auto info = client.ask("get_info");
    if (!info.ok()) {
        return info.status();
    }
    const auto genesis = client.ask("get_block_at_topoheight", {{"topoheight", 0}});
    if (!genesis.ok()) {
        return genesis.status();
    }
    NodeIdentity identity;
    identity.version = version->is_string() ? printable_name(version->get<std::string>()) : "";
    const auto hash = hash_in(*genesis, "hash");
    const bool has_height = number_in(*genesis, height_name(Dialect::kE1)) ||
                            number_in(*genesis, height_name(Dialect::kV3));
    if (!hash || !text_in(*genesis, "miner") || !has_height) {
        return no_answer(client, "its first block has no hash, miner or height");
    }
    identity.genesis = *hash;
    const auto said = text_in(*info, "network");
    const auto network = said ? network_of(*said) : std::nullopt;
    if (!network) {
        return no_answer(client, "get_info names no network that is known");
    }
    identity.network = *network;
    if (!wanted.network.empty() && wanted.network != *network) {
        return another(client, "network", *network, wanted.network);
    }
    const auto dialect = settle_dialect(client, wanted, identity.version, *genesis);
    if (!dialect.ok()) {
        return dialect.status();
    }
    identity.dialect = *dialect;
    identity.profile = profile_name(*dialect);
    return NodeChain(client, std::move(identity));
}

absl::StatusOr<NodeInfo> NodeChain::info() {
    auto answer = client_->call({"get_info"});
    if (!answer.ok()) {
        return answer.status();
    }
    if (!answer->ok()) {
        return refused(*client_, "get_info", *answer->refusal);
    }
    const Json& result = answer->result;
    const auto top = number_in(result, "topoheight");
    const auto hash = hash_in(result, "top_block_hash");
    if (!top || !hash) {
        return no_answer(*client_, "get_info has no topoheight or no hash of its top block");
    }
    const auto amount = [&](const char* name) {
        const auto value = number_in(result, name);
        return value ? std::optional(model::Amount{*value}) : std::nullopt;
    };
    const auto topoheight = [&](const char* name) {
        const auto value = number_in(result, name);
        return value ? std::optional(model::Topoheight{*value}) : std::nullopt;
    };
    return NodeInfo{model::Topoheight{*top},         *hash,
                    topoheight("stable_topoheight"), topoheight("pruned_topoheight"),
                    amount("emitted_supply"),        amount("burned_supply")};
}

absl::StatusOr<std::vector<model::Hash>> NodeChain::order(model::Topoheight first,
                                                          model::Topoheight last) {
    std::vector<RpcRequest> requests;
    std::vector<std::uint64_t> counts;
    for (std::uint64_t from = first.value(); from <= last.value(); from += kMaxHashes) {
        const std::uint64_t to = std::min(last.value(), from + kMaxHashes - 1);
        requests.push_back({"get_dag_order", {{"start_topoheight", from}, {"end_topoheight", to}}});
        counts.push_back(to - from + 1);
    }
    const auto answers = client_->batch(requests);
    if (!answers.ok()) {
        return answers.status();
    }
    std::vector<model::Hash> hashes;
    for (std::size_t i = 0; i < answers->size(); ++i) {
        const RpcAnswer& answer = (*answers)[i];
        if (!answer.ok()) {
            return refused(*client_, "get_dag_order", *answer.refusal);
        }
        if (!answer.result.is_array() || answer.result.size() != counts[i]) {
            return no_answer(*client_, "get_dag_order has not as many hashes as were asked for");
        }
        // Newest first.
        for (auto item = answer.result.rbegin(); item != answer.result.rend(); ++item) {
            const auto hash = item->is_string()
                                  ? model::Hash::from_hex(item->get_ref<const std::string&>())
                                  : std::nullopt;
            if (!hash) {
                return no_answer(*client_, "get_dag_order has an element that is no hash");
            }
            hashes.push_back(*hash);
        }
    }
    return hashes;
}

absl::StatusOr<std::vector<NodeBlock>> NodeChain::blocks(model::Topoheight first,
                                                         std::size_t count) {
    std::vector<RpcRequest> requests;
    for (std::size_t i = 0; i < std::min(count, kMaxBatch); ++i) {
        requests.push_back({"get_block_at_topoheight",
                            {{"topoheight", first.value() + i}, {"include_txs", true}}});
    }
    const auto answers = client_->batch(requests);
    was_dropped_ = absl::IsUnavailable(answers.status());
    if (!answers.ok()) {
        return answers.status();
    }
    std::vector<NodeBlock> blocks;
    for (std::size_t i = 0; i < answers->size(); ++i) {
        const RpcAnswer& answer = (*answers)[i];
        const std::uint64_t topoheight = first.value() + i;
        if (!answer.ok()) {
            return refused(*client_, fmt::format("block {}", topoheight), *answer.refusal);
        }
        auto block = read_block(answer.result, identity_.dialect);
        if (!block.ok()) {
            return absl::DataLossError(fmt::format("{} shows block {} as none can be: {}",
                                                   client_->address().text(), topoheight,
                                                   std::string(block.status().message())));
        }
        if (block->topoheight.value() != topoheight) {
            return no_answer(*client_, fmt::format("block {} was asked for, block {} came",
                                                   topoheight, block->topoheight.value()));
        }
        if (auto settled = check_settled(*block); !settled.ok()) {
            return settled;
        }
        blocks.push_back(*std::move(block));
    }
    return blocks;
}

absl::StatusOr<NodeBlock> NodeChain::outline(model::Topoheight topoheight) {
    auto answer = client_->call({"get_block_at_topoheight", {{"topoheight", topoheight.value()}}});
    if (!answer.ok()) {
        return answer.status();
    }
    if (!answer->ok()) {
        return absl::FailedPreconditionError(fmt::format(
            "{} drops the connection whenever it is asked for block {} with its transactions, and "
            "refuses its header ({}): what that block did nobody tells, so that nothing can be "
            "verified after it here",
            client_->address().text(), topoheight.value(), refusal_text(*answer->refusal)));
    }
    auto block = read_outline(answer->result, identity_.dialect,
                              "the node drops the connection when it is asked for its "
                              "transactions");
    if (!block.ok() || block->topoheight != topoheight) {
        return no_answer(*client_,
                         fmt::format("block {} without its transactions: {}", topoheight.value(),
                                     std::string(block.status().message())));
    }
    if (auto settled = check_settled(*block); !settled.ok()) {
        return settled;
    }
    const auto status = add_senders(*block);
    return status.ok() ? std::move(block) : absl::StatusOr<NodeBlock>(status);
}

/// A summary has the source of a transaction that cannot be shown.
absl::Status NodeChain::add_senders(NodeBlock& block) {
    std::vector<RpcRequest> requests;
    for (const model::Hash& hash : block.transactions) {
        requests.push_back(
            {"get_transactions_summary", {{"tx_hashes", Json::array({hash.hex()})}}});
    }
    const auto answers = client_->batch(requests);
    if (!answers.ok()) {
        return answers.status();
    }
    for (const RpcAnswer& answer : *answers) {
        for (const Json& summary : answer.result.is_array() ? answer.result : Json::array()) {
            const auto source =
                key_in(summary.is_object() ? summary.value("source", Json()) : Json());
            if (source) {
                block.named_accounts.push_back(*source);
            }
        }
    }
    return absl::OkStatus();
}

/// An answer that was spoilt on its way does not come again alike.
absl::Status NodeChain::check_settled(const NodeBlock& block) {
    if (block.unproved.empty()) {
        return absl::OkStatus();
    }
    const model::Hash wire = crypto::blake3(block.wire);
    if (unproved_.size() >= kMostUnproved && !unproved_.contains(wire)) {
        unproved_.clear();
    }
    return ++unproved_[wire] >= kAlikeAnswers
               ? absl::OkStatus()
               : absl::DataLossError(fmt::format("{} shows block {} as none can be: {}",
                                                 client_->address().text(),
                                                 block.topoheight.value(), block.unproved));
}

absl::StatusOr<std::vector<model::BlockHeight>> NodeChain::heights(model::Topoheight first,
                                                                   model::Topoheight last) {
    std::vector<model::BlockHeight> heights;
    for (std::uint64_t from = first.value(); from <= last.value(); from += kMaxHeaders) {
        const std::uint64_t to = std::min(last.value(), from + kMaxHeaders - 1);
        auto answer = client_->call({"get_blocks_range_by_topoheight",
                                     {{"start_topoheight", from}, {"end_topoheight", to}}});
        if (!answer.ok()) {
            return answer.status();
        }
        if (!answer->ok()) {
            return refused(*client_, "get_blocks_range_by_topoheight", *answer->refusal);
        }
        if (!answer->result.is_array() || answer->result.size() != to - from + 1) {
            return no_answer(*client_, "a range of blocks has not as many as were asked for");
        }
        std::vector<std::optional<std::uint64_t>> part(to - from + 1);
        for (const Json& block : answer->result) {
            const auto at = number_in(block, "topoheight");
            if (!at || *at < from || *at > to || part[*at - from]) {
                return no_answer(*client_, "a range of blocks has one that is out of it");
            }
            part[*at - from] = number_in(block, height_name(identity_.dialect));
        }
        for (const auto& height : part) {
            if (!height) {
                return no_answer(*client_, "a block of a range has no height");
            }
            heights.push_back(model::BlockHeight{*height});
        }
    }
    return heights;
}

absl::Status NodeChain::check_genesis() {
    const auto hash = order(model::Topoheight{0}, model::Topoheight{0});
    if (!hash.ok()) {
        return hash.status();
    }
    return hash->front() == identity_.genesis
               ? absl::OkStatus()
               : absl::FailedPreconditionError(fmt::format(
                     "{} follows another chain now: its first block is {}, and it was {}",
                     client_->address().text(), hash->front().hex(), identity_.genesis.hex()));
}

}  // namespace parallax::node
