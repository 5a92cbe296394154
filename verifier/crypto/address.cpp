#include "verifier/crypto/address.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace parallax::crypto {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kPrefixLength = 3;
constexpr std::size_t kChecksumLength = 6;
/// Key and type byte.
constexpr std::size_t kPayloadLength = model::PublicKey::kSize + 1;
/// 33 bytes in groups of 5 bits, the last one padded with one zero bit.
constexpr std::size_t kGroups = (kPayloadLength * 8 + 4) / 5;
constexpr std::uint8_t kNormalAddressType = 0;
constexpr std::uint32_t kChecksumConstant = 1;

static_assert(kAddressLength == kPrefixLength + 1 + kGroups + kChecksumLength);

using Groups = std::array<std::uint8_t, kGroups + kChecksumLength>;

std::string_view prefix_text(AddressPrefix prefix) noexcept {
    switch (prefix) {
        case AddressPrefix::kMainnet:
            return "tos";
        case AddressPrefix::kOther:
            return "tst";
    }
    return {};
}

std::optional<AddressPrefix> parse_prefix(std::string_view text) noexcept {
    for (const AddressPrefix prefix : {AddressPrefix::kMainnet, AddressPrefix::kOther}) {
        if (text == prefix_text(prefix)) {
            return prefix;
        }
    }
    return std::nullopt;
}

/// One step of BIP-173's checksum: a remainder over GF(32).
std::uint32_t polymod_step(std::uint32_t remainder, std::uint8_t value) noexcept {
    constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                                      0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = remainder >> 25;
    remainder = ((remainder & 0x1ffffff) << 5) ^ value;
    for (std::size_t i = 0; i < kGenerator.size(); ++i) {
        if (((top >> i) & 1) != 0) {
            remainder ^= kGenerator[i];
        }
    }
    return remainder;
}

std::uint32_t polymod(std::string_view prefix, const Groups& groups) noexcept {
    std::uint32_t remainder = 1;
    for (const char character : prefix) {
        remainder = polymod_step(remainder, static_cast<std::uint8_t>(character >> 5));
    }
    remainder = polymod_step(remainder, 0);
    for (const char character : prefix) {
        remainder = polymod_step(remainder, static_cast<std::uint8_t>(character & 31));
    }
    for (const std::uint8_t group : groups) {
        remainder = polymod_step(remainder, group);
    }
    return remainder;
}

/// BIP-173 allows all upper or all lower case and nothing between. Gives the lower-case text.
absl::StatusOr<std::string> to_one_case(std::string_view text) {
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (std::any_of(text.begin(), text.end(), is_lower) &&
        std::any_of(text.begin(), text.end(), is_upper)) {
        return absl::InvalidArgumentError("address: upper and lower case are mixed");
    }
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [&](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

absl::StatusOr<Groups> parse_groups(std::string_view text) {
    Groups groups;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::size_t offset = kPrefixLength + 1 + i;
        const std::size_t value = kAlphabet.find(text[offset]);
        if (value == std::string_view::npos) {
            return absl::InvalidArgumentError(
                fmt::format("address: byte 0x{:02x} at offset {} is not a bech32 character",
                            static_cast<unsigned char>(text[offset]), offset));
        }
        groups[i] = static_cast<std::uint8_t>(value);
    }
    return groups;
}

/// Bit n of the payload, from the most significant one, is bit n of the groups.
std::array<std::uint8_t, kPayloadLength> payload_of(const Groups& groups) noexcept {
    std::array<std::uint8_t, kPayloadLength> payload{};
    for (std::size_t bit = 0; bit < kPayloadLength * 8; ++bit) {
        const unsigned value = (groups[bit / 5] >> (4 - bit % 5)) & 1U;
        payload[bit / 8] = static_cast<std::uint8_t>(payload[bit / 8] | value << (7 - bit % 8));
    }
    return payload;
}

}  // namespace

std::string encode_address(const model::PublicKey& key, AddressPrefix prefix) {
    std::array<std::uint8_t, kPayloadLength> payload{};
    std::copy(key.bytes().begin(), key.bytes().end(), payload.begin());
    payload.back() = kNormalAddressType;

    Groups groups{};
    for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
        const unsigned value = (payload[bit / 8] >> (7 - bit % 8)) & 1U;
        groups[bit / 5] = static_cast<std::uint8_t>(groups[bit / 5] | value << (4 - bit % 5));
    }
    const std::uint32_t checksum = polymod(prefix_text(prefix), groups) ^ kChecksumConstant;
    for (std::size_t i = 0; i < kChecksumLength; ++i) {
        groups[kGroups + i] =
            static_cast<std::uint8_t>((checksum >> (5 * (kChecksumLength - 1 - i))) & 31);
    }
    std::string text(prefix_text(prefix));
    text.push_back('1');
    for (const std::uint8_t group : groups) {
        text.push_back(kAlphabet[group]);
    }
    return text;
}

absl::StatusOr<Address> decode_address(std::string_view text) {
    if (text.size() != kAddressLength) {
        return absl::InvalidArgumentError(
            fmt::format("address: {} characters, expected {}", text.size(), kAddressLength));
    }
    const auto lower = to_one_case(text);
    if (!lower.ok()) {
        return lower.status();
    }
    const auto prefix = parse_prefix(std::string_view(*lower).substr(0, kPrefixLength));
    if (!prefix || (*lower)[kPrefixLength] != '1') {
        return absl::InvalidArgumentError("address: does not begin with `tos1` or `tst1`");
    }
    const auto groups = parse_groups(*lower);
    if (!groups.ok()) {
        return groups.status();
    }
    if (polymod(prefix_text(*prefix), *groups) != kChecksumConstant) {
        return absl::InvalidArgumentError("address: checksum does not match");
    }
    if (((*groups)[kGroups - 1] & 1) != 0) {
        return absl::InvalidArgumentError("address: padding bit is not zero");
    }
    const auto payload = payload_of(*groups);
    if (payload.back() != kNormalAddressType) {
        return absl::InvalidArgumentError(
            fmt::format("address: type {} is not a plain account", payload.back()));
    }
    const std::span<const std::uint8_t, model::PublicKey::kSize> key(payload.data(),
                                                                     model::PublicKey::kSize);
    return Address{.key = model::PublicKey::from_span(key), .prefix = *prefix};
}

}  // namespace parallax::crypto
