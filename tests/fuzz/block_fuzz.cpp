#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/transaction_samples.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/profile.hpp"

#include <algorithm>
#include <utility>

namespace parallax::fuzz {

void run_one(std::span<const std::uint8_t> input) {
    auto block = decode_block(input, BlockPlacement{});
    if (!block.ok()) {
        require(!block.status().message().empty(), "an error says what is wrong");
        return;
    }
    const Bytes again = encode_block(*block);
    require(std::equal(again.begin(), again.end(), input.begin(), input.end()),
            "a decoded block encodes to the bytes it came from");
    const std::size_t count = block->transactions.size();
    const auto admitted = admit(*std::move(block), *e1_profile("devnet"));
    require(!admitted.ok() || admitted->transactions().size() == count,
            "an admitted block has every transaction");
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> inputs;
    Block block;
    block.header.tips.push_back(Hash{});
    inputs.push_back(encode_block(block));
    for (const auto& [name, transaction] : test::transaction_samples()) {
        block.header.transaction_hashes.push_back(transaction_hash(transaction));
        block.transactions.push_back(transaction);
    }
    inputs.push_back(encode_block(block));
    block.header.vrf.emplace();
    inputs.push_back(encode_block(block));
    for (const Bytes& input : inputs) {
        require(decode_block(input, BlockPlacement{}).ok(), "a seed is valid");
    }
    return inputs;
}

}  // namespace parallax::fuzz
