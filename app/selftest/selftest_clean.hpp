#pragma once

#include "testbed/faults/clean_check.hpp"

#include "absl/status/status.h"

#include <cstdint>
#include <functional>

namespace parallax::app {

/// Blocks of one generated chain. A new one begins then, so that memory stays as it is however many
/// blocks there are: the state grows with every transaction.
inline constexpr std::uint64_t kCleanChainBlocks = 1000;

/// Generates `count` blocks in chains of `kCleanChainBlocks`, each from the seed after the one
/// before, and has `check` run all of them. `progress` learns how many are done.
[[nodiscard]] absl::Status check_clean_blocks(
    std::uint64_t count, std::uint64_t seed, testbed::CleanCheck& check,
    const std::function<void(std::uint64_t done)>& progress);

}  // namespace parallax::app
