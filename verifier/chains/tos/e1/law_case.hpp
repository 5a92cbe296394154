#pragma once

#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"

namespace parallax::tos::e1 {

using protocol::amount_of;
using protocol::as_total;
using protocol::kLargestAmount;
using protocol::record_of;
using protocol::Wide;

/// One outcome before the judges of this chain; internal to `check_laws`.
struct LawCase : protocol::InvariantCase {
    const Profile& profile;
    /// Rewards, counters and markers are there.
    bool whole_block;
    /// As `LawScope` has it.
    Wide also_taken;

    [[nodiscard]] bool on_chain() const { return whole_block; }
    [[nodiscard]] bool is_partial() const {
        return profile.failure_model == protocol::FailureModel::kOrphanPartial;
    }
    [[nodiscard]] const Transaction& transaction(std::size_t i) const {
        return transaction_of(block, model::TxIndex{static_cast<std::uint32_t>(i)});
    }
};

/// TOS that an executed transaction pays as its fee (4.2 step 14).
[[nodiscard]] inline Wide fee_of(const Transaction& transaction) {
    return transaction.fee_type == FeeType::kEnergy ? 0 : transaction.fee.value();
}

/// Whether running it costs gas that only the run can tell.
[[nodiscard]] bool may_run_code(const Payload& payload);

/// The sum of every asset changes exactly as the executed transactions and the rewards say.
void judge_conservation(const LawCase& judged);

}  // namespace parallax::tos::e1
