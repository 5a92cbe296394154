#include "verifier/state/store_records.hpp"

#include "tests/support/random_state.hpp"
#include "verifier/codec/canonical.hpp"

#include <gtest/gtest.h>

namespace parallax::test {
namespace {

TEST(StoreRecords, stored_keys_order_as_state_keys_do) {
    RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int i = 0; i < 20'000; ++i) {
        const model::StateKey a =
            random_key(model::kFamilies[random.below(model::kFamilies.size())].family, 3, random);
        const model::StateKey b =
            random_key(model::kFamilies[random.below(model::kFamilies.size())].family, 3, random);
        const state::StoredKey stored_a(a);
        const state::StoredKey stored_b(b);
        ASSERT_EQ(a < b, state::as_text(stored_a.bytes()) < state::as_text(stored_b.bytes()))
            << model::to_string(a) << " " << model::to_string(b);
        ASSERT_EQ(state::decode_stored_key(stored_a.bytes()).value(), a);
    }
}

TEST(StoreRecords, key_refuses_other_lengths_and_families) {
    for (const model::FamilyRow& row : model::kFamilies) {
        RandomBytes random;
        const state::StoredKey stored(random_key(row.family, 5, random));
        base::Bytes bytes(stored.bytes().begin(), stored.bytes().end());
        bytes.push_back(0);
        EXPECT_FALSE(state::decode_stored_key(bytes).ok()) << row.name;
        bytes.resize(bytes.size() - 2);
        EXPECT_FALSE(state::decode_stored_key(bytes).ok()) << row.name;
    }
    for (const std::uint8_t family : base::Bytes{0, model::kFamilies.size() + 1, 255}) {
        EXPECT_FALSE(state::decode_stored_key(base::Bytes(65, family)).ok());
    }
}

TEST(StoreRecords, head_survives_the_round_trip) {
    RandomBytes random;
    const state::StoreHead head{
        {model::Topoheight{900}, model::Hash::from_array(random.array<32>()),
         model::Hash::from_array(random.array<32>())},
        model::Topoheight{836}};
    const base::Bytes bytes = state::encode_head(head);
    EXPECT_EQ(state::decode_head(bytes).value(), head);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(state::decode_head(state::ByteView(bytes).first(size)).ok());
    }
    EXPECT_FALSE(
        state::decode_head(state::encode_head({head.cursor, model::Topoheight{901}})).ok());
}

TEST(StoreRecords, identity_of_another_format_shows_its_version) {
    const state::StoredIdentity identity{state::kStoreFormatVersion, {"devnet", "e1"}};
    base::Bytes bytes = state::encode_identity(identity);
    EXPECT_EQ(state::decode_identity(bytes).value(), identity);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(state::decode_identity(state::ByteView(bytes).first(size)).ok());
    }
    bytes[3] = 200;
    bytes.push_back(1);
    EXPECT_EQ(state::decode_identity(bytes).value().format_version, 200U);
}

TEST(StoreRecords, undo_keeps_what_was_there_before) {
    RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    RandomChain chain(random.number());
    for (int i = 0; i < 50; ++i) {
        const core::BlockCommit block = chain.next_block(20);
        const base::Bytes bytes = state::encode_undo(block.cursor, block.delta);
        const auto record = state::decode_undo(bytes);
        ASSERT_TRUE(record.ok()) << record.status();
        EXPECT_EQ(record->previous, block.cursor);
        std::vector<state::UndoEntry> expected;
        for (const model::DeltaEntry& entry : block.delta.entries) {
            if (entry.before != entry.after) {
                expected.push_back(
                    {entry.key, entry.before ? std::optional(codec::encode_value(*entry.before))
                                             : std::nullopt});
            }
        }
        EXPECT_EQ(record->entries, expected);
    }
}

TEST(StoreRecords, undo_refuses_truncation_and_wild_sizes) {
    RandomBytes random;
    RandomChain chain(random.number());
    const core::BlockCommit block = chain.next_block(60);
    ASSERT_FALSE(block.delta.entries.empty());
    const base::Bytes bytes = state::encode_undo(block.cursor, block.delta);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(state::decode_undo(state::ByteView(bytes).first(size)).ok()) << size;
    }
    base::Bytes wild =
        state::encode_undo(block.cursor, {{{model::counter_key(model::Counter::kGasFee),
                                            model::AmountRecord{model::Amount{1}}, std::nullopt}}});
    wild[wild.size() - 12] = 0xff;
    EXPECT_FALSE(state::decode_undo(wild).ok()) << "a size of 4 GB is refused, not allocated";
}

}  // namespace
}  // namespace parallax::test
