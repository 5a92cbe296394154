#include "testbed/workload/workload_accounts.hpp"

#include "testbed/workload/workload_signing.hpp"
#include "verifier/crypto/hashing.hpp"

#include <string_view>
#include <utility>

namespace parallax::testbed {
namespace {

std::span<const std::uint8_t> text_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

model::AssetId named_asset(std::string_view name, std::uint32_t number) {
    const model::Hash hash =
        crypto::Blake3Hasher().update(text_bytes(name)).update_u64(number).finish();
    return model::AssetId::from_array(hash.bytes());
}

}  // namespace

model::AssetId workload_asset(std::uint32_t number) {
    return named_asset("parallax workload asset", number);
}
model::AssetId overflow_asset() {
    return named_asset("parallax workload overflow asset", 0);
}

WorkloadAccounts::WorkloadAccounts(const WorkloadOptions& options)
    : seed_(options.seed), hot_(options.hot_accounts) {
    keys_.resize(options.accounts);
    for_each_index(options.signing_threads, options.accounts,
                   [this](std::size_t i) { keys_[i] = derive("account", i); });
    for (std::uint32_t i = 0; i < options.accounts; ++i) {
        index_.emplace(name(AccountIndex{i}), AccountIndex{i});
        if (i >= hot_) {
            walk_.push_back(AccountIndex{i});
        }
    }
    WorkloadRandom random(seed_);
    for (std::size_t i = walk_.size(); i > 1; --i) {
        std::swap(walk_[i - 1], walk_[random.below(i)]);
    }
    for (std::size_t i = 0; i < kMiners; ++i) {
        miners_.push_back(derive("miner", i).public_key());
    }
    vault_ = derive("vault", 0).public_key();
}

crypto::SigningKey WorkloadAccounts::derive(const char* role, std::uint64_t number) const {
    const model::Hash seed = crypto::Blake3Hasher()
                                 .update(text_bytes("parallax workload key"))
                                 .update(text_bytes(role))
                                 .update_u64(seed_)
                                 .update_u64(number)
                                 .finish();
    return crypto::SigningKey::from_seed(seed.bytes());
}

std::optional<AccountIndex> WorkloadAccounts::find(const model::PublicKey& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? std::nullopt : std::optional(found->second);
}

AccountIndex WorkloadAccounts::next_cold() {
    cursor_ = cursor_ + 1 < walk_.size() ? cursor_ + 1 : 0;
    return walk_[cursor_];
}

AccountIndex WorkloadAccounts::random_cold(WorkloadRandom& random) const {
    return walk_[random.below(walk_.size())];
}

AccountIndex WorkloadAccounts::add_account() {
    const AccountIndex account{size()};
    keys_.emplace_back(derive("account", account.value()));
    index_.emplace(name(account), account);
    walk_.push_back(account);
    return account;
}

void WorkloadAccounts::note(const model::StateKey& key, bool present) {
    std::set<AccountIndex>* accounts = nullptr;
    if (key.family == model::Family::kMultisig) {
        accounts = &multisig_;
    } else if (key.family == model::Family::kEnergy) {
        accounts = &energy_;
    } else if (key.family == model::Family::kAgentAccount) {
        accounts = &agents_;
    }
    const auto account =
        accounts == nullptr ? std::nullopt : find(model::PublicKey::from_array(key.owner));
    // Hot accounts only send and receive transfers.
    if (!account || is_hot(*account)) {
        return;
    }
    if (present) {
        accounts->insert(*account);
    } else {
        accounts->erase(*account);
    }
}

}  // namespace parallax::testbed
