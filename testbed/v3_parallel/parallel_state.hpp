#pragma once

#include "verifier/chains/tos/v3/admitted_body.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/model/delta.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace parallax::testbed {

/// An account and one of its balances.
using BalanceOf = std::pair<model::PublicKey, model::AssetId>;

/// What V3's node shares between the tasks of a block: accounts and balances that were loaded, as
/// they are to be stored. A number of an account that nobody loaded is dropped.
class ParallelState {
  public:
    explicit ParallelState(const protocol::StateView& view) : view_(view) {}

    /// False if storage does not know the account. An error is a failed read.
    [[nodiscard]] absl::StatusOr<bool> load(const model::PublicKey& account);
    /// The balance as it is to be stored; loaded first. Requires an account that was loaded.
    [[nodiscard]] absl::StatusOr<std::uint64_t> balance(const BalanceOf& balance);

    void set_balance(const BalanceOf& balance, std::uint64_t amount);
    void set_nonce(const model::PublicKey& account, model::Nonce nonce);

    /// What the merge writes at the top before the block: of accounts and balances that differ from
    /// what was loaded. The miner receives `fees` in a version of the block's own.
    [[nodiscard]] absl::StatusOr<model::Delta> merge(const protocol::AdmittedBlock& block,
                                                     model::Amount fees) const;

  private:
    template <class T>
    struct Loaded {
        T before{};
        T now{};
    };
    const protocol::StateView& view_;
    std::map<model::PublicKey, Loaded<model::Nonce>> accounts_;
    std::map<BalanceOf, Loaded<std::uint64_t>> balances_;
};

}  // namespace parallax::testbed
