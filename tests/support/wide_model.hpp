#pragma once

#include "tests/support/memory_view.hpp"
#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"

#include <map>
#include <string>
#include <vector>

namespace parallax::test {

/// What a block of transfers and burns must come to under `orphan_atomic`, reckoned apart from the
/// rules and in integers that nothing in a block can fill: no sum wraps, so that each place where
/// 64 bits end is said here in words.
class WideModel {
  public:
    WideModel(const MemoryView& state, const protocol::AdmittedBlock& block,
              const tos::e1::Profile& profile);

    /// The first thing in which an outcome is another one; empty if it is this one.
    [[nodiscard]] std::string disagreement(const model::BlockOutcome& outcome) const;

  private:
    __extension__ typedef __int128 Wide;
    struct Row {
        bool exists = false;
        Wide stored = 0;
        Wide spent = 0;
        Wide received = 0;
        /// Lent: taken from what may be spent, and from nothing else (quirk Q9).
        Wide lent = 0;
    };

    Row& row(const model::StateKey& key);
    [[nodiscard]] model::ErrorCode run(const tos::e1::AdmittedEntry& admitted);
    [[nodiscard]] model::ErrorCode check_spending(const tos::e1::Transaction& transaction,
                                                  bool pool_pays);
    [[nodiscard]] model::ErrorCode apply(const tos::e1::Transaction& transaction, bool pool_pays);
    [[nodiscard]] bool credit(const model::StateKey& key, Wide amount);
    void end_block();

    const MemoryView& state_;
    const protocol::AdmittedBlock& block_;
    const tos::e1::Profile& profile_;
    std::map<model::StateKey, Row> rows_;
    std::map<model::PublicKey, std::uint64_t> nonces_;
    std::vector<model::ErrorCode> codes_;
    Wide fees_ = 0;
    model::BlockTotals totals_;
};

}  // namespace parallax::test
