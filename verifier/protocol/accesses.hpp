#pragma once

#include "verifier/base/tagged_bytes.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/protocol/admitted_block.hpp"

#include <vector>

namespace parallax::protocol {

/// The rows that a transaction may touch, as far as its bytes tell, and the state before it where
/// that was given. A row stands in one list only; no order.
struct Accesses {
    std::vector<model::StateKey> written;
    /// Read and not written.
    std::vector<model::StateKey> read;
    /// False: it may touch others too, which only its run tells.
    bool complete = true;

    void clear() {
        written.clear();
        read.clear();
        complete = true;
    }
};

/// True for rows on which two transactions never depend: counters only grow, by credits, which
/// commute; the marker of an executed transaction is its own.
[[nodiscard]] constexpr bool never_conflicts(model::Family family) noexcept {
    return family == model::Family::kCounter || family == model::Family::kExecutedTransaction;
}

/// Account-level conflict keys (the V3 design): two transactions that share one must not run
/// together. What kind of thing it is, then the raw 32-byte name of an account, contract or name.
using ConflictKey = base::TaggedBytes<struct ConflictKeyTag, 33>;
[[nodiscard]] ConflictKey account_conflict_key(const model::PublicKey& account);
/// Its source, which stands for all of the source's rows, and the owners of the other rows.
/// Ascending and distinct.
[[nodiscard]] std::vector<ConflictKey> conflict_keys(const AdmittedTransaction& transaction,
                                                     const Accesses& accesses);

}  // namespace parallax::protocol
