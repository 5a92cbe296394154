#include "verifier/core/oracles/invariants.hpp"

#include "testbed/vectors/vector_protocol.hpp"
#include "tests/core/valid_block.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace parallax::core {
namespace {

using namespace test;  // NOLINT: the sample block is this test's language

std::vector<std::string> paths(const std::vector<model::Difference>& broken) {
    std::vector<std::string> found;
    for (const model::Difference& difference : broken) {
        EXPECT_EQ(difference.section, model::Section::kInvariants);
        EXPECT_NE(difference.control, difference.candidate) << difference.path;
        found.push_back(difference.path);
    }
    return found;
}

class Invariants : public ::testing::Test {
  protected:
    std::vector<model::Difference> broken_by(
        const std::function<void(model::BlockOutcome&)>& change) {
        model::BlockOutcome outcome = valid_outcome(block_);
        change(outcome);
        unjudged_.clear();
        return check_invariants(block_, profile_, outcome, &unjudged_);
    }
    /// Invariants that the last outcome was not wholly judged by.
    std::vector<std::string> left_out() const {
        std::vector<std::string> laws;
        for (const model::UnjudgedInvariant& law : unjudged_) {
            laws.push_back(law.law);
        }
        return laws;
    }
    void expect(const std::vector<std::string>& expected,
                const std::function<void(model::BlockOutcome&)>& change) {
        EXPECT_EQ(paths(broken_by(change)), expected);
    }
    std::string key(const model::PublicKey& owner) { return "nonce[" + owner.hex() + "]"; }

    protocol::AdmittedBlock block_ = valid_block();
    tos::e1::Profile profile_ = chain_profile();
    std::vector<model::UnjudgedInvariant> unjudged_;
};

TEST_F(Invariants, a_valid_outcome_breaks_none) {
    expect({}, [](model::BlockOutcome&) {});
}

TEST_F(Invariants, a_rejected_block_changes_nothing) {
    model::BlockOutcome rejected;
    rejected.status = model::BlockStatus::kRejected;
    rejected.code = model::ErrorCode::kNonceTooLow;
    EXPECT_TRUE(check_invariants(block_, profile_, rejected).empty());
    set_entry(rejected, model::account_key(kAlice), account_with(7), account_with(7));
    const auto broken = check_invariants(block_, profile_, rejected);
    ASSERT_EQ(paths(broken), std::vector<std::string>{"delta.size"});
    EXPECT_EQ(broken[0].control, "0");
    EXPECT_EQ(broken[0].candidate, "1");
}

TEST_F(Invariants, results_are_those_of_the_block) {
    expect({"results[2].hash"}, [](model::BlockOutcome& o) { o.results[2].hash = model::Hash{}; });
    expect({"results.size"}, [](model::BlockOutcome& o) { o.results.emplace_back(o.results[0]); });
    expect({"results.size", "orphans[0]"}, [](model::BlockOutcome& o) { o.results.pop_back(); });
    expect({"block.code"}, [](model::BlockOutcome& o) { o.code = model::ErrorCode::kUnknown; });
}

TEST_F(Invariants, status_and_code_of_a_result_agree) {
    expect({"results[2].code"},
           [](model::BlockOutcome& o) { o.results[2].code = model::ErrorCode::kUnknown; });
    expect({"results[3].code"},
           [](model::BlockOutcome& o) { o.results[3].code = model::ErrorCode::kSuccess; });
    expect({"results[3].status", "orphans[0]"}, [](model::BlockOutcome& o) {
        o.results[3].status = model::TransactionStatus::kNotReached;
    });
    profile_.failure_model = protocol::FailureModel::kRejectBlock;
    expect({"results[3].status"}, [](model::BlockOutcome&) {});
}

TEST_F(Invariants, fees_and_burns_are_the_transactions_own) {
    expect({"results[0].fee", "totals.fees"},
           [](model::BlockOutcome& o) { o.results[0].fee = model::Amount{6}; });
    expect({"results[1].burned", "totals.burned_supply"},
           [](model::BlockOutcome& o) { o.results[1].burned = model::Amount{8}; });
    expect({"results[3].fee", "totals.fees"},
           [](model::BlockOutcome& o) { o.results[3].fee = model::Amount{5}; });
}

TEST_F(Invariants, totals_are_sums_and_counters_follow_them) {
    const auto counter = [](model::Counter c) { return model::to_string(model::counter_key(c)); };
    expect({"totals.fees", "totals.emitted_supply"},
           [](model::BlockOutcome& o) { o.totals.fees = model::Amount{9}; });
    expect({"totals.burned_supply", counter(model::Counter::kBurnedSupply)},
           [](model::BlockOutcome& o) { o.totals.burned_supply = model::Amount{8}; });
    expect({"totals.gas_fee", counter(model::Counter::kGasFee), "conservation[TOS]"},
           [](model::BlockOutcome& o) { o.totals.gas_fee = model::Amount{7}; });
    expect({"totals.emitted_supply", counter(model::Counter::kEmittedSupply)},
           [](model::BlockOutcome& o) { o.totals.emitted_supply = model::Amount{101}; });
    expect({"totals.emitted_supply", counter(model::Counter::kMinerReward), "conservation[TOS]"},
           [](model::BlockOutcome& o) { o.totals.miner_reward = model::Amount{99}; });
    expect({"totals.emitted_supply", "conservation[TOS]"},
           [](model::BlockOutcome& o) { o.totals.dev_reward = model::Amount{11}; });
}

TEST_F(Invariants, each_counter_alone) {
    for (const model::Counter c : {model::Counter::kEmittedSupply, model::Counter::kBurnedSupply,
                                   model::Counter::kGasFee, model::Counter::kMinerReward}) {
        const model::StateKey counter = model::counter_key(c);
        expect({model::to_string(counter)},
               [&](model::BlockOutcome& o) { set_entry(o, counter, amount(5), amount(6)); });
        expect({model::to_string(counter)},
               [&](model::BlockOutcome& o) { remove_entry(o, counter); });
    }
}

TEST_F(Invariants, there_is_no_fifth_counter) {
    model::StateKey fifth = model::counter_key(model::Counter::kMinerReward);
    fifth.owner[0] = 5;
    const auto broken =
        broken_by([&](model::BlockOutcome& o) { set_entry(o, fifth, std::nullopt, amount(0)); });
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken[0].key, fifth);
    EXPECT_EQ(broken[0].control, "no such counter");
}

TEST_F(Invariants, nonces_step_by_one_per_executed_transaction) {
    expect({key(kAlice)}, [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kAlice), account_with(7), account_with(8));
    });
    expect({key(kBob)}, [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kBob), account_with(3), account_with(4));
    });
    expect({key(kCarol)},
           [](model::BlockOutcome& o) { remove_entry(o, model::account_key(kCarol)); });
    expect({key(kMiner)}, [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kMiner), account_with(0), std::nullopt);
    });
    // The right step from the wrong place.
    expect({key(kAlice) + ".last"}, [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kAlice), account_with(6), account_with(8));
    });
}

TEST_F(Invariants, a_missing_nonce_step_names_its_transaction) {
    const auto broken =
        broken_by([](model::BlockOutcome& o) { remove_entry(o, model::account_key(kAlice)); });
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_EQ(broken[0].transaction, model::TxIndex{1});
    EXPECT_EQ(broken[0].key, model::account_key(kAlice));
    EXPECT_EQ(broken[0].control, "9");
    EXPECT_EQ(broken[0].candidate, "not written");
}

TEST_F(Invariants, markers_are_those_of_executed_transactions) {
    const auto marker = [](const model::Hash& hash) { return "marker[" + hash.hex() + "]"; };
    const model::Hash first = block_.transactions()[0].hash;
    const model::Hash failed = block_.transactions()[3].hash;
    expect({marker(first)}, [&](model::BlockOutcome& o) {
        remove_entry(o, model::executed_transaction_key(first));
    });
    expect({marker(first)}, [&](model::BlockOutcome& o) {
        set_entry(o, model::executed_transaction_key(first), {},
                  model::ExecutedRecord{model::Topoheight{811}});
    });
    expect({marker(first)}, [&](model::BlockOutcome& o) {
        set_entry(o, model::executed_transaction_key(first),
                  model::ExecutedRecord{model::Topoheight{3}},
                  model::ExecutedRecord{model::Topoheight{812}});
    });
    expect({marker(failed)}, [&](model::BlockOutcome& o) {
        set_entry(o, model::executed_transaction_key(failed), {},
                  model::ExecutedRecord{model::Topoheight{812}});
    });
}

TEST_F(Invariants, orphans_are_the_failed_ones) {
    expect({"orphans[0]"}, [](model::BlockOutcome& o) { o.orphans.clear(); });
    expect({"orphans[1]"}, [](model::BlockOutcome& o) { o.orphans.emplace_back(o.orphans[0]); });
    expect({"orphans[0]"}, [](model::BlockOutcome& o) { o.orphans[0] = o.results[0].hash; });
}

TEST_F(Invariants, keys_of_the_delta_ascend_and_hold_their_family) {
    const auto repeated = broken_by([](model::BlockOutcome& o) {
        o.delta.entries.insert(o.delta.entries.begin() + 1, o.delta.entries[0]);
    });
    EXPECT_EQ(paths(repeated).front(), "delta[1].key");
    const auto swapped = broken_by(
        [](model::BlockOutcome& o) { std::swap(o.delta.entries[0], o.delta.entries[1]); });
    EXPECT_EQ(paths(swapped), std::vector<std::string>{"delta[1].key"});
    const auto foreign = broken_by([](model::BlockOutcome& o) {
        set_entry(o, model::multisig_key(kBob), std::nullopt, amount(1));
    });
    EXPECT_EQ(foreign.size(), 1U);
    EXPECT_NE(foreign[0].path.find(".value"), std::string::npos);
}

TEST_F(Invariants, every_native_row_takes_part_in_conservation) {
    const auto gains_one = [&](const model::StateKey& changed, model::StateValue before,
                               model::StateValue after) {
        const auto broken = broken_by([&](model::BlockOutcome& o) {
            set_entry(o, changed, std::move(before), std::move(after));
        });
        ASSERT_EQ(paths(broken), std::vector<std::string>{"conservation[TOS]"});
        EXPECT_EQ(broken[0].delta->front(), '+');
    };
    gains_one(model::balance_key(kBob, model::kTosAsset), amount(10), amount(51));
    gains_one(model::balance_key(kDave, model::kTosAsset), amount(10), amount(11));
    gains_one(model::contract_balance_key(model::Hash{}, model::kTosAsset), amount(0), amount(1));
    gains_one(model::energy_key(kDave), frozen(3), frozen(4));
    gains_one(model::energy_key(kDave), frozen(3), frozen(3, {{1, model::Topoheight{9}}}));
}

TEST_F(Invariants, unfreezing_moves_and_does_not_make_money) {
    expect({}, [](model::BlockOutcome& o) {
        set_entry(o, model::energy_key(kDave), frozen(3), frozen(1, {{2, model::Topoheight{9}}}));
    });
    expect({}, [](model::BlockOutcome& o) {
        set_entry(o, model::energy_key(kDave), frozen(3, {{2, model::Topoheight{9}}}), frozen(3));
        set_entry(o, model::balance_key(kDave, model::kTosAsset), amount(1),
                  amount(1 + 2 * model::kCoin));
    });
}

TEST_F(Invariants, other_assets_are_conserved_too) {
    model::AssetId gold;
    gold.mutable_bytes()[0] = 9;
    expect({}, [&](model::BlockOutcome& o) {
        set_entry(o, model::balance_key(kBob, gold), amount(10), amount(4));
        set_entry(o, model::contract_balance_key(model::Hash{}, gold), {}, amount(6));
    });
    expect({"conservation[" + gold.hex() + "]"}, [&](model::BlockOutcome& o) {
        set_entry(o, model::balance_key(kBob, gold), amount(10), amount(4));
    });
}

TEST_F(Invariants, a_partial_failure_may_lose_coins_but_uses_its_nonce_at_most) {
    profile_.failure_model = protocol::FailureModel::kOrphanPartial;
    expect({}, [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kDave), account_with(1), account_with(2));
        set_entry(o, model::balance_key(kDave, model::kTosAsset), amount(9), amount(4));
    });
    expect({key(kDave)}, [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kDave), account_with(1), account_with(3));
    });
}

TEST_F(Invariants, says_what_it_leaves_out_and_judges_the_rest) {
    const std::uint64_t full = 0xFFFF'FFFF'FFFF'FFFF - 10;
    const model::StateKey miner = model::balance_key(kMiner, model::kTosAsset);
    const model::StateKey counter = model::counter_key(model::Counter::kMinerReward);
    expect({}, [](model::BlockOutcome&) {});
    EXPECT_EQ(left_out(), std::vector<std::string>{});
    const auto fill = [&](model::BlockOutcome& o) {
        set_entry(o, miner, amount(full), amount(full));
        set_entry(o, counter, amount(full), amount(full));
    };
    expect({}, fill);
    EXPECT_EQ(left_out(),
              (std::vector<std::string>{model::to_string(counter), "conservation[TOS]"}));
    ASSERT_EQ(unjudged_.size(), 2U);
    EXPECT_EQ(unjudged_[0].key, counter);
    EXPECT_EQ(unjudged_[1].key, miner);
    // Money from nowhere, in a row that has nothing to do with the full one.
    expect({"conservation[TOS]"}, [&](model::BlockOutcome& o) {
        fill(o);
        set_entry(o, model::balance_key(kBob, model::kTosAsset), amount(0), amount(40 + 98 + 1));
    });
    // A counter that could hold its sum has to.
    expect({model::to_string(counter)}, [&](model::BlockOutcome& o) {
        fill(o);
        set_entry(o, counter, amount(full - 1000), amount(full - 1000));
    });
    // And one that keeps what it had has to be written.
    expect({model::to_string(counter)}, [&](model::BlockOutcome& o) {
        fill(o);
        remove_entry(o, counter);
    });
}

/// A subtraction that wrapped looks just like a balance that is nearly full.
TEST_F(Invariants, a_wrapped_balance_breaks_conservation_whatever_else_is_full) {
    const std::uint64_t wrapped = 0xFFFF'FFFF'FFFF'FFFF - 100'000 + 1;
    const model::StateKey dave = model::balance_key(kDave, model::kTosAsset);
    for (const protocol::FailureModel model :
         {protocol::FailureModel::kOrphanAtomic, protocol::FailureModel::kOrphanPartial}) {
        profile_.failure_model = model;
        expect({"conservation[TOS]"},
               [&](model::BlockOutcome& o) { set_entry(o, dave, amount(0), amount(wrapped)); });
        const model::StateKey miner = model::balance_key(kMiner, model::kTosAsset);
        const model::StateKey counter = model::counter_key(model::Counter::kMinerReward);
        expect({"conservation[TOS]"}, [&](model::BlockOutcome& o) {
            set_entry(o, miner, amount(wrapped + 99'990), amount(wrapped + 99'990));
            set_entry(o, counter, amount(wrapped), amount(wrapped + 98));
            set_entry(o, dave, amount(0), amount(wrapped));
        });
    }
}

TEST_F(Invariants, a_partial_failure_loses_no_more_than_it_has_taken) {
    profile_.failure_model = protocol::FailureModel::kOrphanPartial;
    const model::StateKey dave = model::balance_key(kDave, model::kTosAsset);
    const auto used = [](model::BlockOutcome& o) {
        set_entry(o, model::account_key(kDave), account_with(1), account_with(2));
    };
    expect({}, [&](model::BlockOutcome& o) {
        used(o);
        set_entry(o, dave, amount(4005), amount(0));
    });
    EXPECT_EQ(left_out(),
              (std::vector<std::string>{"totals.gas_fee", key(kDave), "conservation[TOS]"}));
    expect({"conservation[TOS]"}, [&](model::BlockOutcome& o) {
        used(o);
        set_entry(o, dave, amount(4006), amount(0));
    });
    expect({"conservation[TOS]"}, [&](model::BlockOutcome& o) {
        used(o);
        set_entry(o, dave, amount(0), amount(1));
    });
}

// ---- What each type does to the sums, on the vector paths (no rewards, fees vanish) ----

struct TypeCase {
    const char* name;
    tos::e1::Payload payload;
    std::uint64_t fee;
    tos::e1::FeeType fee_type;
    std::uint64_t balance_before;
    std::uint64_t balance_after;
    std::uint64_t burned = 0;
};

model::AssetId other_asset() {
    model::AssetId asset;
    asset.mutable_bytes()[3] = 5;
    return asset;
}

std::vector<TypeCase> type_cases() {
    tos::e1::InvokeContractPayload invoke;
    invoke.max_gas = model::Amount{300};
    tos::e1::UnshieldTransfersPayload unshield;
    unshield.transfers.resize(2);
    unshield.transfers[0].amount = model::Amount{30};
    unshield.transfers[1].amount = model::Amount{12};
    tos::e1::ShieldTransfersPayload shield;
    shield.transfers.resize(2);
    shield.transfers[0].amount = model::Amount{100};
    shield.transfers[1].amount = model::Amount{150};
    tos::e1::UnoTransfersPayload uno;
    uno.transfers.resize(1);
    const std::uint64_t start = 2 * model::kCoin;
    return {
        {"deploy", tos::e1::DeployContractPayload{{0x7F}, {}}, 9, tos::e1::FeeType::kTos, start,
         model::kCoin - 9},
        {"invoke", invoke, 9, tos::e1::FeeType::kTos, start, start - 309},
        {"invoke_with_energy", invoke, 9, tos::e1::FeeType::kEnergy, start, start - 309},
        {"unshield", unshield, 9, tos::e1::FeeType::kTos, start, start + 33},
        {"unshield_with_energy", unshield, 0, tos::e1::FeeType::kEnergy, start, start + 42},
        {"shield", shield, 9, tos::e1::FeeType::kTos, start, start - 259},
        {"uno", uno, 9, tos::e1::FeeType::kTos, start, start - 9},
        {"burn", tos::e1::BurnPayload{model::kTosAsset, model::Amount{50}}, 9,
         tos::e1::FeeType::kTos, start, start - 59, 50},
        {"name", tos::e1::RegisterNamePayload{"parallax"}, 11, tos::e1::FeeType::kTos, start,
         start - 11},
        {"multisig", tos::e1::MultisigPayload{}, 11, tos::e1::FeeType::kTos, start, start - 11},
    };
}

class TypeConservation : public ::testing::TestWithParam<TypeCase> {};

TEST_P(TypeConservation, holds_for_the_right_balance_only) {
    const TypeCase& c = GetParam();
    tos::e1::Transaction transaction = make_transaction(kAlice, 4, c.payload, c.fee);
    transaction.fee_type = c.fee_type;
    const protocol::AdmittedBlock block = tos::e1::Profile::admit_list(
        {transaction}, {{model::Topoheight{5}, std::nullopt}, model::Topoheight{5}});
    const testbed::VectorProtocol profile(testbed::VectorProtocol::Kind::kTransaction);

    model::BlockOutcome outcome;
    outcome.results = {{block.transactions()[0].hash, model::TransactionStatus::kExecuted,
                        model::ErrorCode::kSuccess, model::Amount{0}, model::Amount{c.burned}}};
    outcome.totals.burned_supply = model::Amount{c.burned};
    set_entry(outcome, model::account_key(kAlice), account_with(4), account_with(5));
    const model::StateKey balance = model::balance_key(kAlice, model::kTosAsset);
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
    tos::e1::Transaction burn =
        make_transaction(kAlice, 4, tos::e1::BurnPayload{other_asset(), model::Amount{50}}, 9);
    const protocol::AdmittedBlock block = tos::e1::Profile::admit_list(
        {burn}, {{model::Topoheight{5}, std::nullopt}, model::Topoheight{5}});
    const testbed::VectorProtocol profile(testbed::VectorProtocol::Kind::kBlock);
    model::BlockOutcome outcome;
    outcome.results = {{block.transactions()[0].hash, model::TransactionStatus::kExecuted,
                        model::ErrorCode::kSuccess, model::Amount{9}, model::Amount{0}}};
    outcome.totals.fees = model::Amount{9};
    set_entry(outcome, model::account_key(kAlice), account_with(4), account_with(5));
    set_entry(outcome, model::balance_key(kAlice, model::kTosAsset), amount(20), amount(11));
    set_entry(outcome, model::balance_key(kAlice, other_asset()), amount(80), amount(30));
    EXPECT_EQ(paths(check_invariants(block, profile, outcome)), std::vector<std::string>{});
    set_entry(outcome, model::balance_key(kAlice, other_asset()), amount(80), amount(31));
    EXPECT_EQ(paths(check_invariants(block, profile, outcome)),
              std::vector<std::string>{"conservation[" + other_asset().hex() + "]"});
}

}  // namespace
}  // namespace parallax::core
