/// Twins of random blocks: no false alarm on executors that are right, and a fault that all
/// executors share, which nothing but a twin can see.

#include "replay/twins/twins.hpp"

#include "executors/batch/batch_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "replay/twins/twin_blocks.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "tests/integration/faulty_blocks.hpp"
#include "tests/support/chain.hpp"
#include "tests/support/faulty_executors.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace parallax::test {
namespace {

class Twins : public FaultyBlocks {
  protected:
    struct Tally {
        std::array<std::size_t, replay::kTwins> compared{};
        std::array<std::size_t, replay::kTwins> different{};
        std::string first;
    };

    /// A fault that is `shared` has nobody to be held against.
    void check(std::uint64_t seed, const test::RandomBlock& random, core::BlockExecutor& executor,
               Tally& tally, bool shared = false) {
        const auto other = test::execute(control_, random.state, random.block, *random.protocol,
                                         model::SignaturePolicy::kOff);
        ASSERT_TRUE(other.ok()) << other.status();
        const auto results = replay::check_twins(
            random.block, executor,
            {random.state, *random.protocol, runner_, seed, shared ? nullptr : &*other});
        ASSERT_TRUE(results.ok()) << results.status() << test::describe(seed, random);
        ASSERT_EQ(results->size(), replay::kTwins);
        for (const replay::TwinResult& result : *results) {
            const auto at = static_cast<std::size_t>(result.twin);
            tally.compared[at] += result.skipped.empty() ? 1U : 0U;
            tally.different[at] += result.differences.empty() ? 0U : 1U;
            if (!result.differences.empty() && tally.first.empty()) {
                const model::Difference& first = result.differences.front();
                tally.first = std::string(replay::twin_name(result.twin)) + " " + first.path +
                              ": " + first.control + " against " + first.candidate + "\n" +
                              test::describe(seed, random);
            }
        }
    }
};

TEST_F(Twins, raise_no_false_alarm) {
    const std::uint64_t first_seed = test::random_blocks_seed();
    const std::uint32_t blocks = test::random_blocks_count(300);
    auto pool = executors::runtime::WorkerPool::create(
        {.name = "px-test", .workers = 3, .observer = nullptr});
    ASSERT_TRUE(pool.ok()) << pool.status();
    executors::batch::BatchExecutor batch(**pool, executors::batch::BatchExecutor::Options{});
    executors::speculative::SpeculativeExecutor speculative(
        **pool, executors::speculative::SpeculativeExecutor::Options{});
    executors::staged::StagedExecutor staged(
        **pool, executors::staged::StagedExecutor::Options{.min_parallel_transactions = 1,
                                                           .phase_begins = {}});
    const std::array<core::BlockExecutor*, 4> executors = {&control_, &batch, &speculative,
                                                           &staged};
    Tally tally;
    for (std::uint64_t seed = first_seed; seed < first_seed + blocks; ++seed) {
        test::RandomBlocks random(seed);
        auto shape = random.shape(60);
        test::RandomRules rules = random.rules();
        rules.harness.reset();
        const auto block = random.block(shape, rules);
        if (!has_wire_form(block.block)) {
            continue;
        }
        check(seed, block, *executors[seed % executors.size()], tally);
    }
    std::cout << "PARALLAX_TEST_SEED=" << first_seed << ": compared " << tally.compared[0]
              << " permuted, " << tally.compared[1] << " renamed, " << tally.compared[2]
              << " split twins\n";
    EXPECT_EQ(tally.first, "");
    for (const std::size_t compared : tally.compared) {
        EXPECT_GT(compared, 10U);
    }
}

/// What looks at a place in the block decides by it, and all executors do it alike.
test::BadMergeExecutor place_dependent(const std::string& name) {
    return {name, [](const protocol::AdmittedBlock& block, model::BlockOutcome& outcome) {
                // What the transaction at the third place has burned is stated wrongly.
                if (block.transactions().size() > 2 && outcome.results[2].fee > model::Amount{1}) {
                    outcome.results[2].burned =
                        model::Amount{outcome.results[2].burned.value() ^ 1U};
                }
            }};
}

TEST_F(Twins, see_a_fault_that_all_executors_share) {
    auto control = place_dependent("sequential");
    auto candidate = place_dependent("batch");
    Tally tally;
    std::size_t seen_by_comparison = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto random = random_block(seed, 0);
        if (!has_wire_form(random.block)) {
            continue;  // it has a transaction twice, which no block of the chain has
        }
        check(seed, random, control, tally, true);
        const protocol::SignatureSource signatures = protocol::SignatureSource::off(random.block);
        const std::atomic<bool> cancelled{false};
        const core::ExecutionContext context{*random.protocol, signatures, cancelled, true};
        const auto one = control.execute(random.state, random.block, context);
        const auto two = candidate.execute(random.state, random.block, context);
        ASSERT_TRUE(one.ok() && two.ok());
        seen_by_comparison += core::compare(*one, *two).differences.empty() ? 0U : 1U;
    }
    EXPECT_EQ(seen_by_comparison, 0U);
    EXPECT_GT(tally.different[static_cast<std::size_t>(replay::Twin::kPermuted)], 0U);
}

TEST_F(Twins, see_an_executor_that_looks_at_the_bytes_of_accounts) {
    test::BadMergeExecutor biased(
        "biased", [](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
            for (model::DeltaEntry& entry : outcome.delta.entries) {
                if (entry.key.family == model::Family::kBalance && entry.key.owner[0] < 0x40 &&
                    entry.after) {
                    auto& amount = std::get<model::AmountRecord>(*entry.after).amount;
                    amount = model::Amount{amount.value() ^ 1U};
                }
            }
        });
    Tally tally;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto random = random_block(seed, 0);
        if (has_wire_form(random.block)) {
            check(seed, random, biased, tally, true);
        }
    }
    EXPECT_GT(tally.different[static_cast<std::size_t>(replay::Twin::kRenamed)], 0U);
}

/// Twins of a block by itself, in the control: everything funded, in the order given.
class TwinsOfOneBlock : public Twins {
  protected:
    void SetUp() override {
        for (std::uint32_t n = 0; n < 6; ++n) {
            test::fund(state_, n, 1'000 * model::kCoin);
        }
        profile_ = *tos::e1::find_profile("devnet");
    }
    [[nodiscard]] std::vector<replay::TwinResult> twins(
        std::vector<tos::e1::Transaction> transactions) {
        const auto block = test::chain_block(std::move(transactions), 5, profile_);
        EXPECT_TRUE(block.ok()) << block.status();
        auto results = replay::check_twins(*block, control_, {state_, profile_, runner_});
        EXPECT_TRUE(results.ok()) << results.status();
        return results.ok() ? *std::move(results) : std::vector<replay::TwinResult>{};
    }
    /// No twin differs, and the block was compared under other names.
    void expect_alike(std::vector<tos::e1::Transaction> transactions) {
        for (const replay::TwinResult& result : twins(std::move(transactions))) {
            EXPECT_EQ(result.differences.size(), 0U)
                << replay::twin_name(result.twin) << " " << result.differences.front().path << ": "
                << result.differences.front().control << " against "
                << result.differences.front().candidate;
            if (result.twin == replay::Twin::kRenamed) {
                EXPECT_EQ(result.skipped, "");
            }
        }
    }
    [[nodiscard]] static tos::e1::Transaction pay(std::uint32_t from, const model::PublicKey& to,
                                                  base::Bytes memo = {}) {
        tos::e1::Transfer output{model::kTosAsset, to, model::Amount{1000}, std::nullopt};
        if (!memo.empty()) {
            output.extra_data = std::move(memo);
        }
        return test::signed_by(from, 0, tos::e1::TransfersPayload{{std::move(output)}});
    }
    [[nodiscard]] static base::Bytes around(const model::PublicKey& account) {
        base::Bytes bytes(100, 0x5A);
        std::copy(account.bytes().begin(), account.bytes().end(), bytes.begin() + 37);
        return bytes;
    }

    test::MemoryView state_;
    tos::e1::Profile profile_;
};

TEST_F(TwinsOfOneBlock, raise_no_false_alarm_when_the_developers_are_paid) {
    expect_alike({pay(0, profile_.dev_key), pay(1, test::account(2))});
    expect_alike({pay(0, test::account(test::kTestMiner)), pay(1, profile_.dev_key)});
}

TEST_F(TwinsOfOneBlock, raise_no_false_alarm_when_a_module_holds_the_key_of_an_account) {
    base::Bytes module = around(test::account(1));
    constexpr std::array<std::uint8_t, 20> kElf = {0x7F, 'E', 'L', 'F', 2, 1, 1, 0, 0,    0,
                                                   0,    0,   0,   0,   0, 0, 3, 0, 0xF7, 0};
    std::copy(kElf.begin(), kElf.end(), module.begin());
    expect_alike({test::signed_by(0, 0, tos::e1::DeployContractPayload{module, std::nullopt}),
                  pay(1, test::account(2)), pay(3, test::account(4))});
}

TEST_F(TwinsOfOneBlock, raise_no_false_alarm_when_extra_data_or_a_name_holds_a_key) {
    expect_alike({pay(0, test::account(3), around(test::account(1))), pay(1, test::account(2))});
    // A receiver can have any key: here one that is a name, too.
    model::PublicKey word;
    for (std::size_t i = 0; i < model::PublicKey::kSize; ++i) {
        word.mutable_bytes()[i] = static_cast<std::uint8_t>("bacadefogimo"[i % 12]);
    }
    tos::e1::Transaction named = test::draft(
        2, 0,
        tos::e1::RegisterNamePayload{"x" + std::string(word.bytes().begin(), word.bytes().end())});
    named.fee = model::Amount{tos::e1::kNameRegistrationFee};
    expect_alike({pay(0, word), pay(1, test::account(4)), test::sign(2, named)});
}

TEST_F(TwinsOfOneBlock, leave_a_key_alone_that_other_bytes_can_be_by_chance) {
    // Zeros are the asset TOS as well, and half of what is small.
    expect_alike({pay(0, model::PublicKey{}), pay(1, test::account(2))});
}

TEST_F(TwinsOfOneBlock, give_names_that_the_block_cannot_hold) {
    // Who knows the names of one block's twins has another block with them in it.
    const auto first =
        test::chain_block({pay(0, test::account(1)), pay(2, test::account(3))}, 5, profile_);
    ASSERT_TRUE(first.ok());
    const model::PublicKey known = replay::renaming_of(*first, profile_)->of(test::account(0));
    EXPECT_NE(known, test::account(0));
    // It stays as it is there, for extra data holds it: no other account may get its name.
    expect_alike(
        {pay(0, known, around(known)), pay(1, test::account(2)), pay(3, test::account(4))});
}

TEST_F(Twins, are_of_the_chain_path_only) {
    auto random = random_block(1);
    const testbed::VectorProtocol harness(testbed::VectorProtocol::Kind::kBlock);
    const auto results =
        replay::check_twins(random.block, control_, {random.state, harness, runner_});
    EXPECT_EQ(results.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace parallax::test
