#include "verifier/core/diagnosis/finding.hpp"

#include "tests/core/valid_block.hpp"
#include "tests/support/memory_view.hpp"
#include "verifier/codec/render.hpp"
#include "verifier/core/diagnosis/evidence.hpp"

#include <gtest/gtest.h>

namespace parallax::core {
namespace {

using namespace test;  // NOLINT: the sample block is this test's language

std::string short_text(const model::Hash& hash) {
    return hash.hex().substr(0, 8) + "..";
}

class FindingOf : public ::testing::Test {
  protected:
    FindingOf() {
        control_.access_log.emplace();
        candidate_.access_log.emplace();
    }

    FindingSource source(std::string_view lane = "batch") const {
        return {block_, protocol_, model::FindingClass::kDivergence, lane, "control", lane};
    }
    model::Finding find(std::string_view lane = "batch") {
        return make_finding(control_, candidate_, compare(control_, candidate_), source(lane));
    }
    /// What transaction `i` did in both lanes; a value of -1 stands for "nothing".
    void log(std::uint32_t i, model::AccessKind kind, const model::StateKey& key,
             std::int64_t control, std::int64_t candidate) {
        for (auto& [outcome, value] : {std::pair{&control_, control}, {&candidate_, candidate}}) {
            if (value >= 0) {
                outcome->access_log->accesses.push_back({model::TxIndex{i}, kind, key,
                                                         model::kPreState,
                                                         static_cast<std::uint64_t>(value)});
            }
        }
    }
    void fail_in_candidate(std::size_t i, model::ErrorCode code) {
        candidate_.results[i].status = model::TransactionStatus::kFailed;
        candidate_.results[i].code = code;
    }

    const tos::e1::Profile protocol_ = chain_profile();
    protocol::AdmittedBlock block_ = valid_block();
    model::BlockOutcome control_ = valid_outcome(block_);
    model::BlockOutcome candidate_ = control_;
    const model::StateKey alice_ = model::balance_key(kAlice, model::kTosAsset);
    const model::StateKey bob_ = model::balance_key(kBob, model::kTosAsset);
};

TEST_F(FindingOf, a_wrong_spend_names_transaction_key_and_both_values) {
    log(0, model::AccessKind::kSpend, alice_, 955, 955);
    log(1, model::AccessKind::kSpend, alice_, 945, 905);
    set_entry(candidate_, alice_, amount(1000), amount(905));
    const model::Finding finding = find();
    EXPECT_EQ(finding.sentence,
              "block 812 (" + short_text(block_.hash()) + "): transaction 1 (burn " +
                  short_text(block_.transactions()[1].hash) +
                  "): spend of balance of a1a1a1a1.. (TOS) is 40 lower in batch: control 945, "
                  "batch 905.");
    EXPECT_EQ(finding.first.transaction, model::TxIndex{1});
    EXPECT_EQ(finding.first.key, alice_);
    EXPECT_EQ(finding.first.control, "945");
    EXPECT_EQ(finding.first.candidate, "905");
    EXPECT_EQ(finding.first.delta, "-40");
    ASSERT_EQ(finding.derived.size(), 1U);
    EXPECT_EQ(finding.derived[0].path, model::to_string(alice_) + ".after.amount");
    EXPECT_EQ(finding.derived_count, 1U);
    EXPECT_EQ(finding.lane, "batch");
}

TEST_F(FindingOf, the_lowest_transaction_wins_whatever_shows_it) {
    log(0, model::AccessKind::kCredit, bob_, 40, 41);
    fail_in_candidate(1, model::ErrorCode::kNonceTooHigh);
    EXPECT_EQ(find().first.transaction, model::TxIndex{0});
    EXPECT_EQ(find().first.key, bob_);

    candidate_.results[0].fee = model::Amount{6};
    const model::Finding finding = find();
    EXPECT_EQ(finding.first.path, "results[0].fee");
    EXPECT_NE(finding.sentence.find("results[0].fee is 1 higher in batch: control 5, batch 6"),
              std::string::npos)
        << finding.sentence;
}

TEST_F(FindingOf, another_result_names_both_codes_and_the_key_behind_it) {
    fail_in_candidate(1, model::ErrorCode::kNonceTooHigh);
    candidate_.orphans.push_back(candidate_.results[1].hash);
    const model::Finding finding = find();
    EXPECT_EQ(finding.first.transaction, model::TxIndex{1});
    EXPECT_EQ(finding.first.path, "results[1].status");
    EXPECT_EQ(finding.first.key, model::account_key(kAlice));
    EXPECT_NE(finding.sentence.find("executed in control, failed with NONCE_TOO_HIGH (0x0111) in "
                                    "batch; the key behind it is account a1a1a1a1.."),
              std::string::npos)
        << finding.sentence;
}

TEST_F(FindingOf, a_stale_read_names_the_writers_that_were_seen) {
    fail_in_candidate(1, model::ErrorCode::kInsufficientBalance);
    log(1, model::AccessKind::kReadSpendable, alice_, 955, 1000);
    control_.access_log->accesses.back().observed_writer = 0;
    const model::Finding finding = find();
    EXPECT_EQ(finding.first.key, alice_);
    EXPECT_NE(finding.sentence.find("; it read balance of a1a1a1a1.. (TOS) as transaction 0 left "
                                    "it in control, as before the block in batch."),
              std::string::npos)
        << finding.sentence;
}

TEST_F(FindingOf, a_digest_gives_way_to_the_values_of_the_row) {
    log(1, model::AccessKind::kWrite, model::account_key(kAlice), 111, 222);
    set_entry(candidate_, model::account_key(kAlice), account_with(7), account_with(8));
    const model::Finding finding = find();
    EXPECT_EQ(finding.first.transaction, model::TxIndex{1});
    EXPECT_NE(finding.sentence.find("nonce of account a1a1a1a1.. is 1 lower in batch: control 9, "
                                    "batch 8."),
              std::string::npos)
        << finding.sentence;
    EXPECT_EQ(finding.derived_count, 0U);
}

TEST_F(FindingOf, a_field_of_a_record_is_named_with_its_row) {
    set_entry(candidate_, model::energy_key(kCarol), std::nullopt, frozen(1));
    EXPECT_NE(find().sentence.find("): frozen of energy resource of cacacaca.. is 1 lower in batch:"
                                   " control 2, batch 1."),
              std::string::npos)
        << find().sentence;
}

TEST_F(FindingOf, a_lost_credit_is_absent) {
    log(0, model::AccessKind::kCredit, bob_, 40, -1);
    set_entry(candidate_, bob_, amount(10), amount(10));
    const model::Finding finding = find();
    EXPECT_EQ(finding.first.control, "40");
    EXPECT_EQ(finding.first.candidate, "absent");
    EXPECT_EQ(finding.first.transaction, model::TxIndex{0});
}

TEST_F(FindingOf, the_order_in_which_keys_were_touched_does_not_count) {
    log(0, model::AccessKind::kCredit, bob_, 40, -1);
    log(0, model::AccessKind::kSpend, alice_, 955, 955);
    log(0, model::AccessKind::kCredit, bob_, -1, 40);
    log(1, model::AccessKind::kSpend, alice_, 945, 944);
    candidate_.totals.fees = model::Amount{9};
    EXPECT_EQ(find().first.transaction, model::TxIndex{1});
}

TEST_F(FindingOf, the_epilogue_comes_after_all_transactions) {
    log(model::kEpilogueTransaction, model::AccessKind::kCredit,
        model::balance_key(kMiner, model::kTosAsset), 98, 90);
    candidate_.totals.miner_reward = model::Amount{90};
    const model::Finding finding = find();
    EXPECT_FALSE(finding.first.transaction);
    EXPECT_NE(finding.sentence.find("epilogue: credit of balance of 33333333.. (TOS) is 8 lower"),
              std::string::npos)
        << finding.sentence;
}

TEST_F(FindingOf, without_logs_the_first_section_speaks) {
    control_.access_log.reset();
    set_entry(candidate_, bob_, amount(10), amount(9));
    EXPECT_NE(find().sentence.find("): balance of b0b0b0b0.. (TOS) is 41 lower in batch: control "
                                   "50, batch 9."),
              std::string::npos)
        << find().sentence;
    candidate_.totals.fees = model::Amount{9};
    EXPECT_EQ(find().first.path, "totals.fees");
}

TEST_F(FindingOf, a_row_that_one_transaction_wrote_is_its_own) {
    log(0, model::AccessKind::kCredit, bob_, 40, 40);
    set_entry(candidate_, bob_, amount(10), amount(10));
    EXPECT_EQ(find().first.transaction, model::TxIndex{0});
    log(2, model::AccessKind::kCredit, bob_, 1, 1);
    EXPECT_FALSE(find().first.transaction);
}

TEST_F(FindingOf, of_rows_that_differ_the_lowest_transaction_has_the_first) {
    // Equal logs, and a merge that loses all of it: alice's row is the first by key.
    ASSERT_LT(alice_, bob_);
    log(0, model::AccessKind::kCredit, bob_, 40, 40);
    log(1, model::AccessKind::kSpend, alice_, 945, 945);
    set_entry(candidate_, alice_, amount(1000), amount(9));
    set_entry(candidate_, bob_, amount(0), amount(9));
    EXPECT_EQ(find().first.transaction, model::TxIndex{0});
    EXPECT_EQ(find().first.key, bob_);

    // A row of several transactions is nobody's in particular.
    log(1, model::AccessKind::kCredit, bob_, 1, 1);
    EXPECT_EQ(find().first.transaction, model::TxIndex{1});
    EXPECT_EQ(find().first.key, alice_);
}

TEST_F(FindingOf, logs_that_are_not_grouped_do_no_harm) {
    log(1, model::AccessKind::kSpend, alice_, 945, 945);
    log(0, model::AccessKind::kSpend, alice_, 955, -1);
    log(1, model::AccessKind::kSpend, alice_, 944, 944);
    log(0, model::AccessKind::kSpend, alice_, -1, 955);
    candidate_.totals.fees = model::Amount{9};
    EXPECT_FALSE(find().sentence.empty());
}

TEST_F(FindingOf, a_result_that_the_block_does_not_have_is_named_so) {
    candidate_.results.emplace_back();
    EXPECT_NE(find().sentence.find("transaction 4 (not in the block)"), std::string::npos);
}

TEST_F(FindingOf, keeps_the_first_of_many_and_counts_all) {
    for (std::uint8_t i = 0; i < 150; ++i) {
        model::PublicKey other;
        other.mutable_bytes()[31] = i;
        set_entry(candidate_, model::account_key(other), std::nullopt, account_with(0));
    }
    const model::Finding finding = find();
    EXPECT_EQ(finding.derived.size(), model::kMaxDerived);
    EXPECT_EQ(finding.derived_count, 149U);
}

TEST_F(FindingOf, the_fingerprint_holds_no_height_address_or_amount) {
    set_entry(candidate_, bob_, amount(10), amount(9));
    const model::Hash here = find().fingerprint;

    set_entry(candidate_, bob_, amount(10), amount(3));
    EXPECT_EQ(find().fingerprint, here);
    candidate_ = control_;
    set_entry(candidate_, alice_, amount(1000), amount(900));
    EXPECT_EQ(find().fingerprint, here);
    block_ = valid_block(99);
    control_ = valid_outcome(block_);
    candidate_ = control_;
    set_entry(candidate_, bob_, amount(10), amount(9));
    EXPECT_EQ(find().fingerprint, here);
}

TEST_F(FindingOf, the_fingerprint_tells_causes_apart) {
    std::vector<model::Hash> seen;
    const auto note = [&](const model::Finding& finding) {
        EXPECT_EQ(std::count(seen.begin(), seen.end(), finding.fingerprint), 0);
        seen.push_back(finding.fingerprint);
    };
    set_entry(candidate_, bob_, amount(10), amount(9));
    note(find());
    EXPECT_EQ(find("speculative").fingerprint, seen.back()) << "the cause is not who shows it";
    set_entry(candidate_, bob_, amount(10), amount(99));  // the other sign
    note(find());
    candidate_ = control_;
    set_entry(candidate_, bob_, amount(11), amount(50));  // the other side of the row
    note(find());
    candidate_ = control_;
    set_entry(candidate_, model::account_key(kAlice), account_with(7), account_with(8));
    note(find());
    candidate_ = control_;
    fail_in_candidate(0, model::ErrorCode::kNonceTooHigh);  // type and code
    note(find());
    fail_in_candidate(0, model::ErrorCode::kNonceTooLow);
    note(find());
    candidate_ = control_;
    fail_in_candidate(1, model::ErrorCode::kNonceTooLow);
    note(find());
    FindingSource recorded = source();
    recorded.finding_class = model::FindingClass::kRecordedDivergence;
    note(make_finding(control_, candidate_, compare(control_, candidate_), recorded));
}

TEST_F(FindingOf, the_fingerprint_tells_a_read_that_is_too_early_from_one_that_is_too_late) {
    const auto with_writers = [&](std::uint32_t control, std::uint32_t candidate) {
        control_ = valid_outcome(block_);
        control_.access_log.emplace();
        candidate_ = control_;
        fail_in_candidate(1, model::ErrorCode::kInsufficientBalance);
        log(1, model::AccessKind::kReadSpendable, alice_, 955, 1000);
        control_.access_log->accesses.back().observed_writer = control;
        candidate_.access_log->accesses.back().observed_writer = candidate;
        return find().fingerprint;
    };
    const model::Hash stale = with_writers(0, model::kPreState);
    const model::Hash future = with_writers(model::kPreState, 0);
    const model::Hash neither = with_writers(0, 0);
    EXPECT_NE(stale, future);
    EXPECT_NE(stale, neither);
    EXPECT_NE(future, neither);
    EXPECT_EQ(with_writers(0, model::kPreState), stale);
}

TEST_F(FindingOf, results_of_one_kind_group_over_positions) {
    fail_in_candidate(0, model::ErrorCode::kInsufficientBalance);
    const model::Hash first = find().fingerprint;
    block_ = admit_chain_block(
        {make_transaction(kBob, 1, tos::e1::BurnPayload{model::kTosAsset, model::Amount{1}}, 1),
         make_transaction(kBob, 2, transfer_to(kAlice, 3), 5)},
        5);
    control_ = model::BlockOutcome{};
    control_.results.resize(2);
    control_.results[0].status = control_.results[1].status = model::TransactionStatus::kExecuted;
    candidate_ = control_;
    fail_in_candidate(1, model::ErrorCode::kInsufficientBalance);
    EXPECT_EQ(find().fingerprint, first);
    candidate_ = control_;
    candidate_.results.pop_back();
    const model::Hash missing = find().fingerprint;
    block_ = admit_chain_block({make_transaction(kBob, 1, transfer_to(kAlice, 3), 5)}, 5);
    control_.results.pop_back();
    candidate_.results.clear();
    EXPECT_EQ(find().fingerprint, missing) << "a result that is not there has its place, too";
}

TEST_F(FindingOf, a_broken_law_says_what_it_demands) {
    model::Difference law;
    law.section = model::Section::kInvariants;
    law.path = "conservation[TOS]";
    law.values.place = {model::PlaceKind::kInvariant, "conservation[]", {}, {}, {}};
    law.control = "90";
    law.candidate = "91";
    FindingSource where = source();
    where.finding_class = model::FindingClass::kInvariantBroken;
    const model::Finding finding = make_invariant_finding(candidate_, {law, law}, where);
    EXPECT_EQ(finding.sentence, "block 812 (" + short_text(block_.hash()) +
                                    "): the outcome of batch breaks the law conservation[TOS]: it "
                                    "demands 90, the outcome has 91.");
    EXPECT_EQ(finding.finding_class, model::FindingClass::kInvariantBroken);
    EXPECT_EQ(finding.derived_count, 1U);
    law.path = "conservation[ab]";
    EXPECT_EQ(make_invariant_finding(candidate_, {law}, where).fingerprint, finding.fingerprint);
    law.path = "orphans[0]";
    law.values.place.field = "orphans[]";
    EXPECT_NE(make_invariant_finding(candidate_, {law}, where).fingerprint, finding.fingerprint);
}

TEST_F(FindingOf, of_lost_updates_the_lowest_transaction_has_the_first) {
    std::vector<model::Difference> hazards;
    for (const auto& [transaction, key] : {std::pair{2U, alice_}, {1U, bob_}}) {
        model::Difference& hazard = hazards.emplace_back();
        hazard.section = model::Section::kSerializability;
        hazard.path = "lost_update";
        hazard.values.place.kind = model::PlaceKind::kHazard;
        hazard.values.place.hazard = model::Hazard::kLostUpdate;
        hazard.transaction = model::TxIndex{transaction};
        hazard.key = key;
        hazard.control = "50";
        hazard.candidate = "40";
    }
    const model::Finding finding = make_serializability_finding(
        candidate_, hazards,
        {block_, protocol_, model::FindingClass::kNotSerializable, "batch", "control", "batch"});
    EXPECT_EQ(finding.first.transaction, model::TxIndex{1});
    EXPECT_EQ(finding.first.key, bob_);
    ASSERT_EQ(finding.derived.size(), 1U);
    EXPECT_EQ(finding.derived[0].key, alice_);
    EXPECT_NE(finding.sentence.find("its own log demands 50, its result has 40."),
              std::string::npos)
        << finding.sentence;
}

TEST_F(FindingOf, a_failed_executor_groups_by_code_and_not_by_message) {
    FindingSource where = source();
    where.finding_class = model::FindingClass::kExecutorFailed;
    const model::Finding a = make_failure_finding(absl::InternalError("row 5"), where);
    const model::Finding b = make_failure_finding(absl::InternalError("row 6"), where);
    const model::Finding c = make_failure_finding(absl::DataLossError("row 6"), where);
    EXPECT_EQ(a.fingerprint, b.fingerprint);
    EXPECT_NE(b.fingerprint, c.fingerprint);
    EXPECT_EQ(a.first.section, model::Section::kExecutor);
    EXPECT_EQ(a.first.candidate, "INTERNAL: row 5");
    EXPECT_NE(a.sentence.find("batch gave no outcome: INTERNAL: row 5."), std::string::npos);
}

TEST_F(FindingOf, a_sum_names_the_contributions_that_fit_what_it_lacks) {
    control_.results[0].fee = model::Amount{50};
    control_.results[1].fee = model::Amount{20};
    const auto contributors = [&](std::uint64_t lost) {
        control_.totals.gas_fee = model::Amount{100};
        candidate_ = control_;
        candidate_.totals.gas_fee = model::Amount{100 - lost};
        model::Finding finding = find();
        EXPECT_EQ(finding.first.path, "totals.gas_fee");
        const test::MemoryView view;
        add_evidence({view, block_, &control_, candidate_}, finding);
        std::vector<std::uint32_t> indices;
        for (const model::LaneEvent& event : finding.events) {
            EXPECT_EQ(event.kind, model::AccessKind::kCredit);
            indices.push_back(event.transaction.value());
        }
        return indices;
    };
    EXPECT_EQ(contributors(20), std::vector<std::uint32_t>{1});
    EXPECT_EQ(contributors(70), (std::vector<std::uint32_t>{0, 1}));
    EXPECT_EQ(contributors(69), std::vector<std::uint32_t>{});
}

TEST(ShortenedText, keeps_both_ends) {
    const std::string hex = std::string(40, 'a') + "beef";
    EXPECT_EQ(codec::shortened_text("{key: " + hex + "} -> absent", 60),
              "{key: aaaaaaaa..beef} -> absent");
    EXPECT_EQ(codec::shortened_text("nonce 4 of 12", 60), "nonce 4 of 12");
    const std::string cut = codec::shortened_text("{" + std::string(300, 'x') + "} -> absent", 40);
    EXPECT_TRUE(cut.ends_with("-> absent")) << cut;
    EXPECT_LE(cut.size(), 44U);
}

}  // namespace
}  // namespace parallax::core
