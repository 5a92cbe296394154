#pragma once

#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::replay {

/// A way to change a block whose effect on the result is known: an oracle that needs no second
/// implementation, and sees what all executors get wrong alike.
enum class Twin : std::uint8_t {
    /// Transactions that share no account change places: equal state, results in the new order.
    kPermuted = 0,
    /// Every account gets another name: everything maps by the renaming.
    kRenamed = 1,
    /// Two blocks instead of one, cut where the second part depends on nothing that the first
    /// credits: equal state, but for what each block's end adds.
    kSplit = 2,
    /// The same block in an executor with another number of workers: everything equal.
    kWorkers = 3,
};
inline constexpr std::size_t kTwins = 4;
[[nodiscard]] std::string_view twin_name(Twin twin) noexcept;

/// What one twin of one block came to.
struct TwinResult {
    Twin twin = Twin::kPermuted;
    std::string executor;
    /// Why the block has no such twin; empty if it was compared.
    std::string skipped;
    /// Where the twin's mapped outcome differs from the block's; `control` is the block's side.
    std::vector<model::Difference> differences;
};

/// What a block's twins are made and run with. References outlive the call.
struct TwinSetup {
    const protocol::StateView& view;
    const protocol::Protocol& protocol;
    core::LaneRunner& runner;
    /// Decides permutations and cuts.
    std::uint64_t seed = 1;
    /// The block's outcome at another number of workers, signatures taken as valid; may be null.
    const model::BlockOutcome* other_workers = nullptr;
};

/// Runs `executor` on the block and on each of its twins, signatures taken as valid, and compares
/// what must be equal. An error is an executor that gave no outcome, or a failed read. Chain path
/// only (InvalidArgument else).
[[nodiscard]] absl::StatusOr<std::vector<TwinResult>> check_twins(
    const protocol::AdmittedBlock& block, core::BlockExecutor& executor, const TwinSetup& setup);

}  // namespace parallax::replay
