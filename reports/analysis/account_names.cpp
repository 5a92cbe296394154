#include "reports/analysis/account_names.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::reports {
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
    const model::AssetId asset = model::AssetId::from_array(bytes);
    if (asset == model::kTosAsset) {
        return "TOS";
    }
    return asset == model::kUnoAsset ? "UNO" : base::to_hex(bytes).substr(0, kShownDigits) + "..";
}

}  // namespace

AccountNames::AccountNames(std::string_view network)
    : prefix_(network == "mainnet" ? crypto::AddressPrefix::kMainnet
                                   : crypto::AddressPrefix::kOther) {}

const AccountName& AccountNames::name(const model::PublicKey& key) {
    const auto [found, is_new] = names_.try_emplace(key);
    if (is_new) {
        const std::string address = crypto::encode_address(key, prefix_);
        found->second = {key, shortened(address), address};
    }
    return found->second;
}

void AccountNames::learn(const model::Difference& difference) {
    if (difference.key &&
        model::family_row(difference.key->family).owner == model::KeyPart::kAccount) {
        (void)name(model::PublicKey::from_array(difference.key->owner));  // for `all` and `renamed`
    }
}

void AccountNames::learn(const model::Finding& finding) {
    for (const model::InvolvedTransaction& involved : finding.transactions) {
        (void)name(involved.source);  // as above
    }
    learn(finding.first);
    for (const model::Difference& difference : finding.derived) {
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
    return is_account ? name(model::PublicKey::from_array(bytes)).short_name
                      : base::to_hex(bytes).substr(0, kShownDigits) + "..";
}

std::string AccountNames::row_name(const model::StateKey& key) {
    const model::FamilyRow& row = model::family_row(key.family);
    std::string text(row.name);
    std::replace(text.begin(), text.end(), '_', ' ');
    switch (row.owner) {
        case model::KeyPart::kNone:
            return text;
        case model::KeyPart::kCounter:
            text = model::counter_name(static_cast<model::Counter>(key.owner[0]));
            std::replace(text.begin(), text.end(), '_', ' ');
            return "counter " + text;
        case model::KeyPart::kAsset:
            return fmt::format("{} of {}", text, asset_name(key.owner));
        case model::KeyPart::kAccount:
        case model::KeyPart::kHash:
            text += key.family == model::Family::kAccount ? " " : " of ";
            text += part_name(row.owner == model::KeyPart::kAccount, key.owner);
            break;
    }
    switch (row.detail) {
        case model::KeyPart::kNone:
        case model::KeyPart::kCounter:
            return text;
        case model::KeyPart::kAsset:
            return fmt::format("{} ({})", text, asset_name(key.detail));
        case model::KeyPart::kAccount:
        case model::KeyPart::kHash:
            return fmt::format("{} ({})", text,
                               part_name(row.detail == model::KeyPart::kAccount, key.detail));
    }
    return text;
}

}  // namespace parallax::reports
