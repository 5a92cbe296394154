#pragma once

#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/diagnosis/finding_source.hpp"
#include "verifier/core/diagnosis/fingerprint.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/status.h"

#include <string>
#include <string_view>
#include <vector>

namespace parallax::core {

/// One finding out of a comparison's differences: the first divergence in block order, named by the
/// access logs where both have one, everything else folded under it. Requires differences.
///
/// The fingerprint is the symptom's (fingerprint.hpp), until `put_into_group` knows a cause.
[[nodiscard]] model::Finding make_finding(const model::BlockOutcome& control,
                                          const model::BlockOutcome& candidate,
                                          Comparison comparison, const FindingSource& source);

/// One finding out of the invariants that an outcome breaks (`check_invariants`). Requires some.
[[nodiscard]] model::Finding make_invariant_finding(const model::BlockOutcome& outcome,
                                                    std::vector<model::Difference> broken,
                                                    const FindingSource& source);

/// One finding out of the hazards in an outcome's access log (`check_serializability`). Requires
/// some.
[[nodiscard]] model::Finding make_serializability_finding(const model::BlockOutcome& outcome,
                                                          std::vector<model::Difference> hazards,
                                                          const FindingSource& source);

/// A finding about an executor that answered with an error.
[[nodiscard]] model::Finding make_failure_finding(const absl::Status& status,
                                                  const FindingSource& source);

/// The findings that stand for a cause: the first one of each lane, in the verdict's order. What
/// else a lane shows in the same block (an invariant that its wrong outcome breaks) follows from
/// it.
[[nodiscard]] std::vector<const model::Finding*> leading_findings(const model::Verdict& verdict);

/// Puts a finding down to a cause (`cause_of`), which then is what groups it. An unknown one leaves
/// the fingerprint as it is.
void put_into_group(const model::Cause& cause, model::Finding& finding);

/// `INTERNAL: what happened`, for details and findings.
[[nodiscard]] std::string status_text(const absl::Status& status);

}  // namespace parallax::core
