#pragma once

#include "verifier/core/comparison/compare.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"

#include "absl/status/status.h"

#include <string>
#include <string_view>
#include <vector>

namespace parallax::core {

/// Where a finding was made: what its sentence and its fingerprint need besides the outcomes.
struct FindingSource {
    const protocol::AdmittedBlock& block;
    const protocol::Protocol& protocol;
    model::FindingClass finding_class = model::FindingClass::kDivergence;
    /// The lane it is found in, as `batch`.
    std::string_view lane;
    /// How the sentence calls the two sides.
    std::string_view control_name = "control";
    std::string_view candidate_name;
};

/// One finding out of a comparison's differences: the first divergence in block order, named by the
/// access logs where both have one, everything else folded under it. Requires differences.
///
/// The fingerprint has two halves. The second one is the symptom: class, side (control, recorded or
/// candidate), section, family, field, sign, hazard (a read that was too early or too late), the
/// error, the types of the transaction and of the one whose write it should have seen, and the
/// phase. The first one is the group: the cause, if `put_into_group` is told one, and else as fine
/// as the symptom. Neither holds a lane, height, index, address or amount.
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

/// Says what a finding is put down to (`cause_of`); nothing happens if that is empty. Findings
/// about the control are grouped by class as well, and never with a candidate's.
void put_into_group(std::string_view cause, model::Finding& finding);

/// What findings are grouped by: the fingerprint with its second half zero.
[[nodiscard]] model::Hash group_of(const model::Hash& fingerprint);
/// The half of it that is not zero, in hex.
[[nodiscard]] std::string group_text(const model::Hash& fingerprint);

/// `INTERNAL: what happened`, for details and findings.
[[nodiscard]] std::string status_text(const absl::Status& status);

}  // namespace parallax::core
