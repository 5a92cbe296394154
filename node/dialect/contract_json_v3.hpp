#pragma once

#include "verifier/chains/tos/v3/transaction.hpp"
#include "verifier/codec/json_object.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <vector>

namespace parallax::node {

/// Contracts as a V3 node shows them. Nothing: there is a value whose bytes are
/// not shown. Problems of the JSON itself are in the object.

[[nodiscard]] std::optional<tos::v3::InvokeContractPayload> read_invoke(
    const codec::JsonObject& json);
[[nodiscard]] std::optional<tos::v3::DeployContractPayload> read_deploy(
    const codec::JsonObject& json);

}  // namespace parallax::node
