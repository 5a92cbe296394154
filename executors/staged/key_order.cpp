#include "executors/staged/key_order.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace parallax::executors::staged {
namespace {

/// Up to this many elements, buckets cost more than they save.
constexpr std::size_t kFewReferences = 24;

void insertion_sort(std::span<KeyReference> references) {
    for (std::size_t i = 1; i < references.size(); ++i) {
        const KeyReference moving = references[i];
        std::size_t at = i;
        for (; at > 0 && moving.prefix < references[at - 1].prefix; --at) {
            references[at] = references[at - 1];
        }
        references[at] = moving;
    }
}

/// Sorts by prefix: spreads the references over about as many buckets as there are references, by
/// the prefix's place between the smallest and the largest, then each bucket likewise. A level
/// takes at least four bits off the range, so there are few whatever the keys are. `scratch` is as
/// long.
void sort_by_prefix(std::span<KeyReference> references, std::span<KeyReference> scratch) {
    if (references.size() <= kFewReferences) {
        insertion_sort(references);
        return;
    }
    std::uint64_t least = references.front().prefix;
    std::uint64_t most = least;
    for (const KeyReference& reference : references) {
        least = std::min(least, reference.prefix);
        most = std::max(most, reference.prefix);
    }
    if (least == most) {
        return;
    }
    const auto bucket_bits = static_cast<int>(std::bit_width(references.size())) - 1;
    const int shift = std::max(0, static_cast<int>(std::bit_width(most - least)) - bucket_bits);
    std::vector<std::uint32_t> ends(std::size_t{1} << bucket_bits);
    for (const KeyReference& reference : references) {
        ends[(reference.prefix - least) >> shift] += 1;
    }
    std::uint32_t begin = 0;
    std::uint32_t fullest = 0;
    for (std::uint32_t& end : ends) {
        fullest = std::max(fullest, end);
        begin += std::exchange(end, begin);
    }
    for (const KeyReference& reference : references) {
        scratch[ends[(reference.prefix - least) >> shift]++] = reference;
    }
    std::copy(scratch.begin(), scratch.end(), references.begin());
    if (fullest <= kFewReferences) {
        // Nothing is far from its place: one pass for all buckets.
        insertion_sort(references);
        return;
    }
    begin = 0;
    for (const std::uint32_t end : ends) {
        sort_by_prefix(references.subspan(begin, end - begin), scratch.subspan(begin, end - begin));
        begin = end;
    }
}

/// Puts different keys with one prefix in order: there are none unless somebody made them.
void order_ties(std::vector<KeyReference>& references, const std::vector<const KeyBytes*>& keys) {
    const auto prefix_less = [](const KeyReference& a, const KeyReference& b) {
        return a.prefix < b.prefix;
    };
    for (std::size_t i = 1; i < references.size(); ++i) {
        const KeyReference& first = references[i - 1];
        if (references[i].prefix != first.prefix ||
            *keys[references[i].index] == *keys[first.index]) {
            continue;
        }
        const auto [begin, end] =
            std::equal_range(references.begin(), references.end(), first, prefix_less);
        std::sort(begin, end, [&keys](const KeyReference& a, const KeyReference& b) {
            return *keys[a.index] < *keys[b.index];
        });
        i = static_cast<std::size_t>(end - references.begin());
    }
}

}  // namespace

ShardReferences references_of_shard(std::vector<KeyReference>& all, std::uint32_t shard,
                                    std::uint32_t shards) {
    ShardReferences own;
    if (shards == 1) {
        own.references.swap(all);
        std::erase_if(own.references, [](const KeyReference& reference) {
            return reference.index == kNoReference;
        });
        return own;
    }
    own.references.reserve(all.size() / shards + all.size() / 8);
    for (const KeyReference& reference : all) {
        if (reference.index == kNoReference) {
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

void sort_by_key(std::vector<KeyReference>& references, const std::vector<const KeyBytes*>& keys) {
    std::vector<KeyReference> scratch(references.size());
    sort_by_prefix(references, scratch);
    order_ties(references, keys);
}

}  // namespace parallax::executors::staged
