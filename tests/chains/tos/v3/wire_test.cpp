#include "verifier/chains/tos/v3/wire.hpp"

#include "tests/chains/tos/v3/v3_chain.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gtest/gtest.h>

namespace parallax::tos::v3 {
namespace {

std::uint8_t digit(char c) {
    return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}
base::Bytes from_hex(std::string_view text) {
    base::Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4U | digit(text[i + 1])));
    }
    return bytes;
}
model::Hash hash(std::string_view text) {
    return *model::Hash::from_hex(text);
}

/// A burn of 5 units, signed by the key 2 (protocol notes of V3, appendix A).
constexpr std::string_view kBurn =
    "00a2d84ca4458e9693b5d17559a8cca1442891627a490857af3e869c834bc07a3a00"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000005000000000000271000"
    "0000000000000000"
    "7e4b3ac77de3bddc97dd39a9541c831406965b9c6a8a599bf21f585a826d72b5"
    "000000000000000000"
    "b426925c429d6655db8a40c040637ebc05e32cf0b8c8eb6f8714a8b449252b07"
    "fad4176aba5f77955d80e65cee61c53fcc2e7b024b716fd42606f0f73277a608";

TEST(WireV3, reads_the_worked_burn_and_its_signature) {
    const auto burn = decode_transaction(from_hex(kBurn), Trailing::kRejected);
    ASSERT_TRUE(burn.ok()) << burn.status();
    EXPECT_EQ(encode_transaction(*burn), from_hex(kBurn));
    EXPECT_EQ(transaction_hash(*burn),
              hash("b6854b6f8c87ae0c864576d266c4491016c38a6c6aa5d0c9ff0a571681d3ae80"));
    EXPECT_EQ(burn->source, Chain::account(2));
    EXPECT_EQ(crypto::verify_signature(burn->source, signing_bytes(*burn), burn->signature,
                                       crypto::SignatureScheme::kPlainKey),
              crypto::SignatureCheck::kValid);
    EXPECT_EQ(crypto::verify_signature(burn->source, signing_bytes(*burn), burn->signature),
              crypto::SignatureCheck::kInvalid)
        << "E1's generator is another";
}

TEST(WireV3, makes_the_known_keys_and_hashes) {
    EXPECT_EQ(Chain::account(1).hex(),
              "c84af32eda1e827f3aebdf1dd6f9c8c442881d72bbfed91f05ca78a5460bd859");
    EXPECT_EQ(Chain::account(3).hex(),
              "b8c8e88f956822904d080e2cbad68a0e3789222a125c277a6f3adb6cbe777508");
    const model::Hash burn =
        hash("b6854b6f8c87ae0c864576d266c4491016c38a6c6aa5d0c9ff0a571681d3ae80");
    const model::Hash transfer =
        hash("0b83a86904a955b7d23d8eabcc60acfc391ed3ad681296476a68c793879e3680");
    EXPECT_EQ(merkle_root({}), model::Hash{});
    EXPECT_EQ(merkle_root(std::vector{transfer}),
              hash("898eb50dda37414d12b5b80094dfbccaa10d93c92a3de0c912b4c51e2a4c48c8"));
    EXPECT_EQ(merkle_root(std::vector{burn, transfer, burn}),
              hash("075d2086ea715fc15bb884f0760db90786b7094de40ee49a25f77ea9535536ce"));
    BlockHeader genesis;
    genesis.version = 1;
    genesis.timestamp = model::TimestampMs{1'696'132'639'000};
    genesis.miner = find_profile("testnet")->dev_key;
    EXPECT_EQ(block_hash(genesis),
              hash("7e4b3ac77de3bddc97dd39a9541c831406965b9c6a8a599bf21f585a826d72b5"));
    EXPECT_EQ(encode_header(genesis).size(), 262U);
}

TEST(WireV3, has_the_known_sizes) {
    const auto size = [](Payload payload) {
        return encode_transaction(Chain::transaction(2, 0, std::move(payload), 0)).size();
    };
    TransfersPayload two = Chain::pay(3, 30);
    two.transfers.push_back(two.transfers.front());
    two.transfers.back().extra_data = base::Bytes{1, 2};
    EXPECT_EQ(size(BurnPayload{}), 196U);
    EXPECT_EQ(size(Chain::pay(3, 30)), 230U);
    EXPECT_EQ(size(two), 230U + 73 + 2 + 2);
    EXPECT_EQ(size(MultisigPayload{1, {Chain::account(3)}}), 190U);
    EXPECT_EQ(size(MultisigPayload{}), 157U);
    EXPECT_EQ(size(EnergyPayload{EnergyFreeze{model::Amount{model::kCoin}, 3}}), 169U);
    EXPECT_EQ(size(EnergyPayload{EnergyUnfreeze{model::Amount{model::kCoin}}}), 165U);
    EXPECT_EQ(size(AiMiningPayload{AiRegisterMiner{}}), 197U);
}

TEST(WireV3, survives_a_round_of_every_kind) {
    // One constant, one chunk, one entry, no hook.
    const base::Bytes module = from_hex(
        "000100040000000000000005"
        "0001"
        "0000000214"
        "00"
        "00010000"
        "00");
    const std::vector<Payload> payloads = {
        AiMiningPayload{AiPublishTask{{}, 5, 3, 7, "text"}},
        AiMiningPayload{AiSubmitAnswer{{}, "answer", {}, 5}},
        AiMiningPayload{AiValidateAnswer{{}, {}, 90}},
        DeployContractPayload{module, ContractConstructor{model::Amount{1}, {}}},
        InvokeContractPayload{{},
                              {{model::kTosAsset, model::Amount{7}}},
                              2,
                              model::Amount{9},
                              {{from_hex("000700")}, {from_hex("0200000001000101")}}},
    };
    for (const Payload& payload : payloads) {
        Transaction made = Chain::transaction(2, 1, payload, 0);
        made.multisig = MultisigSection{{{3, made.signature}}};
        const base::Bytes wire = encode_transaction(made);
        const auto read = decode_transaction(wire, Trailing::kRejected);
        ASSERT_TRUE(read.ok()) << read.status();
        EXPECT_EQ(encode_transaction(*read), wire);
        for (std::size_t cut = 0; cut < wire.size(); ++cut) {
            EXPECT_FALSE(decode_transaction(std::span(wire).first(cut), Trailing::kRejected).ok());
        }
    }
}

TEST(WireV3, a_map_that_names_a_key_twice_is_shortened_as_the_node_does) {
    // {1: 2, 1: 3} of u8 becomes {1: 3}.
    InvokeContractPayload invoke;
    invoke.parameters = {
        {from_hex("0300000002"
                  "000101"
                  "000102"
                  "000101"
                  "000103")}};
    const auto read = decode_transaction(encode_transaction(Chain::transaction(2, 1, invoke, 0)),
                                         Trailing::kRejected);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(std::get<InvokeContractPayload>(read->payload).parameters.front().bytes,
              from_hex("0300000001"
                       "000101"
                       "000103"));
}

TEST(WireV3, refuses_what_the_node_refuses) {
    const auto refused = [](const base::Bytes& wire) {
        return !decode_transaction(wire, Trailing::kRejected).ok();
    };
    base::Bytes wire = from_hex(kBurn);
    wire[0] = 1;  // version
    EXPECT_TRUE(refused(wire));
    wire = from_hex(kBurn);
    wire[33] = 7;  // opcode
    EXPECT_TRUE(refused(wire));
    wire = from_hex(kBurn);
    wire[33 + 1 + 32 + 8 + 8] = 2;  // kind of fee
    EXPECT_TRUE(refused(wire));
    wire = from_hex(kBurn);
    wire.back() = 0xFF;  // a scalar that is not canonical
    EXPECT_TRUE(refused(wire));
    EXPECT_TRUE(refused(encode_transaction(Chain::transaction(2, 0, TransfersPayload{}, 0))));
    EXPECT_TRUE(refused(encode_transaction(
        Chain::transaction(2, 0, MultisigPayload{1, {Chain::account(3), Chain::account(3)}}, 0))));
    for (const std::uint32_t days : {2U, 181U}) {
        EXPECT_TRUE(refused(encode_transaction(Chain::transaction(
            2, 0, EnergyPayload{EnergyFreeze{model::Amount{model::kCoin}, days}}, 0))));
    }
}

TEST(WireV3, values_that_are_nested_too_deep_or_claim_too_many_items_are_refused) {
    const auto refused = [](const base::Bytes& cell) {
        InvokeContractPayload invoke;
        invoke.parameters = {{cell}};
        return !decode_transaction(encode_transaction(Chain::transaction(2, 1, invoke, 0)),
                                   Trailing::kRejected)
                    .ok();
    };
    const auto nested = [](std::size_t depth) {
        base::Bytes cell;
        for (std::size_t i = 0; i < depth; ++i) {
            const base::Bytes level = from_hex("0200000001");
            cell.insert(cell.end(), level.begin(), level.end());
        }
        cell.insert(cell.end(), {0, 0});
        return cell;
    };
    EXPECT_FALSE(refused(nested(kMaxCellDepth)));
    EXPECT_TRUE(refused(nested(kMaxCellDepth + 1)));
    EXPECT_TRUE(refused(from_hex("02ffffffff")));
    EXPECT_TRUE(refused(from_hex("01ffffffff")));
    EXPECT_TRUE(
        refused(from_hex("0009"
                         "0101"
                         "0202"
                         "02")));              // a range of two kinds
    EXPECT_TRUE(refused(from_hex("000a03")));  // an opaque that is not known
}

TEST(WireV3, a_block_ends_in_silence_where_a_transaction_does_not_decode) {
    Block block;
    block.header.version = 3;
    block.transactions = {Chain::transaction(2, 0, Chain::pay(3, 1), 0)};
    block.header.merkle_root = merkle_root(std::vector{transaction_hash(block.transactions[0])});
    const base::Bytes whole = encode_block(block);
    base::Bytes longer = whole;
    longer.insert(longer.end(), {9, 9, 9});
    const auto read = decode_block(longer);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->bodies.size(), 1U);
    EXPECT_EQ(read->wire, whole);
    EXPECT_FALSE(read->stopped.empty());

    const Profile profile = *find_profile("devnet");
    const model::BlockPlacement placement{model::Topoheight{1}, std::nullopt};
    EXPECT_TRUE(profile.admit(longer, protocol::Admission::at(placement)).ok());
    const auto cut =
        profile.admit(std::span(whole).first(whole.size() - 1), protocol::Admission::at(placement));
    ASSERT_FALSE(cut.ok());
    EXPECT_NE(cut.status().message().find("merkle root"), std::string::npos) << cut.status();
    EXPECT_NE(cut.status().message().find("what follows is no transaction"), std::string::npos);
}

TEST(WireV3, an_outline_is_held_against_its_merkle_root) {
    BlockOutline outline;
    outline.transaction_hashes = {
        hash("0b83a86904a955b7d23d8eabcc60acfc391ed3ad681296476a68c793879e3680")};
    outline.header.merkle_root = merkle_root(outline.transaction_hashes);
    EXPECT_TRUE(decode_outline(encode_outline(outline)).ok());
    outline.header.merkle_root = {};
    EXPECT_FALSE(decode_outline(encode_outline(outline)).ok());
}

TEST(WireV3,
     a_change_in_any_byte_of_a_block_is_refused_or_gives_another_hash_but_for_what_no_hash_covers) {
    Block block;
    block.header.version = 3;
    block.header.parents = {
        {hash("0b83a86904a955b7d23d8eabcc60acfc391ed3ad681296476a68c793879e3680")}};
    block.transactions = {Chain::transaction(2, 0, Chain::pay(3, 1), 0)};
    block.header.merkle_root = merkle_root(std::vector{transaction_hash(block.transactions[0])});
    const base::Bytes whole = encode_block(block);
    const Profile profile = *find_profile("devnet");
    const auto admission = protocol::Admission::at({model::Topoheight{1}, std::nullopt});
    const model::Hash own = profile.admit(whole, admission)->hash();
    std::size_t unhashed = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        base::Bytes changed = whole;
        changed[i] ^= 1;
        const auto admitted = profile.admit(changed, admission);
        unhashed += admitted.ok() && admitted->hash() == own ? 1U : 0U;
    }
    // The bytes of daa score, blue work, pruning point, bits, accepted root and utxo commitment.
    EXPECT_EQ(unhashed, 8U + 32 + 32 + 4 + 32 + 32);
}

}  // namespace
}  // namespace parallax::tos::v3
