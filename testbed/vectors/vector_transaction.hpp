#pragma once

#include "testbed/vectors/vector_case.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/json_object.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>

namespace parallax::testbed {

/// Builds a transaction from the JSON form of 12.4, for the three types of 2.4. Nothing for any
/// other type or an unsound field; this is an answer, not a fault of the file.
[[nodiscard]] std::optional<tos::e1::Transaction> transaction_from_json(
    const nlohmann::json& value);

/// When a transaction is taken from its JSON (2.4, 8.2).
enum class VectorFallback : std::uint8_t { kIfUndecodable, kIfWireAbsent };

/// The transaction that the conformance server makes of `transaction`: from its wire, trimmed, or
/// from its JSON. InvalidArgument stands for the answer 0x100.
[[nodiscard]] absl::StatusOr<tos::e1::Transaction> vector_transaction(
    const VectorTransaction& transaction, tos::e1::Trailing trailing, VectorFallback fallback);

}  // namespace parallax::testbed
