#include "replay/workload_accounts.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/protocol/profile.hpp"

#include <algorithm>
#include <limits>

namespace parallax {
namespace {

using State = std::map<StateKey, StateValue>;

constexpr std::uint64_t kMaxInitialBalance = 100'000 * kCoin;
constexpr std::uint64_t kAssetUnits = 1'000'000'000;
constexpr Topoheight kFarAway{1'000'000'000};

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
            state_[energy_key(account)] = Boxed<EnergyRecord>(record);
        }
        add_vault_and_miners();
        state_[counter_key(Counter::kEmittedSupply)] = AmountRecord{Amount{tos_}};
        state_[counter_key(Counter::kBurnedSupply)] = AmountRecord{};
        state_[counter_key(Counter::kGasFee)] = AmountRecord{};
        state_[counter_key(Counter::kMinerReward)] = AmountRecord{};
        return std::move(state_);
    }

  private:
    const PublicKey& name(std::uint32_t i) const {
        return accounts_.name(AccountIndex{i % options_.accounts});
    }

    void add_account(std::uint32_t i) {
        const bool hot = i < options_.hot_accounts;
        const std::uint64_t share = kMaximumSupply / 5;
        // A hot account may pay for every transaction of the archive.
        const std::uint64_t most =
            hot ? share / options_.hot_accounts
                : std::min(kMaxInitialBalance, 2 * share / options_.accounts);
        const std::uint64_t amount = hot ? most : random_.between(most / 2, most);
        tos_ += amount;
        state_[account_key(name(i))] = AccountRecord{Nonce{random_.below(50)}, Topoheight{0}};
        state_[balance_key(name(i), kTosAsset)] = AmountRecord{Amount{amount}};
        for (std::uint32_t asset = 0; asset < options_.assets; ++asset) {
            if (hot || random_.percent(60)) {
                state_[balance_key(name(i), workload_asset(asset))] =
                    AmountRecord{Amount{random_.between(kAssetUnits / 2, kAssetUnits)}};
            }
        }
        if (i % 4 == 0) {
            state_[balance_key(name(i), overflow_asset())] = AmountRecord{Amount{kAssetUnits}};
        }
    }

    void add_energy(std::uint32_t i) {
        const std::uint64_t day = e1_profile(options_.network)->blocks_per_day;
        if (has_energy(i)) {
            EnergyRecord& record = energy_[name(i)];
            record.self_records.push_back({50, 3, Topoheight{0}, Topoheight{0}, 300});
            record.self_records.push_back({30, 300, Topoheight{0}, Topoheight{300 * day}, 18'000});
            record.pending.push_back({5, Topoheight{0}});
            record.pending.push_back({7, Topoheight{5 * day}});
            record.energy += 18'300;
            record.frozen += 80;
            tos_ += (80 + 12) * kCoin;
        }
        if (delegates(i)) {
            EnergyRecord& record = energy_[name(i)];
            record.delegations.push_back({{{name(i + 1), 10, 60}, {name(i + 2), 4, 24}},
                                          3,
                                          Topoheight{0},
                                          Topoheight{0},
                                          14,
                                          84});
            record.frozen += 14;
            energy_[name(i + 1)].energy += 60;
            energy_[name(i + 2)].energy += 24;
            tos_ += 14 * kCoin;
        }
    }

    void add_multisig(std::uint32_t i) {
        if (has_multisig(i)) {
            state_[multisig_key(name(i))] =
                Boxed<MultisigRecord>(MultisigRecord{2, {name(i + 1), name(i + 2), name(i + 3)}});
        }
    }

    void add_agent(std::uint32_t i) {
        if (!is_agent(i)) {
            return;
        }
        AgentRecord record;
        record.owner = name(i);
        record.controller = name(i + 1);
        record.policy_hash = blake3(name(i).bytes());
        record.status = i % 75 == 3 ? 1 : 0;
        if (i % 50 == 3) {
            record.energy_pool = record.controller;
        }
        record.session_keys.push_back({1, name(i + 2), kFarAway, Amount{10'000 * kCoin}, {}, {}});
        state_[agent_account_key(name(i))] = Boxed<AgentRecord>(std::move(record));
    }

    void add_vault_and_miners() {
        const PublicKey& vault = accounts_.vault();
        state_[account_key(vault)] = AccountRecord{};
        state_[balance_key(vault, overflow_asset())] =
            AmountRecord{Amount{std::numeric_limits<std::uint64_t>::max() - kVaultRoom}};
        // The other miners get their account with their first reward.
        state_[account_key(accounts_.miner(0))] = AccountRecord{};
    }

    const WorkloadOptions& options_;
    const WorkloadAccounts& accounts_;
    WorkloadRandom& random_;
    State state_;
    std::map<PublicKey, EnergyRecord> energy_;
    /// TOS in balances, frozen and on their way back.
    std::uint64_t tos_ = 0;
};

}  // namespace

std::map<StateKey, StateValue> workload_genesis(const WorkloadOptions& options,
                                                const WorkloadAccounts& accounts,
                                                WorkloadRandom& random) {
    return Genesis(options, accounts, random).build();
}

}  // namespace parallax
