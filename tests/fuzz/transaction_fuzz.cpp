#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/transaction_samples.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <algorithm>

namespace parallax::fuzz {

void run_one(std::span<const std::uint8_t> input) {
    const auto strict = tos::e1::decode_transaction(input, tos::e1::Trailing::kRejected);
    const auto lenient = tos::e1::decode_transaction(input, tos::e1::Trailing::kIgnored);
    require(lenient.ok() || !strict.ok(), "what decodes strictly decodes with trailing bytes too");
    if (!lenient.ok()) {
        require(!lenient.status().message().empty(), "an error says what is wrong");
        return;
    }
    const base::Bytes again = tos::e1::encode_transaction(*lenient);
    require(again.size() <= input.size() && std::equal(again.begin(), again.end(), input.begin()),
            "a decoded transaction encodes to the bytes it came from");
    require(strict.ok() == (again.size() == input.size()), "only trailing bytes tell them apart");
    require(tos::e1::signing_bytes(*lenient).size() < again.size(), "signatures are not signed");
}

std::vector<base::Bytes> seeds() {
    std::vector<base::Bytes> inputs;
    for (const auto& [name, transaction] : test::transaction_samples()) {
        inputs.push_back(tos::e1::encode_transaction(transaction));
        require(tos::e1::decode_transaction(inputs.back(), tos::e1::Trailing::kRejected).ok(),
                "a seed is valid");
    }
    return inputs;
}

}  // namespace parallax::fuzz
