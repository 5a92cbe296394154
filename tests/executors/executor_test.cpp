#include "executors/adaptive/adaptive_executor.hpp"
#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/speculative/speculative_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace parallax::executors {
namespace {

using test::account;
using test::chain_block;
using test::fund;
using test::kTestFee;
using test::kTestMiner;
using test::signed_by;
using test::transfer;

struct Candidate {
    std::string name;
    std::function<std::unique_ptr<core::BlockExecutor>(runtime::WorkerPool&)> make;
    std::uint32_t workers;
};

void PrintTo(const Candidate& candidate, std::ostream* out) {
    *out << candidate.name;
}

/// Every executor must answer every one of these alike; fields have defaults, a test sets only
/// what differs.
class Executors : public testing::TestWithParam<Candidate> {
  protected:
    void SetUp() override {
        auto pool = runtime::WorkerPool::create(
            {.name = "px-test", .workers = GetParam().workers, .observer = nullptr});
        ASSERT_TRUE(pool.ok());
        pool_ = *std::move(pool);
        executor_ = GetParam().make(*pool_);
    }

    model::BlockOutcome run(std::vector<tos::e1::Transaction> transactions,
                            std::uint64_t topoheight = 5) {
        const auto block = chain_block(std::move(transactions), topoheight, profile);
        EXPECT_TRUE(block.ok()) << block.status();
        auto outcome = test::execute(*executor_, pre, *block, profile);
        EXPECT_TRUE(outcome.ok()) << outcome.status();
        post = pre;
        post.apply(outcome->delta);
        return *std::move(outcome);
    }
    std::uint64_t tos(std::uint32_t n) const {
        return post.amount(model::balance_key(account(n), model::kTosAsset));
    }

    tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    test::MemoryView pre;
    test::MemoryView post;
    std::unique_ptr<runtime::WorkerPool> pool_;
    std::unique_ptr<core::BlockExecutor> executor_;
};

TEST_P(Executors, pay_moves_amount_fee_and_nonce) {
    fund(pre, 0, 1'000'000);
    fund(pre, 1, 50);
    const auto outcome = run({transfer(0, 0, 1, 30)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[0].fee, kTestFee);
    EXPECT_EQ(tos(0), 1'000'000 - 30 - kTestFee.value());
    EXPECT_EQ(tos(1), 80U);
    EXPECT_EQ(post.nonce(account(0)), 1U);
    EXPECT_EQ(outcome.totals.fees, kTestFee);
    EXPECT_EQ(outcome.totals.miner_reward,
              model::Amount{outcome.totals.emitted_supply.value() -
                            outcome.totals.dev_reward.value() + kTestFee.value()});
    EXPECT_EQ(tos(kTestMiner), outcome.totals.miner_reward.value());
}

TEST_P(Executors, received_funds_cannot_be_spent_in_the_same_block) {
    fund(pre, 0, 1'000'000);
    fund(pre, 1, kTestFee.value());
    fund(pre, 2, 0);
    const auto outcome = run({transfer(0, 0, 1, 500), transfer(1, 0, 2, 400)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kInsufficientBalance);
    EXPECT_EQ(tos(1), kTestFee.value() + 500) << "an orphaned transaction leaves nothing";
    EXPECT_EQ(post.nonce(account(1)), 0U);
    EXPECT_EQ(outcome.orphans.size(), 1U);
}

TEST_P(Executors, later_transactions_of_a_sender_see_its_earlier_spends) {
    fund(pre, 0, 3 * kTestFee.value() + 100);
    fund(pre, 1, 0);
    const auto outcome = run({transfer(0, 0, 1, 60), transfer(0, 1, 1, 60), transfer(0, 1, 1, 40)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[1].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[2].code, model::ErrorCode::kNonceTooLow);
    EXPECT_EQ(tos(0), kTestFee.value() - 20);
    EXPECT_EQ(tos(1), 120U);
}

TEST_P(Executors, payouts_of_one_sender_to_many_receivers_run_in_nonce_order) {
    fund(pre, 0, 100 * kTestFee.value());
    std::vector<tos::e1::Transaction> payouts;
    for (std::uint32_t i = 0; i < 20; ++i) {
        payouts.push_back(transfer(0, i, 10 + i, 100 + i));
    }
    const auto outcome = run(std::move(payouts));
    for (std::uint32_t i = 0; i < 20; ++i) {
        EXPECT_EQ(outcome.results[i].status, model::TransactionStatus::kExecuted)
            << "transaction " << i;
        EXPECT_EQ(tos(10 + i), 100 + i);
    }
    EXPECT_EQ(post.nonce(account(0)), 20U);
}

TEST_P(Executors, first_failing_check_gives_the_code) {
    fund(pre, 0, 10'000'000);
    fund(pre, 1, 0);
    tos::e1::Transaction unsigned_transfer =
        test::draft(0, 0,
                    tos::e1::TransfersPayload{
                        {tos::e1::Transfer{model::kTosAsset, account(1), model::Amount{1}, {}}}});
    tos::e1::Transaction cheap = test::sign(0, [&] {
        auto t = unsigned_transfer;
        t.fee = model::Amount{14'999};
        return t;
    }());
    tos::e1::Transaction foreign = test::sign(0, [&] {
        auto t = unsigned_transfer;
        t.chain_id = 0;
        return t;
    }());
    const auto outcome =
        run({unsigned_transfer, cheap, foreign, transfer(0, 3, 1, 1), transfer(0, 0, 0, 1),
             signed_by(0, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{0}}),
             transfer(7, 0, 1, 1)});
    const std::vector<model::ErrorCode> expected = {
        model::ErrorCode::kInvalidSignature, model::ErrorCode::kInsufficientFee,
        model::ErrorCode::kInvalidType,      model::ErrorCode::kNonceTooHigh,
        model::ErrorCode::kSelfOperation,    model::ErrorCode::kInvalidAmount,
        model::ErrorCode::kAccountNotFound};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(outcome.results[i].code, expected[i]) << "transaction " << i;
    }
    EXPECT_EQ(outcome.totals.fees, model::Amount{0});
}

TEST_P(Executors, burned_supply_counts_native_burns_only) {
    const model::AssetId other = model::AssetId::from_array({9});
    fund(pre, 0, 10'000'000);
    fund(pre, 1, 10'000'000);
    pre.set(model::balance_key(account(0), other), model::AmountRecord{model::Amount{60}});
    const auto outcome =
        run({signed_by(0, 0, tos::e1::BurnPayload{other, model::Amount{40}}),
             signed_by(1, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{7}})});
    EXPECT_EQ(outcome.totals.burned_supply, model::Amount{7});
    EXPECT_EQ(post.amount(model::counter_key(model::Counter::kBurnedSupply)), 7U);
    EXPECT_EQ(post.amount(model::balance_key(account(0), other)), 20U);
}

TEST_P(Executors, credits_that_do_not_fit_fail_in_block_order) {
    const model::AssetId other = model::AssetId::from_array({9});
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    for (std::uint32_t n = 0; n < 4; ++n) {
        fund(pre, n, 10'000'000);
        pre.set(model::balance_key(account(n), other), model::AmountRecord{model::Amount{100}});
    }
    fund(pre, 9, 0);
    pre.set(model::balance_key(account(9), other), model::AmountRecord{model::Amount{most - 15}});
    const auto outcome = run({transfer(0, 0, 9, 10, other), transfer(1, 0, 9, 10, other),
                              transfer(2, 0, 9, 5, other), transfer(3, 0, 9, 1, other)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kOverflow);
    EXPECT_EQ(outcome.results[2].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[3].code, model::ErrorCode::kOverflow);
    EXPECT_EQ(post.amount(model::balance_key(account(9), other)), most);
}

TEST_P(Executors, burned_supply_that_does_not_fit_fails_in_block_order) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    pre.set(model::counter_key(model::Counter::kBurnedSupply),
            model::AmountRecord{model::Amount{most - 15}});
    for (std::uint32_t n = 0; n < 3; ++n) {
        fund(pre, n, 10'000'000);
    }
    const auto outcome =
        run({signed_by(0, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{10}}),
             signed_by(1, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{10}}),
             signed_by(2, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{5}})});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    EXPECT_EQ(outcome.results[1].code, model::ErrorCode::kOverflow);
    EXPECT_EQ(outcome.results[2].status, model::TransactionStatus::kExecuted);
}

TEST_P(Executors, creates_a_receiver_seen_for_the_first_time) {
    fund(pre, 0, 1'000'000);
    const auto outcome = run({transfer(0, 0, 1, 0)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kExecuted);
    const auto it = post.rows().find(model::account_key(account(1)));
    ASSERT_NE(it, post.rows().end());
    EXPECT_EQ(std::get<model::AccountRecord>(it->second),
              (model::AccountRecord{model::Nonce{0}, model::Topoheight{5}}));
    EXPECT_EQ(post.rows().count(model::balance_key(account(1), model::kTosAsset)), 1U)
        << "a transfer of nothing creates a row";
}

TEST_P(Executors, skips_a_transaction_that_was_executed_before) {
    fund(pre, 0, 1'000'000);
    fund(pre, 1, 0);
    const tos::e1::Transaction again = transfer(0, 0, 1, 30);
    pre.set(model::executed_transaction_key(tos::e1::transaction_hash(again)),
            model::ExecutedRecord{model::Topoheight{4}});
    const auto outcome = run({again});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kSkipped);
    EXPECT_EQ(tos(0), 1'000'000U);
    EXPECT_TRUE(outcome.orphans.empty());
}

TEST_P(Executors, partial_model_keeps_what_was_done_before_the_failure) {
    profile.failure_model = protocol::FailureModel::kOrphanPartial;
    const model::AssetId other = model::AssetId::from_array({9});
    fund(pre, 0, 1'000'000);
    fund(pre, 1, 0);
    fund(pre, 2, 0);
    pre.set(model::balance_key(account(0), other), model::AmountRecord{model::Amount{50}});
    pre.set(model::balance_key(account(2), other),
            model::AmountRecord{model::Amount{std::numeric_limits<std::uint64_t>::max()}});
    const auto outcome = run({signed_by(
        0, 0,
        tos::e1::TransfersPayload{{tos::e1::Transfer{other, account(1), model::Amount{10}, {}},
                                   tos::e1::Transfer{other, account(2), model::Amount{20}, {}},
                                   tos::e1::Transfer{other, account(1), model::Amount{5}, {}}}})});
    EXPECT_EQ(outcome.results[0].code, model::ErrorCode::kOverflow);
    EXPECT_EQ(post.nonce(account(0)), 1U);
    EXPECT_EQ(post.amount(model::balance_key(account(0), other)), 15U);
    EXPECT_EQ(post.amount(model::balance_key(account(1), other)), 10U);
    EXPECT_EQ(tos(0), 1'000'000 - kTestFee.value());
    EXPECT_EQ(outcome.totals.fees, model::Amount{0}) << "the miner does not get an orphan's fee";
}

TEST_P(Executors, reject_model_leaves_nothing_of_the_block) {
    profile.failure_model = protocol::FailureModel::kRejectBlock;
    fund(pre, 0, 1'000'000);
    fund(pre, 1, 0);
    const auto outcome = run({transfer(0, 0, 1, 30), transfer(0, 5, 1, 30), transfer(0, 0, 0, 1)});
    EXPECT_EQ(outcome.status, model::BlockStatus::kRejected);
    EXPECT_EQ(outcome.code, model::ErrorCode::kNonceTooHigh);
    EXPECT_TRUE(outcome.delta.entries.empty());
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kNotReached);
    EXPECT_EQ(outcome.results[1].status, model::TransactionStatus::kFailed);
}

TEST_P(Executors, calls_of_a_contract_are_unsupported_and_change_nothing) {
    const model::Hash contract = model::Hash::from_array({7});
    fund(pre, 0, 20 * model::kCoin);
    pre.set(model::contract_module_key(contract),
            base::Boxed<model::BytesRecord>(model::BytesRecord{{1}}));
    tos::e1::InvokeContractPayload invoke;
    invoke.contract = contract;
    invoke.max_gas = model::Amount{1000};
    const auto outcome = run({signed_by(0, 0, invoke)});
    EXPECT_EQ(outcome.results[0].status, model::TransactionStatus::kUnsupported);
    EXPECT_EQ(tos(0), 20 * model::kCoin);
}

TEST_P(Executors, answers_deadline_exceeded_when_cancelled) {
    fund(pre, 0, 1'000'000);
    const auto block = chain_block({transfer(0, 0, 1, 30)}, 5, profile);
    ASSERT_TRUE(block.ok());
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(*block);
    const std::atomic<bool> cancelled{true};
    const auto outcome = executor_->execute(
        pre, *block, core::ExecutionContext{profile, signatures, cancelled, true});
    EXPECT_EQ(outcome.status().code(), absl::StatusCode::kDeadlineExceeded);
}

// The harness' verification of the whole list is before any transaction, and no less bounded.
TEST_P(Executors, answers_deadline_exceeded_when_cancelled_while_a_list_is_verified) {
    fund(pre, 0, 1);  // what it sends it does not have: verified to its end, the list is rejected
    const testbed::VectorProtocol harness(testbed::VectorProtocol::Kind::kBlock);
    const protocol::AdmittedBlock list = tos::e1::Profile::admit_list(
        {transfer(0, 0, 1, 30)}, {{model::Topoheight{5}, std::nullopt}, model::Topoheight{4}});
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(list);
    std::atomic<bool> cancelled{false};
    const core::ExecutionContext context{harness, signatures, cancelled, true};
    const auto rejected = executor_->execute(pre, list, context);
    ASSERT_TRUE(rejected.ok()) << rejected.status();
    EXPECT_EQ(rejected->status, model::BlockStatus::kRejected);
    cancelled = true;
    const auto outcome = executor_->execute(pre, list, context);
    EXPECT_EQ(outcome.status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_P(Executors, a_failed_read_is_an_error_and_no_absent_row) {
    struct BrokenView final : protocol::StateView {
        absl::StatusOr<std::optional<model::StateValue>> get(
            const model::StateKey&) const override {
            return absl::DataLossError("disk on fire");
        }
    } broken;
    const auto block = chain_block({transfer(0, 0, 1, 30)}, 5, profile);
    ASSERT_TRUE(block.ok());
    const auto outcome = test::execute(*executor_, broken, *block, profile);
    EXPECT_EQ(outcome.status().code(), absl::StatusCode::kDataLoss);
}

std::unique_ptr<core::BlockExecutor> make_sequential(runtime::WorkerPool&) {
    return std::make_unique<sequential::SequentialExecutor>();
}
std::unique_ptr<core::BlockExecutor> make_batch(runtime::WorkerPool& pool) {
    return std::make_unique<batch::BatchExecutor>(pool, batch::BatchExecutor::Options{});
}
std::unique_ptr<core::BlockExecutor> make_small_batches(runtime::WorkerPool& pool) {
    return std::make_unique<batch::BatchExecutor>(
        pool, batch::BatchExecutor::Options{.max_batch_size = 2});
}

std::unique_ptr<core::BlockExecutor> make_speculative(runtime::WorkerPool& pool) {
    return std::make_unique<speculative::SpeculativeExecutor>(
        pool, speculative::SpeculativeExecutor::Options{});
}

std::unique_ptr<core::BlockExecutor> make_asset_batch(runtime::WorkerPool& pool) {
    return std::make_unique<batch::BatchExecutor>(
        pool, batch::BatchExecutor::Options{
                  .granularity = batch::ConflictGranularity::kAccountAsset, .preload = false});
}
struct StoppedClock final : base::Clock {
    std::chrono::nanoseconds now() const override { return {}; }
};
std::unique_ptr<core::BlockExecutor> make_adaptive(runtime::WorkerPool& pool) {
    static const StoppedClock clock;
    return std::make_unique<adaptive::AdaptiveExecutor>(
        pool, clock, adaptive::AdaptiveExecutor::Options{.min_parallel_transactions = 2});
}
std::unique_ptr<core::BlockExecutor> make_staged(runtime::WorkerPool& pool) {
    return std::make_unique<staged::StagedExecutor>(
        pool, staged::StagedExecutor::Options{.min_parallel_transactions = 1, .phase_begins = {}});
}

/// Of two workers, in a process of its own.
template <const char* Kind>
std::unique_ptr<core::BlockExecutor> make_isolated(runtime::WorkerPool&) {
    return std::make_unique<isolated::IsolatedExecutor>(
        isolated::IsolatedExecutor::Options{.name = Kind, .command = {PARALLAX_FAULTY_HOST, Kind}});
}
constexpr char kSequentialHost[] = "none";
constexpr char kBatchHost[] = "batch";
constexpr char kStagedHost[] = "staged";

INSTANTIATE_TEST_SUITE_P(
    All, Executors,
    testing::Values(Candidate{"sequential", make_sequential, 1}, Candidate{"batch1", make_batch, 1},
                    Candidate{"batch2", make_batch, 2}, Candidate{"batch4", make_batch, 4},
                    Candidate{"batch16", make_batch, 16},
                    Candidate{"small_batches4", make_small_batches, 4},
                    Candidate{"speculative1", make_speculative, 1},
                    Candidate{"speculative2", make_speculative, 2},
                    Candidate{"speculative4", make_speculative, 4},
                    Candidate{"speculative16", make_speculative, 16},
                    Candidate{"batch_asset1", make_asset_batch, 1},
                    Candidate{"batch_asset4", make_asset_batch, 4},
                    Candidate{"adaptive2", make_adaptive, 2}, Candidate{"staged1", make_staged, 1},
                    Candidate{"staged2", make_staged, 2}, Candidate{"staged4", make_staged, 4},
                    Candidate{"staged16", make_staged, 16},
                    Candidate{"isolated_sequential", make_isolated<kSequentialHost>, 1},
                    Candidate{"isolated_batch2", make_isolated<kBatchHost>, 1},
                    Candidate{"isolated_staged2", make_isolated<kStagedHost>, 1}),
    [](const auto& candidate) { return candidate.param.name; });

}  // namespace
}  // namespace parallax::executors
