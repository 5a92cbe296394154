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
        const StateKey a = random_key(kFamilies[random.below(kFamilies.size())].family, 3, random);
        const StateKey b = random_key(kFamilies[random.below(kFamilies.size())].family, 3, random);
        const StoredKey stored_a(a);
        const StoredKey stored_b(b);
        ASSERT_EQ(a < b, as_text(stored_a.bytes()) < as_text(stored_b.bytes()))
            << to_string(a) << " " << to_string(b);
        ASSERT_EQ(decode_stored_key(stored_a.bytes()).value(), a);
    }
}

TEST(StoreRecords, key_refuses_other_lengths_and_families) {
    for (const FamilyRow& row : kFamilies) {
        RandomBytes random;
        const StoredKey stored(random_key(row.family, 5, random));
        Bytes bytes(stored.bytes().begin(), stored.bytes().end());
        bytes.push_back(0);
        EXPECT_FALSE(decode_stored_key(bytes).ok()) << row.name;
        bytes.resize(bytes.size() - 2);
        EXPECT_FALSE(decode_stored_key(bytes).ok()) << row.name;
    }
    for (const std::uint8_t family : Bytes{0, 17, 255}) {
        EXPECT_FALSE(decode_stored_key(Bytes(65, family)).ok());
    }
}

TEST(StoreRecords, head_survives_the_round_trip) {
    RandomBytes random;
    const StoreHead head{{Topoheight{900}, Hash::from_array(random.array<32>()),
                          Hash::from_array(random.array<32>())},
                         Topoheight{836}};
    const Bytes bytes = encode_head(head);
    EXPECT_EQ(decode_head(bytes).value(), head);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_head(ByteView(bytes).first(size)).ok());
    }
    EXPECT_FALSE(decode_head(encode_head({head.cursor, Topoheight{901}})).ok());
}

TEST(StoreRecords, identity_of_another_format_shows_its_version) {
    const StoredIdentity identity{kStoreFormatVersion, {"devnet", "e1"}};
    Bytes bytes = encode_identity(identity);
    EXPECT_EQ(decode_identity(bytes).value(), identity);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_identity(ByteView(bytes).first(size)).ok());
    }
    bytes[3] = 200;
    bytes.push_back(1);
    EXPECT_EQ(decode_identity(bytes).value().format_version, 200U);
}

TEST(StoreRecords, undo_keeps_what_was_there_before) {
    RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    RandomChain chain(random.number());
    for (int i = 0; i < 50; ++i) {
        const BlockCommit block = chain.next_block(20);
        const Bytes bytes = encode_undo(block.cursor, block.delta);
        const auto record = decode_undo(bytes);
        ASSERT_TRUE(record.ok()) << record.status();
        EXPECT_EQ(record->previous, block.cursor);
        std::vector<UndoEntry> expected;
        for (const DeltaEntry& entry : block.delta.entries) {
            if (entry.before != entry.after) {
                expected.push_back({entry.key, entry.before
                                                   ? std::optional(encode_value(*entry.before))
                                                   : std::nullopt});
            }
        }
        EXPECT_EQ(record->entries, expected);
    }
}

TEST(StoreRecords, undo_refuses_truncation_and_wild_sizes) {
    RandomBytes random;
    RandomChain chain(random.number());
    const BlockCommit block = chain.next_block(60);
    ASSERT_FALSE(block.delta.entries.empty());
    const Bytes bytes = encode_undo(block.cursor, block.delta);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_undo(ByteView(bytes).first(size)).ok()) << size;
    }
    Bytes wild = encode_undo(
        block.cursor, {{{counter_key(Counter::kGasFee), AmountRecord{Amount{1}}, std::nullopt}}});
    wild[wild.size() - 12] = 0xff;
    EXPECT_FALSE(decode_undo(wild).ok()) << "a size of 4 GB is refused, not allocated";
}

}  // namespace
}  // namespace parallax::test
