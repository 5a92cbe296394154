#pragma once

#include "verifier/model/verdict.hpp"

#include <string>
#include <string_view>

namespace parallax::reports {

/// Unsigned amounts that a subtraction took below zero: 2^63 and more, where the other side is
/// less. No asset has such sums; printed as they are they hide that something is missing.

/// Whether the two sides of `difference` are amounts, of which the candidate's wrapped.
[[nodiscard]] bool is_wrapped(const model::Difference& difference);
/// The candidate's number with its sign, as `-5 (wrapped below zero, u64 18446744073709551611)`.
[[nodiscard]] std::string unwrapped(const model::Difference& difference);
/// Candidate minus control, as `-8`, of the number with its sign.
[[nodiscard]] model::WideNumber unwrapped_number(const model::Difference& difference);
[[nodiscard]] std::string unwrapped_delta(const model::Difference& difference);
/// `sentence` with the number and the difference replaced by what they mean.
[[nodiscard]] std::string unwrapped_sentence(std::string sentence,
                                             const model::Difference& difference);

}  // namespace parallax::reports
