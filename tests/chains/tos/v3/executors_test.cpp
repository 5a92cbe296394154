/// Every executor against the control on blocks of V3 at random: hot and cold accounts, nonces that
/// jump, old references, energy, co-signers, AI mining, transactions that fail.

#include "app/lanes/executor_registry.hpp"
#include "executors/runtime/worker_pool.hpp"
#include "tests/chains/tos/v3/v3_chain.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/core/oracles/invariants.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace parallax::tos::v3 {
namespace {

constexpr std::uint8_t kAccounts = 12;

class RandomChain {
  public:
    explicit RandomChain(std::uint64_t seed) : random_(seed) {
        chain_.grow_to(5);
        for (std::uint8_t number = 2; number < 2 + kAccounts; ++number) {
            chain_.fund(number, pick(40) * model::kCoin + 1);
        }
        chain_.grow_to(20);
    }

    std::vector<Transaction> block(std::size_t size) {
        std::vector<std::uint64_t> next(kAccounts);
        for (std::uint8_t i = 0; i < kAccounts; ++i) {
            next[i] = chain_.nonce(static_cast<std::uint8_t>(2 + i));
        }
        std::vector<Transaction> transactions;
        for (std::size_t i = 0; i < size; ++i) {
            const auto sender = static_cast<std::uint8_t>(pick(kAccounts));
            // Now and then one too late, or one too early.
            const std::uint64_t nonce = next[sender] + (pick(12) == 0 ? 1 : 0) -
                                        (pick(12) == 0 && next[sender] > 0 ? 1 : 0);
            next[sender] = nonce + 1;
            const std::uint64_t reference = pick(4) == 0 ? pick(chain_.top()) : chain_.top();
            const bool is_free = pick(6) == 0;
            transactions.push_back(Chain::transaction(
                static_cast<std::uint8_t>(2 + sender), nonce,
                payload(static_cast<std::uint8_t>(2 + sender)), reference,
                is_free ? pick(2) * 77 : 15'000, is_free ? FeeType::kEnergy : FeeType::kTos));
        }
        return transactions;
    }
    Chain& chain() { return chain_; }

  private:
    std::uint64_t pick(std::uint64_t bound) { return random_() % bound; }

    Payload payload(std::uint8_t sender) {
        switch (pick(10)) {
            case 0:
                return BurnPayload{model::kTosAsset, model::Amount{pick(1'000)}};
            case 1:
                return pick(2) == 0 ? MultisigPayload{} : MultisigPayload{1, {Chain::account(200)}};
            case 2:
                return EnergyPayload{EnergyFreeze{model::Amount{pick(3) * model::kCoin / 2}, 3}};
            case 3:
                return EnergyPayload{EnergyUnfreeze{model::Amount{model::kCoin}}};
            case 4:
                return AiMiningPayload{AiRegisterMiner{Chain::account(sender), 1'000'000'000}};
            case 5: {
                const std::array<std::uint8_t, 1> name{static_cast<std::uint8_t>(pick(250))};
                return AiMiningPayload{AiPublishTask{crypto::blake3(name), 6'000'000'000, 0,
                                                     1'700'000'100'000, "count the vowels"}};
            }
            default: {
                TransfersPayload payment;
                for (std::uint64_t i = 0; i <= pick(4); ++i) {
                    // Hot accounts, new ones, the miner and the source itself.
                    payment.transfers.push_back(
                        {model::kTosAsset,
                         Chain::account(static_cast<std::uint8_t>(2 + pick(kAccounts + 8))),
                         model::Amount{pick(5) * pick(20'000'000)}, std::nullopt});
                }
                return payment;
            }
        }
    }

    std::mt19937_64 random_;
    Chain chain_;
};

TEST(ExecutorsV3, give_what_the_control_gives) {
    executors::runtime::WorkerPool::Options options;
    options.workers = 4;
    const auto pool = *executors::runtime::WorkerPool::create(options);
    std::size_t failed = 0;
    std::size_t executed = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        RandomChain random(seed);
        for (int i = 0; i < 5; ++i) {
            const auto made = random.chain().prepare(random.block(40));
            const auto control = random.chain().run(made);
            for (const auto& result : control.results) {
                failed += result.status == model::TransactionStatus::kFailed ? 1U : 0U;
                executed += result.status == model::TransactionStatus::kExecuted ? 1U : 0U;
            }
            for (const std::string& name : app::executor_names()) {
                const auto executor = app::create_executor(name, *pool);
                const auto outcome = random.chain().run(made, *executor);
                EXPECT_EQ(codec::encode_outcome(outcome), codec::encode_outcome(control))
                    << name << ", seed " << seed << ", block " << i;
                EXPECT_EQ(core::check_serializability(outcome), std::vector<model::Difference>{})
                    << name << ", seed " << seed << ", block " << i;
                EXPECT_EQ(core::check_invariants(made, random.chain().profile(), outcome),
                          std::vector<model::Difference>{})
                    << name << ", seed " << seed << ", block " << i;
            }
            random.chain().apply(control);
        }
    }
    EXPECT_GT(executed, 400U);
    EXPECT_GT(failed, 100U);
}

}  // namespace
}  // namespace parallax::tos::v3
