#include "verifier/core/invariants.hpp"

#include "tests/core/lawful_block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace parallax {
namespace {

using namespace testing;  // NOLINT: the sample block is this test's language

std::vector<std::string> paths(const std::vector<Difference>& broken) {
    std::vector<std::string> found;
    for (const Difference& difference : broken) {
        EXPECT_EQ(difference.section, Section::kInvariants);
        EXPECT_NE(difference.control, difference.candidate) << difference.path;
        found.push_back(difference.path);
    }
    return found;
}

class Invariants : public ::testing::Test {
  protected:
    std::vector<Difference> broken_by(const std::function<void(BlockOutcome&)>& change) {
        BlockOutcome outcome = lawful_outcome(block_);
        change(outcome);
        unjudged_.clear();
        return check_invariants(block_, profile_, outcome, &unjudged_);
    }
    /// Laws that the last outcome was not wholly judged by.
    std::vector<std::string> left_out() const {
        std::vector<std::string> laws;
        for (const UnjudgedLaw& law : unjudged_) {
            laws.push_back(law.law);
        }
        return laws;
    }
    void expect(const std::vector<std::string>& expected,
                const std::function<void(BlockOutcome&)>& change) {
        EXPECT_EQ(paths(broken_by(change)), expected);
    }
    std::string key(const PublicKey& owner) { return "nonce[" + owner.hex() + "]"; }

    AdmittedBlock block_ = lawful_block();
    Profile profile_ = chain_profile();
    std::vector<UnjudgedLaw> unjudged_;
};

TEST_F(Invariants, a_lawful_outcome_breaks_none) {
    expect({}, [](BlockOutcome&) {});
}

TEST_F(Invariants, a_rejected_block_changes_nothing) {
    BlockOutcome rejected;
    rejected.status = BlockStatus::kRejected;
    rejected.code = ErrorCode::kNonceTooLow;
    EXPECT_TRUE(check_invariants(block_, profile_, rejected).empty());
    set_entry(rejected, account_key(kAlice), account_with(7), account_with(7));
    const auto broken = check_invariants(block_, profile_, rejected);
    ASSERT_EQ(paths(broken), std::vector<std::string>{"delta.size"});
    EXPECT_EQ(broken[0].control, "0");
    EXPECT_EQ(broken[0].candidate, "1");
}

TEST_F(Invariants, results_are_those_of_the_block) {
    expect({"results[2].hash"}, [](BlockOutcome& o) { o.results[2].hash = Hash{}; });
    expect({"results.size"}, [](BlockOutcome& o) { o.results.emplace_back(o.results[0]); });
    expect({"results.size", "orphans[0]"}, [](BlockOutcome& o) { o.results.pop_back(); });
    expect({"block.code"}, [](BlockOutcome& o) { o.code = ErrorCode::kUnknown; });
}

TEST_F(Invariants, status_and_code_of_a_result_agree) {
    expect({"results[2].code"}, [](BlockOutcome& o) { o.results[2].code = ErrorCode::kUnknown; });
    expect({"results[3].code"}, [](BlockOutcome& o) { o.results[3].code = ErrorCode::kSuccess; });
    expect({"results[3].status", "orphans[0]"},
           [](BlockOutcome& o) { o.results[3].status = TransactionStatus::kNotReached; });
    profile_.failure_model = FailureModel::kRejectBlock;
    expect({"results[3].status"}, [](BlockOutcome&) {});
}

TEST_F(Invariants, fees_and_burns_are_the_transactions_own) {
    expect({"results[0].fee", "totals.fees"},
           [](BlockOutcome& o) { o.results[0].fee = Amount{6}; });
    expect({"results[1].burned", "totals.burned_supply"},
           [](BlockOutcome& o) { o.results[1].burned = Amount{8}; });
    expect({"results[3].fee", "totals.fees"},
           [](BlockOutcome& o) { o.results[3].fee = Amount{5}; });
}

TEST_F(Invariants, totals_are_sums_and_counters_follow_them) {
    const auto counter = [](Counter c) { return to_string(counter_key(c)); };
    expect({"totals.fees", "totals.emitted_supply"},
           [](BlockOutcome& o) { o.totals.fees = Amount{9}; });
    expect({"totals.burned_supply", counter(Counter::kBurnedSupply)},
           [](BlockOutcome& o) { o.totals.burned_supply = Amount{8}; });
    expect({"totals.gas_fee", counter(Counter::kGasFee), "conservation[TOS]"},
           [](BlockOutcome& o) { o.totals.gas_fee = Amount{7}; });
    expect({"totals.emitted_supply", counter(Counter::kEmittedSupply)},
           [](BlockOutcome& o) { o.totals.emitted_supply = Amount{101}; });
    expect({"totals.emitted_supply", counter(Counter::kMinerReward), "conservation[TOS]"},
           [](BlockOutcome& o) { o.totals.miner_reward = Amount{99}; });
    expect({"totals.emitted_supply", "conservation[TOS]"},
           [](BlockOutcome& o) { o.totals.dev_reward = Amount{11}; });
}

TEST_F(Invariants, each_counter_alone) {
    for (const Counter c : {Counter::kEmittedSupply, Counter::kBurnedSupply, Counter::kGasFee,
                            Counter::kMinerReward}) {
        const StateKey counter = counter_key(c);
        expect({to_string(counter)},
               [&](BlockOutcome& o) { set_entry(o, counter, amount(5), amount(6)); });
        expect({to_string(counter)}, [&](BlockOutcome& o) { remove_entry(o, counter); });
    }
}

TEST_F(Invariants, there_is_no_fifth_counter) {
    StateKey fifth = counter_key(Counter::kMinerReward);
    fifth.owner[0] = 5;
    const auto broken =
        broken_by([&](BlockOutcome& o) { set_entry(o, fifth, std::nullopt, amount(0)); });
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken[0].key, fifth);
    EXPECT_EQ(broken[0].control, "no such counter");
}

TEST_F(Invariants, nonces_step_by_one_per_executed_transaction) {
    expect({key(kAlice)}, [](BlockOutcome& o) {
        set_entry(o, account_key(kAlice), account_with(7), account_with(8));
    });
    expect({key(kBob)}, [](BlockOutcome& o) {
        set_entry(o, account_key(kBob), account_with(3), account_with(4));
    });
    expect({key(kCarol)}, [](BlockOutcome& o) { remove_entry(o, account_key(kCarol)); });
    expect({key(kMiner)}, [](BlockOutcome& o) {
        set_entry(o, account_key(kMiner), account_with(0), std::nullopt);
    });
    // The right step from the wrong place.
    expect({key(kAlice) + ".last"}, [](BlockOutcome& o) {
        set_entry(o, account_key(kAlice), account_with(6), account_with(8));
    });
}

TEST_F(Invariants, a_missing_nonce_step_names_its_transaction) {
    const auto broken = broken_by([](BlockOutcome& o) { remove_entry(o, account_key(kAlice)); });
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken[0].transaction, TxIndex{1});
    EXPECT_EQ(broken[0].key, account_key(kAlice));
    EXPECT_EQ(broken[0].control, "9");
    EXPECT_EQ(broken[0].candidate, "not written");
}

TEST_F(Invariants, markers_are_those_of_executed_transactions) {
    const auto marker = [](const Hash& hash) { return "marker[" + hash.hex() + "]"; };
    const Hash first = block_.transactions()[0].hash;
    const Hash failed = block_.transactions()[3].hash;
    expect({marker(first)},
           [&](BlockOutcome& o) { remove_entry(o, executed_transaction_key(first)); });
    expect({marker(first)}, [&](BlockOutcome& o) {
        set_entry(o, executed_transaction_key(first), {}, ExecutedRecord{Topoheight{811}});
    });
    expect({marker(first)}, [&](BlockOutcome& o) {
        set_entry(o, executed_transaction_key(first), ExecutedRecord{Topoheight{3}},
                  ExecutedRecord{Topoheight{812}});
    });
    expect({marker(failed)}, [&](BlockOutcome& o) {
        set_entry(o, executed_transaction_key(failed), {}, ExecutedRecord{Topoheight{812}});
    });
}

TEST_F(Invariants, orphans_are_the_failed_ones) {
    expect({"orphans[0]"}, [](BlockOutcome& o) { o.orphans.clear(); });
    expect({"orphans[1]"}, [](BlockOutcome& o) { o.orphans.emplace_back(o.orphans[0]); });
    expect({"orphans[0]"}, [](BlockOutcome& o) { o.orphans[0] = o.results[0].hash; });
}

TEST_F(Invariants, keys_of_the_delta_ascend_and_hold_their_family) {
    const auto repeated = broken_by([](BlockOutcome& o) {
        o.delta.entries.insert(o.delta.entries.begin() + 1, o.delta.entries[0]);
    });
    EXPECT_EQ(paths(repeated).front(), "delta[1].key");
    const auto swapped =
        broken_by([](BlockOutcome& o) { std::swap(o.delta.entries[0], o.delta.entries[1]); });
    EXPECT_EQ(paths(swapped), std::vector<std::string>{"delta[1].key"});
    const auto foreign = broken_by(
        [](BlockOutcome& o) { set_entry(o, multisig_key(kBob), std::nullopt, amount(1)); });
    EXPECT_EQ(foreign.size(), 1U);
    EXPECT_NE(foreign[0].path.find(".value"), std::string::npos);
}

TEST_F(Invariants, every_native_row_takes_part_in_conservation) {
    const auto gains_one = [&](const StateKey& changed, StateValue before, StateValue after) {
        const auto broken = broken_by(
            [&](BlockOutcome& o) { set_entry(o, changed, std::move(before), std::move(after)); });
        ASSERT_EQ(paths(broken), std::vector<std::string>{"conservation[TOS]"});
        EXPECT_EQ(broken[0].delta->front(), '+');
    };
    gains_one(balance_key(kBob, kTosAsset), amount(10), amount(51));
    gains_one(balance_key(kDave, kTosAsset), amount(10), amount(11));
    gains_one(contract_balance_key(Hash{}, kTosAsset), amount(0), amount(1));
    gains_one(energy_key(kDave), frozen(3), frozen(4));
    gains_one(energy_key(kDave), frozen(3), frozen(3, {{1, Topoheight{9}}}));
}

TEST_F(Invariants, unfreezing_moves_and_does_not_make_money) {
    expect({}, [](BlockOutcome& o) {
        set_entry(o, energy_key(kDave), frozen(3), frozen(1, {{2, Topoheight{9}}}));
    });
    expect({}, [](BlockOutcome& o) {
        set_entry(o, energy_key(kDave), frozen(3, {{2, Topoheight{9}}}), frozen(3));
        set_entry(o, balance_key(kDave, kTosAsset), amount(1), amount(1 + 2 * kCoin));
    });
}

TEST_F(Invariants, other_assets_are_conserved_too) {
    AssetId gold;
    gold.mutable_bytes()[0] = 9;
    expect({}, [&](BlockOutcome& o) {
        set_entry(o, balance_key(kBob, gold), amount(10), amount(4));
        set_entry(o, contract_balance_key(Hash{}, gold), {}, amount(6));
    });
    expect({"conservation[" + gold.hex() + "]"},
           [&](BlockOutcome& o) { set_entry(o, balance_key(kBob, gold), amount(10), amount(4)); });
}

TEST_F(Invariants, a_partial_failure_may_lose_coins_but_uses_its_nonce_at_most) {
    profile_.failure_model = FailureModel::kOrphanPartial;
    expect({}, [](BlockOutcome& o) {
        set_entry(o, account_key(kDave), account_with(1), account_with(2));
        set_entry(o, balance_key(kDave, kTosAsset), amount(9), amount(4));
    });
    expect({key(kDave)}, [](BlockOutcome& o) {
        set_entry(o, account_key(kDave), account_with(1), account_with(3));
    });
}

TEST_F(Invariants, says_what_it_leaves_out_and_judges_the_rest) {
    const std::uint64_t full = 0xFFFF'FFFF'FFFF'FFFF - 10;
    const StateKey miner = balance_key(kMiner, kTosAsset);
    const StateKey counter = counter_key(Counter::kMinerReward);
    expect({}, [](BlockOutcome&) {});
    EXPECT_EQ(left_out(), std::vector<std::string>{});
    const auto fill = [&](BlockOutcome& o) {
        set_entry(o, miner, amount(full), amount(full));
        set_entry(o, counter, amount(full), amount(full));
    };
    expect({}, fill);
    EXPECT_EQ(left_out(), (std::vector<std::string>{to_string(counter), "conservation[TOS]"}));
    ASSERT_EQ(unjudged_.size(), 2U);
    EXPECT_EQ(unjudged_[0].key, counter);
    EXPECT_EQ(unjudged_[1].key, miner);
    // Money from nowhere, in a row that has nothing to do with the full one.
    expect({"conservation[TOS]"}, [&](BlockOutcome& o) {
        fill(o);
        set_entry(o, balance_key(kBob, kTosAsset), amount(0), amount(40 + 98 + 1));
    });
    // A counter that could hold its sum has to.
    expect({to_string(counter)}, [&](BlockOutcome& o) {
        fill(o);
        set_entry(o, counter, amount(full - 1000), amount(full - 1000));
    });
    // And one that keeps what it had has to be written.
    expect({to_string(counter)}, [&](BlockOutcome& o) {
        fill(o);
        remove_entry(o, counter);
    });
}

/// A subtraction that wrapped looks just like a balance that is nearly full.
TEST_F(Invariants, a_wrapped_balance_breaks_conservation_whatever_else_is_full) {
    const std::uint64_t wrapped = 0xFFFF'FFFF'FFFF'FFFF - 100'000 + 1;
    const StateKey dave = balance_key(kDave, kTosAsset);
    for (const FailureModel model : {FailureModel::kOrphanAtomic, FailureModel::kOrphanPartial}) {
        profile_.failure_model = model;
        expect({"conservation[TOS]"},
               [&](BlockOutcome& o) { set_entry(o, dave, amount(0), amount(wrapped)); });
        const StateKey miner = balance_key(kMiner, kTosAsset);
        const StateKey counter = counter_key(Counter::kMinerReward);
        expect({"conservation[TOS]"}, [&](BlockOutcome& o) {
            set_entry(o, miner, amount(wrapped + 99'990), amount(wrapped + 99'990));
            set_entry(o, counter, amount(wrapped), amount(wrapped + 98));
            set_entry(o, dave, amount(0), amount(wrapped));
        });
    }
}

TEST_F(Invariants, a_partial_failure_loses_no_more_than_it_has_taken) {
    profile_.failure_model = FailureModel::kOrphanPartial;
    const StateKey dave = balance_key(kDave, kTosAsset);
    const auto used = [](BlockOutcome& o) {
        set_entry(o, account_key(kDave), account_with(1), account_with(2));
    };
    expect({}, [&](BlockOutcome& o) {
        used(o);
        set_entry(o, dave, amount(4005), amount(0));
    });
    EXPECT_EQ(left_out(),
              (std::vector<std::string>{"totals.gas_fee", key(kDave), "conservation[TOS]"}));
    expect({"conservation[TOS]"}, [&](BlockOutcome& o) {
        used(o);
        set_entry(o, dave, amount(4006), amount(0));
    });
    expect({"conservation[TOS]"}, [&](BlockOutcome& o) {
        used(o);
        set_entry(o, dave, amount(0), amount(1));
    });
}

// ---- What each type does to the sums, on the vector paths (no rewards, fees vanish) ----

struct TypeCase {
    const char* name;
    Payload payload;
    std::uint64_t fee;
    FeeType fee_type;
    std::uint64_t balance_before;
    std::uint64_t balance_after;
    std::uint64_t burned = 0;
};

AssetId other_asset() {
    AssetId asset;
    asset.mutable_bytes()[3] = 5;
    return asset;
}

std::vector<TypeCase> type_cases() {
    InvokeContractPayload invoke;
    invoke.max_gas = Amount{300};
    UnshieldTransfersPayload unshield;
    unshield.transfers.resize(2);
    unshield.transfers[0].amount = Amount{30};
    unshield.transfers[1].amount = Amount{12};
    ShieldTransfersPayload shield;
    shield.transfers.resize(2);
    shield.transfers[0].amount = Amount{100};
    shield.transfers[1].amount = Amount{150};
    UnoTransfersPayload uno;
    uno.transfers.resize(1);
    const std::uint64_t start = 2 * kCoin;
    return {
        {"deploy", DeployContractPayload{{0x7F}, {}}, 9, FeeType::kTos, start, kCoin - 9},
        {"invoke", invoke, 9, FeeType::kTos, start, start - 309},
        {"invoke_with_energy", invoke, 9, FeeType::kEnergy, start, start - 309},
        {"unshield", unshield, 9, FeeType::kTos, start, start + 33},
        {"unshield_with_energy", unshield, 0, FeeType::kEnergy, start, start + 42},
        {"shield", shield, 9, FeeType::kTos, start, start - 259},
        {"uno", uno, 9, FeeType::kTos, start, start - 9},
        {"burn", BurnPayload{kTosAsset, Amount{50}}, 9, FeeType::kTos, start, start - 59, 50},
        {"name", RegisterNamePayload{"parallax"}, 11, FeeType::kTos, start, start - 11},
        {"multisig", MultisigPayload{}, 11, FeeType::kTos, start, start - 11},
    };
}

class TypeConservation : public ::testing::TestWithParam<TypeCase> {};

TEST_P(TypeConservation, holds_for_the_right_balance_only) {
    const TypeCase& c = GetParam();
    Transaction transaction = make_transaction(kAlice, 4, c.payload, c.fee);
    transaction.fee_type = c.fee_type;
    const AdmittedBlock block = admit_vector({transaction}, Topoheight{5}, Topoheight{5});
    const Profile profile = e1_vector_profile(ExecutionPath::kVectorTransaction);

    BlockOutcome outcome;
    outcome.results = {{block.transactions()[0].hash, TransactionStatus::kExecuted,
                        ErrorCode::kSuccess, Amount{0}, Amount{c.burned}}};
    outcome.totals.burned_supply = Amount{c.burned};
    set_entry(outcome, account_key(kAlice), account_with(4), account_with(5));
    const StateKey balance = balance_key(kAlice, kTosAsset);
    set_entry(outcome, balance, amount(c.balance_before), amount(c.balance_after));
    EXPECT_EQ(paths(check_invariants(block, profile, outcome)), std::vector<std::string>{});

    set_entry(outcome, balance, amount(c.balance_before), amount(c.balance_after + 1));
    const auto broken = check_invariants(block, profile, outcome);
    ASSERT_EQ(paths(broken), std::vector<std::string>{"conservation[TOS]"});
    EXPECT_EQ(broken[0].delta, "+1");
}

INSTANTIATE_TEST_SUITE_P(Types, TypeConservation, ::testing::ValuesIn(type_cases()),
                         [](const auto& type_case) { return std::string(type_case.param.name); });

TEST_F(Invariants, a_burn_of_another_asset_leaves_that_asset) {
    Transaction burn = make_transaction(kAlice, 4, BurnPayload{other_asset(), Amount{50}}, 9);
    const AdmittedBlock block = admit_vector({burn}, Topoheight{5}, Topoheight{5});
    const Profile profile = e1_vector_profile(ExecutionPath::kVectorBlock);
    BlockOutcome outcome;
    outcome.results = {{block.transactions()[0].hash, TransactionStatus::kExecuted,
                        ErrorCode::kSuccess, Amount{9}, Amount{0}}};
    outcome.totals.fees = Amount{9};
    set_entry(outcome, account_key(kAlice), account_with(4), account_with(5));
    set_entry(outcome, balance_key(kAlice, kTosAsset), amount(20), amount(11));
    set_entry(outcome, balance_key(kAlice, other_asset()), amount(80), amount(30));
    EXPECT_EQ(paths(check_invariants(block, profile, outcome)), std::vector<std::string>{});
    set_entry(outcome, balance_key(kAlice, other_asset()), amount(80), amount(31));
    EXPECT_EQ(paths(check_invariants(block, profile, outcome)),
              std::vector<std::string>{"conservation[" + other_asset().hex() + "]"});
}

}  // namespace
}  // namespace parallax
