#pragma once

#include "verifier/model/fields.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parallax::model {

/// What rows hold on a chain where versions at topoheights decide what may be spent
/// (docs/protocol, v3): beside each number, when and by what it came to be.

/// A balance that is no longer the newest: its amount after the block at `at`.
struct PastBalance {
    Topoheight at;
    Amount amount;
    friend bool operator==(const PastBalance&, const PastBalance&) = default;
};

/// The newest version of a balance out of which something was spent.
struct SpendingVersion {
    Topoheight at;
    /// After the block.
    Amount amount;
    /// What could be spent before the block; a first spending has none.
    std::optional<Amount> spendable_before;
    friend bool operator==(const SpendingVersion&, const SpendingVersion&) = default;
};

/// Older versions that one record keeps at most.
inline constexpr std::size_t kMaxPastBalances = 256;

/// Family `balance_version`: the newest version of the balance in family `balance`, and as much of
/// the older ones as a search by reference can ask for. What a node shows of it are the first five
/// members, or `at` alone: then neither `received` nor `spent` is set.
struct BalanceVersionRecord {
    Topoheight at;
    /// Something was received, something was spent: a node's types input, output and both.
    bool received = false;
    bool spent = false;
    /// What could be spent before the block, if the version says so.
    std::optional<Amount> spendable_before;
    /// The version before this one.
    std::optional<Topoheight> previous;
    /// The oldest version that there ever was.
    Topoheight first;
    /// This version, or an older one, if there ever was a spending.
    std::optional<SpendingVersion> last_spending;
    /// Versions between that (or the first) and this one, oldest first, of which the oldest are
    /// dropped beyond `kMaxPastBalances`.
    std::vector<PastBalance> past;
    /// Whether some were dropped.
    bool dropped = false;
    friend bool operator==(const BalanceVersionRecord&, const BalanceVersionRecord&) = default;
};

/// Family `account_version`: when the nonce and the co-signers of an account were written last.
struct AccountVersionRecord {
    Topoheight nonce_at;
    std::optional<Topoheight> previous_nonce_at;
    /// Of a configuration that was removed, too.
    std::optional<Topoheight> multisig_at;
    friend bool operator==(const AccountVersionRecord&, const AccountVersionRecord&) = default;
};

/// A freeze. `amount` in atomic units; heights are blue scores.
struct StakeRecord {
    Amount amount;
    std::uint32_t days = 0;
    BlockHeight frozen_at;
    BlockHeight unlock_at;
    std::uint64_t energy = 0;
    friend bool operator==(const StakeRecord&, const StakeRecord&) = default;
};
/// Family `staked_energy`: energy that is used up for good, out of coins frozen in atomic units.
struct StakedEnergyRecord {
    std::uint64_t total = 0;
    std::uint64_t used = 0;
    Amount frozen;
    BlockHeight last_update;
    std::vector<StakeRecord> stakes;
    friend bool operator==(const StakedEnergyRecord&, const StakedEnergyRecord&) = default;
};

/// The whole record of a version of which `shown` has what a node shows, after which the balance is
/// `amount`; it takes the place of `before`, where there was one, of `amount_before`.
[[nodiscard]] BalanceVersionRecord next_version(const BalanceVersionRecord* before,
                                                Amount amount_before, BalanceVersionRecord shown,
                                                Amount amount);

template <class V, SameRecord<PastBalance> S>
void visit_fields(S& self, V& visit) {
    auto& [at, amount] = self;
    visit("at", at);
    visit("amount", amount);
}
template <class V, SameRecord<SpendingVersion> S>
void visit_fields(S& self, V& visit) {
    auto& [at, amount, spendable_before] = self;
    visit("at", at);
    visit("amount", amount);
    visit("spendable_before", spendable_before);
}
template <class V, SameRecord<BalanceVersionRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [at, received, spent, spendable_before, previous, first, last_spending, past, dropped] =
        self;
    visit("at", at);
    visit("received", received);
    visit("spent", spent);
    visit("spendable_before", spendable_before);
    visit("previous", previous);
    visit("first", first);
    visit("last_spending", last_spending);
    visit("past", past);
    visit("dropped", dropped);
}
template <class V, SameRecord<AccountVersionRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [nonce_at, previous_nonce_at, multisig_at] = self;
    visit("nonce_at", nonce_at);
    visit("previous_nonce_at", previous_nonce_at);
    visit("multisig_at", multisig_at);
}
template <class V, SameRecord<StakeRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [amount, days, frozen_at, unlock_at, energy] = self;
    visit("amount", amount);
    visit("days", days);
    visit("frozen_at", frozen_at);
    visit("unlock_at", unlock_at);
    visit("energy", energy);
}
template <class V, SameRecord<StakedEnergyRecord> S>
void visit_fields(S& self, V& visit) {
    auto& [total, used, frozen, last_update, stakes] = self;
    visit("total", total);
    visit("used", used);
    visit("frozen", frozen);
    visit("last_update", last_update);
    visit("stakes", stakes);
}

}  // namespace parallax::model
