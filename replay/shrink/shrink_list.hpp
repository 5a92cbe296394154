#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace parallax::replay {

/// Whether what stays of a list (ascending positions) is still of interest.
using Interesting = std::function<bool(const std::vector<std::size_t>& kept)>;

/// Delta debugging (Zeller's ddmin): a subset of `items` of which `interesting` is true and no
/// single item can be left out, and no two where few are left. `items` must be interesting itself;
/// it is not asked about. Stops early, with what it has, once `exhausted` says so.
[[nodiscard]] std::vector<std::size_t> shrink_list(std::vector<std::size_t> items,
                                                   const Interesting& interesting,
                                                   const std::function<bool()>& exhausted);

}  // namespace parallax::replay
