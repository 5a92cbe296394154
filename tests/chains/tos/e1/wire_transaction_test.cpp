#include "tests/support/transaction_samples.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parallax::tos::e1 {
namespace {

using ::testing::HasSubstr;

/// Where the payload starts: after version, chain id, source and opcode.
constexpr std::size_t kPayload = 35;

base::Bytes wire_of(Payload payload) {
    return encode_transaction(test::sample_transaction(std::move(payload)));
}

/// The error of a strict decode; empty if it succeeds.
std::string error_of(const base::Bytes& wire) {
    const auto decoded = decode_transaction(wire, Trailing::kRejected);
    return decoded.ok() ? std::string() : std::string(decoded.status().message());
}

base::Bytes with_bytes(base::Bytes wire, std::size_t offset,
                       std::initializer_list<std::uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), wire.begin() + static_cast<std::ptrdiff_t>(offset));
    return wire;
}

Transfer transfer(std::uint64_t amount) {
    return {model::kTosAsset, test::sample_bytes<model::PublicKey>(9), model::Amount{amount},
            std::nullopt};
}

/// Appendix A of the protocol notes.
const std::string kExampleSigned =
    "0103f05bc1df2831717c2992d85b57e0cf3d123fd6c254257de5f784be369747b249010001"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "c29d170ab8a5b42a3520878501a87a27f9b5653fca8b0c59fc2786cf26e37824"
    "00000000000186a0"
    "00"
    "00000000000186a0"
    "00"
    "0000000000000005" +
    std::string(80, '0');
const std::string kExampleSignature =
    "6f1922cb53c021f127429940d5c64ea9a0b5d9d7d74daed1fba26394a1be7209"
    "22ef65b532bd4c8a27def76b00d28b4d75458aec9f437f5ef9c9e3d7a193dd08";

TEST(WireTransaction, decodes_the_worked_example) {
    const auto wire = base::parse_hex(kExampleSigned + "00" + kExampleSignature);
    ASSERT_TRUE(wire);
    ASSERT_EQ(wire->size(), 232U);
    const auto decoded = decode_transaction(*wire, Trailing::kRejected);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->chain_id, 3);
    EXPECT_EQ(decoded->fee, model::Amount{100'000});
    EXPECT_EQ(decoded->fee_type, FeeType::kTos);
    EXPECT_EQ(decoded->nonce, model::Nonce{5});
    const auto& payload = std::get<TransfersPayload>(decoded->payload);
    ASSERT_EQ(payload.transfers.size(), 1U);
    EXPECT_EQ(payload.transfers[0].amount, model::Amount{100'000});
    EXPECT_EQ(payload.transfers[0].destination.hex(),
              "c29d170ab8a5b42a3520878501a87a27f9b5653fca8b0c59fc2786cf26e37824");
    EXPECT_EQ(encode_transaction(*decoded), *wire);
    EXPECT_EQ(transaction_hash(*decoded).hex(),
              "d0eabc5d4aa21f9bb90617b7593f10ce243d861925e4001f65fc58afb77a983b");
    EXPECT_EQ(base::to_hex(signing_bytes(*decoded)), kExampleSigned);
    EXPECT_EQ(crypto::blake3(signing_bytes(*decoded)).hex(),
              "4961214dcc85c8b6b7ebf7c2a697d3bcbbe1a40cad7a9a6c217ed64d7178cac4");
}

TEST(WireTransaction, keeps_every_field_of_every_type) {
    for (const auto& [name, transaction] : test::transaction_samples()) {
        SCOPED_TRACE(name);
        const base::Bytes wire = encode_transaction(transaction);
        const auto decoded = decode_transaction(wire, Trailing::kRejected);
        ASSERT_TRUE(decoded.ok()) << decoded.status();
        EXPECT_EQ(transaction_type(decoded->payload), transaction_type(transaction.payload));
        EXPECT_EQ(encode_transaction(*decoded), wire);
    }
}

TEST(WireTransaction, writes_the_opcode_of_the_table) {
    const std::vector<std::pair<std::string, int>> expected = {{"burn", 0},
                                                               {"transfers", 1},
                                                               {"multisig", 2},
                                                               {"invoke_contract", 3},
                                                               {"deploy_contract", 4},
                                                               {"freeze", 5},
                                                               {"uno_transfers", 18},
                                                               {"shield_transfers", 19},
                                                               {"unshield_transfers", 20},
                                                               {"register_name", 21},
                                                               {"agent register", 23}};
    std::size_t found = 0;
    for (const auto& [name, transaction] : test::transaction_samples()) {
        for (const auto& [type, opcode] : expected) {
            if (name == type) {
                EXPECT_EQ(encode_transaction(transaction)[34], opcode) << name;
                ++found;
            }
        }
    }
    EXPECT_EQ(found, expected.size());
}

TEST(WireTransaction, leaves_unsigned_fields_out_of_the_signing_bytes) {
    for (const auto& [name, transaction] : test::transaction_samples()) {
        SCOPED_TRACE(name);
        Transaction other = transaction;
        other.uno = {};
        other.multisig.reset();
        other.signature = {test::sample_scalar(200), test::sample_scalar(201)};
        EXPECT_EQ(signing_bytes(other), signing_bytes(transaction));
        other.nonce = model::Nonce{99};
        EXPECT_NE(signing_bytes(other), signing_bytes(transaction));
    }
}

TEST(WireTransaction, counts_one_byte_more_for_a_multisig_delete) {
    EXPECT_EQ(computed_size(test::sample_transaction(MultisigPayload{}), 158), 159U);
    EXPECT_EQ(
        computed_size(test::sample_transaction(MultisigPayload{1, {model::PublicKey{}}}), 158),
        158U);
    EXPECT_EQ(computed_size(test::sample_transaction(BurnPayload{}), 197), 197U);
}

TEST(WireTransaction, rejects_trailing_bytes_unless_told_otherwise) {
    base::Bytes wire = wire_of(BurnPayload{});
    ASSERT_EQ(wire.size(), 197U);
    wire.push_back(0);
    EXPECT_EQ(error_of(wire), "transaction at offset 197: has 1 bytes too many");
    EXPECT_TRUE(decode_transaction(wire, Trailing::kIgnored).ok());
}

TEST(WireTransaction, names_field_and_offset) {
    Transfer long_transfer = transfer(1);
    long_transfer.extra_data = base::Bytes(100, 0xEE);
    base::Bytes wire = wire_of(TransfersPayload{{long_transfer, transfer(2)}});
    const std::size_t amount = kPayload + 2 + (73 + 2 + 100) + 64;
    wire.resize(amount + 3);
    EXPECT_EQ(error_of(wire),
              "transaction.payload.transfers[1].amount at offset 276: needs 8 "
              "bytes, 3 left");
    EXPECT_EQ(error_of({}), "transaction.version at offset 0: needs 1 bytes, 0 left");
}

TEST(WireTransaction, rejects_other_versions_opcodes_and_fee_types) {
    const base::Bytes burn = wire_of(BurnPayload{});
    for (const int version : {0, 2, 255}) {
        EXPECT_THAT(error_of(with_bytes(burn, 0, {static_cast<std::uint8_t>(version)})),
                    HasSubstr("transaction.version"));
    }
    for (const int opcode : {6, 17, 22, 24, 255}) {
        EXPECT_THAT(error_of(with_bytes(burn, 34, {static_cast<std::uint8_t>(opcode)})),
                    HasSubstr("unassigned opcode"));
    }
    const std::size_t fee_type = kPayload + 40 + 8;
    EXPECT_EQ(error_of(with_bytes(burn, fee_type, {2})), "");
    EXPECT_THAT(error_of(with_bytes(burn, fee_type, {3})), HasSubstr("fee_type"));
}

TEST(WireTransaction, rejects_booleans_that_are_not_0_or_1) {
    const base::Bytes wire = wire_of(TransfersPayload{{transfer(1)}});
    EXPECT_THAT(error_of(with_bytes(wire, kPayload + 2 + 72, {2})),
                HasSubstr("transfers[0].has_extra_data at offset 109: is 2"));
    EXPECT_THAT(error_of(with_bytes(wire, wire.size() - 65, {2})), HasSubstr("has_multisig"));
}

TEST(WireTransaction, rejects_scalars_that_are_not_canonical) {
    const base::Bytes wire = wire_of(BurnPayload{});
    base::Bytes order =
        *base::parse_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    base::Bytes changed = wire;
    std::copy(order.begin(), order.end(), changed.end() - 64);
    EXPECT_THAT(error_of(changed), HasSubstr("signature.s at offset 133: is not a canonical"));
    order[0] = 0xEC;
    std::copy(order.begin(), order.end(), changed.end() - 64);
    EXPECT_EQ(error_of(changed), "");
}

TEST(WireTransaction, bounds_the_number_of_transfers) {
    EXPECT_THAT(error_of(wire_of(TransfersPayload{})), HasSubstr("transfer_count"));
    EXPECT_EQ(error_of(wire_of(TransfersPayload{std::vector<Transfer>(500, transfer(1))})), "");
    EXPECT_THAT(error_of(wire_of(TransfersPayload{std::vector<Transfer>(501, transfer(1))})),
                HasSubstr("transfer_count at offset 35: is 501, allowed are 1 to 500"));
    const base::Bytes one = wire_of(TransfersPayload{{transfer(1)}});
    EXPECT_THAT(error_of(with_bytes(one, kPayload, {0x01, 0xF4})),
                HasSubstr("is 500 items of at least 73 bytes"));
}

TEST(WireTransaction, bounds_extra_data) {
    Transfer longest = transfer(1);
    longest.extra_data = base::Bytes(1024, 1);
    EXPECT_EQ(error_of(wire_of(TransfersPayload{{longest}})), "");
    longest.extra_data = base::Bytes(1025, 1);
    EXPECT_THAT(error_of(wire_of(TransfersPayload{{longest}})), HasSubstr("extra_data_length"));
}

TEST(WireTransaction, rejects_repeated_participants_and_an_empty_list) {
    const auto key = test::sample_bytes<model::PublicKey>(5);
    EXPECT_THAT(error_of(wire_of(MultisigPayload{1, {key, model::PublicKey{}, key}})),
                HasSubstr("participants"));
    EXPECT_THAT(error_of(wire_of(MultisigPayload{1, {}})), HasSubstr("participant_count"));
    EXPECT_EQ(error_of(wire_of(MultisigPayload{9, {key}})), "");
}

TEST(WireTransaction, rejects_a_repeated_cosignature_index) {
    Transaction transaction = test::sample_transaction(BurnPayload{});
    const crypto::Signature signature{test::sample_scalar(1), test::sample_scalar(2)};
    transaction.multisig = MultisigSection{{{3, signature}, {4, signature}}};
    EXPECT_EQ(error_of(encode_transaction(transaction)), "");
    transaction.multisig->signatures[1].participant_index = 3;
    EXPECT_THAT(error_of(encode_transaction(transaction)),
                HasSubstr("multisig[1].participant_index"));
}

TEST(WireTransaction, keeps_the_first_place_and_the_last_amount_of_a_repeated_deposit) {
    InvokeContractPayload invoke;
    invoke.deposits = {{model::kUnoAsset, model::Amount{1}},
                       {model::kTosAsset, model::Amount{2}},
                       {model::kUnoAsset, model::Amount{3}}};
    const base::Bytes wire = wire_of(invoke);
    const auto decoded = decode_transaction(wire, Trailing::kRejected);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    const auto& deposits = std::get<InvokeContractPayload>(decoded->payload).deposits;
    ASSERT_EQ(deposits.size(), 2U);
    EXPECT_EQ(deposits[0].asset, model::kUnoAsset);
    EXPECT_EQ(deposits[0].amount, model::Amount{3});
    EXPECT_EQ(deposits[1].amount, model::Amount{2});
    EXPECT_EQ(encode_transaction(*decoded).size() + 41, wire.size());
    EXPECT_THAT(error_of(with_bytes(wire, kPayload + 32 + 1 + 32, {1})),
                HasSubstr("deposits[0].tag"));
}

TEST(WireTransaction, wants_the_elf_magic_on_modules) {
    EXPECT_EQ(error_of(wire_of(DeployContractPayload{{0x7F, 0x45, 0x4C, 0x46}, {}})), "");
    EXPECT_THAT(error_of(wire_of(DeployContractPayload{{0x7F, 0x45, 0x4C, 0x47}, {}})),
                HasSubstr("ELF"));
    EXPECT_THAT(error_of(wire_of(DeployContractPayload{{0x7F, 0x45, 0x4C}, {}})),
                HasSubstr("module_length"));
    const base::Bytes wire = wire_of(DeployContractPayload{{0x7F, 0x45, 0x4C, 0x46}, {}});
    EXPECT_THAT(error_of(with_bytes(wire, kPayload, {0xFF, 0xFF, 0xFF, 0xFF})),
                HasSubstr("is 4294967295, allowed are 4 to 10485760"));
}

TEST(WireTransaction, bounds_days_and_delegatees) {
    const auto freeze = [](std::uint32_t days) {
        return error_of(wire_of(EnergyPayload{EnergyFreeze{model::Amount{1}, days}}));
    };
    EXPECT_EQ(freeze(3), "");
    EXPECT_EQ(freeze(365), "");
    EXPECT_THAT(freeze(2), HasSubstr("payload.days"));
    EXPECT_THAT(freeze(366), HasSubstr("payload.days"));
    const auto delegate = [](std::size_t count) {
        const std::vector<EnergyDelegatee> delegatees(count);
        return error_of(wire_of(EnergyPayload{EnergyDelegate{delegatees, 7}}));
    };
    EXPECT_EQ(delegate(0), "");
    EXPECT_EQ(delegate(500), "");
    EXPECT_THAT(delegate(501), HasSubstr("delegatee_count"));
}

TEST(WireTransaction, rejects_unknown_variants) {
    const base::Bytes withdraw = wire_of(EnergyPayload{EnergyWithdraw{}});
    EXPECT_THAT(error_of(with_bytes(withdraw, kPayload, {4})), HasSubstr("payload.variant"));
    const base::Bytes status = wire_of(AgentAccountPayload{AgentSetStatus{1}});
    EXPECT_THAT(error_of(with_bytes(status, kPayload, {8})), HasSubstr("payload.variant"));
}

TEST(WireTransaction, wants_names_of_3_to_64_bytes_in_utf8) {
    const auto error = [](std::string name) {
        return error_of(wire_of(RegisterNamePayload{std::move(name)}));
    };
    EXPECT_EQ(error("abc"), "");
    EXPECT_EQ(error(std::string(64, 'a')), "");
    EXPECT_THAT(error("ab"), HasSubstr("name_length"));
    EXPECT_THAT(error(std::string(65, 'a')), HasSubstr("name_length"));
    EXPECT_EQ(error("\xF0\x9F\x98\x80"), "");
    for (const char* bad : {"ab\xC3", "\xC0\x80 ", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\x80 ",
                            "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF5\x80\x80\x80"}) {
        EXPECT_THAT(error(bad), HasSubstr("is not UTF-8"));
    }
}

TEST(WireTransaction, bounds_the_lists_of_a_session_key) {
    AgentAddSessionKey key;
    key.allowed_targets.resize(1024);
    key.allowed_assets.resize(1024);
    EXPECT_EQ(error_of(wire_of(AgentAccountPayload{key})), "");
    key.allowed_assets.resize(1025);
    EXPECT_THAT(error_of(wire_of(AgentAccountPayload{key})), HasSubstr("asset_count"));
    key.allowed_targets.resize(1025);
    EXPECT_THAT(error_of(wire_of(AgentAccountPayload{key})), HasSubstr("target_count"));
}

class RangeProof : public ::testing::Test {
  protected:
    static std::string error_with(base::Bytes proof) {
        for (const auto& [name, transaction] : test::encrypted_samples()) {
            if (name == "uno_transfers") {
                Transaction changed = transaction;
                changed.uno.range_proof = std::move(proof);
                return error_of(encode_transaction(changed));
            }
        }
        return "no sample";
    }
};

TEST_F(RangeProof, has_seven_elements_then_pairs_then_two) {
    EXPECT_EQ(error_with(base::Bytes(9 * 32, 0)), "");
    EXPECT_EQ(error_with(base::Bytes(11 * 32, 0)), "");
    EXPECT_EQ(error_with(base::Bytes((9 + 2 * 31) * 32, 0)), "");
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{8 * 32}, std::size_t{10 * 32}, std::size_t{9 * 32 + 1},
          std::size_t{(9 + 2 * 32) * 32}, std::size_t{288 + 1025 * 32}}) {
        EXPECT_THAT(error_with(base::Bytes(size, 0)), HasSubstr("range_proof_length")) << size;
    }
}

TEST_F(RangeProof, has_canonical_scalars_where_scalars_are) {
    for (std::size_t element = 0; element < 11; ++element) {
        base::Bytes proof(11 * 32, 0);
        proof[element * 32 + 31] = 0xFF;
        const bool is_scalar = (element >= 4 && element <= 6) || element >= 9;
        EXPECT_EQ(error_with(proof).empty(), !is_scalar) << element;
    }
}

TEST(ValueCells, are_checked_and_kept_as_bytes) {
    const auto error = [](base::Bytes cell) {
        InvokeContractPayload invoke;
        invoke.parameters = {{std::move(cell)}};
        return error_of(wire_of(invoke));
    };
    const std::vector<base::Bytes> sound = {
        {0, 0},
        {0, 1, 9},
        {0, 2, 9, 9},
        {0, 3, 1, 2, 3, 4},
        {0, 7, 1},
        {0, 8, 0, 2, 'h', 'i'},
        {0, 9, 2, 0, 1, 2, 0, 9},
        {1, 0, 0, 0, 0},
        {2, 0, 0, 0, 2, 0, 0, 0, 1, 5},
        {3, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 7},
    };
    for (const base::Bytes& cell : sound) {
        EXPECT_EQ(error(cell), "") << base::to_hex(cell);
    }
    base::Bytes u128 = {0, 5};
    u128.resize(18);
    EXPECT_EQ(error(u128), "");
    base::Bytes u256 = {0, 6};
    u256.resize(34);
    EXPECT_EQ(error(u256), "");
    const std::vector<base::Bytes> unsound = {
        {4},                    // no such cell
        {0, 10},                // opaque
        {0, 11},                // no such primitive
        {0, 7, 2},              // boolean
        {0, 8, 0, 1, 0xFF},     // not UTF-8
        {0, 9, 1, 1, 2, 0, 1},  // ends of two kinds
        {0, 9, 0, 0},           // not a number
        {0, 9, 9, 1, 1, 1, 1},  // a range of ranges
        {2, 0, 0, 0x27, 0x11},  // 10,001 items
        {2, 0xFF, 0xFF, 0xFF, 0xFF},
        {1, 0, 0x0F, 0x42, 0x41},  // 1,000,001 bytes
    };
    for (const base::Bytes& cell : unsound) {
        EXPECT_THAT(error(cell), HasSubstr("parameters[0]")) << base::to_hex(cell);
    }
}

TEST(ValueCells, nest_at_most_64_deep) {
    const auto error = [](std::size_t depth) {
        base::Bytes cell;
        for (std::size_t i = 0; i < depth; ++i) {
            cell.insert(cell.end(), {2, 0, 0, 0, 1});
        }
        cell.insert(cell.end(), {0, 0});
        InvokeContractPayload invoke;
        invoke.parameters = {{std::move(cell)}};
        return error_of(wire_of(invoke));
    };
    EXPECT_EQ(error(64), "");
    EXPECT_THAT(error(65), HasSubstr("nested deeper than 64"));
    EXPECT_THAT(error(100'000), HasSubstr("nested deeper than 64"));
}

}  // namespace
}  // namespace parallax::tos::e1
