#pragma once

#include "verifier/protocol/protocol.hpp"

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <vector>

namespace parallax::executors::batch {

/// What two transactions must not share to run in one batch.
enum class ConflictGranularity : std::uint8_t {
    /// Any account, contract or name that both touch: the V3 design.
    kAccount = 0,
    /// A row (account, asset) that one of them writes: two payments to one account in different
    /// assets run together.
    kAccountAsset = 1,
};

/// The keys of the transactions of a growing batch.
class ConflictSets {
  public:
    explicit ConflictSets(ConflictGranularity granularity) : granularity_(granularity) {}

    void clear();

    /// Adds the transaction's keys and answers true, or adds nothing and answers false if one of
    /// them conflicts, or if not all can be named and it would not be alone. `state` is the block
    /// state before the batch: what a transaction touches beyond its bytes (an agent account's
    /// energy pool, an account to be created) depends on it.
    [[nodiscard]] absl::StatusOr<bool> try_add(const protocol::RuleContext& rules,
                                               model::TxIndex index,
                                               const protocol::BlockStateReader& state);

  private:
    [[nodiscard]] bool try_add_accounts(const protocol::AdmittedTransaction& transaction);
    [[nodiscard]] bool try_add_rows();

    const ConflictGranularity granularity_;
    absl::flat_hash_set<protocol::ConflictKey> accounts_;
    absl::flat_hash_set<model::StateKey> written_;
    absl::flat_hash_set<model::StateKey> read_;
    std::size_t size_ = 0;
    /// Holds a transaction whose rows nobody can name.
    bool closed_ = false;
    /// Of the transaction in question.
    protocol::Accesses accesses_;
};

}  // namespace parallax::executors::batch
