#include "verifier/crypto/address.hpp"

#include "tests/support/random_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace parallax::crypto {
namespace {

// Expected texts of this file were made with the npm package `bech32`.
constexpr const char* kKeyHex = "8c9240b456a9e6dc65c377a1048d745f94a08cdb7f44cbcd7b46f34048871134";
const std::string kMainnet = "tos13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq83fpue";
const std::string kOther = "tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54";

model::PublicKey example_key() {
    return model::PublicKey::from_hex(kKeyHex).value();
}

std::string upper_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// Why `text` is refused; the empty text if it is not.
std::string refusal(const std::string& text) {
    const auto address = decode_address(text);
    if (address.ok()) {
        return "";
    }
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(address.status().message());
}

TEST(Address, encodes_a_known_key_for_both_networks) {
    EXPECT_EQ(encode_address(example_key(), AddressPrefix::kMainnet), kMainnet);
    EXPECT_EQ(encode_address(example_key(), AddressPrefix::kOther), kOther);
    model::PublicKey ones;
    ones.mutable_bytes().fill(0xFF);
    EXPECT_EQ(encode_address(ones, AddressPrefix::kMainnet),
              "tos1lllllllllllllllllllllllllllllllllllllllllllllllllllsq67dh7y");
}

TEST(Address, decodes_either_case) {
    const Address mainnet{.key = example_key(), .prefix = AddressPrefix::kMainnet};
    const Address other{.key = example_key(), .prefix = AddressPrefix::kOther};
    EXPECT_EQ(decode_address(kMainnet).value(), mainnet);
    EXPECT_EQ(decode_address(kOther).value(), other);
    EXPECT_EQ(decode_address(upper_case(kOther)).value(), other);
}

TEST(Address, round_trips_any_key) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int i = 0; i < 500; ++i) {
        const Address address{
            .key = model::PublicKey::from_array(random.array<32>()),
            .prefix = i % 2 == 0 ? AddressPrefix::kMainnet : AddressPrefix::kOther};
        const std::string text = encode_address(address.key, address.prefix);
        ASSERT_EQ(text.size(), kAddressLength);
        ASSERT_EQ(decode_address(text).value(), address);
    }
}

TEST(Address, rejects_mixed_case) {
    std::string text = kOther;
    text[10] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[10])));
    EXPECT_EQ(refusal(text), "address: upper and lower case are mixed");
}

TEST(Address, rejects_another_length) {
    EXPECT_EQ(refusal(""), "address: 0 characters, expected 63");
    EXPECT_EQ(refusal(kOther.substr(1)), "address: 62 characters, expected 63");
    EXPECT_EQ(refusal(kOther + "q"), "address: 64 characters, expected 63");
    // A right checksum over 34 bytes.
    EXPECT_EQ(refusal("tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqqqdjsrxf"),
              "address: 65 characters, expected 63");
}

TEST(Address, rejects_an_unknown_prefix) {
    EXPECT_EQ(refusal("btc13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qq34nwlc"),
              "address: does not begin with `tos1` or `tst1`");
    std::string without_separator = kOther;
    without_separator[3] = 'q';
    EXPECT_EQ(refusal(without_separator), "address: does not begin with `tos1` or `tst1`");
}

// The prefix is part of the checksum.
TEST(Address, rejects_the_other_networks_prefix_on_the_same_data) {
    EXPECT_EQ(refusal("tos" + kOther.substr(3)), "address: checksum does not match");
}

TEST(Address, rejects_a_character_outside_the_alphabet) {
    for (const char character : {'b', 'i', 'o', '1', ' ', '\0', '\x7f', '\xff'}) {
        std::string text = kOther;
        text[20] = character;
        EXPECT_NE(refusal(text).find("at offset 20 is not a bech32 character"), std::string::npos)
            << static_cast<int>(character);
    }
}

TEST(Address, rejects_every_changed_character) {
    const std::string alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    for (std::size_t at = 4; at < kOther.size(); ++at) {
        for (const char character : alphabet) {
            std::string text = kOther;
            text[at] = character;
            ASSERT_EQ(refusal(text).empty(), text == kOther) << text;
        }
    }
}

TEST(Address, rejects_the_checksum_of_bech32m) {
    EXPECT_EQ(refusal("tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqfasv3h"),
              "address: checksum does not match");
}

TEST(Address, rejects_a_padding_bit_that_is_set) {
    EXPECT_EQ(refusal("tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qpph54f8"),
              "address: padding bit is not zero");
}

TEST(Address, rejects_an_address_with_another_type) {
    EXPECT_EQ(refusal("tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qz0ypr8c"),
              "address: type 1 is not a plain account");
}

}  // namespace
}  // namespace parallax::crypto
