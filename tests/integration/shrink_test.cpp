/// Shrinking, measured on executors that are really wrong. Seeds are printed; PARALLAX_TEST_SEED
/// and PARALLAX_TEST_BLOCKS choose others.

#include "replay/shrink/shrink.hpp"

#include "replay/bundle/bundle_timeline.hpp"
#include "replay/shrink/canonical_names.hpp"
#include "testbed/vectors/bundle_vector.hpp"
#include "testbed/vectors/conformance.hpp"
#include "tests/integration/faulty_blocks.hpp"
#include "tests/support/faulty_executors.hpp"
#include "tests/support/protocols.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/state/memory_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace parallax::test {
namespace {

class Shrink : public FaultyBlocks {};

TEST_F(Shrink, leaves_two_transactions_of_faults_that_need_two) {
    const std::uint64_t first_seed = test::random_blocks_seed();
    const std::uint32_t blocks = test::random_blocks_count(80);
    std::size_t cases = 0;
    std::size_t minimal = 0;
    std::uint64_t runs = 0;
    for (const auto& faulty : test::faulty_executors()) {
        std::map<std::size_t, std::size_t> sizes;
        for (std::uint64_t seed = first_seed; seed < first_seed + blocks; ++seed) {
            const auto bundle = find(random_block(seed), *faulty);
            if (!bundle) {
                continue;
            }
            const auto result = replay::shrink(*bundle, lanes(*faulty), {});
            ASSERT_TRUE(result.ok())
                << faulty->name() << ", seed " << seed << ": " << result.status();
            EXPECT_TRUE(replay::check_shrunk(*result).ok());
            EXPECT_EQ(result->bundle.finding.fingerprint, bundle->finding.fingerprint);
            ++cases;
            ++sizes[result->after.transactions];
            minimal += result->after.transactions <= 2 ? 1U : 0U;
            runs += result->runs;
        }
        std::cout << faulty->name() << ":";
        for (const auto& [size, count] : sizes) {
            std::cout << " " << count << " x " << size << " transactions;";
        }
        std::cout << "\n";
        EXPECT_FALSE(sizes.empty()) << faulty->name() << " was never seen";
    }
    std::cout << "PARALLAX_TEST_SEED=" << first_seed << ": " << minimal << " of " << cases
              << " minimal, " << runs / std::max<std::size_t>(cases, 1) << " runs each\n";
    EXPECT_GE(minimal * 100, cases * 95);
}

TEST_F(Shrink, gives_a_bundle_that_reproduces_and_keeps_the_original) {
    const auto faulty = test::lost_credit();
    std::optional<replay::Bundle> original;
    for (std::uint64_t seed = 1; !original; ++seed) {
        original = find(random_block(seed), *faulty);
    }
    const base::Bytes before = replay::encode_bundle(*original);
    const auto result = replay::shrink(*original, lanes(*faulty), {});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(replay::encode_bundle(*original), before);
    EXPECT_EQ(result->bundle.shrunk_from, crypto::blake3(before));
    const auto decoded =
        replay::decode_bundle(replay::encode_bundle(result->bundle), test::protocols());
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    const auto again = replay::reproduce(*decoded, {control_, faulty.get(), runner_}, 3);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->kind, replay::Reproducibility::kDeterministic);
    EXPECT_TRUE(again->control_as_recorded);
    EXPECT_EQ(decoded->placement.topoheight, model::Topoheight{1});
    EXPECT_EQ(decoded->configuration.threads, 1U);
    EXPECT_LT(result->after.present_rows, 10U);
    EXPECT_EQ(decoded->signed_transactions.size(), 2U) << "what was signed lies beside";
    EXPECT_FALSE(decoded->signatures_checked) << "the canonical accounts have signed";
    const auto block = replay::admit_bundle(*decoded);
    ASSERT_TRUE(block.ok());
    EXPECT_EQ(block->transactions()[0].source, replay::canonical_signing_key(0).public_key());
    const auto clean = replay::reproduce(*decoded, {control_, &control_, runner_}, 1);
    EXPECT_EQ(clean->exit_code(), 0);
}

TEST_F(Shrink, emits_a_vector_that_conformance_passes_and_a_timeline_that_shows_both_lanes) {
    std::size_t vectors = 0;
    for (const auto& faulty : test::faulty_executors()) {
        for (std::uint64_t seed = 1; seed <= 15; ++seed) {
            const auto original = find(random_block(seed), *faulty);
            if (!original) {
                continue;
            }
            const auto result = replay::shrink(*original, lanes(*faulty), {});
            ASSERT_TRUE(result.ok()) << result.status();
            const auto timeline = replay::render_timeline(result->bundle);
            ASSERT_TRUE(timeline.ok()) << timeline.status();
            EXPECT_NE(timeline->find(result->bundle.finding.sentence), std::string::npos);
            EXPECT_NE(timeline->find("\n*"), std::string::npos) << *timeline;
            EXPECT_NE(timeline->find("tx 0: "), std::string::npos) << *timeline;
            const auto vector =
                testbed::render_vector(result->bundle, {control_, nullptr, runner_});
            if (!vector.ok()) {
                EXPECT_EQ(vector.status().code(), absl::StatusCode::kFailedPrecondition);
                continue;
            }
            ++vectors;
            executors::sequential::SequentialExecutor other;
            const testbed::Conformance conformance(
                {&control_, &other}, runner_, [] { return std::make_unique<state::MemoryStore>(); },
                {});
            const auto report = conformance.run_file(*vector);
            ASSERT_TRUE(report.ok()) << report.status();
            EXPECT_EQ(report->passed, 1U) << *vector;
        }
    }
    EXPECT_GT(vectors, 3U);
}

TEST_F(Shrink, asks_as_often_as_the_measured_rate_demands) {
    EXPECT_EQ(replay::attempts_for(1), 1U);
    EXPECT_EQ(replay::attempts_for(0.5), 7U);
    EXPECT_EQ(replay::attempts_for(0.1), 44U);
    EXPECT_EQ(replay::attempts_for(0), replay::kMaxAttempts);
    const auto faulty = test::lost_nonce();
    std::optional<replay::Bundle> original;
    for (std::uint64_t seed = 1; !original; ++seed) {
        original = find(random_block(seed), *faulty);
    }
    test::NowAndThenExecutor sometimes(*faulty, 1, 30);
    const auto result = replay::shrink(*original, lanes(sometimes), {});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_GT(result->attempts, 5U);
    EXPECT_LT(result->attempts, 50U);
    EXPECT_EQ(result->after.transactions, 2U);
}

TEST_F(Shrink, does_not_slip_to_another_bug_of_the_same_executor) {
    // One fault anywhere; the other one only in blocks of few transactions, where shrinking goes.
    const auto common = test::lost_nonce();
    test::BadMergeExecutor two_faults("lost-nonce", [&](const protocol::AdmittedBlock& block,
                                                        model::BlockOutcome& outcome) {
        if (block.transactions().size() <= 3) {
            outcome.totals.fees = model::Amount{outcome.totals.fees.value() + 1};
            outcome.results.front().fee = model::Amount{outcome.results.front().fee.value() + 1};
        } else if (const model::Access* lost = test::faulty_internal::second_access(
                       outcome, model::AccessKind::kWrite, model::Family::kAccount)) {
            auto* entry = test::faulty_internal::entry_of(outcome, lost->key);
            auto& nonce = std::get<model::AccountRecord>(*entry->after).nonce;
            nonce = model::Nonce{nonce.value() - 1};
        }
    });
    std::optional<replay::Bundle> original;
    for (std::uint64_t seed = 1; !original; ++seed) {
        original = find(random_block(seed), two_faults);
    }
    const auto result = replay::shrink(*original, lanes(two_faults), {});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->bundle.finding.fingerprint, original->finding.fingerprint);
    EXPECT_EQ(result->after.transactions, 4U);
}

TEST_F(Shrink, refuses_what_it_does_not_see_again) {
    const auto faulty = test::lost_credit();
    std::optional<replay::Bundle> original;
    for (std::uint64_t seed = 1; !original; ++seed) {
        original = find(random_block(seed), *faulty);
    }
    const auto result = replay::shrink(*original, lanes(control_), {.measure_runs = 5});
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition) << result.status();
}

TEST_F(Shrink, never_lets_a_reducer_that_does_nothing_pass_for_one_that_found_nothing) {
    const auto faulty = test::lost_credit();
    std::optional<replay::Bundle> original;
    for (std::uint64_t seed = 1; !original; ++seed) {
        original = find(random_block(seed), *faulty);
    }
    // What a reducer gives that hands its input back.
    const auto size = replay::size_of(*original);
    ASSERT_TRUE(size.ok());
    replay::ShrinkResult nothing;
    nothing.bundle = *original;
    nothing.before = *size;
    nothing.after = *size;
    EXPECT_EQ(replay::check_shrunk(nothing).code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_GT(size->transactions, 2U) << "the test of minimality would see it too";
    // One that is given no runs to work with does nothing either, and says so.
    const auto starved =
        replay::shrink(*original, lanes(*faulty), {.measure_runs = 1, .max_runs = 1});
    ASSERT_TRUE(starved.ok()) << starved.status();
    EXPECT_TRUE(starved->exhausted);
    EXPECT_FALSE(replay::check_shrunk(*starved).ok());
}

}  // namespace
}  // namespace parallax::test
