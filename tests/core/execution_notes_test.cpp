#include "verifier/core/verification/execution_notes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parallax::core {
namespace {

TEST(BatchSizes, counts_a_size_in_the_class_that_it_is_at_most_the_bound_of) {
    BatchSizes sizes;
    for (const std::uint64_t size : {1U, 2U, 3U, 5U, 6U, 1000U, 1001U, 1'000'000U}) {
        sizes.add(size);
    }
    const std::array<std::uint64_t, 11> expected = {1, 1, 2, 1, 0, 0, 0, 0, 0, 1, 2};
    EXPECT_EQ(sizes.batches, expected);
    EXPECT_EQ(sizes.transactions, 1U + 2 + 3 + 5 + 6 + 1000 + 1001 + 1'000'000);
}

TEST(BatchSizes, notes_are_read_as_they_were_written) {
    BatchSizes sizes;
    for (std::uint64_t size = 1; size < 3000; size = size * 3 / 2 + 1) {
        sizes.add(size);
    }
    model::ExecutionNotes notes;
    sizes.write(notes);
    EXPECT_EQ(BatchSizes::read(notes), sizes);
}

TEST(BatchSizes, notes_of_an_executor_without_batches_read_as_none) {
    model::ExecutionNotes notes;
    notes.counters["attempts"] = 12;
    EXPECT_EQ(BatchSizes::read(notes), BatchSizes{});
}

TEST(ExecutionNotesParallel, a_fallback_to_the_serial_path_is_none) {
    const auto notes = [](std::map<std::string, std::uint64_t> counters) {
        model::ExecutionNotes made;
        made.counters = {counters.begin(), counters.end()};
        return made;
    };
    EXPECT_FALSE(ran_in_parallel({}, 4)) << "nothing is said";
    EXPECT_FALSE(ran_in_parallel(notes({{"workers", 1}}), 4));
    EXPECT_TRUE(ran_in_parallel(notes({{"workers", 2}}), 4));
    EXPECT_FALSE(ran_in_parallel(notes({{"workers", 2}, {"ordered_lane", 4}, {"dense", 0}}), 4));
    EXPECT_TRUE(ran_in_parallel(notes({{"workers", 2}, {"ordered_lane", 3}, {"dense", 1}}), 4));
    EXPECT_FALSE(ran_in_parallel(notes({{"workers", 2}, {"serial_reruns", 4}}), 4));
    EXPECT_TRUE(ran_in_parallel(notes({{"workers", 2}, {"serial_reruns", 0}}), 4));
    const auto batches = [&](std::uint64_t count) {
        return notes({{"workers", 2}, {"batches", count}, {"batched_transactions", 4}});
    };
    EXPECT_FALSE(ran_in_parallel(batches(4), 4));
    EXPECT_TRUE(ran_in_parallel(batches(3), 4));
}

}  // namespace
}  // namespace parallax::core
