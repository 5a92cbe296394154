#include "tests/fuzz/fuzz_target.hpp"
#include "verifier/chains/tos/v3/ai_mining_record.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/wire.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <utility>

namespace parallax::fuzz {
namespace {

namespace v3 = tos::v3;

/// What is read of a block is written as the node writes it, and that is read alike.
void check_block(std::span<const std::uint8_t> input) {
    const auto block = v3::decode_block(input);
    if (!block.ok()) {
        require(!block.status().message().empty(), "an error says what is wrong");
        return;
    }
    require(v3::encode_block(block->block) == block->wire,
            "a decoded block encodes to what it says are its bytes");
    const auto again = v3::decode_block(block->wire);
    require(again.ok() && again->wire == block->wire && again->stopped.empty(),
            "the node's own bytes are read whole");
    const model::BlockPlacement placement{model::Topoheight{1}, std::nullopt};
    const auto admitted =
        v3::find_profile("devnet")->admit(input, protocol::Admission::at(placement));
    require(!admitted.ok() || admitted->hash() == block->block.hash,
            "an admitted block has the hash of its header");
    require(!admitted.ok() || admitted->transactions().size() == block->bodies.size(),
            "an admitted block has every transaction");
}

void check_outline(std::span<const std::uint8_t> input) {
    const auto outline = v3::decode_outline(input);
    if (outline.ok()) {
        const base::Bytes again = v3::encode_outline(*outline);
        require(std::equal(again.begin(), again.end(), input.begin(), input.end()),
                "an outline encodes to the bytes it came from");
    }
}

void check_ai_mining(std::span<const std::uint8_t> input) {
    const auto state = v3::decode_ai_mining({base::Bytes(input.begin(), input.end())});
    if (state.ok()) {
        const base::Bytes again = v3::encode_ai_mining(*state).bytes;
        require(std::equal(again.begin(), again.end(), input.begin(), input.end()),
                "a state of AI mining encodes to the bytes it came from");
    }
}

v3::Transaction with(v3::Payload payload) {
    v3::Transaction transaction;
    transaction.payload = std::move(payload);
    transaction.multisig = v3::MultisigSection{{{1, {}}}};
    return transaction;
}

/// A map in a list, a range, an address with data.
v3::ValueCell nested_cell() {
    base::Bytes cell = {2, 0,  0, 0, 3,                 // a list of three
                        3, 0,  0, 0, 1, 0, 1, 1, 0, 0,  // a map: 1 to null
                        0, 9,  1, 1, 1, 2,              // 1 to 2
                        0, 10, 1, 0};                   // an address
    cell.insert(cell.end(), model::PublicKey::kSize, 7);
    cell.insert(cell.end(), {1, 1, 1, 0, 2, 9});  // with a list of one number
    return {cell};
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    check_block(input);
    check_outline(input);
    check_ai_mining(input);
}

std::vector<base::Bytes> seeds() {
    v3::Block block;
    block.header.parents = {{model::Hash{}}, {model::Hash{}, model::Hash{}}};
    const v3::Transfer transfer{{}, {}, model::Amount{5}, base::Bytes{1, 2, 3}};
    block.transactions = {
        with(v3::BurnPayload{}),
        with(v3::TransfersPayload{{transfer, transfer}}),
        with(v3::MultisigPayload{1, {model::PublicKey{}}}),
        with(v3::MultisigPayload{}),
        with(v3::EnergyPayload{v3::EnergyFreeze{model::Amount{1}, 3}}),
        with(v3::EnergyPayload{v3::EnergyUnfreeze{}}),
        with(v3::AiMiningPayload{v3::AiPublishTask{{}, 1, 2, 3, "a text"}}),
        with(v3::AiMiningPayload{v3::AiSubmitAnswer{{}, "an answer", {}, 4}}),
        with(v3::InvokeContractPayload{{}, {{}}, 1, {}, {nested_cell()}}),
    };
    std::vector<model::Hash> hashes;
    for (const v3::Transaction& transaction : block.transactions) {
        hashes.push_back(v3::transaction_hash(transaction));
    }
    block.header.merkle_root = v3::merkle_root(hashes);
    std::vector<base::Bytes> inputs = {v3::encode_block(block),
                                       v3::encode_outline({block.header, hashes})};
    const auto read = v3::decode_block(inputs.front());
    require(read.ok() && read->bodies.size() == hashes.size(), "a seed is valid");
    v3::AiMiningState state;
    state.miners[model::PublicKey{}] = {};
    state.tasks[model::Hash{}].answers.emplace_back().scores.emplace_back();
    inputs.push_back(v3::encode_ai_mining(state).bytes);
    require(v3::decode_ai_mining({inputs.back()}).ok(), "a seed is valid");
    return inputs;
}

}  // namespace parallax::fuzz
