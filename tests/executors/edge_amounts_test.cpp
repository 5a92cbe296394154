/// Balances, counters, fees, nonces and pools at 0, 1, 2^63 and 2^64-1 and beside them: every
/// executor against the control, the control against a model that reckons in wide integers, and the
/// invariants against all of them. Seeds are printed; PARALLAX_TEST_SEED and PARALLAX_TEST_BLOCKS
/// choose others.

#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "tests/support/chain.hpp"
#include "tests/support/random_blocks.hpp"
#include "tests/support/wide_model.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/oracles/invariants.hpp"
#include "verifier/core/oracles/serializability.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <random>

namespace parallax::executors {
namespace {

using test::account;
using test::chain_block;
using test::draft;
using test::kTestMiner;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kHalf = std::uint64_t{1} << 63U;
constexpr std::uint64_t kFee = 100'000;
constexpr std::uint32_t kAccounts = 6;
/// These two are agents of one controller, whose balance is their energy pool.
constexpr std::uint32_t kFirstAgent = 4;
constexpr std::uint32_t kPool = 3;
const model::AssetId kOther = model::AssetId::from_array({9});

struct EdgeBlock {
    test::MemoryView state;
    std::vector<tos::e1::Transaction> transactions;
};

class EdgeBlocks {
  public:
    explicit EdgeBlocks(std::uint64_t seed) : random_(seed) {}

    EdgeBlock make(const model::PublicKey& dev) {
        EdgeBlock made;
        rich_ = one_in(5);
        std::vector<std::uint64_t> nonces(kAccounts);
        for (std::uint32_t n = 0; n < kAccounts; ++n) {
            nonces[n] = one_in(6) ? kMost - below(3) : below(2) * kHalf;
            test::fund(made.state, n, balance(), nonces[n]);
            if (one_in(3)) {
                made.state.set(model::balance_key(account(n), kOther),
                               model::AmountRecord{model::Amount{balance()}});
            }
        }
        for (std::uint32_t n = kFirstAgent; n < kAccounts; ++n) {
            model::AgentRecord agent;
            agent.owner = account(n);
            agent.controller = account(kPool);
            agent.policy_hash = model::Hash::from_array({1});
            agent.energy_pool = account(kPool);
            made.state.set(model::agent_account_key(account(n)),
                           base::Boxed<model::AgentRecord>(agent));
        }
        plant(made.state, model::balance_key(account(kTestMiner), model::kTosAsset));
        plant(made.state, model::balance_key(dev, model::kTosAsset));
        for (const model::Counter counter :
             {model::Counter::kEmittedSupply, model::Counter::kBurnedSupply,
              model::Counter::kGasFee, model::Counter::kMinerReward}) {
            plant(made.state, model::counter_key(counter));
        }
        const std::uint64_t count = below(9);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto source = static_cast<std::uint32_t>(below(kAccounts));
            made.transactions.push_back(transaction(source, nonces[source]));
            // The next one follows whether or not this one will fail.
            nonces[source] += one_in(8) ? 0U : 1U;
        }
        return made;
    }

  private:
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    std::uint64_t edge() {
        constexpr std::array kEdges = {std::uint64_t{0}, std::uint64_t{1}, kFee,  kHalf - 1, kHalf,
                                       kMost - kFee,     kMost - 1,        kMost, kMost / 3};
        return kEdges[below(kEdges.size())];
    }
    std::uint64_t balance() {
        if (rich_) {
            return kMost - below(kFee);
        }
        return one_in(3) ? edge() : edge() / 2 + below(3 * kFee);
    }
    std::uint64_t amount() { return rich_ || one_in(2) ? 1 + below(kFee) : edge(); }
    void plant(test::MemoryView& state, const model::StateKey& key) {
        if (!one_in(3)) {
            state.set(key, model::AmountRecord{model::Amount{edge()}});
        }
    }

    tos::e1::Transaction transaction(std::uint32_t source, std::uint64_t nonce) {
        const model::AssetId asset = one_in(4) ? kOther : model::kTosAsset;
        tos::e1::Transaction made;
        if (one_in(4)) {
            made = draft(source, nonce, tos::e1::BurnPayload{asset, model::Amount{amount()}});
        } else {
            tos::e1::TransfersPayload payload;
            for (std::uint64_t k = 1 + below(3); k > 0; --k) {
                const auto to = static_cast<std::uint32_t>(below(kAccounts + 1));
                payload.transfers.push_back({one_in(5) ? kOther : asset,
                                             account(to == source ? kAccounts : to),
                                             model::Amount{amount()},
                                             {}});
            }
            made = draft(source, nonce, std::move(payload));
        }
        made.fee = model::Amount{rich_ ? kHalf : one_in(4) ? edge() : kFee + below(kFee)};
        return made;
    }

    std::mt19937_64 random_;
    /// A block whose fees alone are more than 64 bits hold.
    bool rich_ = false;
};

struct StoppedClock final : base::Clock {
    std::chrono::nanoseconds now() const override { return {}; }
};
const StoppedClock kClock;

struct NamedExecutor {
    std::string name;
    std::unique_ptr<core::BlockExecutor> executor;
};

std::vector<NamedExecutor> all_candidates(runtime::WorkerPool& pool) {
    std::vector<NamedExecutor> all;
    const auto add = [&](std::string name, std::unique_ptr<core::BlockExecutor> executor) {
        all.push_back({std::move(name), std::move(executor)});
    };
    add("batch", std::make_unique<batch::BatchExecutor>(pool, batch::BatchExecutor::Options{}));
    add("batch-asset", std::make_unique<batch::BatchExecutor>(
                           pool, batch::BatchExecutor::Options{
                                     .granularity = batch::ConflictGranularity::kAccountAsset}));
    add("speculative", std::make_unique<speculative::SpeculativeExecutor>(
                           pool, speculative::SpeculativeExecutor::Options{}));
    add("staged", std::make_unique<staged::StagedExecutor>(
                      pool, staged::StagedExecutor::Options{.min_parallel_transactions = 1,
                                                            .phase_begins = {}}));
    add("adaptive",
        std::make_unique<adaptive::AdaptiveExecutor>(
            pool, kClock, adaptive::AdaptiveExecutor::Options{.min_parallel_transactions = 2}));
    return all;
}

class EdgeAmounts : public testing::TestWithParam<protocol::FailureModel> {
  protected:
    void SetUp() override {
        auto pool =
            runtime::WorkerPool::create({.name = "px-test", .workers = 3, .observer = nullptr});
        ASSERT_TRUE(pool.ok()) << pool.status();
        pool_ = *std::move(pool);
        candidates_ = all_candidates(*pool_);
        profile_.failure_model = GetParam();
    }

    model::BlockOutcome run(core::BlockExecutor& executor, const EdgeBlock& edge,
                            const protocol::AdmittedBlock& block) {
        auto outcome =
            test::execute(executor, edge.state, block, profile_, model::SignaturePolicy::kOff);
        EXPECT_TRUE(outcome.ok()) << outcome.status();
        return outcome.ok() ? *std::move(outcome) : model::BlockOutcome{};
    }
    void expect_valid(const model::BlockOutcome& outcome, const protocol::AdmittedBlock& block,
                      const std::string& who) {
        for (const model::Difference& broken :
             core::check_invariants(block, profile_, outcome, &unjudged_)) {
            ADD_FAILURE() << who << " breaks " << broken.path << ": demanded " << broken.control
                          << ", found " << broken.candidate;
        }
        for (const model::Difference& found : core::check_serializability(outcome)) {
            ADD_FAILURE() << who << ": " << found.path;
        }
    }
    model::BlockOutcome run_control(const EdgeBlock& edge) {
        const auto block = chain_block(edge.transactions, 5, profile_);
        EXPECT_TRUE(block.ok()) << block.status();
        sequential::SequentialExecutor control;
        return run(control, edge, *block);
    }
    static std::uint64_t tos_after(const EdgeBlock& edge, const model::BlockOutcome& outcome,
                                   std::uint32_t n) {
        test::MemoryView post = edge.state;
        post.apply(outcome.delta);
        return post.amount(model::balance_key(account(n), model::kTosAsset));
    }
    void check(const EdgeBlock& edge) {
        const auto block = chain_block(edge.transactions, 5, profile_);
        ASSERT_TRUE(block.ok()) << block.status();
        sequential::SequentialExecutor control;
        const model::BlockOutcome expected = run(control, edge, *block);
        if (profile_.failure_model == protocol::FailureModel::kOrphanAtomic) {
            test::WideModel model(edge.state, *block, profile_);
            EXPECT_EQ(model.disagreement(expected), "");
        }
        expect_valid(expected, *block, "the control");
        for (const NamedExecutor& candidate : candidates_) {
            const model::BlockOutcome outcome = run(*candidate.executor, edge, *block);
            EXPECT_EQ(test::difference(expected, outcome), "") << candidate.name;
            expect_valid(outcome, *block, candidate.name);
        }
    }

    tos::e1::Profile profile_ = *tos::e1::find_profile("devnet");
    std::unique_ptr<runtime::WorkerPool> pool_;
    std::vector<NamedExecutor> candidates_;
    std::vector<model::UnjudgedInvariant> unjudged_;
};

TEST_P(EdgeAmounts, every_executor_reckons_as_wide_integers_do_and_no_law_blames_it) {
    const std::uint64_t first = test::random_blocks_seed();
    const std::uint64_t blocks = test::random_blocks_count(400);
    for (std::uint64_t seed = first; seed < first + blocks && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        check(EdgeBlocks(seed).make(profile_.dev_key));
    }
    std::map<std::string, int> laws;
    for (const model::UnjudgedInvariant& law : unjudged_) {
        ++laws[law.law.substr(0, law.law.find('['))];
    }
    std::cout << "PARALLAX_TEST_SEED=" << first << " PARALLAX_TEST_BLOCKS=" << blocks;
    for (const auto& [law, count] : laws) {
        std::cout << "; " << law << " left out " << count;
    }
    std::cout << "\n";
    // The edges were reached: each of these has been left unjudged somewhere, and said so.
    EXPECT_GT(laws["conservation"], 0);
    EXPECT_GT(laws["totals.fees"], 0);
    EXPECT_GT(laws["nonce"], 0);
}

/// Two agents, one pool that can pay one fee and a half: the second pays its own fee, if it can.
TEST_P(EdgeAmounts, agents_that_share_a_pool_spend_it_once) {
    for (const std::uint64_t sent : {50U, 51U}) {
        EdgeBlock edge = EdgeBlocks(1).make(profile_.dev_key);
        for (std::uint32_t n = 0; n < kAccounts; ++n) {
            test::fund(edge.state, n, n == kPool ? kFee + kFee / 2 : kFee + 50);
        }
        edge.transactions = {test::transfer(kFirstAgent, 0, 0, 50),
                             test::transfer(kFirstAgent + 1, 0, 0, sent)};
        check(edge);
        const model::BlockOutcome outcome = run_control(edge);
        EXPECT_EQ(outcome.results[0].code, model::ErrorCode::kSuccess);
        EXPECT_EQ(outcome.results[1].code, sent == 50 ? model::ErrorCode::kSuccess
                                           : GetParam() == protocol::FailureModel::kOrphanAtomic
                                               ? model::ErrorCode::kInsufficientBalance
                                               : model::ErrorCode::kOverflow);
        EXPECT_EQ(tos_after(edge, outcome, kPool), kFee / 2);
        EXPECT_EQ(tos_after(edge, outcome, kFirstAgent), kFee);
        EXPECT_EQ(tos_after(edge, outcome, kFirstAgent + 1), sent == 50 ? 0 : kFee + 50);
    }
}

/// What the pool has spent by itself, before or after, is spent for its agents, too.
TEST_P(EdgeAmounts, a_pool_pays_from_what_it_has_left_in_the_block) {
    for (const bool pool_first : {true, false}) {
        EdgeBlock edge = EdgeBlocks(1).make(profile_.dev_key);
        for (std::uint32_t n = 0; n < kAccounts; ++n) {
            test::fund(edge.state, n, n == kPool ? 2 * kFee + 50 : kFee + 50);
        }
        edge.transactions = {test::transfer(kFirstAgent, 0, 0, 50),
                             test::transfer(kPool, 0, 0, kFee)};
        if (pool_first) {
            std::swap(edge.transactions[0], edge.transactions[1]);
        }
        check(edge);
        const model::BlockOutcome outcome = run_control(edge);
        EXPECT_EQ(outcome.results[0].code, model::ErrorCode::kSuccess);
        EXPECT_EQ(outcome.results[1].status, pool_first ? model::TransactionStatus::kExecuted
                                                        : model::TransactionStatus::kFailed);
        EXPECT_EQ(tos_after(edge, outcome, kPool), pool_first ? 50 : kFee + 50);
        EXPECT_EQ(tos_after(edge, outcome, kFirstAgent), pool_first ? 0 : kFee);
    }
}

INSTANTIATE_TEST_SUITE_P(Models, EdgeAmounts,
                         testing::Values(protocol::FailureModel::kOrphanAtomic,
                                         protocol::FailureModel::kOrphanPartial),
                         [](const auto& model) {
                             return std::string(protocol::failure_model_name(model.param));
                         });

}  // namespace
}  // namespace parallax::executors
