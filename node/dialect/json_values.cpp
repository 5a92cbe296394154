#include "node/dialect/json_values.hpp"

#include "verifier/crypto/address.hpp"

#include <algorithm>

namespace parallax::node {
namespace {

using Json = nlohmann::json;

/// More than any memo that a node takes.
constexpr std::size_t kMostExtraData = 64UL * 1024;
constexpr std::size_t kShownName = 40;

}  // namespace

model::Amount read_amount(const codec::JsonObject& json, const char* name) {
    const auto value = json.optional_number(name);
    if (!value) {
        json.fail(name, "is not a whole number");
    }
    return model::Amount{value.value_or(0)};
}

model::PublicKey read_address(const codec::JsonObject& json, const char* name) {
    const auto address = crypto::decode_address(json.optional_text(name).value_or(""));
    if (!address.ok()) {
        json.fail(name, std::string(address.status().message()));
        return {};
    }
    return address->key;
}

std::optional<base::Bytes> bytes_of_list(const Json& value, std::size_t limit) {
    if (!value.is_array() || value.size() > limit) {
        return std::nullopt;
    }
    base::Bytes bytes;
    bytes.reserve(value.size());
    for (const Json& item : value) {
        if (!item.is_number_unsigned() || item.get<std::uint64_t>() > 0xFF) {
            return std::nullopt;
        }
        bytes.push_back(static_cast<std::uint8_t>(item.get<std::uint64_t>()));
    }
    return bytes;
}

std::optional<base::Bytes> read_bytes(const codec::JsonObject& json, const char* name) {
    const Json* value = json.find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    auto bytes = bytes_of_list(*value, kMostExtraData);
    if (!bytes) {
        json.fail(name, "is neither null nor a list of byte numbers");
    }
    return bytes;
}

std::optional<model::PublicKey> key_in(const Json& value) {
    if (const auto* text = value.get_ptr<const Json::string_t*>()) {
        const auto address = crypto::decode_address(*text);
        return address.ok() ? std::optional(address->key) : std::nullopt;
    }
    const auto bytes = bytes_of_list(value, model::PublicKey::kSize);
    return bytes && bytes->size() == model::PublicKey::kSize
               ? std::optional(model::PublicKey::from_span(
                     std::span<const std::uint8_t, model::PublicKey::kSize>(*bytes)))
               : std::nullopt;
}

model::PublicKey read_key(const Json& value, const std::string& path,
                          const codec::JsonObject& json) {
    const auto key = key_in(value);
    if (!key) {
        json.fail(path.c_str(), "is not a key");
    }
    return key.value_or(model::PublicKey{});
}

std::string printable_name(const std::string& name) {
    std::string out = name.substr(0, kShownName);
    std::ranges::replace_if(
        out, [](char c) { return c <= 0x20 || c >= 0x7F; }, '?');
    return out;
}

}  // namespace parallax::node
