#pragma once

#include "testbed/vectors/vector_json.hpp"
#include "verifier/codec/json_object.hpp"

namespace parallax::testbed {

/// Builds a transaction from the JSON form of 12.4, for the three types of 2.4. Nothing for any
/// other type or an unsound field; this is an answer, not a fault of the file.
[[nodiscard]] std::optional<tos::e1::Transaction> transaction_from_json(
    const nlohmann::json& value);

}  // namespace parallax::testbed
