#pragma once

#include "verifier/model/outcome.hpp"

#include <array>
#include <cstdint>

namespace parallax::core {

/// Counters of `ExecutionNotes` that mean the same whatever executor wrote them. An executor writes
/// those that it can count; one that is missing is unknown, not zero.
namespace note {
/// Workers that the block was given.
inline constexpr const char* kWorkers = "workers";
/// Groups of transactions that ran together, behind one barrier each.
inline constexpr const char* kBatches = "batches";
/// Transactions that had to wait, or to run again, because of another one of the block.
inline constexpr const char* kConflicts = "conflicts";
/// Reads answered by rows that were fetched ahead of the block.
inline constexpr const char* kCacheHits = "cache_hits";
/// Reads that had to go to the state behind them.
inline constexpr const char* kCacheMisses = "cache_misses";
}  // namespace note

/// True if the notes say that some of the block's `transactions` ran beside others: more than one
/// worker, and not all in one ordered lane, one after the other in batches of one, or again in
/// order after what was speculative failed. An executor that does not say is not taken to have.
[[nodiscard]] bool ran_in_parallel(const model::ExecutionNotes& notes, std::uint64_t transactions);

/// The batch sizes of one block, counted in classes, so that a block of any size needs few notes.
struct BatchSizes {
    /// Largest size of each class; one more class holds all that is larger.
    static constexpr std::array<std::uint32_t, 10> kBounds = {1,  2,   5,   10,  20,
                                                              50, 100, 200, 500, 1000};

    std::array<std::uint64_t, kBounds.size() + 1> batches{};
    /// Sum of all sizes.
    std::uint64_t transactions = 0;

    void add(std::uint64_t size) noexcept;
    /// Adds one counter for each class that is not empty, and one for the sum.
    void write(model::ExecutionNotes& notes) const;
    /// What `write` wrote; nothing where it did not.
    [[nodiscard]] static BatchSizes read(const model::ExecutionNotes& notes);
    friend bool operator==(const BatchSizes&, const BatchSizes&) = default;
};

}  // namespace parallax::core
