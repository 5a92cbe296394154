#include "verifier/chains/tos/v3/block_local.hpp"

#include <algorithm>

namespace parallax::tos::v3 {

model::StateKey block_local_key(BlockLocal kind, const model::PublicKey& account,
                                const model::AssetId& asset) {
    model::StateKey key{model::Family::kCounter, account.bytes(), {}};
    key.detail[0] = static_cast<std::uint8_t>(kind);
    // All but the last byte: identifiers are hashes, and the coin's is all zero.
    std::copy(asset.bytes().begin(), asset.bytes().end() - 1, key.detail.begin() + 1);
    return key;
}

}  // namespace parallax::tos::v3
