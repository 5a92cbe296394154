#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace parallax {

/// One use of a 32-byte key in a block, ready to be sorted.
struct KeyReference {
    /// The key's first 8 bytes as a number: orders as the bytes do.
    std::uint64_t prefix = 0;
    /// The whole key; it outlives the reference. Null for a use that is left out.
    const std::array<std::uint8_t, 32>* key = nullptr;
    /// Which use it is, in the caller's count.
    std::uint32_t index = 0;
    /// The caller's own mark: of an account, that it is a source here; of a hash, that it is dense.
    bool marked = false;
};

[[nodiscard]] inline std::uint64_t key_prefix(const std::array<std::uint8_t, 32>& key) noexcept {
    std::uint64_t prefix = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        prefix = (prefix << 8) | key[i];
    }
    return prefix;
}

/// Splits the keys into `shards` ranges of equal width, ascending: shard 0 has the smallest keys.
[[nodiscard]] inline std::uint32_t key_shard(std::uint64_t prefix, std::uint32_t shards) noexcept {
    return static_cast<std::uint32_t>(((prefix >> 32) * shards) >> 32);
}

/// The references of one shard, and how many belong to the shards below it.
struct ShardReferences {
    std::vector<KeyReference> references;
    std::uint32_t below = 0;
};
[[nodiscard]] ShardReferences references_of_shard(const std::vector<KeyReference>& all,
                                                  std::uint32_t shard, std::uint32_t shards);

/// Sorts by key; equal keys come to stand together, in no particular order. Linear for keys that
/// are spread evenly, as hashes and points are, and never worse than sorting by comparison,
/// whoever has chosen the keys.
void sort_by_key(std::vector<KeyReference>& references);

}  // namespace parallax
