#include "node/dialect/block_json.hpp"
#include "node/rpc/node_address.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/node/sample_blocks.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/codec/observation.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace parallax::fuzz {
namespace {

void check_block(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        return;
    }
    for (const auto dialect : {node::Dialect::kE1, node::Dialect::kV3}) {
        const auto block = node::read_block(json, dialect);
        if (!block.ok()) {
            require(!block.status().message().empty(), "an error says what is wrong");
            continue;
        }
        const auto hash = dialect == node::Dialect::kV3
                              ? tos::v3::find_profile("devnet")->block_hash(block->wire)
                              : tos::e1::find_profile("devnet")->block_hash(block->wire);
        require(hash.ok() && *hash == block->hash, "a block that is read is proved by its hash");
    }
}

void check_observations(std::span<const std::uint8_t> input) {
    const auto observations = codec::decode_observations(input);
    if (observations.ok()) {
        const base::Bytes again = codec::encode_observations(*observations);
        require(std::equal(again.begin(), again.end(), input.begin(), input.end()),
                "observations encode to the bytes that they came from");
    }
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    const std::string text(input.begin(), input.end());
    check_block(text);
    (void)node::parse_node_address(text);
    check_observations(input);
}

std::vector<base::Bytes> seeds() {
    std::vector<base::Bytes> inputs;
    for (const std::string_view text : {test::kBlockWithBurn, test::kBlockWithTransfers}) {
        inputs.emplace_back(text.begin(), text.end());
    }
    model::Observation observation;
    observation.executed = {model::ExecutedThere::kYes};
    observation.nonces = {{model::PublicKey{}, model::Nonce{1}}};
    observation.unwritten = {model::energy_key(model::PublicKey{})};
    inputs.push_back(codec::encode_observations({observation}));
    return inputs;
}

}  // namespace parallax::fuzz
