#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/transaction_samples.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <utility>

namespace parallax::fuzz {

void run_one(std::span<const std::uint8_t> input) {
    auto block = tos::e1::decode_block(input, model::BlockPlacement{});
    if (!block.ok()) {
        require(!block.status().message().empty(), "an error says what is wrong");
        return;
    }
    const base::Bytes again = tos::e1::encode_block(block->block);
    require(std::equal(again.begin(), again.end(), input.begin(), input.end()),
            "a decoded block encodes to the bytes it came from");
    const std::size_t count = block->block.transactions.size();
    const auto admitted = (*tos::e1::find_profile("devnet")).admit(*std::move(block));
    require(!admitted.ok() || admitted->transactions().size() == count,
            "an admitted block has every transaction");
}

std::vector<base::Bytes> seeds() {
    std::vector<base::Bytes> inputs;
    tos::e1::Block block;
    block.header.tips.push_back(model::Hash{});
    inputs.push_back(tos::e1::encode_block(block));
    for (const auto& [name, transaction] : test::transaction_samples()) {
        block.header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
        block.transactions.push_back(transaction);
    }
    inputs.push_back(tos::e1::encode_block(block));
    block.header.vrf.emplace();
    inputs.push_back(tos::e1::encode_block(block));
    for (const base::Bytes& input : inputs) {
        require(tos::e1::decode_block(input, model::BlockPlacement{}).ok(), "a seed is valid");
    }
    return inputs;
}

}  // namespace parallax::fuzz
