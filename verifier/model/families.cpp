#include "verifier/model/families.hpp"

#include <utility>

namespace parallax::model {
namespace {

template <std::size_t... I>
StateValue default_at(std::size_t index, std::index_sequence<I...>) {
    StateValue value;
    (void)((index == I && (value.emplace<I>(), true)) || ...);
    return value;
}

void append_part(std::string& text, KeyPart part, const std::array<std::uint8_t, 32>& bytes) {
    switch (part) {
        case KeyPart::kNone:
            return;
        case KeyPart::kAsset:
            text += ':';
            if (AssetId::from_array(bytes) == kTosAsset) {
                text += "TOS";
            } else if (AssetId::from_array(bytes) == kUnoAsset) {
                text += "UNO";
            } else {
                text += base::to_hex(bytes);
            }
            return;
        case KeyPart::kCounter:
            text += ':';
            text += counter_name(static_cast<Counter>(bytes[0]));
            return;
        case KeyPart::kAccount:
        case KeyPart::kHash:
            text += ':';
            text += base::to_hex(bytes);
            return;
    }
}

}  // namespace

StateValue default_value(Family family) {
    return default_at(family_row(family).value_index,
                      std::make_index_sequence<std::variant_size_v<StateValue>>{});
}

std::string to_string(const StateKey& key) {
    const FamilyRow& row = family_row(key.family);
    std::string text(row.name);
    append_part(text, row.owner, key.owner);
    append_part(text, row.detail, key.detail);
    return text;
}

std::string_view counter_name(Counter counter) noexcept {
    switch (counter) {
        case Counter::kEmittedSupply:
            return "emitted_supply";
        case Counter::kBurnedSupply:
            return "burned_supply";
        case Counter::kGasFee:
            return "gas_fee";
        case Counter::kMinerReward:
            return "miner_reward";
    }
    return "unknown";
}

}  // namespace parallax::model
