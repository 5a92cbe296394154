#pragma once

#include "verifier/codec/json_object.hpp"
#include "verifier/model/cause.hpp"
#include "verifier/model/difference_values.hpp"

#include <nlohmann/json_fwd.hpp>

namespace parallax::reports {

/// Causes and values of differences as JSON. What is not there has no member, so that one value has
/// one spelling. Numbers and bytes are texts: many readers of JSON do not have all their digits.

[[nodiscard]] nlohmann::ordered_json cause_json(const model::Cause& cause);
[[nodiscard]] nlohmann::ordered_json values_json(const model::DifferenceValues& values);

/// What is wrong is a problem of the object.
[[nodiscard]] model::Cause read_cause(const codec::JsonObject& json);
[[nodiscard]] model::DifferenceValues read_values(const codec::JsonObject& json);

}  // namespace parallax::reports
