#include "tests/chains/tiny/tiny_chain.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "replay/archive/archive_writer.hpp"
#include "tests/support/chain.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace parallax::tiny {
namespace {

constexpr std::uint32_t kAccounts = 8;
/// It has nothing but what its own block pays it.
constexpr std::uint32_t kMiner = kAccounts;

}  // namespace

TinyChain::TinyChain(std::uint64_t seed) : random_(seed), nonces_(kAccounts + 1) {
    for (std::uint32_t n = 0; n < kAccounts; ++n) {
        test::fund(state_, n, 100'000);
    }
}

Transaction TinyChain::transaction() {
    Transaction transaction;
    const auto source = static_cast<std::uint32_t>(random_() % (kAccounts + 1));
    transaction.source = test::account(source);
    transaction.nonce = nonces_[source];
    transaction.fee = static_cast<std::uint32_t>(1 + random_() % 20);
    switch (random_() % 5) {
        case 0:
            transaction.kind = Kind::kName;
            transaction.name = "name" + std::to_string(random_() % 12);
            break;
        case 1:
            transaction.kind = Kind::kCall;
            transaction.slot = static_cast<std::uint8_t>(random_() % 3);
            break;
        default:
            // Some of these accounts are not there yet, and the miner spends what it was just paid.
            transaction.destination =
                test::account(static_cast<std::uint32_t>(random_() % (kAccounts + 4)));
            transaction.amount = random_() % (source == kMiner ? 900 : 5'000);
            break;
    }
    if (random_() % 12 == 0) {
        transaction.nonce += 1;  // fails
    } else {
        nonces_[source] += 1;
    }
    sign(transaction, test::key(source));
    return transaction;
}

TinyChain::Step TinyChain::next(std::uint32_t transactions) {
    Block block;
    block.height = ++height_;
    block.miner = test::account(kMiner);
    for (std::uint32_t n = 0; n <= kMiner; ++n) {
        nonces_[n] = static_cast<std::uint32_t>(state_.nonce(test::account(n)));
    }
    for (std::uint32_t i = 0; i < transactions; ++i) {
        block.transactions.push_back(transaction());
    }
    auto admitted = protocol_.admit(
        encode(block), model::BlockPlacement{model::Topoheight{height_}, std::nullopt});
    EXPECT_TRUE(admitted.ok()) << admitted.status();
    executors::sequential::SequentialExecutor control;
    auto outcome = test::execute(control, state_, *admitted, protocol_);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    Step step{state_, *std::move(admitted), *std::move(outcome)};
    state_.apply(step.outcome.delta);
    return step;
}

void TinyChain::write(const std::string& path, std::uint32_t blocks, std::uint32_t transactions) {
    replay::ArchiveHeader header;
    header.network = protocol_.id().network;
    header.profile = protocol_.id().profile;
    header.failure_model = protocol_.failures();
    header.first = model::Topoheight{1};
    header.last = model::Topoheight{blocks};
    auto writer = replay::ArchiveWriter::create(path, header);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (const auto& [key, value] : state_.rows()) {
        ASSERT_TRUE((*writer)->write_state_row(key, value).ok());
    }
    for (std::uint32_t i = 0; i < blocks; ++i) {
        const Step step = next(transactions);
        ASSERT_TRUE(
            (*writer)->write_block(step.block.placement(), step.block.wire(), std::nullopt).ok());
    }
    const auto counts = (*writer)->finish();
    ASSERT_TRUE(counts.ok()) << counts.status();
}

}  // namespace parallax::tiny
