#include "verifier/core/oracles/serializability.hpp"

#include "verifier/codec/canonical.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace parallax::core {
namespace {

const model::PublicKey kAlice = model::PublicKey::from_array({1});
const model::PublicKey kBob = model::PublicKey::from_array({2});
const model::StateKey kAccount = model::account_key(kAlice);
const model::StateKey kBalance = model::balance_key(kAlice, model::kTosAsset);
const model::StateKey kOther = model::balance_key(kBob, model::kTosAsset);

model::AccountRecord nonce(std::uint64_t n) {
    return {model::Nonce{n}, model::Topoheight{7}};
}

std::string text_of(const model::AccountRecord& record) {
    return fmt::format("nonce {}", record.nonce.value());
}

/// Alice pays Bob 30 and 40 with a fee of 5 each; the epilogue pays Bob 10. Every test breaks one
/// thing of it.
class Serializability : public ::testing::Test {
  protected:
    Serializability() {
        outcome_.results.resize(2);
        for (model::TransactionResult& result : outcome_.results) {
            result.status = model::TransactionStatus::kExecuted;
        }
        outcome_.access_log.emplace();
        pay(0, model::kPreState, 0, 100, 30);
        pay(1, 0, 1, 65, 40);
        line(model::kEpilogueTransaction, model::AccessKind::kCredit, kOther, 10);
        outcome_.delta.entries = {{kAccount, nonce(0), nonce(2)},
                                  {kBalance, model::AmountRecord{model::Amount{100}},
                                   model::AmountRecord{model::Amount{20}}},
                                  {kOther, std::nullopt, model::AmountRecord{model::Amount{80}}}};
    }
    void line(std::uint32_t transaction, model::AccessKind kind, const model::StateKey& key,
              std::uint64_t value, std::uint32_t writer = model::kPreState) {
        lines().push_back({model::TxIndex{transaction}, kind, key, writer, value});
    }
    void pay(std::uint32_t i, std::uint32_t writer, std::uint64_t number, std::uint64_t spendable,
             std::uint64_t amount) {
        line(i, model::AccessKind::kRead, kAccount, codec::value_digest(nonce(number)), writer);
        line(i, model::AccessKind::kWrite, kAccount, codec::value_digest(nonce(number + 1)));
        line(i, model::AccessKind::kReadSpendable, kBalance, spendable, writer);
        line(i, model::AccessKind::kSpend, kBalance, spendable - amount - 5);
        line(i, model::AccessKind::kOutput, kBalance, amount + 5);
        line(i, model::AccessKind::kCredit, kOther, amount);
    }
    std::vector<model::Access>& lines() { return outcome_.access_log->accesses; }
    model::Access& at(std::uint32_t transaction, model::AccessKind kind) {
        for (model::Access& access : lines()) {
            if (access.transaction.value() == transaction && access.kind == kind) {
                return access;
            }
        }
        ADD_FAILURE() << "no such line";
        return lines().front();
    }
    /// The only violation, its name as told.
    model::Difference only(Hazard hazard) const {
        const auto found = check_serializability(outcome_);
        if (found.size() != 1) {
            ADD_FAILURE() << found.size() << " violations";
            return {};
        }
        EXPECT_EQ(found[0].path, hazard_name(hazard));
        EXPECT_EQ(found[0].section, model::Section::kSerializability);
        return found[0];
    }
    static void expect_sides(const model::Difference& found, std::uint32_t transaction,
                             const model::StateKey& key, const std::string& should,
                             const std::string& was) {
        EXPECT_EQ(found.transaction, model::TxIndex{transaction});
        EXPECT_EQ(found.key, key);
        EXPECT_EQ(found.control, should);
        EXPECT_EQ(found.candidate, was);
    }

    model::BlockOutcome outcome_;
};

TEST_F(Serializability, a_valid_log_has_no_hazard) {
    EXPECT_TRUE(check_serializability(outcome_).empty());
}

TEST_F(Serializability, every_hazard_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (const Hazard hazard : kHazards) {
        names.insert(hazard_name(hazard));
    }
    EXPECT_EQ(names.size(), 9U);
    EXPECT_FALSE(names.contains("unknown"));
}

TEST_F(Serializability, names_a_stale_read_with_the_guilty_pair) {
    outcome_.results.resize(3);
    outcome_.results[2].status = model::TransactionStatus::kExecuted;
    const model::Access epilogue = lines().back();
    lines().pop_back();
    line(2, model::AccessKind::kReadSpendable, kBalance, 65, 0);
    lines().push_back(epilogue);
    expect_sides(only(Hazard::kStaleRead), 2, kBalance, "as transaction 1 left it: 20",
                 "as transaction 0 left it: 65");
}

TEST_F(Serializability, finds_a_stale_read_whose_value_happens_to_be_right) {
    outcome_.results.resize(3);
    outcome_.results[2].status = model::TransactionStatus::kExecuted;
    const model::Access epilogue = lines().back();
    lines().pop_back();
    line(2, model::AccessKind::kReadSpendable, kBalance, 20, 0);
    lines().push_back(epilogue);
    expect_sides(only(Hazard::kStaleRead), 2, kBalance, "as transaction 1 left it: 20",
                 "as transaction 0 left it: 20");
}

TEST_F(Serializability, names_a_future_read) {
    at(0, model::AccessKind::kReadSpendable).observed_writer = 1;
    expect_sides(only(Hazard::kFutureRead), 0, kBalance, "as before the block: 100",
                 "as transaction 1 left it: 100");
}

TEST_F(Serializability, names_a_read_of_the_epilogue_by_a_transaction) {
    at(1, model::AccessKind::kReadSpendable).observed_writer = model::kEpilogueTransaction;
    expect_sides(only(Hazard::kEpilogueBeforeDrain), 1, kBalance, "as transaction 0 left it: 65",
                 "as the epilogue left it: 65");
}

TEST_F(Serializability, names_a_dirty_read_of_a_writer_that_is_not_in_the_log) {
    outcome_.results.resize(3);
    outcome_.results[1] = {};
    outcome_.results[1].status = model::TransactionStatus::kFailed;
    outcome_.results[2].status = model::TransactionStatus::kExecuted;
    for (model::Access& access : lines()) {
        if (access.transaction == model::TxIndex{1}) {
            access.transaction = model::TxIndex{2};
        }
    }
    at(2, model::AccessKind::kRead).observed_writer = 1;
    const std::string should = text_of(nonce(1));
    expect_sides(only(Hazard::kDirtyRead), 2, kAccount, "as transaction 0 left it: " + should,
                 "as transaction 1 left it: " + should);
}

TEST_F(Serializability, names_a_torn_read_of_the_right_version_with_another_value) {
    at(1, model::AccessKind::kReadSpendable).value = 64;
    expect_sides(only(Hazard::kDirtyRead), 1, kBalance, "as transaction 0 left it: 65",
                 "as transaction 0 left it: 64");
    at(1, model::AccessKind::kReadSpendable).value = 65;
    at(0, model::AccessKind::kReadSpendable).value = 99;
    expect_sides(only(Hazard::kDirtyRead), 0, kBalance, "as before the block: 100",
                 "as before the block: 99");
}

TEST_F(Serializability, readers_of_a_row_that_nobody_writes_must_agree) {
    std::vector<model::Access> all;
    for (const model::Access& access : lines()) {
        all.push_back(access);
        if (access.kind == model::AccessKind::kOutput) {
            const std::uint64_t seen = access.transaction.value();
            all.push_back({access.transaction, model::AccessKind::kRead,
                           model::multisig_key(kAlice), model::kPreState, seen == 0 ? 9U : 8U});
        }
    }
    lines() = all;
    expect_sides(only(Hazard::kDirtyRead), 1, model::multisig_key(kAlice),
                 "as before the block: digest 0000000000000009",
                 "as before the block: digest 0000000000000008");
}

TEST_F(Serializability, names_a_pre_state_leak) {
    model::Access& read = at(1, model::AccessKind::kRead);
    read.observed_writer = model::kPreState;
    read.value = codec::value_digest(nonce(0));
    expect_sides(only(Hazard::kPreStateLeak), 1, kAccount,
                 "as transaction 0 left it: " + text_of(nonce(1)),
                 "as before the block: " + text_of(nonce(0)));
}

TEST_F(Serializability, names_a_phantom) {
    outcome_.delta.entries[0].before.reset();
    at(0, model::AccessKind::kRead).value = 0;
    model::Access& read = at(1, model::AccessKind::kRead);
    read.observed_writer = model::kPreState;
    read.value = 0;
    expect_sides(only(Hazard::kPhantom), 1, kAccount,
                 "as transaction 0 left it: " + text_of(nonce(1)), "as before the block: absent");
}

TEST_F(Serializability, names_an_epilogue_that_ran_too_early) {
    std::rotate(lines().begin(), lines().end() - 1, lines().end());
    const auto found = check_serializability(outcome_);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0].path, "epilogue_before_drain");
    EXPECT_EQ(found[0].candidate, "a line after the epilogue's");
}

TEST_F(Serializability, names_an_epilogue_that_read_an_old_version) {
    line(model::kEpilogueTransaction, model::AccessKind::kRead, kAccount,
         codec::value_digest(nonce(1)), 0);
    const model::Difference found = only(Hazard::kEpilogueBeforeDrain);
    EXPECT_FALSE(found.transaction);
    EXPECT_EQ(found.control, "as transaction 1 left it: " + text_of(nonce(2)));
    EXPECT_EQ(found.candidate, "as transaction 0 left it: " + text_of(nonce(1)));
}

TEST_F(Serializability, a_credit_that_is_missing_is_a_lost_update_of_its_transaction) {
    outcome_.delta.entries[2].after = model::AmountRecord{model::Amount{40}};
    const model::Difference found = only(Hazard::kLostUpdate);
    expect_sides(found, 1, kOther, "80", "40");
    EXPECT_EQ(found.delta, "-40");
}

TEST_F(Serializability, an_output_that_is_missing_is_a_lost_update_of_its_transaction) {
    outcome_.delta.entries[1].after = model::AmountRecord{model::Amount{55}};
    const model::Difference found = only(Hazard::kLostUpdate);
    expect_sides(found, 0, kBalance, "20", "55");
    EXPECT_EQ(found.delta, "+35");
}

TEST_F(Serializability, a_last_write_that_is_not_in_the_state_is_a_lost_update) {
    outcome_.delta.entries[0].after = nonce(1);
    expect_sides(only(Hazard::kLostUpdate), 1, kAccount, text_of(nonce(2)), text_of(nonce(1)));
    outcome_.delta.entries.erase(outcome_.delta.entries.begin());
    expect_sides(only(Hazard::kLostUpdate), 0, kAccount,
                 fmt::format("write digest {:016x}", codec::value_digest(nonce(1))), "not written");
}

TEST_F(Serializability, a_row_that_no_line_explains_is_an_unlogged_write) {
    outcome_.delta.entries.push_back({model::balance_key(kBob, model::AssetId::from_array({3})),
                                      std::nullopt, model::AmountRecord{model::Amount{1}}});
    const model::Difference found = only(Hazard::kUnloggedWrite);
    EXPECT_FALSE(found.transaction);
    EXPECT_EQ(found.control, "no logged effect");
    EXPECT_EQ(found.candidate, "1");
    // A touched row counts as much as a changed one.
    outcome_.delta.entries.back().before = outcome_.delta.entries.back().after;
    EXPECT_EQ(only(Hazard::kUnloggedWrite).candidate, "1");
}

TEST_F(Serializability, an_executed_transaction_without_lines_is_an_unlogged_write) {
    outcome_.results.resize(3);
    outcome_.results[2].status = model::TransactionStatus::kExecuted;
    EXPECT_EQ(only(Hazard::kUnloggedWrite).transaction, model::TxIndex{2});
}

TEST_F(Serializability, lines_of_a_skipped_transaction_break_the_log) {
    outcome_.results[1].status = model::TransactionStatus::kSkipped;
    EXPECT_EQ(only(Hazard::kBrokenLog).control, "no line of a transaction that is skipped");
}

TEST_F(Serializability, lines_out_of_order_or_of_nobody_break_the_log) {
    const model::Access stray{model::TxIndex{0}, model::AccessKind::kRead, kAccount,
                              model::kPreState, codec::value_digest(nonce(0))};
    lines().insert(lines().end() - 1, stray);
    EXPECT_EQ(only(Hazard::kBrokenLog).candidate, "a line after transaction 1's");
    (lines().end() - 2)->transaction = model::TxIndex{2};
    EXPECT_EQ(only(Hazard::kBrokenLog).candidate, "a line of transaction 2");
}

TEST_F(Serializability, what_is_received_is_not_what_can_be_spent) {
    // Bob spends nothing of the 30 that he received: his spendable side is as before the block.
    outcome_.results.resize(3);
    outcome_.results[2].status = model::TransactionStatus::kExecuted;
    const model::Access epilogue = lines().back();
    lines().pop_back();
    line(2, model::AccessKind::kReadSpendable, kOther, 0, model::kPreState);
    lines().push_back(epilogue);
    EXPECT_TRUE(check_serializability(outcome_).empty());
    (lines().end() - 2)->observed_writer = 0;
    EXPECT_EQ(only(Hazard::kDirtyRead).candidate, "as transaction 0 left it: 0");
}

TEST_F(Serializability, a_log_that_is_wrong_throughout_is_cut) {
    outcome_.results.resize(1000);
    for (std::uint32_t i = 2; i < 1000; ++i) {
        outcome_.results[i].status = model::TransactionStatus::kExecuted;
    }
    EXPECT_EQ(check_serializability(outcome_).size(), kMaxHazards);
}

TEST_F(Serializability, needs_a_log_for_an_accepted_block_only) {
    EXPECT_TRUE(can_check_serializability(outcome_));
    outcome_.access_log.reset();
    EXPECT_FALSE(can_check_serializability(outcome_));
    EXPECT_TRUE(check_serializability(outcome_).empty());
    outcome_.status = model::BlockStatus::kRejected;
    EXPECT_TRUE(can_check_serializability(outcome_));
}

}  // namespace
}  // namespace parallax::core
