#include "verifier/crypto/hashing.hpp"

#include "verifier/base/tagged_bytes.hpp"
#include "verifier/chains/tos/e1/identities.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parallax::crypto {
namespace {

base::Bytes from_hex(const std::string& text) {
    return base::parse_hex(text).value();
}

model::Hash filled(std::uint8_t byte) {
    model::Hash hash;
    hash.mutable_bytes().fill(byte);
    return hash;
}

/// The pattern of BLAKE3's official test vectors.
base::Bytes counting_bytes(std::size_t size) {
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i % 251);
    }
    return bytes;
}

struct KnownHash {
    std::size_t size;
    std::string hex;
};

const std::vector<KnownHash>& known_hashes() {
    static const std::vector<KnownHash> kKnown{
        {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
        {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
        {64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"},
        {65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"},
        {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
        {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
        {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
        {4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995"},
        {102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"}};
    return kKnown;
}

TEST(Blake3, gives_the_official_hashes) {
    for (const auto& [size, hex] : known_hashes()) {
        EXPECT_EQ(blake3(counting_bytes(size)).hex(), hex) << size << " bytes";
    }
}

TEST(Blake3Hasher, does_not_depend_on_how_the_bytes_are_cut) {
    for (const auto& [size, hex] : known_hashes()) {
        const base::Bytes bytes = counting_bytes(size);
        Blake3Hasher hasher;
        std::size_t step = 1;
        for (std::size_t at = 0; at < size; at += step) {
            step = std::min(size - at, at % 97 + 1);
            hasher.update(std::span(bytes).subspan(at, step));
        }
        EXPECT_EQ(hasher.finish().hex(), hex) << size << " bytes";
    }
}

TEST(Blake3Hasher, goes_on_after_finish) {
    const base::Bytes bytes = counting_bytes(65);
    Blake3Hasher hasher;
    hasher.update(std::span(bytes).first(64));
    EXPECT_EQ(hasher.finish(), blake3(std::span(bytes).first(64)));
    hasher.update(std::span(bytes).subspan(64));
    EXPECT_EQ(hasher.finish(), blake3(bytes));
}

TEST(Blake3Hasher, writes_numbers_big_endian) {
    Blake3Hasher hasher;
    hasher.update_u64(0x0102030405060708);
    EXPECT_EQ(hasher.finish(), blake3(from_hex("0102030405060708")));
}

// FIPS 202's example of the empty message, and NIST's of "abc".
TEST(Sha3, gives_the_standard_digests) {
    EXPECT_EQ(base::to_hex(sha3_512({})),
              "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
              "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26");
    const base::Bytes abc{'a', 'b', 'c'};
    const std::string expected =
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0";
    EXPECT_EQ(base::to_hex(sha3_512({abc})), expected);
    EXPECT_EQ(base::to_hex(sha3_512({std::span(abc).first(1), {}, std::span(abc).subspan(1)})),
              expected);
}

// The worked example of the protocol notes, appendix A.
TEST(Hashing, gives_the_worked_examples_transaction_and_signing_hash) {
    const std::string signing =
        "0103f05bc1df2831717c2992d85b57e0cf3d123fd6c254257de5f784be369747b249010001" +
        std::string(64, '0') +
        "c29d170ab8a5b42a3520878501a87a27f9b5653fca8b0c59fc2786cf26e37824"
        "00000000000186a00000000000000186a0000000000000000005" +
        std::string(64, '0') + "0000000000000000";
    const std::string signature =
        "6f1922cb53c021f127429940d5c64ea9a0b5d9d7d74daed1fba26394a1be7209"
        "22ef65b532bd4c8a27def76b00d28b4d75458aec9f437f5ef9c9e3d7a193dd08";
    EXPECT_EQ(blake3(from_hex(signing)).hex(),
              "4961214dcc85c8b6b7ebf7c2a697d3bcbbe1a40cad7a9a6c217ed64d7178cac4");
    EXPECT_EQ(blake3(from_hex(signing + "00" + signature)).hex(),
              "d0eabc5d4aa21f9bb90617b7593f10ce243d861925e4001f65fc58afb77a983b");
}

// Expectations of the next three come from b3sum over bytes put together by hand.
TEST(ContractAddress, hashes_tag_deployer_and_module_hash) {
    model::PublicKey deployer;
    deployer.mutable_bytes().fill(0x42);
    EXPECT_EQ(tos::e1::contract_address(deployer, from_hex("7f454c460102")).hex(),
              "35d7037ade257f221b52609b42ab16f838133820714ee6c9c4634a2dd624a188");
}

TEST(NameHash, ignores_the_case_of_ascii_letters_only) {
    EXPECT_EQ(tos::e1::name_hash("alice_9").hex(),
              "38e6b0ae9f5f2563dc3aa64a7d8be20515f56b2481dcefc3f3ea722958b7dba6");
    EXPECT_EQ(tos::e1::name_hash("ALICE_9"), tos::e1::name_hash("alice_9"));
    EXPECT_NE(tos::e1::name_hash("[@`{"), tos::e1::name_hash("{`@["));
    EXPECT_NE(tos::e1::name_hash("\xC3\x84z"), tos::e1::name_hash("\xC3\xA4z"));
}

tos::e1::BlockHeader example_header() {
    tos::e1::BlockHeader header;
    header.version = 1;
    header.height = model::BlockHeight{0x0102030405060708};
    header.timestamp = model::TimestampMs{0x1112131415161718};
    header.nonce = 0x2122232425262728;
    header.extra_nonce.mutable_bytes().fill(0x66);
    header.tips = {filled(0x11), filled(0x22)};
    header.transaction_hashes = {filled(0x33), filled(0x44), filled(0x55)};
    header.miner.mutable_bytes().fill(0x77);
    return header;
}

TEST(BlockHash, hashes_every_field_in_order) {
    EXPECT_EQ(tos::e1::block_hash(example_header()).hex(),
              "94fe434b0a9d313ae58fe85d6ba526016a78822fb5c86cac0bdd7e7d15e380dc");
}

// The node's own constants for its two networks with a fixed genesis block.
TEST(BlockHash, gives_the_hashes_of_the_public_genesis_blocks) {
    tos::e1::BlockHeader header;
    header.miner = model::PublicKey::from_hex(
                       "043fa8495c7a031f2c7a68c602eaa36d5a744fa69e44822f6b7e13f5cc2a7410")
                       .value();
    header.timestamp = model::TimestampMs{0x019ca6b1dc00};
    EXPECT_EQ(tos::e1::block_hash(header).hex(),
              "ddd10764610850e05191baec336720b609722db75ac4490daeb73af8472a9ea3");
    header.timestamp = model::TimestampMs{0x01941f297c00};
    EXPECT_EQ(tos::e1::block_hash(header).hex(),
              "5fe9de143238941639be15f3c7ec08c1cab5d99cdbd183f9879047841f0a5e0a");
}

TEST(BlockHash, leaves_the_vrf_data_out) {
    tos::e1::BlockHeader header = example_header();
    header.vrf.emplace();
    header.vrf->output.mutable_bytes().fill(0x99);
    EXPECT_EQ(tos::e1::block_hash(header), tos::e1::block_hash(example_header()));
}

TEST(BlockHash, depends_on_the_order_of_tips_and_transactions) {
    tos::e1::BlockHeader tips = example_header();
    std::swap(tips.tips[0], tips.tips[1]);
    tos::e1::BlockHeader transactions = example_header();
    std::swap(transactions.transaction_hashes[0], transactions.transaction_hashes[1]);
    tos::e1::BlockHeader moved = example_header();
    moved.tips.push_back(moved.transaction_hashes.front());
    moved.transaction_hashes.erase(moved.transaction_hashes.begin());
    const model::Hash expected = tos::e1::block_hash(example_header());
    EXPECT_NE(tos::e1::block_hash(tips), expected);
    EXPECT_NE(tos::e1::block_hash(transactions), expected);
    EXPECT_NE(tos::e1::block_hash(moved), expected);
}

}  // namespace
}  // namespace parallax::crypto
