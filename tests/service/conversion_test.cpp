// Messages and the model's values: there and back with random values.
#include "tests/support/field_filler.hpp"
#include "verifier/service/chain_conversion.hpp"
#include "verifier/service/control_conversion.hpp"
#include "verifier/service/verdict_conversion.hpp"

#include <gtest/gtest.h>

namespace parallax {
namespace {

constexpr int kRounds = 300;

/// Over the bytes that travel.
template <class Message>
Message sent(const Message& message) {
    Message received;
    EXPECT_TRUE(received.ParseFromString(message.SerializeAsString()));
    return received;
}

TEST(Conversion, of_recorded_outcomes_loses_nothing) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    test::FieldFiller filler(random);
    for (int round = 0; round < kRounds; ++round) {
        const auto outcome = filler.record<BlockOutcome>();
        wire::RecordedOutcome message;
        write(outcome, message);
        const auto back = read(sent(message));
        ASSERT_TRUE(back.ok()) << back.status();
        EXPECT_EQ(back->status, outcome.status);
        EXPECT_EQ(back->code, outcome.code);
        EXPECT_EQ(back->results, outcome.results);
        EXPECT_EQ(back->orphans, outcome.orphans);
        EXPECT_EQ(back->totals, outcome.totals);
        EXPECT_EQ(back->delta, outcome.delta);
    }
}

TEST(Conversion, of_block_ids_loses_nothing) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int round = 0; round < kRounds; ++round) {
        const BlockId id{Topoheight{random.number()}, Hash::from_array(random.array<32>())};
        wire::BlockId message;
        write(id, message);
        const auto back = read(sent(message), "id");
        ASSERT_TRUE(back.ok()) << back.status();
        EXPECT_EQ(back->topoheight, id.topoheight);
        EXPECT_EQ(back->hash, id.hash);
    }
}

TEST(Conversion, of_ledger_records_carries_the_bytes_that_are_hashed) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int round = 0; round < kRounds; ++round) {
        LedgerRecord record;
        Verdict& verdict = record.verdict;
        record.previous = Hash::from_array(random.array<32>());
        verdict.topoheight = Topoheight{random.number()};
        verdict.block_hash = Hash::from_array(random.array<32>());
        verdict.kind = static_cast<VerdictKind>(random.below(3));
        verdict.transactions = static_cast<std::uint32_t>(random.number());
        verdict.executed = static_cast<std::uint32_t>(random.number());
        verdict.failed = static_cast<std::uint32_t>(random.number());
        verdict.keys = random.number();
        verdict.lanes.resize(random.below(4));
        for (LaneReport& lane : verdict.lanes) {
            lane.executor = std::to_string(random.number());
            lane.detail = std::to_string(random.number());
        }
        wire::LedgerRecord message;
        write(record, Canonical::kIncluded, message);
        const auto received = sent(message);
        const auto back = decode_ledger_record(as_bytes(received.canonical()));
        ASSERT_TRUE(back.ok()) << back.status();
        EXPECT_EQ(*back, record);
        EXPECT_EQ(received.hash(), as_text(ledger_hash(record).bytes()));
        EXPECT_EQ(received.previous(), as_text(record.previous.bytes()));
        const auto& spoken = received.verdict();
        EXPECT_EQ(from_wire(spoken.kind()), verdict.kind);
        EXPECT_EQ(spoken.transactions(), verdict.transactions);
        EXPECT_EQ(spoken.executed(), verdict.executed);
        EXPECT_EQ(spoken.failed(), verdict.failed);
        EXPECT_EQ(spoken.keys(), verdict.keys);
        ASSERT_EQ(static_cast<std::size_t>(spoken.lanes_size()), verdict.lanes.size());
        for (std::size_t i = 0; i < verdict.lanes.size(); ++i) {
            EXPECT_EQ(spoken.lanes(static_cast<int>(i)).executor(), verdict.lanes[i].executor);
            EXPECT_EQ(spoken.lanes(static_cast<int>(i)).detail(), verdict.lanes[i].detail);
        }
    }
}

TEST(Conversion, of_settings_loses_nothing) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    const auto number = [&] { return static_cast<std::uint32_t>(random.number()); };
    const auto coin = [&] { return random.below(2) == 1; };
    for (int round = 0; round < kRounds; ++round) {
        VerificationSettings settings;
        settings.enabled = coin();
        settings.min_transactions = {{"devnet", number()}};
        settings.rollout = static_cast<Rollout>(random.below(3));
        settings.max_threads = number();
        settings.contracts = coin();
        settings.candidates.clear();
        for (std::uint64_t i = 0; i <= random.below(4); ++i) {
            settings.candidates.push_back(std::to_string(random.number()));
        }
        settings.block_time_limit_ms = random.number();
        settings.transaction_time_limit_ms = random.number();
        settings.circuit_breaker = {number(), number(), number(), coin(), coin()};
        wire::Configuration message;
        write(settings, "devnet", message);
        const auto told = sent(message);
        wire::ConfigurationChange change;
        change.set_enabled(told.enabled());
        change.set_test_mode(told.test_mode());
        change.set_min_transactions(told.min_transactions());
        change.set_rollout(told.rollout());
        change.set_max_threads(told.max_threads());
        change.set_contracts(told.contracts());
        *change.mutable_candidates() = told.candidates();
        change.set_block_time_limit_ms(told.block_time_limit_ms());
        change.set_transaction_time_limit_ms(told.transaction_time_limit_ms());
        *change.mutable_circuit_breaker() = told.circuit_breaker();
        const auto edit = read(sent(change), "devnet");
        ASSERT_TRUE(edit.ok()) << edit.status();
        VerificationSettings back;
        (*edit)(back);
        EXPECT_EQ(to_json(back), to_json(settings));
    }
}

}  // namespace
}  // namespace parallax
