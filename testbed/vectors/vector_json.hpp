#pragma once

#include "testbed/vectors/vector_case.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::testbed {

/// Reading the public conformance vectors, and what they stand for.

/// Parses one file. InvalidArgument if it is not JSON or has no list `test_vectors`; a case that is
/// malformed in itself is kept with its `problem`: so is one of an unknown kind, or with a member
/// that is not known, for what is not understood is not skipped. Integers may use all 64 bits.
[[nodiscard]] absl::StatusOr<VectorFile> parse_json_vectors(std::string_view text);

/// Whether a file is the list of test accounts that lies beside the vectors: whole JSON with a list
/// `accounts` and nothing else.
[[nodiscard]] bool is_account_list(std::string_view text);

/// The key that the vectors mine with: the public key of private scalar 1 (3.2).
[[nodiscard]] model::PublicKey vector_miner_key();

/// The rows of a state under the loading rules of 12.3, ascending by key. Counters are left to the
/// caller: what a global number means depends on the kind of the vector.
[[nodiscard]] std::vector<std::pair<model::StateKey, model::StateValue>> load_rows(
    const VectorState& state);

/// State digest v1 (10). The order of `accounts` does not matter.
[[nodiscard]] model::Hash vector_state_digest(const VectorGlobals& globals,
                                              std::span<const VectorAccount> accounts);

}  // namespace parallax::testbed
