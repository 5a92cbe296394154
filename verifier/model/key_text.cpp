#include "verifier/model/key_text.hpp"

#include "verifier/model/families.hpp"

#include <algorithm>

namespace parallax::model {
namespace {

/// Cuts the text up to the next colon off `rest`; nothing is left when the last one is taken.
std::string_view take_part(std::optional<std::string_view>& rest) {
    if (!rest) {
        return {};
    }
    const std::size_t colon = rest->find(':');
    const std::string_view part = rest->substr(0, colon);
    rest = colon == std::string_view::npos ? std::nullopt : std::optional(rest->substr(colon + 1));
    return part;
}

bool read_part(std::string_view text, KeyPart part, std::array<std::uint8_t, 32>& bytes) {
    switch (part) {
        case KeyPart::kNone:
            return true;
        case KeyPart::kCounter:
            for (std::uint8_t number = 1; number <= 4; ++number) {
                if (counter_name(static_cast<Counter>(number)) == text) {
                    bytes[0] = number;
                    return true;
                }
            }
            return false;
        case KeyPart::kAsset:
            if (text == "TOS" || text == "UNO") {
                bytes = (text == "TOS" ? kTosAsset : kUnoAsset).bytes();
                return true;
            }
            break;
        case KeyPart::kAccount:
        case KeyPart::kHash:
            break;
    }
    const auto hash = Hash::from_hex(text);
    if (hash) {
        bytes = hash->bytes();
    }
    return hash.has_value();
}

}  // namespace

std::optional<StateKey> key_from_text(std::string_view text) {
    std::optional<std::string_view> rest = text;
    const std::string_view name = take_part(rest);
    const auto row = std::find_if(kFamilies.begin(), kFamilies.end(),
                                  [&](const FamilyRow& family) { return family.name == name; });
    if (row == kFamilies.end()) {
        return std::nullopt;
    }
    StateKey key{row->family, {}, {}};
    if (row->owner != KeyPart::kNone && !read_part(take_part(rest), row->owner, key.owner)) {
        return std::nullopt;
    }
    if (row->detail != KeyPart::kNone && !read_part(take_part(rest), row->detail, key.detail)) {
        return std::nullopt;
    }
    // Other spellings of one key, as hex in capitals, and what is left over.
    return to_string(key) == text ? std::optional(key) : std::nullopt;
}

}  // namespace parallax::model
