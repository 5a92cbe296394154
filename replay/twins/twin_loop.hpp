#pragma once

#include "replay/archive/archive_reader.hpp"
#include "replay/twins/twins.hpp"
#include "verifier/core/store/chain_store.hpp"

#include "absl/status/statusor.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace parallax::replay {

/// What the twins of an archive's blocks came to.
struct TwinReport {
    struct Counts {
        std::uint64_t compared = 0;
        std::uint64_t different = 0;
        std::uint64_t skipped = 0;
    };
    std::uint64_t blocks = 0;
    /// By `Twin`.
    std::array<Counts, kTwins> twins;
    /// Block, executor, twin and first difference of the first twins that differ.
    std::vector<std::string> findings;
    /// Why not every block was looked at; empty if each was.
    std::string incomplete;

    /// 2 a twin differs; 3 incomplete, or nothing compared; 0 else.
    [[nodiscard]] int exit_code() const noexcept;
};
inline constexpr std::size_t kMaxTwinFindings = 20;

/// Told after each block how far it is.
using TwinProgress = std::function<void(const TwinReport&)>;

/// Takes the blocks of an archive one after the other, checks the twins of each with every
/// executor, and goes on by the result of the first one, which all others are also held against as
/// the same block with another number of workers. `store` is empty.
[[nodiscard]] absl::StatusOr<TwinReport> run_twins(
    ArchiveReader& reader, core::ChainStore& store,
    const std::vector<core::BlockExecutor*>& executors, core::LaneRunner& runner,
    const protocol::Protocol& protocol, std::uint64_t seed, const std::atomic<bool>& stop,
    const TwinProgress& progress = {});

}  // namespace parallax::replay
