#include "tests/support/transaction_samples.hpp"
#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/protocol/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parallax::tos::e1 {
namespace {

using ::testing::HasSubstr;

class WireBlock : public ::testing::Test {
  protected:
    WireBlock() {
        block.placement = {model::Topoheight{12}, 1};
        block.header.height = model::BlockHeight{9};
        block.header.timestamp = model::TimestampMs{1'700'000'000'123};
        block.header.nonce = 42;
        block.header.extra_nonce.mutable_bytes()[0] = 7;
        block.header.tips = {test::sample_bytes<model::Hash>(1),
                             test::sample_bytes<model::Hash>(2)};
        block.header.miner = test::sample_bytes<model::PublicKey>(3);
        for (auto& [name, transaction] : test::transaction_samples()) {
            block.header.transaction_hashes.push_back(transaction_hash(transaction));
            block.transactions.push_back(std::move(transaction));
        }
    }
    [[nodiscard]] std::string error() const {
        const auto decoded = decode_block(encode_block(block), block.placement);
        return decoded.ok() ? std::string() : std::string(decoded.status().message());
    }

    Block block;
};

TEST_F(WireBlock, keeps_header_bodies_and_placement) {
    const base::Bytes wire = encode_block(block);
    const auto decoded = decode_block(wire, block.placement);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(encode_block(decoded->block), wire);
    EXPECT_EQ(decoded->wire, wire);
    EXPECT_EQ(decoded->block.placement, block.placement);
    EXPECT_EQ(decoded->block.header.height, block.header.height);
    EXPECT_EQ(decoded->block.transactions.size(), block.transactions.size());
    EXPECT_EQ(decoded->block.hash, block_hash(block.header));
    EXPECT_FALSE(decoded->block.hash.is_zero());
}

TEST_F(WireBlock, finds_in_the_bytes_what_encoding_again_would_give) {
    Transaction cosigned = block.transactions.front();
    cosigned.multisig = MultisigSection{{{3, {}}, {7, {}}}};
    block.header.transaction_hashes.push_back(transaction_hash(cosigned));
    block.transactions.push_back(cosigned);
    const auto decoded = decode_block(encode_block(block), block.placement);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    ASSERT_EQ(decoded->bodies.size(), block.transactions.size());
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        const Transaction& transaction = block.transactions[i];
        EXPECT_EQ(decoded->bodies[i].hash, transaction_hash(transaction)) << i;
        EXPECT_EQ(decoded->bodies[i].wire_size, encode_transaction(transaction).size()) << i;
        EXPECT_EQ(decoded->bodies[i].signing_bytes, signing_bytes(transaction)) << i;
    }
}

TEST_F(WireBlock, is_admitted_the_same_with_its_bytes_and_without) {
    const auto profile = *tos::e1::find_profile("devnet");
    auto decoded = decode_block(encode_block(block), block.placement);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    block.hash = decoded->block.hash;
    const auto read = profile.admit(*std::move(decoded));
    const auto made = profile.admit(block);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(read->wire(), encode_block(block));
    EXPECT_EQ(made->wire(), read->wire());
    ASSERT_EQ(made->transactions().size(), read->transactions().size());
    for (std::size_t i = 0; i < read->transactions().size(); ++i) {
        const protocol::AdmittedTransaction& one = read->transactions()[i];
        const protocol::AdmittedTransaction& other = made->transactions()[i];
        EXPECT_EQ(one.hash, other.hash) << i;
        EXPECT_EQ(one.wire_size, other.wire_size) << i;
        const model::TxIndex index{static_cast<std::uint32_t>(i)};
        EXPECT_EQ(entry_of(*read, index).computed_size, entry_of(*made, index).computed_size) << i;
        EXPECT_EQ(entry_of(*read, index).signing_bytes, entry_of(*made, index).signing_bytes) << i;
    }
}

// The one case in which the node's bytes of a transaction are not the block's (2.2).
TEST_F(WireBlock, takes_a_repeated_deposit_as_the_node_serialises_it) {
    InvokeContractPayload invoke;
    invoke.deposits = {{model::kUnoAsset, model::Amount{1}},
                       {model::kTosAsset, model::Amount{2}},
                       {model::kUnoAsset, model::Amount{3}}};
    const base::Bytes repeated = encode_transaction(test::sample_transaction(invoke));
    const auto once = decode_transaction(repeated, Trailing::kRejected);
    ASSERT_TRUE(once.ok()) << once.status();
    block.header.transaction_hashes = {transaction_hash(*once)};
    base::Bytes wire = encode_block_header(block.header);
    wire.insert(wire.end(), repeated.begin(), repeated.end());

    const auto decoded = decode_block(wire, block.placement);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->bodies[0].hash, transaction_hash(*once));
    EXPECT_EQ(decoded->bodies[0].wire_size, encode_transaction(*once).size());
    EXPECT_LT(decoded->bodies[0].wire_size, repeated.size());
    EXPECT_EQ(decoded->bodies[0].signing_bytes, signing_bytes(*once));
    EXPECT_EQ(decoded->wire, encode_block(decoded->block)) << "as it goes into lanes and bundles";
    EXPECT_LT(decoded->wire.size(), wire.size());
}

TEST_F(WireBlock, keeps_vrf_data_and_leaves_it_out_of_the_hash) {
    const model::Hash without = block_hash(block.header);
    block.header.vrf = VrfData{};
    block.header.vrf->public_key = test::sample_bytes<model::PublicKey>(8);
    block.header.vrf->proof.mutable_bytes()[63] = 1;
    const auto decoded = decode_block_header(encode_block_header(block.header));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    ASSERT_TRUE(decoded->vrf);
    EXPECT_EQ(decoded->vrf->public_key, block.header.vrf->public_key);
    EXPECT_EQ(encode_block_header(*decoded), encode_block_header(block.header));
    EXPECT_EQ(block_hash(*decoded), without);
}

TEST_F(WireBlock, rejects_a_body_with_another_hash) {
    block.transactions[2].nonce = model::Nonce{6};
    EXPECT_THAT(error(), HasSubstr("block.transactions[2]"));
    EXPECT_THAT(error(), HasSubstr(block.header.transaction_hashes[2].hex()));
}

TEST_F(WireBlock, rejects_swapped_bodies) {
    std::swap(block.transactions[0], block.transactions[1]);
    EXPECT_THAT(error(), HasSubstr("block.transactions[0]"));
}

TEST_F(WireBlock, rejects_more_than_three_tips_and_repeated_hashes) {
    block.header.tips.push_back(block.header.tips[0]);
    EXPECT_THAT(error(), HasSubstr("block.header.tips"));
    block.header.tips[2] = test::sample_bytes<model::Hash>(77);
    EXPECT_EQ(error(), "");
    block.header.tips.push_back(test::sample_bytes<model::Hash>(78));
    EXPECT_THAT(error(), HasSubstr("tip_count"));
    block.header.tips.clear();
    block.header.transaction_hashes[1] = block.header.transaction_hashes[0];
    EXPECT_THAT(error(), HasSubstr("transaction_hashes"));
}

TEST_F(WireBlock, bounds_the_transaction_count_before_the_bodies) {
    block.transactions.clear();
    block.header.transaction_hashes.resize(10'001);
    EXPECT_THAT(error(), HasSubstr("is 10001, allowed are 0 to 10000"));
    block.header.transaction_hashes = {test::sample_bytes<model::Hash>(1)};
    EXPECT_THAT(error(), HasSubstr("is 1 items of at least 158 bytes, 0 left"));
}

TEST_F(WireBlock, takes_a_block_of_nothing_but_the_smallest_transactions) {
    block.transactions.clear();
    block.header.transaction_hashes.clear();
    for (const std::uint64_t nonce : {1U, 2U, 3U}) {
        Transaction smallest =
            test::sample_transaction(MultisigPayload{});  // takes a multisig away
        smallest.nonce = model::Nonce{nonce};
        block.header.transaction_hashes.push_back(transaction_hash(smallest));
        block.transactions.push_back(std::move(smallest));
    }
    EXPECT_EQ(encode_transaction(block.transactions[0]).size(), 158U);
    EXPECT_EQ(error(), "");
}

TEST_F(WireBlock, rejects_trailing_bytes_and_oversized_blocks) {
    base::Bytes wire = encode_block(block);
    wire.push_back(0);
    EXPECT_THAT(std::string(decode_block(wire, block.placement).status().message()),
                HasSubstr("1 bytes too many"));
    wire.resize(kMaxBlockSize + 1);
    EXPECT_THAT(std::string(decode_block(wire, block.placement).status().message()),
                HasSubstr("at most 1310720"));
    base::Bytes header = encode_block_header(block.header);
    header.push_back(0);
    EXPECT_FALSE(decode_block_header(header).ok());
}

}  // namespace
}  // namespace parallax::tos::e1
