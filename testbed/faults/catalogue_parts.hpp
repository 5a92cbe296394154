#pragma once

#include "testbed/faults/fault.hpp"

#include <vector>

namespace parallax::testbed {

/// The parts that the catalogue is joined from.
[[nodiscard]] std::vector<Fault> v3_admission_and_balance_faults();
[[nodiscard]] std::vector<Fault> v3_merge_faults();
[[nodiscard]] std::vector<Fault> mutant_faults();

/// Hooks that several parts use.

/// Takes an entry out of what is merged.
void drop_entry(protocol::TransactionState::Entry& entry);
/// The source's stored nonce is whatever the transaction has.
void take_any_nonce(FaultScene& scene, std::uint32_t transaction, const model::StateKey& key,
                    protocol::VisibleValue& out);

}  // namespace parallax::testbed
