#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

namespace parallax::core {

/// What a finding was made from. `control` is null where only one outcome was judged.
struct EvidenceSource {
    const protocol::StateView& view;
    const protocol::AdmittedBlock& block;
    const model::BlockOutcome* control = nullptr;
    const model::BlockOutcome& candidate;
};

/// Adds to a finding what a reader needs to see the cause without the block: each difference's
/// value before the block and its writers in both lanes, what both lanes did to the row of the
/// first difference (where it is a sum of the block: what transactions add to it, if that fits what
/// is wrong with it), and the transactions that all this names. What the outcomes' access logs or
/// the view cannot tell stays empty.
void add_evidence(const EvidenceSource& source, model::Finding& finding);

}  // namespace parallax::core
