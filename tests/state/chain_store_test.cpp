#include "verifier/core/store/chain_store.hpp"

#include "tests/state/store_fixture.hpp"
#include "tests/support/random_state.hpp"

#include <algorithm>
#include <thread>

namespace parallax::test {
namespace {

/// Makes a store of type `Store` with an undo window, in a folder of its own where it needs one.
template <class Store>
class ChainStoreTest : public testing::Test {
  protected:
    static constexpr std::uint32_t kWindow = 4;

    void SetUp() override {
        if constexpr (std::is_same_v<Store, state::MemoryStore>) {
            store_ = std::make_unique<state::MemoryStore>(kWindow);
        } else {
            state::RocksDbOptions options;
            options.undo_window = kWindow;
            store_ = open_store(folder_ / "store", options);
            ASSERT_NE(store_, nullptr);
        }
    }

    [[nodiscard]] std::optional<model::StateValue> get(const model::StateKey& key) {
        const auto value = store_->snapshot()->get(key);
        EXPECT_TRUE(is_ok(value.status()));
        return value.ok() ? *value : std::nullopt;
    }
    void commit(const core::BlockCommit& block) { ASSERT_TRUE(is_ok(store_->commit(block))); }
    /// Blocks 0 to `last`; block n sets the balance of account 1 to n.
    void commit_counting(std::uint64_t last) {
        for (std::uint64_t height = 0; height <= last; ++height) {
            const auto before = height == 0 ? std::nullopt : std::optional(amount(height - 1));
            commit(make_block(height, {{balance(1), before, amount(height)}}));
        }
    }
    [[nodiscard]] std::optional<core::Cursor> cursor() {
        const auto found = store_->cursor();
        EXPECT_TRUE(is_ok(found.status()));
        return found.ok() ? *found : std::nullopt;
    }

    TemporaryFolder folder_;
    std::unique_ptr<core::ChainStore> store_;
};

using Stores = testing::Types<state::MemoryStore, state::RocksDbStore>;
class StoreNames {
  public:
    template <class T>
    static std::string GetName(int) {
        return std::is_same_v<T, state::MemoryStore> ? "memory" : "rocksdb";
    }
};
TYPED_TEST_SUITE(ChainStoreTest, Stores, StoreNames);

TYPED_TEST(ChainStoreTest, is_empty_when_new) {
    EXPECT_EQ(this->cursor(), std::nullopt);
    EXPECT_EQ(*this->store_->undo_floor(), std::nullopt);
    EXPECT_EQ(this->get(balance(1)), std::nullopt);
    EXPECT_TRUE(all_rows(*this->store_).empty());
    EXPECT_TRUE(ledger_of(*this->store_).empty());
}

TYPED_TEST(ChainStoreTest, tells_absent_from_zero) {
    this->commit(make_block(0, {{balance(1), std::nullopt, amount(0)}}));
    EXPECT_EQ(this->get(balance(1)), amount(0));
    EXPECT_EQ(this->get(balance(2)), std::nullopt);
}

TYPED_TEST(ChainStoreTest, tells_families_apart) {
    const model::PublicKey owner = account(1);
    this->commit(
        make_block(0, {{model::account_key(owner), std::nullopt,
                        model::AccountRecord{model::Nonce{7}, model::Topoheight{3}}},
                       {model::balance_key(owner, model::kTosAsset), std::nullopt, amount(1)},
                       {model::balance_key(owner, model::kUnoAsset), std::nullopt, amount(2)},
                       {model::counter_key(model::Counter::kGasFee), std::nullopt, amount(3)}}));
    EXPECT_EQ(this->get(model::account_key(owner)),
              model::StateValue(model::AccountRecord{model::Nonce{7}, model::Topoheight{3}}));
    EXPECT_EQ(this->get(model::balance_key(owner, model::kTosAsset)), amount(1));
    EXPECT_EQ(this->get(model::balance_key(owner, model::kUnoAsset)), amount(2));
    EXPECT_EQ(this->get(model::counter_key(model::Counter::kGasFee)), amount(3));
    EXPECT_EQ(this->get(model::counter_key(model::Counter::kBurnedSupply)), std::nullopt);
    EXPECT_EQ(this->get(model::encrypted_balance_key(owner, model::kTosAsset)), std::nullopt);
}

TYPED_TEST(ChainStoreTest, answers_absent_for_a_key_outside_the_table) {
    this->commit(make_block(0, {{model::account_key(account(1)), std::nullopt,
                                 model::AccountRecord{model::Nonce{1}, model::Topoheight{0}}}}));
    model::StateKey key = model::account_key(account(1));
    key.detail[5] = 1;
    EXPECT_EQ(this->get(key), std::nullopt);
    std::vector<std::optional<model::StateValue>> values;
    const std::vector<model::StateKey> keys = {model::account_key(account(1)), key};
    ASSERT_TRUE(is_ok(this->store_->snapshot()->get_many(keys, values)));
    ASSERT_EQ(values.size(), 2U);
    EXPECT_TRUE(values[0].has_value());
    EXPECT_EQ(values[1], std::nullopt);
}

TYPED_TEST(ChainStoreTest, snapshot_does_not_see_later_blocks) {
    this->commit(make_block(0, {{balance(1), std::nullopt, amount(1)}}));
    const auto before = this->store_->snapshot();
    this->commit(
        make_block(1, {{balance(1), amount(1), amount(2)}, {balance(2), std::nullopt, amount(9)}}));
    const auto between = this->store_->snapshot();
    this->commit(make_block(2, {{balance(1), amount(2), std::nullopt}}));
    EXPECT_EQ(**before->get(balance(1)), amount(1));
    EXPECT_EQ(*before->get(balance(2)), std::nullopt);
    EXPECT_EQ(**between->get(balance(1)), amount(2));
    EXPECT_EQ(**between->get(balance(2)), amount(9));
    EXPECT_EQ(this->get(balance(1)), std::nullopt);
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{0}, std::nullopt)));
    EXPECT_EQ(**between->get(balance(1)), amount(2)) << "a rewind does not show either";
}

TYPED_TEST(ChainStoreTest, reads_many_keys_in_their_order) {
    RandomChain chain(RandomBytes().number());
    SCOPED_TRACE(RandomBytes().seed_text());
    this->commit(chain.next_block(900));
    RandomBytes random;
    std::vector<model::StateKey> keys;
    for (const auto& [key, value] : chain.rows()) {
        keys.push_back(key);
        keys.push_back(random_key(key.family, 200, random));
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    ASSERT_GT(keys.size(), 100U);
    std::vector<std::optional<model::StateValue>> values(3, amount(1));
    ASSERT_TRUE(is_ok(this->store_->snapshot()->get_many(keys, values)));
    ASSERT_EQ(values.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = chain.rows().find(keys[i]);
        const auto expected =
            found == chain.rows().end() ? std::nullopt : std::optional(found->second);
        EXPECT_EQ(values[i], expected) << model::to_string(keys[i]);
    }
    std::reverse(keys.begin(), keys.end());
    ASSERT_TRUE(is_ok(this->store_->snapshot()->get_many(keys, values)));
    EXPECT_EQ(values.back(), this->get(keys.back())) << "order is a hint, not a trap";
    ASSERT_TRUE(is_ok(this->store_->snapshot()->get_many({}, values)));
    EXPECT_TRUE(values.empty());
}

TYPED_TEST(ChainStoreTest, reads_rows_as_numbers) {
    const auto owner = account(1);
    this->commit(
        make_block(0, {{model::account_key(owner), std::nullopt,
                        model::AccountRecord{model::Nonce{7}, model::Topoheight{3}}},
                       {model::balance_key(owner, model::kTosAsset), std::nullopt, amount(0)},
                       {model::name_key(model::Hash()), std::nullopt, model::NameRecord{owner}},
                       {model::executed_transaction_key(model::Hash()), std::nullopt,
                        model::ExecutedRecord{model::Topoheight{4}}}}));
    model::StateKey outside = model::account_key(owner);
    outside.detail[5] = 1;
    const std::vector<model::StateKey> keys = {model::account_key(owner),
                                               outside,
                                               model::account_key(account(2)),
                                               model::balance_key(owner, model::kTosAsset),
                                               model::name_key(model::Hash()),
                                               balance(2),
                                               model::executed_transaction_key(model::Hash())};
    std::vector<protocol::NumbersRow> rows(keys.size(), protocol::NumbersRow{true, 8, 8});
    const auto view = this->store_->snapshot();
    ASSERT_TRUE(is_ok(view->get_numbers(keys, rows)));
    std::vector<protocol::NumbersRow> plain(keys.size(), protocol::NumbersRow{true, 9, 9});
    ASSERT_TRUE(is_ok(view->StateView::get_numbers(keys, plain)));
    const std::vector<protocol::NumbersRow> expected = {{true, 7, 3}, {false, 0, 0}, {false, 0, 0},
                                                        {true, 0, 0}, {true, 0, 0},  {false, 0, 0},
                                                        {true, 4, 0}};
    EXPECT_EQ(rows, expected);
    EXPECT_EQ(plain, expected) << "as the view's own answer";
}

TYPED_TEST(ChainStoreTest, refuses_a_block_that_does_not_follow) {
    using absl::StatusCode;
    EXPECT_TRUE(is_refusal(this->store_->commit(make_block(5)), StatusCode::kFailedPrecondition,
                           {"topoheight 0, not 5"}));
    this->commit(make_block(0, {{balance(1), std::nullopt, amount(1)}}));
    for (const std::uint64_t height : {0U, 2U, 9U}) {
        EXPECT_TRUE(is_refusal(
            this->store_->commit(make_block(height, {{balance(1), amount(1), amount(2)}})),
            StatusCode::kFailedPrecondition, {"topoheight 1, not " + std::to_string(height)}));
    }
    EXPECT_EQ(this->get(balance(1)), amount(1));
    EXPECT_EQ(this->cursor(), make_block(0).cursor);
    EXPECT_EQ(ledger_of(*this->store_).size(), 1U);
}

TYPED_TEST(ChainStoreTest, refuses_a_delta_that_does_not_fit_the_table) {
    using absl::StatusCode;
    model::StateKey unused_part = model::account_key(account(1));
    unused_part.detail[0] = 1;
    model::StateKey unknown = balance(1);
    unknown.family = static_cast<model::Family>(99);
    const std::vector<std::pair<std::vector<model::DeltaEntry>, std::string>> cases = {
        {{{balance(2), std::nullopt, amount(1)}, {balance(1), std::nullopt, amount(1)}}, "ascend"},
        {{{balance(1), std::nullopt, amount(1)}, {balance(1), std::nullopt, amount(1)}}, "ascend"},
        {{{balance(1), std::nullopt, model::AccountRecord{}}}, "type of another family"},
        {{{balance(1), model::AccountRecord{}, amount(1)}}, "type of another family"},
        {{{unused_part, std::nullopt, model::AccountRecord{}}}, "not a key of the state"},
        {{{unknown, std::nullopt, amount(1)}}, "family 99"},
    };
    for (const auto& [entries, message] : cases) {
        EXPECT_TRUE(is_refusal(this->store_->commit(make_block(0, entries)),
                               StatusCode::kInvalidArgument, {message}));
    }
    EXPECT_EQ(this->cursor(), std::nullopt);
    EXPECT_TRUE(all_rows(*this->store_).empty());
}

TYPED_TEST(ChainStoreTest, rewinds_one_block) {
    this->commit(make_block(
        0, {{balance(1), std::nullopt, amount(1)}, {balance(2), std::nullopt, amount(2)}}));
    const RowMap rows = all_rows(*this->store_);
    this->commit(make_block(1, {{balance(1), amount(1), amount(5)},
                                {balance(2), amount(2), std::nullopt},
                                {balance(3), std::nullopt, amount(3)}}));
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{0}, hash_of(0))));
    EXPECT_EQ(all_rows(*this->store_), rows);
    EXPECT_EQ(this->cursor(), make_block(0).cursor);
    EXPECT_EQ(ledger_of(*this->store_), (std::map<std::uint64_t, base::Bytes>{{0, {0, 0}}}));
    this->commit(make_block(1));
}

TYPED_TEST(ChainStoreTest, rewinds_to_the_floor_and_not_below) {
    using absl::StatusCode;
    this->commit_counting(10);
    ASSERT_EQ(*this->store_->undo_floor(), model::Topoheight{6});
    EXPECT_TRUE(is_refusal(this->store_->rewind(model::Topoheight{5}, std::nullopt),
                           StatusCode::kOutOfRange, {"5", "6"}));
    EXPECT_TRUE(is_refusal(this->store_->rewind(model::Topoheight{11}, std::nullopt),
                           StatusCode::kOutOfRange, {"11", "10"}));
    EXPECT_EQ(this->get(balance(1)), amount(10));
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{6}, hash_of(6))));
    EXPECT_EQ(this->get(balance(1)), amount(6));
    EXPECT_EQ(this->cursor(), make_block(6).cursor);
    EXPECT_EQ(*this->store_->undo_floor(), model::Topoheight{6});
    EXPECT_EQ(ledger_of(*this->store_).rbegin()->first, 6U);
    EXPECT_TRUE(is_refusal(this->store_->rewind(model::Topoheight{5}, std::nullopt),
                           StatusCode::kOutOfRange, {"5", "6"}));
}

TYPED_TEST(ChainStoreTest, refuses_to_rewind_to_another_block) {
    using absl::StatusCode;
    this->commit_counting(3);
    for (const std::uint64_t target : {2U, 3U}) {
        EXPECT_TRUE(
            is_refusal(this->store_->rewind(model::Topoheight{target}, hash_of(99)),
                       StatusCode::kFailedPrecondition,
                       {hash_of(static_cast<std::uint8_t>(target)).hex(), hash_of(99).hex()}));
    }
    EXPECT_EQ(this->cursor(), make_block(3).cursor);
    EXPECT_EQ(this->get(balance(1)), amount(3));
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{3}, hash_of(3))));
    EXPECT_EQ(this->get(balance(1)), amount(3)) << "to where it is: nothing changes";
}

TYPED_TEST(ChainStoreTest, refuses_to_rewind_when_empty) {
    EXPECT_TRUE(is_refusal(this->store_->rewind(model::Topoheight{0}, std::nullopt),
                           absl::StatusCode::kFailedPrecondition, {"empty"}));
}

/// Also far below the undo window, and no longer once it was taken back.
TYPED_TEST(ChainStoreTest, knows_the_place_of_every_block) {
    EXPECT_EQ(*this->store_->place_of(hash_of(0)), std::nullopt);
    this->commit_counting(10);
    for (std::uint8_t height = 0; height <= 10; ++height) {
        EXPECT_EQ(*this->store_->place_of(hash_of(height)), model::Topoheight{height});
    }
    EXPECT_EQ(*this->store_->place_of(hash_of(11)), std::nullopt);
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{7}, std::nullopt)));
    for (std::uint8_t height = 0; height <= 10; ++height) {
        EXPECT_EQ((*this->store_->place_of(hash_of(height))).has_value(), height <= 7) << +height;
    }
    this->commit(make_block(8));
    EXPECT_EQ(*this->store_->place_of(hash_of(8)), model::Topoheight{8});
    EXPECT_EQ(*this->store_->place_of(hash_of(9)), std::nullopt);
}

TYPED_TEST(ChainStoreTest, leaves_untouched_rows_out_of_the_undo_record) {
    this->commit(make_block(0, {{balance(1), std::nullopt, amount(1)}}));
    // The entry claims that nothing changed; were it undone, the row would get the wrong value.
    this->commit(make_block(1, {{balance(1), amount(42), amount(42)}}));
    EXPECT_EQ(this->get(balance(1)), amount(1));
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{0}, std::nullopt)));
    EXPECT_EQ(this->get(balance(1)), amount(1));
}

TYPED_TEST(ChainStoreTest, reads_a_range_of_the_ledger) {
    this->commit_counting(9);
    EXPECT_EQ(ledger_of(*this->store_, 3, 5),
              (std::map<std::uint64_t, base::Bytes>{{3, {3, 3}}, {4, {4, 4}}, {5, {5, 5}}}));
    EXPECT_EQ(ledger_of(*this->store_).size(), 10U) << "undo pruning leaves the ledger alone";
    EXPECT_TRUE(ledger_of(*this->store_, 5, 3).empty());
    int visits = 0;
    const absl::Status stopped =
        this->store_->read_ledger(model::Topoheight{0}, model::Topoheight{9},
                                  [&visits](model::Topoheight, const base::Bytes&) {
                                      ++visits;
                                      return absl::CancelledError("enough");
                                  });
    EXPECT_EQ(stopped.code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(visits, 1);
}

TYPED_TEST(ChainStoreTest, keeps_what_a_block_was_and_takes_it_back_with_it) {
    core::BlockCommit first = make_block(0);
    first.input = {1, 2, 3};
    this->commit(first);
    this->commit(make_block(1));
    core::BlockCommit third = make_block(2);
    third.input = {4};
    this->commit(third);
    EXPECT_EQ(*this->store_->read_input(model::Topoheight{0}), (base::Bytes{1, 2, 3}));
    EXPECT_EQ(*this->store_->read_input(model::Topoheight{1}), std::nullopt);
    EXPECT_EQ(*this->store_->read_input(model::Topoheight{2}), base::Bytes{4});
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{1}, std::nullopt)));
    EXPECT_EQ(*this->store_->read_input(model::Topoheight{2}), std::nullopt);
    EXPECT_EQ(*this->store_->read_input(model::Topoheight{0}), (base::Bytes{1, 2, 3}));
}

TYPED_TEST(ChainStoreTest, scan_stops_when_told_to) {
    this->commit(make_block(
        0, {{balance(1), std::nullopt, amount(1)}, {balance(2), std::nullopt, amount(2)}}));
    int visits = 0;
    const absl::Status stopped =
        this->store_->scan([&visits](const model::StateKey&, const model::StateValue&) {
            ++visits;
            return absl::CancelledError("enough");
        });
    EXPECT_EQ(stopped.code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(visits, 1);
}

TYPED_TEST(ChainStoreTest, loads_rows_in_any_order) {
    SCOPED_TRACE(RandomBytes().seed_text());
    RandomChain chain(RandomBytes().number());
    const core::BlockCommit state = chain.next_block(3000);
    std::vector<std::pair<model::StateKey, model::StateValue>> rows(chain.rows().begin(),
                                                                    chain.rows().end());
    std::reverse(rows.begin(), rows.end());
    const core::Cursor base = make_block(77).cursor;
    ASSERT_TRUE(is_ok(this->store_->load(base, source_of(rows))));
    EXPECT_EQ(all_rows(*this->store_), chain.rows());
    EXPECT_EQ(this->cursor(), base);
    EXPECT_EQ(*this->store_->undo_floor(), model::Topoheight{77});
    EXPECT_TRUE(is_refusal(this->store_->rewind(model::Topoheight{76}, std::nullopt),
                           absl::StatusCode::kOutOfRange, {"77"}));
    this->commit(make_block(78));
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{77}, base.block_hash)));
}

TYPED_TEST(ChainStoreTest, remembers_what_it_began_with) {
    SCOPED_TRACE(RandomBytes().seed_text());
    RandomChain chain(RandomBytes().number());
    const core::BlockCommit state = chain.next_block(3000);
    std::vector<std::pair<model::StateKey, model::StateValue>> rows(chain.rows().begin(),
                                                                    chain.rows().end());
    std::reverse(rows.begin(), rows.end());
    EXPECT_FALSE(this->store_->beginning()->has_value());
    const core::Cursor base = make_block(77).cursor;
    ASSERT_TRUE(is_ok(this->store_->load(base, source_of(rows))));
    const auto digest = core::state_digest(*this->store_);
    ASSERT_TRUE(is_ok(digest.status()));
    const core::StoreBeginning expected{base.topoheight, base.block_hash, *digest};
    EXPECT_EQ(*this->store_->beginning(), expected) << "whatever order the rows came in";
    core::BlockCommit block = make_block(78);
    block.delta.entries = {{rows.back().first, rows.back().second, std::nullopt}};
    this->commit(block);
    EXPECT_NE(*core::state_digest(*this->store_), *digest);
    EXPECT_EQ(*this->store_->beginning(), expected);
    ASSERT_TRUE(is_ok(this->store_->rewind(model::Topoheight{77}, std::nullopt)));
    EXPECT_EQ(*this->store_->beginning(), expected);
}

TYPED_TEST(ChainStoreTest, refuses_to_load_twice) {
    ASSERT_TRUE(
        is_ok(this->store_->load(make_block(3).cursor, source_of({{balance(1), amount(1)}}))));
    EXPECT_TRUE(is_refusal(this->store_->load(make_block(9).cursor, source_of({})),
                           absl::StatusCode::kFailedPrecondition, {"topoheight 3"}));
    EXPECT_EQ(this->cursor(), make_block(3).cursor);
    EXPECT_EQ(this->get(balance(1)), amount(1));
}

TYPED_TEST(ChainStoreTest, failed_load_leaves_it_empty_and_usable) {
    const core::Cursor base = make_block(3).cursor;
    const auto first_row_then = [](absl::StatusOr<std::optional<model::DeltaEntry>> second) {
        return [second, calls = 0]() mutable -> absl::StatusOr<std::optional<model::DeltaEntry>> {
            return ++calls == 1 ? model::DeltaEntry{balance(5), std::nullopt, amount(1)} : second;
        };
    };
    EXPECT_TRUE(is_refusal(this->store_->load(base, first_row_then(absl::DataLossError("torn"))),
                           absl::StatusCode::kDataLoss, {"torn"}));
    EXPECT_TRUE(is_refusal(
        this->store_->load(base,
                           first_row_then(model::DeltaEntry{balance(5), std::nullopt, amount(2)})),
        absl::StatusCode::kInvalidArgument, {model::to_string(balance(5)), "twice"}));
    EXPECT_TRUE(is_refusal(
        this->store_->load(base,
                           first_row_then(model::DeltaEntry{balance(6), amount(2), std::nullopt})),
        absl::StatusCode::kInvalidArgument, {model::to_string(balance(6)), "needs a value"}));
    EXPECT_TRUE(is_refusal(
        this->store_->load(
            base, first_row_then(model::DeltaEntry{balance(6), std::nullopt, model::NameRecord{}})),
        absl::StatusCode::kInvalidArgument, {"another family"}));
    EXPECT_EQ(this->cursor(), std::nullopt);
    EXPECT_TRUE(all_rows(*this->store_).empty());
    ASSERT_TRUE(is_ok(this->store_->load(base, source_of({{balance(1), amount(1)}}))));
    EXPECT_EQ(all_rows(*this->store_), (RowMap{{balance(1), amount(1)}}));
}

TYPED_TEST(ChainStoreTest, may_be_read_while_blocks_are_committed) {
    this->commit(make_block(0, {{balance(1), std::nullopt, amount(0)}}));
    std::thread reader([this] {
        std::uint64_t last = 0;
        while (last < 60) {
            const auto view = this->store_->snapshot();
            const auto value = view->get(balance(1));
            ASSERT_TRUE(value.ok() && value->has_value());
            const std::uint64_t seen = std::get<model::AmountRecord>(**value).amount.value();
            ASSERT_GE(seen, last) << "blocks are seen in order";
            ASSERT_EQ(*view->get(balance(1)), *value) << "a view never changes";
            last = seen;
        }
    });
    for (std::uint64_t height = 1; height <= 60; ++height) {
        EXPECT_TRUE(is_ok(this->store_->commit(
            make_block(height, {{balance(1), amount(height - 1), amount(height)}}))));
    }
    reader.join();
}

TYPED_TEST(ChainStoreTest, digest_is_blake3_over_the_rows) {
    // BLAKE3 of nothing (its published test vector).
    EXPECT_EQ(core::state_digest(*this->store_)->hex(),
              "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    const model::Hash empty = *core::state_digest(*this->store_);
    this->commit(make_block(0, {{balance(1), std::nullopt, amount(0)}}));
    const model::Hash zero = *core::state_digest(*this->store_);
    EXPECT_NE(zero, empty) << "a row of zero is not an absent row";
    this->commit(make_block(1, {{balance(1), amount(0), amount(1)}}));
    EXPECT_NE(*core::state_digest(*this->store_), zero);
    this->commit(make_block(2, {{balance(1), amount(1), amount(0)}}));
    EXPECT_EQ(*core::state_digest(*this->store_), zero)
        << "how the state came to be does not matter";
}

/// Both stores and a plain map, under the same random blocks and rewinds.
TEST(ChainStoreModel, stores_agree_under_random_operations) {
    RandomBytes seeds;
    SCOPED_TRACE(seeds.seed_text());
    constexpr std::uint32_t kWindow = 7;
    TemporaryFolder folder;
    state::RocksDbOptions options;
    options.undo_window = kWindow;
    const auto disk = open_store(folder / "store", options);
    ASSERT_NE(disk, nullptr);
    state::MemoryStore memory(kWindow);
    RandomChain chain(seeds.number());
    std::vector<RandomChain> history;
    for (int step = 0; step < 300; ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        if (history.size() > 1 && seeds.below(6) == 0) {
            const std::uint64_t depth =
                1 + seeds.below(std::min<std::uint64_t>(kWindow + 2, history.size() - 1));
            const model::Topoheight target{history.size() - 1 - depth};
            const absl::Status answers[] = {memory.rewind(target, std::nullopt),
                                            disk->rewind(target, std::nullopt)};
            ASSERT_EQ(answers[0], answers[1]);
            ASSERT_EQ(answers[0].ok(), target >= **memory.undo_floor());
            if (answers[0].ok()) {
                history.erase(history.end() - static_cast<std::ptrdiff_t>(depth), history.end());
                chain = history.back();
            }
        } else {
            const core::BlockCommit block = chain.next_block(30);
            history.push_back(chain);
            ASSERT_TRUE(is_ok(memory.commit(block)));
            ASSERT_TRUE(is_ok(disk->commit(block)));
        }
        ASSERT_EQ(*memory.cursor(), *disk->cursor());
        ASSERT_EQ(*memory.undo_floor(), *disk->undo_floor());
        ASSERT_EQ(*core::state_digest(memory), *core::state_digest(*disk));
    }
    EXPECT_EQ(all_rows(*disk), chain.rows());
    EXPECT_EQ(all_rows(memory), chain.rows());
    EXPECT_EQ(ledger_of(memory), ledger_of(*disk));
    EXPECT_TRUE(is_ok(disk->verify()));
}

}  // namespace
}  // namespace parallax::test
