#pragma once

#include "replay/bundle/bundle.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace parallax::replay {

/// How large a bundle is, in what shrinking lowers.
struct BundleSize {
    std::size_t transactions = 0;
    /// Rows that are there, and rows in all.
    std::size_t present_rows = 0;
    std::size_t rows = 0;
    std::uint32_t threads = 0;
    /// Decisions of its schedule.
    std::size_t decisions = 0;
    friend bool operator==(const BundleSize&, const BundleSize&) = default;
};
[[nodiscard]] absl::StatusOr<BundleSize> size_of(const Bundle& bundle);

/// One step of shrinking, and what came of it.
struct ShrinkStep {
    std::string name;
    BundleSize after;
    std::uint64_t runs = 0;
    /// The bundle was changed.
    bool changed = false;
};

}  // namespace parallax::replay
