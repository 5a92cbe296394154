#include "testbed/vectors/vector_json.hpp"
#include "tests/fuzz/fuzz_target.hpp"

#include <string>
#include <string_view>

namespace parallax::fuzz {
namespace {

base::Bytes to_bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    const std::string text(input.begin(), input.end());
    const auto file = testbed::parse_json_vectors(text);
    require(file.ok() || !file.status().message().empty(), "an error says what is wrong");
}

std::vector<base::Bytes> seeds() {
    std::vector<base::Bytes> inputs = {
        to_bytes(R"({"test_vectors": [{}]})"),
        to_bytes(R"({"test_vectors": [{"name": "a", "kind": "tx", "runnable": true,
            "pre_state": {"network_chain_id": 3, "global_state": {"total_supply": 1,
            "total_burned": 0, "total_energy": 0, "block_height": 18446744073709551615,
            "timestamp": 2}, "accounts": [{"address": "00", "balance": 5, "nonce": 1, "frozen": 0,
            "energy": 0, "flags": 0, "data": ""}]}, "input": {"kind": "tx", "wire_hex": "01ff",
            "tx": {"version": 1, "tx_type": "transfers", "payload": [{"amount": 1}], "fee": 1}},
            "expected": {"success": false, "error_code": 256, "state_digest": ""}}]})"),
    };
    for (const base::Bytes& input : inputs) {
        require(testbed::parse_json_vectors(std::string(input.begin(), input.end())).ok(),
                "a seed is valid");
    }
    return inputs;
}

}  // namespace parallax::fuzz
