#pragma once

#include "verifier/model/difference.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace parallax::reports {

/// What reports ask of a difference, by its values. Records of before there were any answer no.

/// The difference of the code that a transaction ended with.
[[nodiscard]] bool is_code_of(const model::Difference& difference,
                              const std::optional<model::TxIndex>& transaction);
/// `NONCE_TOO_HIGH`; empty for success, and for what is no code.
[[nodiscard]] std::string error_name(const model::Value& code);

/// An amount that a result has: its fee, or what it burned.
[[nodiscard]] bool is_result_amount(const model::Place& place);
/// The invariant of a sum over the block, and that of conservation.
[[nodiscard]] bool is_total_invariant(const model::Place& place);
[[nodiscard]] bool is_conservation(const model::Place& place);

/// `as before the block`, `as transaction 3 left it`, `as the epilogue left it`, by what the end of
/// the block is called.
[[nodiscard]] std::string state_left_by(std::optional<model::TxIndex> writer, std::string_view end);

}  // namespace parallax::reports
