#include "executors/speculative/multi_version_memory.hpp"

#include "tests/support/memory_view.hpp"
#include "verifier/protocol/block_state.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace parallax::executors {
namespace {

const model::PublicKey kOwner = model::PublicKey::from_array({1});
const model::StateKey kAccount = model::account_key(kOwner);
const model::StateKey kBalance = model::balance_key(kOwner, model::kTosAsset);

model::StateValue record(std::uint64_t nonce) {
    return model::AccountRecord{model::Nonce{nonce}, model::Topoheight{0}};
}
model::StateValue amount(std::uint64_t n) {
    return model::AmountRecord{model::Amount{n}};
}

class VersionedMemory : public testing::Test {
  protected:
    struct Value {
        protocol::VisibleValue value;
        speculative::Version seen;
    };
    Value read(const model::StateKey& key, std::uint32_t reader) {
        Value result;
        EXPECT_TRUE(memory.read_value(key, reader, result.value, result.seen).ok());
        return result;
    }
    static std::uint64_t nonce(const Value& read) {
        return std::get<model::AccountRecord>(read.value.value.value()).nonce.value();
    }

    test::MemoryView view{{kAccount, record(7)}, {kBalance, amount(50)}};
    protocol::BlockState start{view};
    speculative::MultiVersionMemory memory{start, 20};
};

TEST_F(VersionedMemory, reads_the_stored_row_if_nobody_below_wrote) {
    memory.publish(5, 0, {{kAccount, record(8)}});
    const auto at_own_index = read(kAccount, 5);
    EXPECT_EQ(nonce(at_own_index), 7U) << "a transaction does not read itself";
    EXPECT_EQ(at_own_index.seen, speculative::Version{});
    EXPECT_EQ(at_own_index.value.writer, model::kPreState);
    EXPECT_FALSE(
        read(model::account_key(model::PublicKey::from_array({2})), 5).value.value.has_value());
}

TEST_F(VersionedMemory, reads_the_highest_writer_below) {
    memory.publish(9, 0, {{kAccount, record(19)}});
    memory.publish(3, 2, {{kAccount, record(13)}});
    memory.publish(1, 0, {{kAccount, record(11)}});
    EXPECT_EQ(nonce(read(kAccount, 2)), 11U);
    const auto between = read(kAccount, 9);
    EXPECT_EQ(nonce(between), 13U);
    EXPECT_EQ(between.seen, (speculative::Version{3, 2, false}));
    EXPECT_EQ(between.value.writer, 3U);
    EXPECT_EQ(nonce(read(kAccount, 10)), 19U);
    EXPECT_EQ(memory.current(kAccount, 9), between.seen);
}

TEST_F(VersionedMemory, an_erased_record_is_absent_and_has_a_writer) {
    memory.publish(1, 0, {{kAccount, std::nullopt}});
    const auto after = read(kAccount, 2);
    EXPECT_FALSE(after.value.value.has_value());
    EXPECT_EQ(after.value.writer, 1U);
}

TEST_F(VersionedMemory, an_estimate_is_seen_as_one_until_it_is_replaced) {
    memory.publish(1, 0, {{kAccount, record(11)}});
    memory.publish(3, 0, {{kAccount, record(13)}});
    memory.mark_estimates(3);
    const auto waiting = read(kAccount, 4);
    EXPECT_EQ(waiting.seen, (speculative::Version{3, 0, true}));
    EXPECT_FALSE(waiting.value.value.has_value()) << "nobody may use an estimate's value";
    EXPECT_EQ(nonce(read(kAccount, 3)), 11U);
    memory.publish(3, 1, {{kAccount, record(23)}});
    EXPECT_EQ(nonce(read(kAccount, 4)), 23U);
}

TEST_F(VersionedMemory, a_new_attempt_removes_what_it_writes_no_more) {
    const model::StateKey name = model::name_of_account_key(kOwner);
    memory.publish(1, 0, {{kAccount, record(11)}, {name, model::NameOfAccountRecord{}}});
    memory.mark_estimates(1);
    memory.publish(1, 1, {{kAccount, record(12)}});
    EXPECT_EQ(memory.current(name, 5), speculative::Version{});
    EXPECT_FALSE(read(name, 5).value.value.has_value());
    EXPECT_EQ(memory.current(kAccount, 5), (speculative::Version{1, 1, false}));
    memory.publish(1, 2, {});
    EXPECT_EQ(nonce(read(kAccount, 5)), 7U);
}

TEST_F(VersionedMemory, tells_whether_a_higher_transaction_has_read_what_changed) {
    EXPECT_FALSE(memory.publish(2, 0, {{kAccount, record(11)}})) << "nobody has read";
    static_cast<void>(read(kAccount, 4));
    EXPECT_FALSE(memory.publish(4, 0, {{kAccount, record(12)}})) << "only itself and lower ones";
    EXPECT_TRUE(memory.mark_estimates(2));
    EXPECT_TRUE(memory.publish(2, 1, {{kAccount, record(13)}}));
    EXPECT_TRUE(memory.publish(2, 2, {})) << "a write that is gone is a change";
    EXPECT_FALSE(memory.publish(2, 3, {{kBalance, amount(1)}}));
}

TEST_F(VersionedMemory, the_spendable_side_has_versions_and_the_stored_amount_none) {
    memory.publish(2, 1, {{kBalance, amount(30)}});
    protocol::VisibleAmount before;
    speculative::Version seen;
    ASSERT_TRUE(memory.read_amount(kBalance, 2, before, seen).ok());
    EXPECT_EQ(before.stored, model::Amount{50});
    EXPECT_FALSE(before.spendable.has_value());
    EXPECT_EQ(before.spend_writer, model::kPreState);
    protocol::VisibleAmount after;
    ASSERT_TRUE(memory.read_amount(kBalance, 3, after, seen).ok());
    EXPECT_EQ(after.stored, model::Amount{50});
    EXPECT_EQ(after.spendable, model::Amount{30});
    EXPECT_EQ(after.spend_writer, 2U);
    EXPECT_EQ(seen, (speculative::Version{2, 1, false}));
    memory.mark_estimates(2);
    protocol::VisibleAmount waiting;
    ASSERT_TRUE(memory.read_amount(kBalance, 3, waiting, seen).ok());
    EXPECT_TRUE(seen.estimate);
    EXPECT_EQ(waiting.stored, model::Amount{50}) << "a credit needs no more than this";
}

TEST_F(VersionedMemory, a_row_of_another_family_is_an_error) {
    view.set(kAccount, amount(1));
    protocol::VisibleValue out;
    speculative::Version seen;
    EXPECT_EQ(memory.read_value(kAccount, 1, out, seen).code(), absl::StatusCode::kDataLoss);
}

/// The published bug of this class: a reader pairs a new attempt's number with an old one's value.
TEST_F(VersionedMemory, number_and_value_of_an_attempt_are_never_torn) {
    constexpr std::uint32_t kAttempts = 20'000;
    std::atomic<bool> finished{false};
    std::atomic<std::uint64_t> torn{0};
    std::thread reader([&] {
        while (!finished.load()) {
            const auto now = read(kAccount, 5);
            if (now.seen.transaction == 1 && !now.seen.estimate &&
                nonce(now) != 1000 + now.seen.incarnation) {
                torn.fetch_add(1);
            }
        }
    });
    for (std::uint32_t attempt = 0; attempt < kAttempts; ++attempt) {
        memory.publish(1, attempt, {{kAccount, record(1000 + attempt)}});
        if (attempt % 3 == 0) {
            memory.mark_estimates(1);
        }
    }
    finished.store(true);
    reader.join();
    EXPECT_EQ(torn.load(), 0U);
}

}  // namespace
}  // namespace parallax::executors
