#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/protocol/admitted_block.hpp"

#include <string>

namespace parallax::core {

/// What a candidate did to a whole block, on a chain where versions of balances are state, in one
/// sentence: how many senders were neither debited nor advanced, how many versions stand at another
/// topoheight, whether coins came from nothing. Empty where the control wrote no versions, or
/// nothing of this is so. Both outcomes accepted the block.
[[nodiscard]] std::string version_summary(const protocol::AdmittedBlock& block,
                                          const model::BlockOutcome& control,
                                          const model::BlockOutcome& candidate);

}  // namespace parallax::core
