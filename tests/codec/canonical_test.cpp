#include "verifier/codec/canonical.hpp"

#include "tests/support/field_filler.hpp"
#include "tests/support/random_bytes.hpp"
#include "verifier/model/families.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parallax::codec {
namespace {

using ::testing::HasSubstr;

template <class T>
std::string error_of(const absl::StatusOr<T>& result) {
    return result.ok() ? std::string() : std::string(result.status().message());
}

class Canonical : public ::testing::Test {
  protected:
    test::RandomBytes random;
    ::testing::ScopedTrace trace{__FILE__, __LINE__, random.seed_text()};
    test::FieldFiller filler{random};
};

TEST_F(Canonical, writes_fields_big_endian_in_order) {
    EXPECT_EQ(base::to_hex(
                  encode_value(model::AccountRecord{model::Nonce{0x0102}, model::Topoheight{3}})),
              "00000000000001020000000000000003");
    model::MultisigRecord multisig;
    multisig.threshold = 2;
    multisig.participants.resize(1);
    EXPECT_EQ(base::to_hex(encode_value(base::Boxed(multisig))),
              "0200000001" + std::string(64, '0'));
    EXPECT_EQ(base::to_hex(encode_value(base::Boxed(model::BytesRecord{{0xAB, 0xCD}}))),
              "00000002abcd");
    model::AgentRecord agent;
    agent.energy_pool = model::PublicKey{};
    EXPECT_EQ(encode_value(base::Boxed(agent)).size(), 96U + 1 + 33 + 1 + 4);
}

TEST_F(Canonical, keeps_values_of_every_family) {
    for (const model::FamilyRow& row : model::kFamilies) {
        SCOPED_TRACE(row.name);
        for (int round = 0; round < 20; ++round) {
            const model::StateValue value = filler.value(row.family);
            const auto decoded = decode_value(row.family, encode_value(value));
            ASSERT_TRUE(decoded.ok()) << decoded.status();
            EXPECT_EQ(*decoded, value);
        }
        EXPECT_EQ(*decode_value(row.family, encode_value(model::default_value(row.family))),
                  model::default_value(row.family));
    }
}

TEST_F(Canonical, rejects_values_that_are_cut_or_too_long) {
    for (const model::FamilyRow& row : model::kFamilies) {
        SCOPED_TRACE(row.name);
        base::Bytes bytes = encode_value(filler.value(row.family));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode_value(row.family, std::span(bytes).first(size)).ok()) << size;
        }
        bytes.push_back(0);
        EXPECT_THAT(error_of(decode_value(row.family, bytes)), HasSubstr("1 bytes too many"));
    }
}

TEST_F(Canonical, orders_key_bytes_as_keys) {
    std::vector<model::StateKey> keys;
    for (int i = 0; i < 200; ++i) {
        keys.push_back(filler.key());
    }
    for (const model::StateKey& a : keys) {
        const base::Bytes bytes = encode_key(a);
        ASSERT_EQ(bytes.size(), 65U);
        EXPECT_EQ(*decode_key(bytes), a);
        for (const model::StateKey& b : keys) {
            EXPECT_EQ(bytes < encode_key(b), a < b);
        }
    }
}

TEST_F(Canonical, rejects_keys_that_no_family_has) {
    base::Bytes bytes(65, 0);
    EXPECT_THAT(error_of(decode_key(bytes)), HasSubstr("unknown family 0"));
    bytes[0] = static_cast<std::uint8_t>(model::kFamilies.size() + 1);
    EXPECT_THAT(error_of(decode_key(bytes)), HasSubstr("unknown family"));
    base::Bytes account = encode_key(model::account_key(filler.tagged<model::PublicKey>()));
    account[64] = 1;
    EXPECT_THAT(error_of(decode_key(account)), HasSubstr("is not a key of family account"));
    base::Bytes counter = encode_key(model::counter_key(model::Counter::kGasFee));
    EXPECT_TRUE(decode_key(counter).ok());
    counter[1] = 5;
    EXPECT_FALSE(decode_key(counter).ok());
    counter[1] = 3;
    counter[2] = 1;
    EXPECT_FALSE(decode_key(counter).ok());
}

TEST_F(Canonical, keeps_deltas_and_wants_ascending_keys) {
    model::Delta delta = filler.delta(30);
    ASSERT_GT(delta.entries.size(), 2U);
    const auto decoded = decode_delta(encode_delta(delta));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, delta);
    std::swap(delta.entries[0], delta.entries[1]);
    EXPECT_THAT(error_of(decode_delta(encode_delta(delta))), HasSubstr("entry 1 out of order"));
    delta.entries[0] = delta.entries[1];
    EXPECT_THAT(error_of(decode_delta(encode_delta(delta))), HasSubstr("out of order"));
}

TEST_F(Canonical, tells_absent_from_present_with_zero) {
    const model::StateKey key = model::counter_key(model::Counter::kGasFee);
    const model::Delta absent{{{key, std::nullopt, model::AmountRecord{}}}};
    const model::Delta zero{{{key, model::AmountRecord{}, model::AmountRecord{}}}};
    EXPECT_NE(encode_delta(absent), encode_delta(zero));
    EXPECT_EQ(*decode_delta(encode_delta(absent)), absent);
    EXPECT_EQ(*decode_delta(encode_delta(zero)), zero);
}

TEST_F(Canonical, keeps_outcomes_but_for_their_notes) {
    model::BlockOutcome outcome = filler.outcome();
    const base::Bytes bytes = encode_outcome(outcome);
    const auto decoded = decode_outcome(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->status, outcome.status);
    EXPECT_EQ(decoded->code, outcome.code);
    EXPECT_EQ(decoded->results, outcome.results);
    EXPECT_EQ(decoded->orphans, outcome.orphans);
    EXPECT_EQ(decoded->totals, outcome.totals);
    EXPECT_EQ(decoded->delta, outcome.delta);
    EXPECT_EQ(decoded->access_log, outcome.access_log);
    outcome.notes.text["chose"] = "batch";
    EXPECT_EQ(encode_outcome(outcome), bytes);
    outcome.totals.dev_reward = model::Amount{outcome.totals.dev_reward.value() + 1};
    EXPECT_NE(encode_outcome(outcome), bytes);
}

TEST_F(Canonical, keeps_verdicts) {
    for (int round = 0; round < 20; ++round) {
        const model::Verdict verdict = filler.record<model::Verdict>();
        const auto decoded = decode_verdict(encode_verdict(verdict));
        ASSERT_TRUE(decoded.ok()) << decoded.status();
        EXPECT_EQ(*decoded, verdict);
    }
}

/// The ledgers of before this field keep their bytes, and one verdict has one encoding.
TEST_F(Canonical, a_verdict_says_what_was_not_judged_behind_the_bytes_of_before) {
    model::Verdict verdict = filler.record<model::Verdict>();
    verdict.unjudged.clear();
    const base::Bytes before = encode_verdict(verdict);
    EXPECT_EQ(before[0], 2);
    verdict.unjudged = {
        {"conservation[TOS]", model::counter_key(model::Counter::kGasFee), "it is full"},
        {"totals.fees", std::nullopt, "too many"}};
    const base::Bytes after = encode_verdict(verdict);
    EXPECT_EQ(after[0], 3);
    EXPECT_TRUE(std::equal(before.begin() + 1, before.end(), after.begin() + 1));
    const auto decoded = decode_verdict(after);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, verdict);
    for (std::size_t size = 0; size < after.size(); ++size) {
        EXPECT_FALSE(decode_verdict(std::span(after).first(size)).ok()) << size;
    }
    base::Bytes empty = before;
    empty[0] = 3;
    empty.insert(empty.end(), 4, 0);
    EXPECT_THAT(error_of(decode_verdict(empty)), HasSubstr("verdict.unjudged"));
}

/// What findings are stands behind what they say, so that older verdicts keep bytes and hashes.
TEST_F(Canonical, a_verdict_has_its_values_behind_the_bytes_of_before) {
    model::Verdict verdict = filler.record<model::Verdict>();
    verdict.unjudged.clear();
    const base::Bytes before = encode_verdict(verdict);
    EXPECT_EQ(before[0], 2);
    for (model::Finding& finding : verdict.findings) {
        finding.cause = filler.record<model::Cause>();
        finding.first.values = filler.record<model::DifferenceValues>();
        for (model::Difference& difference : finding.derived) {
            difference.values = filler.record<model::DifferenceValues>();
        }
    }
    verdict.lanes.front().rerun = model::ControlRerun::kAnother;
    const base::Bytes after = encode_verdict(verdict);
    EXPECT_EQ(after[0], 4);
    EXPECT_TRUE(std::equal(before.begin() + 1, before.end(), after.begin() + 1));
    const auto decoded = decode_verdict(after);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, verdict);
    for (std::size_t size = 0; size < after.size(); ++size) {
        EXPECT_FALSE(decode_verdict(std::span(after).first(size)).ok()) << size;
    }
    verdict.unjudged = {{"totals.fees", std::nullopt, "too many"}};
    const auto both = decode_verdict(encode_verdict(verdict));
    ASSERT_TRUE(both.ok()) << both.status();
    EXPECT_EQ(*both, verdict);
}

TEST_F(Canonical, a_verdict_says_what_was_observed_behind_the_bytes_of_before) {
    model::Verdict verdict = filler.record<model::Verdict>();
    verdict.unjudged.clear();
    const base::Bytes before = encode_verdict(verdict);
    verdict.observed = {filler.record<model::ObservedPart>(), filler.record<model::ObservedPart>()};
    const base::Bytes after = encode_verdict(verdict);
    EXPECT_EQ(after[0], 5);
    EXPECT_TRUE(std::equal(before.begin() + 1, before.end(), after.begin() + 1));
    const auto decoded = decode_verdict(after);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, verdict);
    for (std::size_t size = 0; size < after.size(); ++size) {
        EXPECT_FALSE(decode_verdict(std::span(after).first(size)).ok()) << size;
    }
    base::Bytes empty = encode_verdict(model::Verdict{});
    empty[0] = 5;
    empty.insert(empty.end(), 8, 0);  // neither `unjudged` nor `observed`
    EXPECT_THAT(error_of(decode_verdict(empty)), HasSubstr("verdict.observed"));
}

TEST_F(Canonical, a_verdict_without_values_has_no_version_4) {
    base::Bytes bytes = encode_verdict(model::Verdict{});
    bytes[0] = 4;
    bytes.insert(bytes.end(), 4, 0);  // no `unjudged`, no lane, no finding
    EXPECT_THAT(error_of(decode_verdict(bytes)), HasSubstr("verdict.findings"));
}

TEST_F(Canonical, rejects_other_versions_and_cut_bytes) {
    base::Bytes outcome = encode_outcome(filler.outcome());
    base::Bytes verdict = encode_verdict(filler.record<model::Verdict>());
    for (std::size_t size = 0; size < outcome.size(); ++size) {
        EXPECT_FALSE(decode_outcome(std::span(outcome).first(size)).ok()) << size;
    }
    for (std::size_t size = 0; size < verdict.size(); ++size) {
        EXPECT_FALSE(decode_verdict(std::span(verdict).first(size)).ok()) << size;
    }
    outcome[0] = 2;
    verdict[0] = 0;
    EXPECT_THAT(error_of(decode_outcome(outcome)), HasSubstr("outcome.version at offset 0: is 2"));
    EXPECT_THAT(error_of(decode_verdict(verdict)), HasSubstr("verdict.version"));
}

TEST_F(Canonical, rejects_enums_outside_their_list) {
    const model::BlockOutcome outcome;
    base::Bytes bytes = encode_outcome(outcome);
    bytes[1] = 2;
    EXPECT_EQ(error_of(decode_outcome(bytes)), "outcome.status at offset 1: is not a listed value");
    bytes[1] = 1;
    bytes[2] = 0x7F;
    EXPECT_EQ(error_of(decode_outcome(bytes)), "outcome.code at offset 2: is not a listed value");
    base::Bytes verdict = encode_verdict(model::Verdict{});
    verdict[1 + 8 + 32] = 3;
    EXPECT_THAT(error_of(decode_verdict(verdict)), HasSubstr("verdict.kind"));
}

TEST_F(Canonical, refuses_counts_that_the_bytes_cannot_hold) {
    base::Bytes bytes = encode_value(base::Boxed(model::MultisigRecord{}));
    bytes[1] = 0xFF;
    EXPECT_THAT(error_of(decode_value(model::Family::kMultisig, bytes)),
                HasSubstr("value.participants at offset 1: is 4278190080 items of at least 32"));
    base::Bytes text = encode_value(base::Boxed(model::BytesRecord{}));
    text[0] = 0x80;
    EXPECT_THAT(error_of(decode_value(model::Family::kContractModule, text)),
                HasSubstr("needs 2147483648 bytes, 0 left"));
}

TEST_F(Canonical, digests_numbers_as_themselves) {
    EXPECT_EQ(value_digest(std::nullopt), 0U);
    EXPECT_EQ(value_digest(model::AmountRecord{model::Amount{77}}), 77U);
    EXPECT_EQ(value_digest(model::ExecutedRecord{model::Topoheight{78}}), 78U);
    const std::uint64_t account =
        value_digest(model::AccountRecord{model::Nonce{1}, model::Topoheight{0}});
    EXPECT_NE(account, value_digest(model::AccountRecord{model::Nonce{2}, model::Topoheight{0}}));
    EXPECT_EQ(account, value_digest(model::AccountRecord{model::Nonce{1}, model::Topoheight{0}}));
}

}  // namespace
}  // namespace parallax::codec
