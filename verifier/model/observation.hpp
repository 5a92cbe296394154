#pragma once

#include "verifier/model/fields.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parallax::model {

/// Whether a node executed a transaction in the block that it is asked about.
enum class ExecutedThere : std::uint8_t { kNotObserved = 0, kNo = 1, kYes = 2 };

/// A row as a node showed it after the block; nothing: it showed that there is none.
struct ObservedRow {
    StateKey key;
    std::optional<StateValue> after;
    friend bool operator==(const ObservedRow&, const ObservedRow&) = default;
};

/// A nonce after the block, where the rest of the account's row was not shown.
struct ObservedNonce {
    PublicKey account;
    Nonce nonce;
    friend bool operator==(const ObservedNonce&, const ObservedNonce&) = default;
};

/// Sums of a block as a node tells them; each may be missing. `miner_reward` is the node's own word
/// for it: without fees.
struct ObservedTotals {
    std::optional<Amount> fees;
    std::optional<Amount> dev_reward;
    std::optional<Amount> miner_reward;
    friend bool operator==(const ObservedTotals&, const ObservedTotals&) = default;
};

/// What a node was seen to say of a block that it executed: a part of an outcome. What is not in it
/// was not observed, which is neither equal nor absent.
struct Observation {
    /// Which node, where there are several; empty for the one that the blocks come from.
    std::string source;
    /// One per transaction, in block order, or empty.
    std::vector<ExecutedThere> executed;
    ObservedTotals totals;
    /// Keys ascending and distinct; supplies are rows of family `counter`.
    std::vector<ObservedRow> rows;
    /// Accounts ascending and distinct; none of them has an `account` row above.
    std::vector<ObservedNonce> nonces;
    /// Rows of which the node showed that the block left no version of them; ascending, distinct.
    std::vector<StateKey> unwritten;
    friend bool operator==(const Observation&, const Observation&) = default;
};

/// All that was recorded of a block beside its bytes.
struct Recording {
    /// What one node says that the block did, as a whole.
    std::optional<BlockOutcome> outcome;
    /// What nodes were seen to say, in part: one per source.
    std::vector<Observation> observations;
    [[nodiscard]] bool empty() const noexcept { return !outcome && observations.empty(); }
};

template <class V, SameRecord<ObservedTotals> S>
void visit_fields(S& self, V& visit) {
    auto& [fees, dev_reward, miner_reward] = self;
    visit("fees", fees);
    visit("dev_reward", dev_reward);
    visit("miner_reward", miner_reward);
}
template <class V, SameRecord<ObservedNonce> S>
void visit_fields(S& self, V& visit) {
    auto& [account, nonce] = self;
    visit("account", account);
    visit("nonce", nonce);
}

}  // namespace parallax::model
