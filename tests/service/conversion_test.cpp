// Messages and the model's values: there and back with random values.
#include "tests/support/field_filler.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/service/messages/chain_conversion.hpp"
#include "verifier/service/messages/control_conversion.hpp"
#include "verifier/service/messages/verdict_conversion.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace parallax::service {
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
        auto outcome = filler.record<model::BlockOutcome>();
        // What a miner gets is at least the fees, which the contract's number leaves out.
        outcome.totals.miner_reward = std::max(outcome.totals.miner_reward, outcome.totals.fees);
        wire::RecordedOutcome message;
        write(outcome, message);
        EXPECT_EQ(message.totals().miner_reward(),
                  outcome.totals.miner_reward.value() - outcome.totals.fees.value());
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

TEST(Conversion, of_observations_loses_nothing) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    test::FieldFiller filler(random);
    for (int round = 0; round < kRounds; ++round) {
        model::Observation observation;
        observation.executed = {model::ExecutedThere::kYes, model::ExecutedThere::kNotObserved,
                                model::ExecutedThere::kNo};
        observation.totals = filler.record<model::ObservedTotals>();
        const auto account = model::PublicKey::from_array(random.array<32>());
        observation.rows = {
            {model::balance_key(account, model::kTosAsset), filler.value(model::Family::kBalance)},
            {model::multisig_key(account), std::nullopt}};
        observation.nonces = {{account, model::Nonce{random.number()}}};
        observation.unwritten = {model::energy_key(account)};
        wire::Block message;
        write(observation, *message.add_observations());
        const auto back = read_observations(sent(message));
        ASSERT_TRUE(back.ok()) << back.status();
        ASSERT_EQ(back->size(), 1U);
        EXPECT_EQ(back->front(), observation);
    }
}

TEST(Conversion, of_bad_observations_names_the_field) {
    const auto error_of = [](const wire::Block& message) {
        return std::string(read_observations(sent(message)).status().message());
    };
    wire::Block message;
    message.add_observations()->add_rows()->set_key("short");
    EXPECT_TRUE(error_of(message).starts_with("block.observations[0].rows[0].key: "))
        << error_of(message);
    message.Clear();
    message.add_observations()->add_nonces()->set_account("short");
    EXPECT_EQ(error_of(message), "block.observations[0].nonces[0].account: 5 bytes, 32 needed");
    message.Clear();
    message.add_observations();
    message.add_observations();
    EXPECT_NE(error_of(message).find("out of order"), std::string::npos) << "two of one source";
    message.Clear();
    for (int i = 0; i < 9; ++i) {
        message.add_observations()->set_source(std::string(1, static_cast<char>('a' + i)));
    }
    EXPECT_EQ(error_of(message), "block.observations: 9 of them, at most 8 are possible");
    EXPECT_TRUE(read_observations(wire::Block{})->empty());
}

/// A record that no miner's reward fits stays one, and is refused by name.
TEST(Conversion, of_a_miner_reward_below_its_fees_is_refused) {
    model::BlockOutcome outcome;
    outcome.totals.fees = model::Amount{5};
    outcome.totals.miner_reward = model::Amount{4};
    wire::RecordedOutcome message;
    write(outcome, message);
    EXPECT_EQ(std::string(read(sent(message)).status().message()),
              "recorded_outcome.totals.miner_reward: 18446744073709551615 and 5 of fees are more "
              "than a miner can get");
}

TEST(Conversion, of_block_ids_loses_nothing) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int round = 0; round < kRounds; ++round) {
        const BlockId id{model::Topoheight{random.number()},
                         model::Hash::from_array(random.array<32>())};
        wire::BlockId message;
        write(id, message);
        const auto back = read(sent(message), "id");
        ASSERT_TRUE(back.ok()) << back.status();
        EXPECT_EQ(back->topoheight, id.topoheight);
        EXPECT_EQ(back->hash, id.hash);
    }
}

void expect_same(const wire::Difference& message, const model::Difference& difference) {
    // The wire's sections are the model's, one higher: 0 is none.
    EXPECT_EQ(static_cast<int>(message.section()), static_cast<int>(difference.section) + 1);
    EXPECT_EQ(message.has_transaction(), difference.transaction.has_value());
    if (difference.transaction) {
        EXPECT_EQ(message.transaction(), difference.transaction->value());
    }
    EXPECT_EQ(message.has_key(), difference.key.has_value());
    if (difference.key) {
        EXPECT_EQ(message.key(), as_text(codec::encode_key(*difference.key)));
    }
    EXPECT_EQ(message.path(), difference.path);
    EXPECT_EQ(message.control(), difference.control);
    EXPECT_EQ(message.candidate(), difference.candidate);
    EXPECT_EQ(message.has_delta(), difference.delta.has_value());
    EXPECT_EQ(message.delta(), difference.delta.value_or(""));
    EXPECT_EQ(message.has_place(), difference.values != model::DifferenceValues{});
    if (message.has_place()) {
        const model::DifferenceValues& values = difference.values;
        EXPECT_EQ(message.place().kind(), model::place_kind_name(values.place.kind));
        EXPECT_EQ(message.place().field(), values.place.field);
        EXPECT_EQ(message.control_value().kind(), model::value_kind_name(values.control.kind));
        EXPECT_EQ(message.control_value().number(), "-5");
        EXPECT_EQ(message.candidate_value().text(), values.candidate.text);
        EXPECT_EQ(message.candidate_value().writer(), model::kPreState);
        EXPECT_FALSE(message.has_pre_state_value());
    }
}

TEST(Conversion, of_findings_loses_nothing) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    test::FieldFiller filler(random);
    const auto make_text = [&](model::Difference& difference) {
        for (std::string* text : {&difference.path, &difference.control, &difference.candidate}) {
            *text = std::to_string(random.number());
        }
        if (difference.delta) {
            difference.delta = std::to_string(random.number());
        }
        difference.values.place = {model::PlaceKind::kRowAfter, "nonce", {}, {}, {}};
        difference.values.control = model::number_value(-5);
        difference.values.candidate = model::plain_value(model::ValueKind::kSeen);
        difference.values.candidate.text = std::to_string(random.number());
        difference.values.candidate.writer = model::TxIndex{model::kPreState};
    };
    for (int round = 0; round < kRounds; ++round) {
        core::LedgerRecord record;
        auto& finding = record.verdict.findings.emplace_back(filler.record<model::Finding>());
        finding.lane = std::to_string(random.number());
        finding.sentence = std::to_string(random.number());
        finding.cause.kind = model::CauseKind::kRefused;
        finding.cause.code = model::ErrorCode::kNonceTooLow;
        make_text(finding.first);
        std::ranges::for_each(finding.derived, make_text);
        wire::LedgerRecord message;
        write(record, Canonical::kLeftOut, message);
        const auto received = sent(message);
        EXPECT_TRUE(received.canonical().empty());
        const auto& spoken = received.verdict().findings(0);
        EXPECT_EQ(static_cast<int>(spoken.finding_class()),
                  static_cast<int>(finding.finding_class) + 1);
        EXPECT_EQ(spoken.lane(), finding.lane);
        EXPECT_EQ(spoken.sentence(), finding.sentence);
        expect_same(spoken.first(), finding.first);
        ASSERT_EQ(static_cast<std::size_t>(spoken.derived_size()), finding.derived.size());
        for (std::size_t i = 0; i < finding.derived.size(); ++i) {
            expect_same(spoken.derived(static_cast<int>(i)), finding.derived[i]);
        }
        EXPECT_EQ(spoken.derived_count(), finding.derived_count);
        EXPECT_EQ(spoken.fingerprint(), as_text(finding.fingerprint.bytes()));
        EXPECT_EQ(spoken.cause().kind(), "refused");
        EXPECT_EQ(spoken.cause().code(), "NONCE_TOO_LOW");
        EXPECT_EQ(spoken.cause().family(), "");
    }
}

TEST(Conversion, of_ledger_records_carries_the_bytes_that_are_hashed) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int round = 0; round < kRounds; ++round) {
        core::LedgerRecord record;
        model::Verdict& verdict = record.verdict;
        record.previous = model::Hash::from_array(random.array<32>());
        verdict.topoheight = model::Topoheight{random.number()};
        verdict.block_hash = model::Hash::from_array(random.array<32>());
        verdict.kind = static_cast<model::VerdictKind>(random.below(3));
        verdict.transactions = static_cast<std::uint32_t>(random.number());
        verdict.executed = static_cast<std::uint32_t>(random.number());
        verdict.failed = static_cast<std::uint32_t>(random.number());
        verdict.keys = random.number();
        verdict.lanes.resize(random.below(4));
        for (model::LaneReport& lane : verdict.lanes) {
            lane.executor = std::to_string(random.number());
            lane.detail = std::to_string(random.number());
        }
        wire::LedgerRecord message;
        write(record, Canonical::kIncluded, message);
        const auto received = sent(message);
        const auto back = core::decode_ledger_record(as_bytes(received.canonical()));
        ASSERT_TRUE(back.ok()) << back.status();
        EXPECT_EQ(*back, record);
        EXPECT_EQ(received.hash(), as_text(core::ledger_hash(record).bytes()));
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

/// The fields of a message that are no message, by name; those of one in it after a dot.
std::vector<std::string> paths_of(const google::protobuf::Descriptor& type,
                                  const std::string& prefix = "") {
    std::vector<std::string> paths;
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        if (field.message_type() == nullptr) {
            paths.push_back(prefix + field.name());
            continue;
        }
        const auto inner = paths_of(*field.message_type(), prefix + field.name() + ".");
        paths.insert(paths.end(), inner.begin(), inner.end());
    }
    return paths;
}

TEST(Conversion, of_settings_knows_every_live_one_and_no_other) {
    std::vector<std::string> paths;
    for (const Setting& setting : all_settings()) {
        if (setting.is_live()) {
            paths.emplace_back(setting.wire_path());
        }
    }
    EXPECT_EQ(paths_of(*wire::Configuration::descriptor()), paths);
    EXPECT_EQ(paths_of(*wire::ConfigurationChange::descriptor()), paths);
}

TEST(Conversion, of_settings_knows_every_choice) {
    VerificationSettings settings;
    for (const Rollout rollout : {Rollout::kUnder50, Rollout::kUnder200, Rollout::kAll}) {
        settings.rollout = rollout;
        wire::Configuration message;
        write(settings, "devnet", message);
        EXPECT_EQ(message.rollout(), static_cast<int>(rollout) + 1);
        EXPECT_EQ(read(sent(message), "devnet").rollout, rollout);
    }
    wire::ConfigurationChange change;
    change.set_rollout(static_cast<wire::Rollout>(9));
    EXPECT_EQ(read(change, "devnet").status().message(),
              "verification.rollout: 9 is unknown; choose ROLLOUT_UNDER_50, ROLLOUT_UNDER_200 or "
              "ROLLOUT_ALL");
}

TEST(Conversion, of_an_edit_says_what_was_given_and_keeps_the_rest_of_its_object) {
    SettingsEdit edit;
    edit.values.verification.max_threads = 7;
    edit.values.verification.min_transactions[""] = 0;
    edit.values.verification.circuit_breaker.failures = 0;
    for (const char* path : {"verification.max_threads", "verification.min_transactions",
                             "verification.circuit_breaker.failures"}) {
        edit.add(*find_setting(path));
    }
    EXPECT_TRUE(replaces_objects(edit));
    wire::Configuration before;
    write(VerificationSettings(), "devnet", before);
    wire::ConfigurationChange change;
    write(edit, before, change);
    VerificationSettings settings;
    settings.enabled = false;
    settings.min_transactions = {{"devnet", 3}, {"testnet", 4}};
    settings.circuit_breaker.open_blocks = 9;
    (*read(sent(change), "devnet"))(settings);
    VerificationSettings expected;
    expected.enabled = false;
    expected.min_transactions = {{"devnet", 0}, {"testnet", 4}};
    expected.max_threads = 7;
    // The rest of the object is the one in force where the edit was made.
    expected.circuit_breaker.failures = 0;
    EXPECT_EQ(settings, expected);
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
        settings.canary = {number(), settings.candidates, random.number()};
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
        *change.mutable_canary() = told.canary();
        const auto edit = read(sent(change), "devnet");
        ASSERT_TRUE(edit.ok()) << edit.status();
        VerificationSettings back;
        (*edit)(back);
        EXPECT_EQ(to_json(back), to_json(settings));
    }
}

}  // namespace
}  // namespace parallax::service
