#pragma once

#include "verifier/codec/json_object.hpp"
#include "verifier/model/identifiers.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace parallax::node {

/// Values as a node's JSON has them (node notes, 1.3, 1.4). What is wrong is a problem of the
/// object, and the value that is given then means nothing.

/// An amount: a whole number up to 2^64-1, required.
[[nodiscard]] model::Amount read_amount(const codec::JsonObject& json, const char* name);
/// An address in bech32, required.
[[nodiscard]] model::PublicKey read_address(const codec::JsonObject& json, const char* name);
/// Null, or a list of byte numbers.
[[nodiscard]] std::optional<base::Bytes> read_bytes(const codec::JsonObject& json,
                                                    const char* name);
/// The key in a list of 32 byte numbers or in an address; nothing if it is neither.
[[nodiscard]] std::optional<model::PublicKey> key_in(const nlohmann::json& value);
/// A list of exactly so many byte numbers, or an address: keys are shown as both.
[[nodiscard]] model::PublicKey read_key(const nlohmann::json& value, const std::string& path,
                                        const codec::JsonObject& json);
/// Byte numbers of a list; nothing if it is none, or longer than `limit`.
[[nodiscard]] std::optional<base::Bytes> bytes_of_list(const nlohmann::json& value,
                                                       std::size_t limit);

/// `T::kSize` byte numbers, required.
template <class T>
[[nodiscard]] T read_array(const codec::JsonObject& json, const char* name) {
    const nlohmann::json* value = json.find(name);
    const auto bytes = value != nullptr ? bytes_of_list(*value, T::kSize) : std::nullopt;
    if (!bytes || bytes->size() != T::kSize) {
        json.fail(name, fmt::format("is not a list of {} byte numbers", T::kSize));
        return T{};
    }
    return T::from_span(std::span<const std::uint8_t, T::kSize>(*bytes));
}

/// A name from outside, cut and without what is not printable.
[[nodiscard]] std::string printable_name(const std::string& name);

}  // namespace parallax::node
