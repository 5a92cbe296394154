#pragma once

#include "testbed/workload/workload.hpp"
#include "testbed/workload/workload_chain.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include <cstdint>
#include <map>
#include <vector>

namespace parallax::testbed {

class WorkloadAccounts;

/// Position of an account in `WorkloadAccounts`.
using AccountIndex = base::TaggedNumber<struct AccountIndexTag, std::uint32_t>;

enum class CorruptedSignature : std::uint8_t { kNone, kMain, kCosignature };

/// A transaction on its way to being signed.
struct TransactionDraft {
    tos::e1::Transaction transaction;
    Expectation expectation;
    AccountIndex source;
    /// Whose key makes the main signature: the source's, or an agent's controller or session key.
    AccountIndex signer;
    /// Whose keys make the co-signatures, in the order of the section.
    std::vector<AccountIndex> cosigners;
    CorruptedSignature corrupted = CorruptedSignature::kNone;
    bool is_signed = false;
};

/// What the drafts of the block so far will have done when they run, as far as the next draft must
/// know: the chain's state is that of the block's start, and this is the difference.
class BlockDraft {
  public:
    BlockDraft(const WorkloadChain& chain, const WorkloadAccounts& accounts);

    /// What the account may still spend: receipts of this block do not count (protocol notes,
    /// 6.2). 0 if it never held the asset.
    [[nodiscard]] std::uint64_t spendable(AccountIndex account, const model::AssetId& asset) const;
    [[nodiscard]] model::Nonce nonce(AccountIndex account) const;
    [[nodiscard]] std::uint64_t energy(AccountIndex account) const;
    /// What transfers of this block credited to the account in TOS.
    [[nodiscard]] std::uint64_t received(AccountIndex account) const;

    /// Used: it was sender or receiver of a draft. Busy: a draft changes more of it than balances
    /// and nonce, so that nothing more is predicted of it in this block.
    [[nodiscard]] bool is_used(AccountIndex account) const { return used_.contains(account); }
    [[nodiscard]] bool is_busy(AccountIndex account) const { return busy_.contains(account); }
    [[nodiscard]] std::size_t used_count() const { return used_.size(); }
    void mark_used(AccountIndex account) { used_.insert(account); }
    void forget_used() { used_.clear(); }

    /// Whether the block has this transaction already, signatures included: a header names each
    /// transaction once. One that fails leaves the nonce as it was, so the same one can be drawn
    /// again.
    [[nodiscard]] bool has(const TransactionDraft& draft) const;
    /// Takes the draft in, which the block does not have yet. One that is meant to fail leaves
    /// nothing but a used account.
    void add(TransactionDraft draft);
    [[nodiscard]] std::vector<TransactionDraft>& drafts() { return drafts_; }
    [[nodiscard]] const std::vector<TransactionDraft>& drafts() const { return drafts_; }

  private:
    struct Change {
        std::uint64_t transactions = 0;
        std::uint64_t energy_spent = 0;
        std::uint64_t received = 0;
        std::map<model::AssetId, std::uint64_t> spent;
    };
    void add_spending(const tos::e1::Transaction& transaction, Change& change);

    const WorkloadChain& chain_;
    const WorkloadAccounts& accounts_;
    std::vector<TransactionDraft> drafts_;
    /// Of each draft: equal drafts become equal transactions, as signing is deterministic.
    absl::flat_hash_set<model::Hash> identities_;
    absl::flat_hash_map<AccountIndex, Change> changes_;
    absl::flat_hash_set<AccountIndex> used_;
    absl::flat_hash_set<AccountIndex> busy_;
};

}  // namespace parallax::testbed
