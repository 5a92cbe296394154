#pragma once

#include "testbed/vectors/vector_json.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace parallax::testbed {

/// What a run of a vector came to, in the words of the vectors.
struct VectorOutcome {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    VectorGlobals globals;
    /// Ascending by address.
    std::vector<VectorAccount> accounts;
};

/// The rows that a transaction or a block runs on, ascending by key: the state's, and what was
/// burned before as the counter to which burns add with a check (5.2). The other globals are no
/// rows: no rule of these kinds reads the supply or the wall clock, the energy is summed anew, and
/// the height is the block's place.
[[nodiscard]] std::vector<std::pair<model::StateKey, model::StateValue>> transaction_rows(
    const VectorState& state);

/// The accounts that the harness exports: those of the pre-state, and on success the destinations
/// of transfers and unshields (protocol notes, 10).
[[nodiscard]] std::set<model::PublicKey> exported_addresses(const VectorState& pre_state);
void add_destinations(std::span<const tos::e1::Transaction> transactions,
                      std::set<model::PublicKey>& addresses);

/// What the harness adds to `total_burned` for these transactions: the amount of every burn, of
/// any asset, saturating (5.2).
[[nodiscard]] std::uint64_t add_burns(std::uint64_t total_burned,
                                      std::span<const tos::e1::Transaction> transactions);

/// Fills accounts and `total_energy` from the rows of `view`, as the harness exports them: frozen
/// in whole coins times a coin, `total_energy` summed anew (10).
[[nodiscard]] absl::Status export_accounts(const protocol::StateView& view,
                                           const std::set<model::PublicKey>& addresses,
                                           VectorOutcome& outcome);

/// Every difference from the expectation, by the rules of the chain's own runner (13): digests only
/// if the expectation has one, globals and accounts only if it has a state, six fields of each
/// expected account. Empty if it is met.
[[nodiscard]] std::vector<std::string> differences(const VectorExpected& expected,
                                                   const VectorOutcome& actual);

}  // namespace parallax::testbed
