#include "testbed/workload/workload_accounts.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/protocol/protocol.hpp"

#include <algorithm>
#include <limits>

namespace parallax::testbed {
namespace {

using State = std::map<model::StateKey, model::StateValue>;

constexpr std::uint64_t kMaxInitialBalance = 100'000 * model::kCoin;
constexpr std::uint64_t kAssetUnits = 1'000'000'000;
constexpr model::Topoheight kFarAway{1'000'000'000};

/// Which cold accounts get what, by their number.
bool has_energy(std::uint32_t i) {
    return i % 5 == 1;
}
bool delegates(std::uint32_t i) {
    return i % 10 == 6;
}
bool has_multisig(std::uint32_t i) {
    return i % 20 == 9;
}
bool is_agent(std::uint32_t i) {
    return i % 25 == 3;
}

class Genesis {
  public:
    Genesis(const WorkloadOptions& options, const WorkloadAccounts& accounts,
            WorkloadRandom& random)
        : options_(options), accounts_(accounts), random_(random) {}

    State build() {
        for (std::uint32_t i = 0; i < options_.accounts; ++i) {
            add_account(i);
        }
        for (std::uint32_t i = options_.hot_accounts; i < options_.accounts; ++i) {
            add_energy(i);
            add_multisig(i);
            add_agent(i);
        }
        for (const auto& [account, record] : energy_) {
            state_[model::energy_key(account)] = base::Boxed<model::EnergyRecord>(record);
        }
        add_vault_and_miners();
        state_[model::counter_key(model::Counter::kEmittedSupply)] =
            model::AmountRecord{model::Amount{tos_}};
        state_[model::counter_key(model::Counter::kBurnedSupply)] = model::AmountRecord{};
        state_[model::counter_key(model::Counter::kGasFee)] = model::AmountRecord{};
        state_[model::counter_key(model::Counter::kMinerReward)] = model::AmountRecord{};
        return std::move(state_);
    }

  private:
    const model::PublicKey& name(std::uint32_t i) const {
        return accounts_.name(AccountIndex{i % options_.accounts});
    }

    void add_account(std::uint32_t i) {
        const bool hot = i < options_.hot_accounts;
        const std::uint64_t share = model::kMaximumSupply / 5;
        // A hot account may pay for every transaction of the archive.
        const std::uint64_t most =
            hot ? share / options_.hot_accounts
                : std::min(kMaxInitialBalance, 2 * share / options_.accounts);
        const std::uint64_t amount = hot ? most : random_.between(most / 2, most);
        tos_ += amount;
        state_[model::account_key(name(i))] =
            model::AccountRecord{model::Nonce{random_.below(50)}, model::Topoheight{0}};
        state_[model::balance_key(name(i), model::kTosAsset)] =
            model::AmountRecord{model::Amount{amount}};
        for (std::uint32_t asset = 0; asset < options_.assets; ++asset) {
            if (hot || random_.percent(60)) {
                state_[model::balance_key(name(i), workload_asset(asset))] = model::AmountRecord{
                    model::Amount{random_.between(kAssetUnits / 2, kAssetUnits)}};
            }
        }
        if (i % 4 == 0) {
            state_[model::balance_key(name(i), overflow_asset())] =
                model::AmountRecord{model::Amount{kAssetUnits}};
        }
    }

    void add_energy(std::uint32_t i) {
        const std::uint64_t day = tos::e1::find_profile(options_.network)->blocks_per_day;
        if (has_energy(i)) {
            model::EnergyRecord& record = energy_[name(i)];
            record.self_records.push_back({50, 3, model::Topoheight{0}, model::Topoheight{0}, 300});
            record.self_records.push_back(
                {30, 300, model::Topoheight{0}, model::Topoheight{300 * day}, 18'000});
            record.pending.push_back({5, model::Topoheight{0}});
            record.pending.push_back({7, model::Topoheight{5 * day}});
            record.energy += 18'300;
            record.frozen += 80;
            tos_ += (80 + 12) * model::kCoin;
        }
        if (delegates(i)) {
            model::EnergyRecord& record = energy_[name(i)];
            record.delegations.push_back({{{name(i + 1), 10, 60}, {name(i + 2), 4, 24}},
                                          3,
                                          model::Topoheight{0},
                                          model::Topoheight{0},
                                          14,
                                          84});
            record.frozen += 14;
            energy_[name(i + 1)].energy += 60;
            energy_[name(i + 2)].energy += 24;
            tos_ += 14 * model::kCoin;
        }
    }

    void add_multisig(std::uint32_t i) {
        if (has_multisig(i)) {
            state_[model::multisig_key(name(i))] = base::Boxed<model::MultisigRecord>(
                model::MultisigRecord{2, {name(i + 1), name(i + 2), name(i + 3)}});
        }
    }

    void add_agent(std::uint32_t i) {
        if (!is_agent(i)) {
            return;
        }
        model::AgentRecord record;
        record.owner = name(i);
        record.controller = name(i + 1);
        record.policy_hash = crypto::blake3(name(i).bytes());
        record.status = i % 75 == 3 ? 1 : 0;
        if (i % 50 == 3) {
            record.energy_pool = record.controller;
        }
        record.session_keys.push_back(
            {1, name(i + 2), kFarAway, model::Amount{10'000 * model::kCoin}, {}, {}});
        state_[model::agent_account_key(name(i))] =
            base::Boxed<model::AgentRecord>(std::move(record));
    }

    void add_vault_and_miners() {
        const model::PublicKey& vault = accounts_.vault();
        state_[model::account_key(vault)] = model::AccountRecord{};
        state_[model::balance_key(vault, overflow_asset())] = model::AmountRecord{
            model::Amount{std::numeric_limits<std::uint64_t>::max() - kVaultRoom}};
        // The other miners get their account with their first reward.
        state_[model::account_key(accounts_.miner(0))] = model::AccountRecord{};
    }

    const WorkloadOptions& options_;
    const WorkloadAccounts& accounts_;
    WorkloadRandom& random_;
    State state_;
    std::map<model::PublicKey, model::EnergyRecord> energy_;
    /// TOS in balances, frozen and on their way back.
    std::uint64_t tos_ = 0;
};

}  // namespace

std::map<model::StateKey, model::StateValue> workload_genesis(const WorkloadOptions& options,
                                                              const WorkloadAccounts& accounts,
                                                              WorkloadRandom& random) {
    return Genesis(options, accounts, random).build();
}

}  // namespace parallax::testbed
