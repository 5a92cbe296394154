#include "replay/twins/twin_blocks.hpp"

#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string_view>
#include <utility>

namespace parallax::replay {
namespace {

bool executed(const model::BlockOutcome& outcome, std::size_t i) {
    return i < outcome.results.size() &&
           outcome.results[i].status == model::TransactionStatus::kExecuted;
}

/// The rows that the bytes of a transaction tell.
protocol::Accesses accesses_of(const protocol::AdmittedBlock& block, std::uint32_t index,
                               const protocol::Protocol& protocol) {
    protocol::Accesses accesses;
    // Without a state there is no read that could fail.
    static_cast<void>(protocol.accesses(block, model::TxIndex{index}, nullptr, accesses));
    return accesses;
}

/// What a transaction depends on or changes: the keys that its bytes tell, and those that its run
/// has touched.
std::vector<std::set<protocol::ConflictKey>> conflict_sets(const protocol::AdmittedBlock& block,
                                                           const model::BlockOutcome& outcome,
                                                           const protocol::Protocol& protocol) {
    std::vector<std::set<protocol::ConflictKey>> sets;
    for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
        const auto keys =
            protocol::conflict_keys(block.transactions()[i], accesses_of(block, i, protocol));
        sets.emplace_back(keys.begin(), keys.end());
    }
    if (outcome.access_log) {
        for (const model::Access& access : outcome.access_log->accesses) {
            if (access.transaction.value() < sets.size() &&
                access.key.family != model::Family::kCounter &&
                access.key.family != model::Family::kExecutedTransaction) {
                sets[access.transaction.value()].insert(
                    protocol::account_conflict_key(model::PublicKey::from_array(access.key.owner)));
            }
        }
    }
    return sets;
}

bool share(const std::set<protocol::ConflictKey>& a, const std::set<protocol::ConflictKey>& b) {
    return std::any_of(a.begin(), a.end(),
                       [&](const protocol::ConflictKey& key) { return b.contains(key); });
}

std::set<model::PublicKey> accounts_of(const protocol::AdmittedBlock& block, std::uint32_t index,
                                       const protocol::Protocol& protocol) {
    const protocol::Accesses accesses = accesses_of(block, index, protocol);
    std::set<model::PublicKey> accounts;
    for (const auto* rows : {&accesses.written, &accesses.read}) {
        for (const model::StateKey& key : *rows) {
            if (model::family_row(key.family).owner == model::KeyPart::kAccount) {
                accounts.insert(model::PublicKey::from_array(key.owner));
            }
        }
    }
    return accounts;
}

/// Those of `accounts` whose keys stand anywhere in the bytes.
void add_named(std::span<const std::uint8_t> bytes, const std::set<model::PublicKey>& accounts,
               std::set<model::PublicKey>& named) {
    for (std::size_t at = 0; at + model::PublicKey::kSize <= bytes.size(); ++at) {
        const auto window =
            model::PublicKey::from_span(std::span<const std::uint8_t, model::PublicKey::kSize>(
                bytes.data() + at, model::PublicKey::kSize));
        if (accounts.contains(window)) {
            named.insert(window);
        }
    }
}

/// Keys are replaced wherever their bytes stand, so one that can be met by chance, as zeros can,
/// stays. No key that somebody signs with is of this kind.
bool is_met_by_chance(const model::PublicKey& account) {
    constexpr std::size_t kFewest = 8;
    const auto& bytes = account.bytes();
    return std::set<std::uint8_t>(bytes.begin(), bytes.end()).size() < kFewest ||
           bytes == model::kTosAsset.bytes();
}

/// Depends on the block, so that nothing in the block or in the state before it can hold it.
model::PublicKey other_name(const model::Hash& block, std::size_t n) {
    constexpr std::string_view kRole = "parallax twin name";
    const model::Hash seed =
        crypto::Blake3Hasher()
            .update({reinterpret_cast<const std::uint8_t*>(kRole.data()), kRole.size()})
            .update(block.bytes())
            .update_u64(n)
            .finish();
    return crypto::SigningKey::from_seed(seed.bytes()).public_key();
}

}  // namespace

std::vector<std::size_t> permuted_order(const protocol::AdmittedBlock& block,
                                        const model::BlockOutcome& outcome,
                                        const protocol::Protocol& protocol, std::uint64_t seed) {
    const auto sets = conflict_sets(block, outcome, protocol);
    const std::size_t count = sets.size();
    // What failed has not shown all that it depends on, so nothing passes it.
    const auto independent = [&](std::size_t a, std::size_t b) {
        return executed(outcome, a) && executed(outcome, b) && !share(sets[a], sets[b]);
    };
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937_64 random(seed);
    bool changed = false;
    // Exchanges of neighbours reach every order that keeps the dependent ones in place.
    for (std::size_t round = 0; round < 4; ++round) {
        for (std::size_t i = 0; i + 1 < count; ++i) {
            if (independent(order[i], order[i + 1]) && (random() % 2 == 0 || !changed)) {
                std::swap(order[i], order[i + 1]);
                changed = true;
            }
        }
    }
    return changed && !std::is_sorted(order.begin(), order.end()) ? order
                                                                  : std::vector<std::size_t>{};
}

absl::StatusOr<protocol::AdmittedBlock> reordered(const protocol::AdmittedBlock& block,
                                                  std::span<const std::size_t> order,
                                                  const protocol::Protocol& protocol) {
    auto edited = protocol.edit(block.wire());
    if (!edited.ok()) {
        return edited.status();
    }
    (*edited)->keep(order);
    return protocol.admit((*edited)->wire(), block.placement());
}

absl::StatusOr<protocol::AdmittedBlock> slice(const protocol::AdmittedBlock& block,
                                              std::size_t begin, std::size_t end,
                                              const protocol::Protocol& protocol) {
    std::vector<std::size_t> positions(end - begin);
    std::iota(positions.begin(), positions.end(), begin);
    return reordered(block, positions, protocol);
}

absl::StatusOr<AccountRenaming> renaming_of(const protocol::AdmittedBlock& block,
                                            const protocol::Protocol& protocol) {
    const auto edited = protocol.edit(block.wire());
    if (!edited.ok()) {
        return edited.status();
    }
    std::set<model::PublicKey> free;
    // The rules pay the developers under the name that they have.
    const auto named = protocol.named_accounts();
    std::set<model::PublicKey> bound(named.begin(), named.end());
    for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
        ((*edited)->can_rename(i) ? free : bound).merge(accounts_of(block, i, protocol));
    }
    for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
        for (const base::Bytes& bytes : (*edited)->opaque_bytes(i)) {
            add_named(bytes, free, bound);
        }
    }
    AccountRenaming names;
    std::size_t n = 0;
    for (const model::PublicKey& account : free) {
        if (!bound.contains(account) && !is_met_by_chance(account)) {
            names.add(account, other_name(block.hash(), n++));
        }
    }
    return names;
}

absl::StatusOr<protocol::AdmittedBlock> renamed(const protocol::AdmittedBlock& block,
                                                const AccountRenaming& names,
                                                const protocol::Protocol& protocol) {
    auto edited = protocol.edit(block.wire());
    if (!edited.ok()) {
        return edited.status();
    }
    for (std::size_t i = 0; i < (*edited)->size(); ++i) {
        if (!(*edited)->rename(i, [&](base::Bytes wire) { return names.in(std::move(wire)); })) {
            return absl::InvalidArgumentError(
                fmt::format("transaction {} is none under other names", i));
        }
    }
    (*edited)->set_miner(names.of(block.miner()));
    return protocol.admit((*edited)->wire(), block.placement());
}

model::BlockOutcome renamed_back(model::BlockOutcome outcome, const AccountRenaming& names,
                                 const protocol::AdmittedBlock& block,
                                 const protocol::AdmittedBlock& twin) {
    const AccountRenaming back = names.inverse();
    std::map<model::Hash, model::Hash> hashes;
    for (std::size_t i = 0; i < block.transactions().size(); ++i) {
        hashes.emplace(twin.transactions()[i].hash, block.transactions()[i].hash);
    }
    const auto old_hash = [&](const model::Hash& hash) {
        const auto found = hashes.find(hash);
        return found == hashes.end() ? hash : found->second;
    };
    for (model::TransactionResult& result : outcome.results) {
        result.hash = old_hash(result.hash);
    }
    for (model::Hash& orphan : outcome.orphans) {
        orphan = old_hash(orphan);
    }
    std::sort(outcome.orphans.begin(), outcome.orphans.end());
    for (model::DeltaEntry& entry : outcome.delta.entries) {
        const model::Family family = entry.key.family;
        entry.key = family == model::Family::kExecutedTransaction
                        ? model::executed_transaction_key(
                              old_hash(model::Hash::from_array(entry.key.owner)))
                        : back.in(entry.key);
        for (auto* value : {&entry.before, &entry.after}) {
            if (*value) {
                *value = back.in(family, **value);
            }
        }
    }
    std::sort(outcome.delta.entries.begin(), outcome.delta.entries.end(),
              [](const model::DeltaEntry& a, const model::DeltaEntry& b) { return a.key < b.key; });
    return outcome;
}

RenamedView::RenamedView(const protocol::StateView& view, const AccountRenaming& names,
                         const protocol::AdmittedBlock& block, const protocol::AdmittedBlock& twin)
    : view_(view), names_(names), back_(names.inverse()) {
    for (std::size_t i = 0; i < block.transactions().size(); ++i) {
        hashes_.emplace(twin.transactions()[i].hash, block.transactions()[i].hash);
    }
}

absl::StatusOr<std::optional<model::StateValue>> RenamedView::get(
    const model::StateKey& key) const {
    model::StateKey old = back_.in(key);
    if (key.family == model::Family::kExecutedTransaction) {
        if (const auto found = hashes_.find(model::Hash::from_array(key.owner));
            found != hashes_.end()) {
            old = model::executed_transaction_key(found->second);
        }
    }
    auto value = view_.get(old);
    if (value.ok() && *value) {
        *value = names_.in(key.family, **value);
    }
    return value;
}

std::optional<std::size_t> find_cut(const protocol::AdmittedBlock& block,
                                    const model::BlockOutcome& outcome,
                                    const protocol::Protocol& protocol, std::uint64_t seed) {
    const auto& transactions = block.transactions();
    // The nonce checker's memory of failed transactions ends with the block.
    if (protocol.failures() == protocol::FailureModel::kOrphanPartial || transactions.size() < 2) {
        return std::nullopt;
    }
    // A sender spends what it had before the block: whatever touches it stays on its side. What the
    // first block's end pays would be there for the second one.
    const auto sets = conflict_sets(block, outcome, protocol);
    std::set<protocol::ConflictKey> paid = {protocol::account_conflict_key(block.miner())};
    for (const model::PublicKey& named : protocol.named_accounts()) {
        paid.insert(protocol::account_conflict_key(named));
    }
    std::set<protocol::ConflictKey> senders;
    for (const protocol::AdmittedTransaction& transaction : transactions) {
        senders.insert(protocol::account_conflict_key(transaction.source));
    }
    // So does whoever pays for another one, as an agent's energy pool does.
    if (outcome.access_log) {
        for (const model::Access& access : outcome.access_log->accesses) {
            if (access.kind == model::AccessKind::kSpend ||
                access.kind == model::AccessKind::kReadSpendable) {
                senders.insert(
                    protocol::account_conflict_key(model::PublicKey::from_array(access.key.owner)));
            }
        }
    }
    std::vector<bool> is_cut(transactions.size(), true);
    std::map<protocol::ConflictKey, std::size_t> first_touch;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (share(sets[i], paid)) {
            return std::nullopt;
        }
        for (const protocol::ConflictKey& key : sets[i]) {
            const std::size_t first = first_touch.emplace(key, i).first->second;
            if (senders.contains(key)) {
                std::fill(is_cut.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                          is_cut.begin() + static_cast<std::ptrdiff_t>(i) + 1, false);
            }
        }
    }
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 1; cut < transactions.size(); ++cut) {
        if (is_cut[cut]) {
            cuts.push_back(cut);
        }
    }
    return cuts.empty() ? std::nullopt : std::optional(cuts[seed % cuts.size()]);
}

model::BlockOutcome joined(const model::BlockOutcome& first, const model::BlockOutcome& second) {
    model::BlockOutcome whole = second;
    whole.results = first.results;
    whole.results.insert(whole.results.end(), second.results.begin(), second.results.end());
    whole.orphans.insert(whole.orphans.end(), first.orphans.begin(), first.orphans.end());
    std::sort(whole.orphans.begin(), whole.orphans.end());
    whole.totals.fees = model::saturating_add(first.totals.fees, second.totals.fees);
    std::map<model::StateKey, model::DeltaEntry> entries;
    for (const model::DeltaEntry& entry : first.delta.entries) {
        entries.emplace(entry.key, entry);
    }
    for (const model::DeltaEntry& entry : second.delta.entries) {
        const auto [found, is_new] = entries.emplace(entry.key, entry);
        found->second.after = entry.after;
    }
    whole.delta.entries.clear();
    for (auto& [key, entry] : entries) {
        whole.delta.entries.push_back(std::move(entry));
    }
    return whole;
}

model::BlockOutcome without_epilogue(model::BlockOutcome outcome,
                                     const protocol::AdmittedBlock& block,
                                     const protocol::Protocol& protocol) {
    const std::vector<model::PublicKey> named = protocol.named_accounts();
    const auto belongs = [&](const model::DeltaEntry& entry) {
        return entry.key.family == model::Family::kCounter ||
               entry.key.owner == block.miner().bytes() ||
               std::any_of(named.begin(), named.end(), [&](const model::PublicKey& account) {
                   return entry.key.owner == account.bytes();
               });
    };
    std::erase_if(outcome.delta.entries, belongs);
    const model::Amount fees = outcome.totals.fees;
    outcome.totals = model::BlockTotals{};
    outcome.totals.fees = fees;
    return outcome;
}

absl::StatusOr<std::optional<model::StateValue>> DeltaView::get(const model::StateKey& key) const {
    const auto entry = std::lower_bound(
        delta_.entries.begin(), delta_.entries.end(), key,
        [](const model::DeltaEntry& a, const model::StateKey& wanted) { return a.key < wanted; });
    return entry != delta_.entries.end() && entry->key == key ? entry->after : view_.get(key);
}

}  // namespace parallax::replay
