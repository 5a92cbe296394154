#include "verifier/core/store/chain_store.hpp"

#include "verifier/codec/canonical.hpp"

#include <array>

namespace parallax::core {

void StateDigest::add(const model::StateKey& key, std::span<const std::uint8_t> value) {
    const auto length = static_cast<std::uint32_t>(value.size());
    const std::array<std::uint8_t, 4> length_bytes = {
        static_cast<std::uint8_t>(length >> 24U), static_cast<std::uint8_t>(length >> 16U),
        static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)};
    hasher_.update(codec::encode_key(key)).update(length_bytes).update(value);
}

absl::StatusOr<model::Hash> state_digest(const ChainStore& store) {
    StateDigest digest;
    const absl::Status scanned =
        store.scan([&digest](const model::StateKey& key, const model::StateValue& value) {
            digest.add(key, codec::encode_value(value));
            return absl::OkStatus();
        });
    if (!scanned.ok()) {
        return scanned;
    }
    return digest.finish();
}

}  // namespace parallax::core
