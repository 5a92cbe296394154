// What a node shows of a block, and the bytes that are made of it.
#include "node/chain/follower.hpp"
#include "node/dialect/block_json.hpp"
#include "node/rpc/node_address.hpp"
#include "tests/node/sample_blocks.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/emission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace parallax::node {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

Json sample(const char* text = test::kBlockWithBurn) {
    return Json::parse(text);
}
std::string error_of(const Json& json) {
    const auto block = read_block(json, Dialect::kE1);
    return block.ok() ? "" : std::string(block.status().message());
}

TEST(BlockJson, becomes_the_bytes_that_the_chain_admits) {
    for (const char* text : {test::kBlockWithBurn, test::kBlockWithTransfers}) {
        for (const auto dialect : {Dialect::kE1, Dialect::kHead}) {
            const auto block = read_block(sample(text), dialect);
            ASSERT_TRUE(block.ok()) << block.status();
            const auto profile = tos::e1::find_profile("devnet", epoch_of(dialect));
            const auto admitted =
                profile->admit(block->wire, model::BlockPlacement{block->topoheight, {}});
            ASSERT_TRUE(admitted.ok()) << admitted.status();
            EXPECT_EQ(admitted->hash(), block->hash);
            EXPECT_EQ(admitted->transactions().size(), block->transactions.size());
            EXPECT_TRUE(block->unreadable.empty());
            EXPECT_TRUE(block->reward && block->supply && block->total_fees);
        }
    }
}

/// The kind of fee is not shown: the hash decides, so that every other number is proved, too.
TEST(BlockJson, with_one_number_changed_is_refused_by_a_hash) {
    const std::vector<std::pair<const char*, const char*>> changes = {
        {"/transactions/0/fee", "transactions[0].hash"},
        {"/transactions/0/nonce", "transactions[0].hash"},
        {"/transactions/0/data/burn/amount", "transactions[0].hash"},
        {"/transactions/0/reference/topoheight", "transactions[0].hash"},
        {"/transactions/0/version", "transactions[0].hash"},
        {"/transactions/0/chain_id", "transactions[0].hash"},
        {"/height", "block.hash"},
        {"/timestamp", "block.hash"},
        {"/nonce", "block.hash"},
        {"/version", "block.hash"},
    };
    for (const auto& [where, named] : changes) {
        Json json = sample();
        Json& number = json[Json::json_pointer(where)];
        number = number.get<std::uint64_t>() + 1;
        EXPECT_THAT(error_of(json), HasSubstr(named)) << where;
    }
}

TEST(BlockJson, with_a_member_of_another_type_is_refused_by_name) {
    const std::vector<const char*> members = {"/topoheight",
                                              "/hash",
                                              "/height",
                                              "/timestamp",
                                              "/nonce",
                                              "/extra_nonce",
                                              "/tips",
                                              "/txs_hashes",
                                              "/miner",
                                              "/transactions",
                                              "/transactions/0/hash",
                                              "/transactions/0/source",
                                              "/transactions/0/data",
                                              "/transactions/0/fee",
                                              "/transactions/0/reference",
                                              "/transactions/0/signature"};
    const std::vector<Json> wrong = {nullptr,          true,           -1,   1.5, "x",
                                     Json::array({1}), Json::object(), 1e300};
    for (const char* member : members) {
        for (const Json& value : wrong) {
            Json json = sample();
            json[Json::json_pointer(member)] = value;
            EXPECT_NE(error_of(json), "") << member << " is " << value.dump();
        }
        Json json = sample();
        const Json::json_pointer pointer(member);
        json[pointer.parent_pointer()].erase(pointer.back());
        EXPECT_NE(error_of(json), "") << member << " is missing";
    }
    for (const Json& value : wrong) {
        EXPECT_NE(error_of(value), "");
    }
}

TEST(BlockJson, keeps_numbers_exact_to_the_end_of_64_bits) {
    Json json = sample();
    json["supply"] = 18446744073709551615U;
    const auto block = read_block(json, Dialect::kE1);
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_EQ(block->supply, model::Amount{18446744073709551615U});
    json["supply"] = 18446744073709551615.0;
    EXPECT_THAT(error_of(json), HasSubstr("block.supply"));
}

TEST(BlockJson, with_transactions_too_many_or_too_few_is_refused) {
    Json json = sample();
    json["transactions"].push_back(json["transactions"][0]);
    EXPECT_THAT(error_of(json), HasSubstr("are 2, the header has 1"));
    json["transactions"].clear();
    EXPECT_THAT(error_of(json), HasSubstr("are 0, the header has 1"));
    Json lists = sample();
    for (int i = 0; i < 4; ++i) {
        lists["tips"].push_back(lists["tips"][0]);
    }
    EXPECT_THAT(error_of(lists), HasSubstr("at most 3 hashes"));
}

TEST(BlockJson, of_a_kind_that_is_not_all_shown_is_its_header_and_whom_it_names) {
    Json json = sample();
    json["transactions"][0]["data"] = {
        {"invoke_contract", {{"contract", std::string(64, '0')}, {"max_gas", 1}}}};
    const auto block = read_block(json, Dialect::kE1);
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_THAT(block->unreadable, HasSubstr("of kind invoke_contract"));
    EXPECT_EQ(block->named_accounts.size(), 1U);
    const auto profile = tos::e1::find_profile("devnet");
    const auto admitted =
        profile->admit(block->wire, model::BlockPlacement{block->topoheight, {}, false});
    ASSERT_TRUE(admitted.ok()) << admitted.status();
    EXPECT_EQ(admitted->hash(), block->hash);
    EXPECT_EQ(admitted->transactions().size(), 1U);
    EXPECT_TRUE(admitted->transactions()[0].runs_code);
    EXPECT_FALSE(profile->admit(block->wire, model::BlockPlacement{block->topoheight, {}}).ok())
        << "nobody takes it for a whole block";
}

TEST(NodeAddress, is_what_a_user_types) {
    const auto text = [](const char* typed) {
        const auto address = parse_node_address(typed);
        return address.ok() ? address->text() : std::string(address.status().message());
    };
    EXPECT_EQ(text("127.0.0.1"), "http://127.0.0.1:8080");
    EXPECT_EQ(text("http://node.example:9000/"), "http://node.example:9000");
    EXPECT_EQ(text("https://node.example"), "https://node.example:443");
    EXPECT_EQ(text("http://[::1]:81/other"), "http://[::1]:81/other");
    EXPECT_EQ(text("http://me:secret@host:1"), "http://host:1") << "no secret is shown";
    EXPECT_EQ(parse_node_address("http://me:a@b@host:1")->credentials, "me:a@b");
    EXPECT_EQ(parse_node_address("http://me:hidden@host")->authorization(), "Basic bWU6aGlkZGVu");
    EXPECT_EQ(parse_node_address("http://host")->authorization(), "");
    for (const char* bad :
         {"", "ftp://host", "http://", "http://host:0", "http://host:99999", "http://host:x",
          "http://[::1", "http://a b", "http://host/x#y", "http://u:p@", "http://host\n"}) {
        EXPECT_FALSE(parse_node_address(bad).ok()) << bad;
        EXPECT_THAT(text(bad), testing::Not(HasSubstr("u:p"))) << bad;
    }
}

TEST(SideNumber, is_seen_in_what_was_paid) {
    const model::Amount base{97'486'622};
    EXPECT_EQ(side_number_of(base, base), std::nullopt);
    for (const std::uint32_t n : {0U, 1U, 2U, 3U}) {
        EXPECT_EQ(side_number_of(tos::side_block_reward(base, n), base), n);
    }
    EXPECT_EQ(side_number_of(model::Amount{1}, base), std::nullopt);
}

}  // namespace
}  // namespace parallax::node
