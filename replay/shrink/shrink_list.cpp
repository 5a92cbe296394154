#include "replay/shrink/shrink_list.hpp"

#include <algorithm>
#include <utility>

namespace parallax::replay {
namespace {

using Items = std::vector<std::size_t>;

/// Up to so many items, every pair is tried as well: what cannot go alone may go together.
constexpr std::size_t kMaxPairs = 12;

Items without(const Items& items, std::size_t begin, std::size_t end) {
    Items rest(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(begin));
    rest.insert(rest.end(), items.begin() + static_cast<std::ptrdiff_t>(end), items.end());
    return rest;
}

/// Tries each of `pieces` parts alone, then all but each; true if one took its place.
bool reduce_once(Items& items, std::size_t pieces, const Interesting& interesting,
                 const std::function<bool()>& exhausted, bool& was_subset) {
    const auto bound = [&](std::size_t piece) { return piece * items.size() / pieces; };
    for (const bool alone : {true, false}) {
        // With two pieces, all but one is the other alone.
        for (std::size_t i = 0; i < pieces && (alone || pieces > 2) && !exhausted(); ++i) {
            Items candidate = alone
                                  ? Items(items.begin() + static_cast<std::ptrdiff_t>(bound(i)),
                                          items.begin() + static_cast<std::ptrdiff_t>(bound(i + 1)))
                                  : without(items, bound(i), bound(i + 1));
            if (!candidate.empty() && candidate.size() < items.size() && interesting(candidate)) {
                items = std::move(candidate);
                was_subset = alone;
                return true;
            }
        }
    }
    return false;
}

bool drop_a_pair(Items& items, const Interesting& interesting,
                 const std::function<bool()>& exhausted) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        for (std::size_t j = i + 1; j < items.size() && !exhausted(); ++j) {
            Items candidate = without(without(items, j, j + 1), i, i + 1);
            if (!candidate.empty() && interesting(candidate)) {
                items = std::move(candidate);
                return true;
            }
        }
    }
    return false;
}

void reduce(Items& items, const Interesting& interesting, const std::function<bool()>& exhausted) {
    std::size_t pieces = 2;
    while (items.size() > 1 && !exhausted()) {
        pieces = std::min(pieces, items.size());
        bool was_subset = false;
        if (reduce_once(items, pieces, interesting, exhausted, was_subset)) {
            pieces = was_subset ? 2 : std::max<std::size_t>(pieces - 1, 2);
        } else if (pieces == items.size()) {
            return;
        } else {
            pieces *= 2;
        }
    }
}

}  // namespace

std::vector<std::size_t> shrink_list(std::vector<std::size_t> items, const Interesting& interesting,
                                     const std::function<bool()>& exhausted) {
    reduce(items, interesting, exhausted);
    while (items.size() > 2 && items.size() <= kMaxPairs && !exhausted() &&
           drop_a_pair(items, interesting, exhausted)) {
        reduce(items, interesting, exhausted);
    }
    return items;
}

}  // namespace parallax::replay
