#include "replay/twins/twin_blocks.hpp"

#include "verifier/chains/tos/e1/block_keys.hpp"
#include "verifier/chains/tos/e1/block_rules.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/crypto/signature.hpp"

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

/// What a transaction depends on or changes: the keys that its bytes tell, and those that its run
/// has touched.
std::vector<std::set<tos::e1::ConflictKey>> conflict_sets(const protocol::AdmittedBlock& block,
                                                          const model::BlockOutcome& outcome) {
    std::vector<std::set<tos::e1::ConflictKey>> sets;
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        const auto keys = tos::e1::account_conflict_keys(transaction);
        sets.emplace_back(keys.begin(), keys.end());
    }
    if (outcome.access_log) {
        for (const model::Access& access : outcome.access_log->accesses) {
            if (access.transaction.value() < sets.size() &&
                access.key.family != model::Family::kCounter &&
                access.key.family != model::Family::kExecutedTransaction) {
                sets[access.transaction.value()].insert(
                    tos::e1::account_conflict_key(model::PublicKey::from_array(access.key.owner)));
            }
        }
    }
    return sets;
}

bool share(const std::set<tos::e1::ConflictKey>& a, const std::set<tos::e1::ConflictKey>& b) {
    return std::any_of(a.begin(), a.end(),
                       [&](const tos::e1::ConflictKey& key) { return b.contains(key); });
}

absl::StatusOr<protocol::AdmittedBlock> block_of(tos::e1::BlockHeader header,
                                                 const model::BlockPlacement& placement,
                                                 std::vector<tos::e1::Transaction> transactions,
                                                 const protocol::Profile& profile) {
    tos::e1::Block block;
    block.header = std::move(header);
    block.placement = placement;
    block.header.transaction_hashes.clear();
    for (const tos::e1::Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
    }
    block.transactions = std::move(transactions);
    block.hash = tos::e1::block_hash(block.header);
    return protocol::admit(std::move(block), profile);
}

/// Types whose transactions hold accounts in a way that a renaming does not follow.
bool binds_accounts(const tos::e1::Payload& payload) {
    switch (tos::e1::transaction_type(payload)) {
        case model::TransactionType::kInvokeContract:
        case model::TransactionType::kDeployContract:
        case model::TransactionType::kUnoTransfers:
        case model::TransactionType::kShieldTransfers:
        case model::TransactionType::kUnshieldTransfers:
            return true;
        case model::TransactionType::kBurn:
        case model::TransactionType::kTransfers:
        case model::TransactionType::kMultisig:
        case model::TransactionType::kEnergy:
        case model::TransactionType::kRegisterName:
        case model::TransactionType::kAgentAccount:
            return false;
    }
    return true;
}

std::set<model::PublicKey> accounts_of(const protocol::AdmittedTransaction& transaction) {
    std::set<model::PublicKey> accounts;
    for (const model::StateKey& key : tos::e1::static_keys(transaction)) {
        if (model::family_row(key.family).owner == model::KeyPart::kAccount) {
            accounts.insert(model::PublicKey::from_array(key.owner));
        }
    }
    return accounts;
}

/// Bytes of a transaction that a renaming would change and that have a meaning of their own, or may
/// have one: nobody can say what follows from it.
std::vector<base::Bytes> opaque_bytes_of(const tos::e1::Transaction& transaction) {
    if (binds_accounts(transaction.payload)) {
        return {tos::e1::encode_transaction(transaction)};
    }
    std::vector<base::Bytes> opaque;
    if (const auto* payload = std::get_if<tos::e1::TransfersPayload>(&transaction.payload)) {
        for (const tos::e1::Transfer& transfer : payload->transfers) {
            opaque.push_back(transfer.extra_data.value_or(base::Bytes{}));
        }
    } else if (const auto* name = std::get_if<tos::e1::RegisterNamePayload>(&transaction.payload)) {
        opaque.emplace_back(name->name.begin(), name->name.end());
    }
    return opaque;
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
                                        const model::BlockOutcome& outcome, std::uint64_t seed) {
    const auto sets = conflict_sets(block, outcome);
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
                                                  const protocol::Profile& profile) {
    std::vector<tos::e1::Transaction> transactions;
    for (const std::size_t at : order) {
        transactions.push_back(block.transactions()[at].transaction);
    }
    return block_of(block.header(), block.placement(), std::move(transactions), profile);
}

absl::StatusOr<protocol::AdmittedBlock> slice(const protocol::AdmittedBlock& block,
                                              std::size_t begin, std::size_t end,
                                              const protocol::Profile& profile) {
    std::vector<tos::e1::Transaction> transactions;
    for (std::size_t i = begin; i < end; ++i) {
        transactions.push_back(block.transactions()[i].transaction);
    }
    return block_of(block.header(), block.placement(), std::move(transactions), profile);
}

AccountRenaming renaming_of(const protocol::AdmittedBlock& block,
                            const protocol::Profile& profile) {
    std::set<model::PublicKey> free;
    // The rules pay the developers under the name that they have.
    std::set<model::PublicKey> bound = {profile.dev_key};
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        auto& accounts = binds_accounts(transaction.transaction.payload) ? bound : free;
        accounts.merge(accounts_of(transaction));
    }
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        for (const base::Bytes& bytes : opaque_bytes_of(transaction.transaction)) {
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
                                                const protocol::Profile& profile) {
    std::vector<tos::e1::Transaction> transactions;
    for (const protocol::AdmittedTransaction& admitted : block.transactions()) {
        auto transaction =
            tos::e1::decode_transaction(names.in(tos::e1::encode_transaction(admitted.transaction)),
                                        tos::e1::Trailing::kRejected);
        if (!transaction.ok()) {
            return transaction.status();
        }
        transactions.push_back(*std::move(transaction));
    }
    tos::e1::BlockHeader header = block.header();
    header.miner = names.of(header.miner);
    return block_of(std::move(header), block.placement(), std::move(transactions), profile);
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
                                    const protocol::Profile& profile, std::uint64_t seed) {
    const auto& transactions = block.transactions();
    // The nonce checker's memory of failed transactions ends with the block.
    if (profile.failure_model == protocol::FailureModel::kOrphanPartial ||
        transactions.size() < 2) {
        return std::nullopt;
    }
    // A sender spends what it had before the block: whatever touches it stays on its side. What the
    // first block's end pays would be there for the second one.
    const auto sets = conflict_sets(block, outcome);
    const tos::e1::ConflictKey miner = tos::e1::account_conflict_key(block.header().miner);
    const tos::e1::ConflictKey developer = tos::e1::account_conflict_key(profile.dev_key);
    std::set<tos::e1::ConflictKey> senders;
    for (const protocol::AdmittedTransaction& transaction : transactions) {
        senders.insert(tos::e1::account_conflict_key(transaction.transaction.source));
    }
    // So does whoever pays for another one, as an agent's energy pool does.
    if (outcome.access_log) {
        for (const model::Access& access : outcome.access_log->accesses) {
            if (access.kind == model::AccessKind::kSpend ||
                access.kind == model::AccessKind::kReadSpendable) {
                senders.insert(
                    tos::e1::account_conflict_key(model::PublicKey::from_array(access.key.owner)));
            }
        }
    }
    std::vector<bool> is_cut(transactions.size(), true);
    std::map<tos::e1::ConflictKey, std::size_t> first_touch;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (sets[i].contains(miner) || sets[i].contains(developer)) {
            return std::nullopt;
        }
        for (const tos::e1::ConflictKey& key : sets[i]) {
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
                                     const protocol::Profile& profile) {
    const auto belongs = [&](const model::DeltaEntry& entry) {
        return entry.key.family == model::Family::kCounter ||
               entry.key.owner == block.header().miner.bytes() ||
               entry.key.owner == profile.dev_key.bytes();
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
