#include "executors/staged/key_order.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace parallax {
namespace {

/// Up to this many elements, buckets cost more than they save.
constexpr std::size_t kFewReferences = 32;

bool prefix_less(const KeyReference& a, const KeyReference& b) {
    return a.prefix < b.prefix;
}

/// Sorts by prefix: spreads the references over about as many buckets as there are references, by
/// the prefix's place between the smallest and the largest, then each bucket likewise. A level
/// takes at least five bits off the range, so there are few whatever the keys are. `scratch` is as
/// long.
void sort_by_prefix(std::span<KeyReference> references, std::span<KeyReference> scratch) {
    if (references.size() <= kFewReferences) {
        std::sort(references.begin(), references.end(), prefix_less);
        return;
    }
    const auto [least, most] =
        std::minmax_element(references.begin(), references.end(), prefix_less);
    const std::uint64_t base = least->prefix;
    const std::uint64_t width = most->prefix - base;
    if (width == 0) {
        return;
    }
    const auto bucket_bits = static_cast<int>(std::bit_width(references.size())) - 1;
    const int shift = std::max(0, static_cast<int>(std::bit_width(width)) - bucket_bits);
    std::vector<std::uint32_t> ends(std::size_t{1} << bucket_bits);
    for (const KeyReference& reference : references) {
        ends[(reference.prefix - base) >> shift] += 1;
    }
    std::uint32_t begin = 0;
    for (std::uint32_t& end : ends) {
        begin += std::exchange(end, begin);
    }
    for (const KeyReference& reference : references) {
        scratch[ends[(reference.prefix - base) >> shift]++] = reference;
    }
    std::copy(scratch.begin(), scratch.end(), references.begin());
    begin = 0;
    for (const std::uint32_t end : ends) {
        if (end - begin > 1) {
            sort_by_prefix(references.subspan(begin, end - begin),
                           scratch.subspan(begin, end - begin));
        }
        begin = end;
    }
}

/// Puts different keys with one prefix in order: there are none unless somebody made them.
void order_ties(std::vector<KeyReference>& references) {
    for (std::size_t i = 1; i < references.size(); ++i) {
        const KeyReference& first = references[i - 1];
        if (references[i].prefix != first.prefix || *references[i].key == *first.key) {
            continue;
        }
        const auto [begin, end] =
            std::equal_range(references.begin(), references.end(), first, prefix_less);
        std::sort(begin, end,
                  [](const KeyReference& a, const KeyReference& b) { return *a.key < *b.key; });
        i = static_cast<std::size_t>(end - references.begin());
    }
}

}  // namespace

ShardReferences references_of_shard(const std::vector<KeyReference>& all, std::uint32_t shard,
                                    std::uint32_t shards) {
    ShardReferences own;
    own.references.reserve(all.size() / shards + all.size() / 8);
    for (const KeyReference& reference : all) {
        if (reference.key == nullptr) {
            continue;
        }
        const std::uint32_t home = key_shard(reference.prefix, shards);
        if (home == shard) {
            own.references.push_back(reference);
        } else if (home < shard) {
            own.below += 1;
        }
    }
    return own;
}

void sort_by_key(std::vector<KeyReference>& references) {
    std::vector<KeyReference> scratch(references.size());
    sort_by_prefix(references, scratch);
    order_ties(references);
}

}  // namespace parallax
