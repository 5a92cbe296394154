#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

namespace parallax::executors::staged {

using KeyBytes = std::array<std::uint8_t, 32>;

/// One use of a 32-byte key in a block, ready to be sorted.
struct KeyReference {
    /// The key's first 8 bytes as a number: orders as the bytes do.
    std::uint64_t prefix = 0;
    /// Which use it is, in the caller's count; `kNoReference` for one that is left out.
    std::uint32_t index = 0xFFFF'FFFF;
    /// The caller's own mark: of an account, that it is a source here; of a hash, that it is dense.
    /// A word, so that the whole moves as one: with a byte and padding it moves in two overlapping
    /// parts, and sorting waits for each.
    std::uint32_t marked = 0;
};
inline constexpr std::uint32_t kNoReference = 0xFFFF'FFFF;

[[nodiscard]] inline std::uint64_t key_prefix(const KeyBytes& key) noexcept {
    std::uint64_t prefix = 0;
    std::memcpy(&prefix, key.data(), sizeof(prefix));
    return std::endian::native == std::endian::little ? __builtin_bswap64(prefix) : prefix;
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
/// If there is one shard only it has them all, and takes them: `all` is empty then.
[[nodiscard]] ShardReferences references_of_shard(std::vector<KeyReference>& all,
                                                  std::uint32_t shard, std::uint32_t shards);

/// Sorts by key, `keys[index]` being the whole key of a reference; equal keys come to stand
/// together, in no particular order. Linear for keys that are spread evenly, as hashes and points
/// are, and never worse than sorting by comparison, whoever has chosen the keys.
void sort_by_key(std::vector<KeyReference>& references, const std::vector<const KeyBytes*>& keys);

}  // namespace parallax::executors::staged
