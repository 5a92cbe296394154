#include "node/dialect/block_json.hpp"
#include "node/dialect/transaction_json.hpp"
#include "tests/node/v3_samples.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace parallax::node {
namespace {

namespace v3 = tos::v3;
using Json = nlohmann::json;
using ::testing::HasSubstr;

NodeTransaction read(const Json& json, std::string& problem) {
    return read_transaction_v3(codec::JsonObject(json, "transaction", problem));
}

TEST(TransactionJsonV3, of_every_kind_becomes_the_bytes_that_hash_to_it) {
    std::set<model::TransactionType> types;
    for (const char* text : test::kTransactionsOfV3) {
        std::string problem;
        const NodeTransaction transaction = read(Json::parse(text), problem);
        ASSERT_TRUE(problem.empty()) << problem << "\n" << text;
        ASSERT_TRUE(transaction.unreadable.empty()) << transaction.unreadable;
        EXPECT_EQ(crypto::blake3(transaction.wire), transaction.hash);
        const auto decoded = v3::decode_transaction(transaction.wire, v3::Trailing::kRejected);
        ASSERT_TRUE(decoded.ok()) << decoded.status();
        EXPECT_EQ(v3::encode_transaction(*decoded), transaction.wire);
        EXPECT_EQ(crypto::verify_signature(decoded->source, v3::signing_bytes(*decoded),
                                           decoded->signature, crypto::SignatureScheme::kPlainKey),
                  crypto::SignatureCheck::kValid);
        types.insert(v3::transaction_type(decoded->payload));
    }
    EXPECT_EQ(types.size(), 7U);
}

TEST(TransactionJsonV3, that_is_changed_anywhere_is_refused_or_unreadable) {
    for (const char* text : test::kTransactionsOfV3) {
        Json json = Json::parse(text);
        json["nonce"] = json["nonce"].get<std::uint64_t>() + 1;
        std::string problem;
        static_cast<void>(read(json, problem));
        EXPECT_THAT(problem, HasSubstr("no way of writing what is shown hashes to that"));
        for (const char* member : {"data", "fee", "source", "reference", "signature", "hash"}) {
            json = Json::parse(text);
            json[member] = Json::array({1, 2});
            problem.clear();
            const NodeTransaction transaction = read(json, problem);
            EXPECT_TRUE(!problem.empty() || !transaction.unreadable.empty()) << member;
        }
    }
}

/// A block of one transaction, as a node would show it.
Json block_of(const char* transaction) {
    const Json body = Json::parse(transaction);
    v3::BlockHeader header;
    header.version = 3;
    header.blue_score = model::BlockHeight{9};
    header.timestamp = model::TimestampMs{1'700'000'000'000};
    header.miner = v3::find_profile("devnet")->dev_key;
    const auto hash = *model::Hash::from_hex(body["hash"].get<std::string>());
    header.merkle_root = v3::merkle_root(std::vector{hash});
    const Json block = {
        {"topoheight", 9},
        {"hash", v3::block_hash(header).hex()},
        {"version", 3},
        {"tips", Json::array()},
        {"blue_score", 9},
        {"timestamp", 1'700'000'000'000U},
        {"nonce", 0},
        {"extra_nonce", model::Hash{}.hex()},
        {"miner", "tst1qsl6sj2u0gp37tr6drrq964rd4d8gnaxnezgytmt0cfltnp2wsgqqxxrx64"},
        {"txs_hashes", {body["hash"]}},
        {"transactions", Json::array({body})}};
    return Json::parse(block.dump());  // as read: numbers without a sign
}

absl::StatusOr<protocol::AdmittedBlock> admit(const NodeBlock& block) {
    return v3::find_profile("devnet")->admit(
        block.wire,
        protocol::Admission::at({block.topoheight, std::nullopt, block.unreadable.empty()}));
}

TEST(BlockJsonV3, becomes_the_bytes_that_the_chain_admits) {
    for (const char* text : test::kTransactionsOfV3) {
        const auto block = read_block(block_of(text), Dialect::kV3);
        ASSERT_TRUE(block.ok()) << block.status();
        EXPECT_TRUE(block->unproved.empty());
        EXPECT_EQ(block->height.value(), 9U);
        const auto admitted = admit(*block);
        ASSERT_TRUE(admitted.ok()) << admitted.status();
        EXPECT_EQ(admitted->hash(), block->hash);
        EXPECT_EQ(admitted->transactions().size(), 1U);
    }
}

TEST(BlockJsonV3, whose_values_are_not_all_shown_is_its_header_and_hashes) {
    for (const char* text : test::kTransactionsOfV3) {
        Json json = block_of(text);
        Json& data = json["transactions"][0]["data"];
        data = Json{{"some_kind", 1}};
        const auto block = read_block(json, Dialect::kV3);
        ASSERT_TRUE(block.ok()) << block.status();
        EXPECT_THAT(block->unreadable, HasSubstr("some_kind"));
        const auto admitted = admit(*block);
        ASSERT_TRUE(admitted.ok()) << admitted.status();
        EXPECT_EQ(admitted->hash(), block->hash);
        EXPECT_EQ(admitted->transactions()[0].hash, block->transactions[0]);
    }
}

TEST(BlockJsonV3, whose_hash_is_not_that_of_its_header_is_taken_at_its_word_and_says_so) {
    Json json = block_of(test::kTransactionsOfV3[0]);
    json["timestamp"] = 1'700'000'000'001U;
    const auto block = read_block(json, Dialect::kV3);
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_THAT(block->unproved, HasSubstr("is not that of the header that is shown"));
    const auto admitted = admit(*block);
    ASSERT_TRUE(admitted.ok()) << admitted.status();
    EXPECT_EQ(admitted->hash(), block->hash);
    json["txs_hashes"] = {model::Hash{}.hex()};
    EXPECT_FALSE(read_block(json, Dialect::kV3).ok()) << "its transactions are proved all the same";
}

}  // namespace
}  // namespace parallax::node
