#include "reports/account_names.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax {
namespace {

constexpr std::size_t kHeadCharacters = 9;
constexpr std::size_t kTailCharacters = 4;
/// Hex digits of a key that the sentences of findings show.
constexpr std::size_t kShownDigits = 8;

std::string shortened(const std::string& address) {
    return address.substr(0, kHeadCharacters) + ".." +
           address.substr(address.size() - kTailCharacters);
}

std::string asset_name(const std::array<std::uint8_t, 32>& bytes) {
    const AssetId asset = AssetId::from_array(bytes);
    if (asset == kTosAsset) {
        return "TOS";
    }
    return asset == kUnoAsset ? "UNO" : to_hex(bytes).substr(0, kShownDigits) + "..";
}

}  // namespace

AccountNames::AccountNames(std::string_view network)
    : prefix_(network == "mainnet" ? AddressPrefix::kMainnet : AddressPrefix::kOther) {}

const AccountName& AccountNames::name(const PublicKey& key) {
    const auto [found, is_new] = names_.try_emplace(key);
    if (is_new) {
        const std::string address = encode_address(key, prefix_);
        found->second = {key, shortened(address), address};
    }
    return found->second;
}

void AccountNames::learn(const Difference& difference) {
    if (difference.key && family_row(difference.key->family).owner == KeyPart::kAccount) {
        (void)name(PublicKey::from_array(difference.key->owner));  // for `all` and `renamed`
    }
}

void AccountNames::learn(const Finding& finding) {
    for (const InvolvedTransaction& involved : finding.transactions) {
        (void)name(involved.source);  // as above
    }
    learn(finding.first);
    for (const Difference& difference : finding.derived) {
        learn(difference);
    }
}

std::string AccountNames::renamed(std::string_view text) const {
    std::string result(text);
    for (const auto& [key, name] : names_) {
        const std::string shown = key.hex().substr(0, kShownDigits) + "..";
        for (std::size_t at = result.find(shown); at != std::string::npos;
             at = result.find(shown, at + name.short_name.size())) {
            result.replace(at, shown.size(), name.short_name);
        }
    }
    return result;
}

std::string AccountNames::part_name(bool is_account, const std::array<std::uint8_t, 32>& bytes) {
    return is_account ? name(PublicKey::from_array(bytes)).short_name
                      : to_hex(bytes).substr(0, kShownDigits) + "..";
}

std::string AccountNames::row_name(const StateKey& key) {
    const FamilyRow& row = family_row(key.family);
    std::string text(row.name);
    std::replace(text.begin(), text.end(), '_', ' ');
    switch (row.owner) {
        case KeyPart::kNone:
            return text;
        case KeyPart::kCounter:
            text = counter_name(static_cast<Counter>(key.owner[0]));
            std::replace(text.begin(), text.end(), '_', ' ');
            return "counter " + text;
        case KeyPart::kAsset:
            return fmt::format("{} of {}", text, asset_name(key.owner));
        case KeyPart::kAccount:
        case KeyPart::kHash:
            text += key.family == Family::kAccount ? " " : " of ";
            text += part_name(row.owner == KeyPart::kAccount, key.owner);
            break;
    }
    switch (row.detail) {
        case KeyPart::kNone:
        case KeyPart::kCounter:
            return text;
        case KeyPart::kAsset:
            return fmt::format("{} ({})", text, asset_name(key.detail));
        case KeyPart::kAccount:
        case KeyPart::kHash:
            return fmt::format("{} ({})", text,
                               part_name(row.detail == KeyPart::kAccount, key.detail));
    }
    return text;
}

}  // namespace parallax
