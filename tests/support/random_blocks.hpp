#pragma once

#include "executors/runtime/yield_point.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "tests/support/memory_view.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace parallax::test {

/// Where random tests start, and how many blocks they try: PARALLAX_TEST_SEED and
/// PARALLAX_TEST_BLOCKS, or else fixed numbers, the same on every run.
[[nodiscard]] std::uint64_t random_blocks_seed();
[[nodiscard]] std::uint32_t random_blocks_count(std::uint32_t otherwise);

/// What a random block looks like. Its transactions are not signed: run it with signatures off.
struct RandomBlockShape {
    /// At most: a block that is to be accepted as a whole loses those that fail.
    std::uint32_t transactions = 50;
    /// Accounts that take part: few make a hot block, many a cold one. At least 2.
    std::uint32_t accounts = 20;
    /// Share of transactions that are sent by account 0, and of transfers that go to account 1.
    std::uint32_t hot_sender_percent = 0;
    std::uint32_t hot_receiver_percent = 0;
    /// Share of transactions that are made to fail, one of a dozen ways.
    std::uint32_t failing_percent = 10;
    /// Share of transactions that are no transfers: burns, energy, agents, names, multisig,
    /// unshields, contract deployments and calls.
    std::uint32_t other_types_percent = 30;
    /// Rows and amounts near 2^64, so that credits overflow depending on their order.
    bool near_overflow = false;
};

/// E1, or the vectors' harness around it.
struct RandomRules {
    tos::e1::Profile profile;
    std::optional<testbed::VectorProtocol::Kind> harness;
    [[nodiscard]] std::shared_ptr<const protocol::Protocol> protocol() const;
};

/// A state and a block to run on it.
struct RandomBlock {
    RandomBlockShape shape;
    std::shared_ptr<const protocol::Protocol> protocol;
    MemoryView state;
    protocol::AdmittedBlock block;
};

/// Random blocks from a seed: the same ones on every machine.
class RandomBlocks {
  public:
    explicit RandomBlocks(std::uint64_t seed) : random_(seed) {}

    /// A shape of at most `max_transactions`, from hot and tiny to cold and large.
    [[nodiscard]] RandomBlockShape shape(std::uint32_t max_transactions);
    /// Rules of any kind and failure model.
    [[nodiscard]] RandomRules rules();
    /// The block of a shape under these rules.
    [[nodiscard]] RandomBlock block(const RandomBlockShape& shape, const RandomRules& rules);

  private:
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    [[nodiscard]] bool percent(std::uint32_t share) { return below(100) < share; }
    [[nodiscard]] std::uint64_t amount();
    [[nodiscard]] model::AssetId asset();
    [[nodiscard]] std::uint32_t receiver();
    void add_account(MemoryView& state, std::uint32_t n);
    void add_objects(MemoryView& state, std::uint32_t n);
    [[nodiscard]] tos::e1::Transaction transaction(std::uint32_t sender);
    [[nodiscard]] tos::e1::Payload transfers();
    [[nodiscard]] tos::e1::Payload other_payload(std::uint32_t sender);
    [[nodiscard]] tos::e1::Payload energy_payload();
    [[nodiscard]] tos::e1::Payload agent_payload();
    void spoil(tos::e1::Transaction& transaction);
    [[nodiscard]] std::vector<tos::e1::Transaction> transactions();
    std::vector<model::TransactionResult> repair_nonces(std::vector<tos::e1::Transaction>& list,
                                                        const MemoryView& state,
                                                        const tos::e1::Profile& lenient) const;

    std::mt19937_64 random_;
    RandomBlockShape shape_;
    /// By transaction: it is meant to fail, or repeats another one.
    std::vector<bool> spoiled_;
};

/// Delays threads at random yield points, so that schedules are met which a quiet machine never
/// shows. Thread-safe.
class RandomDelays final : public executors::runtime::ScheduleObserver {
  public:
    explicit RandomDelays(std::uint64_t seed) : state_(seed) {}
    void reached(executors::runtime::YieldPoint point, std::uint32_t worker,
                 std::uint32_t transaction) noexcept override;
    /// Yield points seen of one kind.
    [[nodiscard]] std::uint64_t seen(executors::runtime::YieldPoint point) const noexcept {
        return seen_[static_cast<std::size_t>(point)].load(std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint64_t> state_;
    std::array<std::atomic<std::uint64_t>, executors::runtime::kYieldPoints> seen_{};
};

/// Where two outcomes of one block differ first, both sides printed; empty if nowhere. Looks at
/// everything that is compared and at the access log.
[[nodiscard]] std::string difference(const model::BlockOutcome& control,
                                     const model::BlockOutcome& candidate);

/// A line that says how to make the block again.
[[nodiscard]] std::string describe(std::uint64_t seed, const RandomBlock& block);

}  // namespace parallax::test
