#pragma once

#include "verifier/core/diagnosis/cause_evidence.hpp"
#include "verifier/model/cause.hpp"

namespace parallax::core {

/// The cause that all findings of one lane in one block are put down to, as "account: read too
/// early" or "balance: applied twice": what findings are grouped by. Its words are made where it is
/// printed.
///
/// One mistake shows in many ways: a nonce that was read too early refuses one transaction, lets
/// another one in, and is harmless for a third. So the earliest departure in block order is taken,
/// and asked for what lies nearest to the mistake: what was read wrongly, else which check ended
/// otherwise, else which effect is missing, extra or of another size. Family, field, direction and
/// phase are part of it; types of transactions, heights, addresses and amounts are not. Unknown if
/// nothing can be said. The rules stand in tables, in the order that they are tried in.
[[nodiscard]] model::Cause cause_of(const CauseEvidence& evidence);

}  // namespace parallax::core
