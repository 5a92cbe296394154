#include "verifier/core/chain_store.hpp"

#include "verifier/codec/canonical.hpp"
#include "verifier/codec/hashing.hpp"

#include <array>

namespace parallax {

absl::StatusOr<Hash> state_digest(const ChainStore& store) {
    Blake3Hasher hasher;
    const absl::Status scanned =
        store.scan([&hasher](const StateKey& key, const StateValue& value) {
            const Bytes bytes = encode_value(value);
            const auto length = static_cast<std::uint32_t>(bytes.size());
            const std::array<std::uint8_t, 4> length_bytes = {
                static_cast<std::uint8_t>(length >> 24U), static_cast<std::uint8_t>(length >> 16U),
                static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)};
            hasher.update(encode_key(key)).update(length_bytes).update(bytes);
            return absl::OkStatus();
        });
    if (!scanned.ok()) {
        return scanned;
    }
    return hasher.finish();
}

}  // namespace parallax
