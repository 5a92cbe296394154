#pragma once

#include "verifier/core/comparison/first_difference.hpp"
#include "verifier/core/diagnosis/finding_source.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include <string>

namespace parallax::core {

/// The one sentence of a finding, for people: it names block, transaction, key and difference, and
/// nothing is made from it.

[[nodiscard]] std::string divergence_sentence(const FirstDifference& first,
                                              const model::BlockOutcome& control,
                                              const model::BlockOutcome& candidate,
                                              const FindingSource& source);
[[nodiscard]] std::string invariant_sentence(const model::Difference& broken,
                                             const FindingSource& source);
[[nodiscard]] std::string hazard_sentence(const model::Difference& found,
                                          const FindingSource& source);
[[nodiscard]] std::string failure_sentence(const model::Difference& failure,
                                           const FindingSource& source);

}  // namespace parallax::core
