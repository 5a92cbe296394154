#pragma once

#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/crypto/hashing.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace parallax::test {

inline model::PublicKey account(std::uint8_t id) {
    model::PublicKey key;
    key.mutable_bytes().fill(id);
    return key;
}
inline const model::PublicKey kAlice = account(0xA1);
inline const model::PublicKey kBob = account(0xB0);
inline const model::PublicKey kCarol = account(0xCA);
inline const model::PublicKey kDave = account(0xDA);
inline const model::PublicKey kMiner = account(0x33);

inline tos::e1::Profile chain_profile() {
    tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    profile.dev_key = account(0xDE);
    return profile;
}

inline tos::e1::Transaction make_transaction(const model::PublicKey& source, std::uint64_t nonce,
                                             tos::e1::Payload payload, std::uint64_t fee) {
    tos::e1::Transaction transaction;
    transaction.chain_id = 3;
    transaction.source = source;
    transaction.nonce = model::Nonce{nonce};
    transaction.payload = std::move(payload);
    transaction.fee = model::Amount{fee};
    return transaction;
}
inline tos::e1::TransfersPayload transfer_to(const model::PublicKey& destination,
                                             std::uint64_t amount,
                                             const model::AssetId& asset = model::kTosAsset) {
    return {{tos::e1::Transfer{asset, destination, model::Amount{amount}, std::nullopt}}};
}

inline protocol::AdmittedBlock admit_chain_block(std::vector<tos::e1::Transaction> transactions,
                                                 std::uint64_t topoheight) {
    tos::e1::Block block;
    block.placement.topoheight = model::Topoheight{topoheight};
    block.header.height = model::BlockHeight{topoheight};
    block.header.miner = kMiner;
    for (const tos::e1::Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(
            crypto::blake3(tos::e1::encode_transaction(transaction)));
    }
    block.hash = tos::e1::block_hash(block.header);
    block.transactions = std::move(transactions);
    auto admitted = chain_profile().admit(std::move(block));
    EXPECT_TRUE(admitted.ok()) << std::string(admitted.status().message());
    return *std::move(admitted);
}

/// Alice sends 40 to Bob and burns 7, Carol freezes 2 TOS, Dave cannot pay.
inline protocol::AdmittedBlock valid_block(std::uint64_t topoheight = 812) {
    return admit_chain_block(
        {make_transaction(kAlice, 7, transfer_to(kBob, 40), 5),
         make_transaction(kAlice, 8, tos::e1::BurnPayload{model::kTosAsset, model::Amount{7}}, 3),
         make_transaction(
             kCarol, 0,
             tos::e1::EnergyPayload{tos::e1::EnergyFreeze{model::Amount{2 * model::kCoin}, 3}}, 0),
         make_transaction(kDave, 1, transfer_to(kBob, 4000), 5)},
        topoheight);
}

inline model::StateValue amount(std::uint64_t value) {
    return model::AmountRecord{model::Amount{value}};
}
inline model::StateValue account_with(std::uint64_t nonce) {
    return model::AccountRecord{model::Nonce{nonce}, model::Topoheight{0}};
}

/// Puts an entry at its place in the delta, over the one that is there.
inline void set_entry(model::BlockOutcome& outcome, const model::StateKey& key,
                      std::optional<model::StateValue> before,
                      std::optional<model::StateValue> after) {
    auto& entries = outcome.delta.entries;
    const auto place = std::lower_bound(
        entries.begin(), entries.end(), key,
        [](const model::DeltaEntry& entry, const model::StateKey& k) { return entry.key < k; });
    if (place != entries.end() && place->key == key) {
        *place = {key, std::move(before), std::move(after)};
    } else {
        entries.insert(place, {key, std::move(before), std::move(after)});
    }
}
inline void remove_entry(model::BlockOutcome& outcome, const model::StateKey& key) {
    auto& entries = outcome.delta.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [&](const model::DeltaEntry& entry) { return entry.key == key; }),
                  entries.end());
}

inline model::StateValue frozen(std::uint64_t whole,
                                std::vector<model::PendingUnfreeze> pending = {}) {
    model::EnergyRecord record;
    record.energy = 12;
    record.frozen = whole;
    record.pending = std::move(pending);
    return base::Boxed<model::EnergyRecord>(record);
}

/// A log that explains the delta: every marker is its transaction's, all else the epilogue's.
inline model::AccessLog effects_log(const model::BlockOutcome& outcome) {
    model::AccessLog log;
    for (std::uint32_t i = 0; i < outcome.results.size(); ++i) {
        const model::StateKey marker = model::executed_transaction_key(outcome.results[i].hash);
        for (const model::DeltaEntry& entry : outcome.delta.entries) {
            if (entry.key == marker) {
                log.accesses.push_back({model::TxIndex{i}, model::AccessKind::kWrite, marker,
                                        model::kPreState, codec::value_digest(entry.after)});
            }
        }
    }
    for (const model::DeltaEntry& entry : outcome.delta.entries) {
        if (entry.key.family == model::Family::kExecutedTransaction) {
            continue;
        }
        const std::uint64_t before = codec::value_digest(entry.before);
        const std::uint64_t after = codec::value_digest(entry.after);
        model::Access line{model::TxIndex{model::kEpilogueTransaction}, model::AccessKind::kWrite,
                           entry.key, model::kPreState, after};
        if (std::holds_alternative<model::AmountRecord>(*entry.after)) {
            line.kind = after < before ? model::AccessKind::kOutput : model::AccessKind::kCredit;
            line.value = after < before ? before - after : after - before;
        }
        log.accesses.push_back(line);
    }
    return log;
}

/// What `valid_block` does by the chain's rules, worked out by hand: 100 are emitted, 10 of them
/// to the development key.
inline model::BlockOutcome valid_outcome(const protocol::AdmittedBlock& block) {
    model::BlockOutcome outcome;
    for (const protocol::AdmittedTransaction& transaction : block.transactions()) {
        outcome.results.push_back({transaction.hash, model::TransactionStatus::kExecuted,
                                   model::ErrorCode::kSuccess, model::Amount{0}, model::Amount{0}});
    }
    outcome.results[0].fee = model::Amount{5};
    outcome.results[1].fee = model::Amount{3};
    outcome.results[1].burned = model::Amount{7};
    outcome.results[3].status = model::TransactionStatus::kFailed;
    outcome.results[3].code = model::ErrorCode::kInsufficientBalance;
    outcome.orphans = {outcome.results[3].hash};
    outcome.totals = {model::Amount{8},   model::Amount{8},  model::Amount{7},
                      model::Amount{100}, model::Amount{10}, model::Amount{98}};

    set_entry(outcome, model::account_key(kAlice), account_with(7), account_with(9));
    set_entry(outcome, model::account_key(kCarol), account_with(0), account_with(1));
    set_entry(outcome, model::account_key(kMiner), std::nullopt, account_with(0));
    set_entry(outcome, model::balance_key(kAlice, model::kTosAsset), amount(1000), amount(945));
    set_entry(outcome, model::balance_key(kBob, model::kTosAsset), amount(10), amount(50));
    set_entry(outcome, model::balance_key(kCarol, model::kTosAsset), amount(5 * model::kCoin),
              amount(3 * model::kCoin));
    set_entry(outcome, model::balance_key(kMiner, model::kTosAsset), std::nullopt, amount(98));
    set_entry(outcome, model::balance_key(account(0xDE), model::kTosAsset), amount(5), amount(15));
    set_entry(outcome, model::energy_key(kCarol), std::nullopt, frozen(2));
    for (std::size_t i = 0; i < 3; ++i) {
        set_entry(outcome, model::executed_transaction_key(outcome.results[i].hash), std::nullopt,
                  model::ExecutedRecord{block.execution_topoheight()});
    }
    set_entry(outcome, model::counter_key(model::Counter::kEmittedSupply), amount(1000),
              amount(1100));
    set_entry(outcome, model::counter_key(model::Counter::kBurnedSupply), amount(50), amount(57));
    set_entry(outcome, model::counter_key(model::Counter::kGasFee), std::nullopt, amount(8));
    set_entry(outcome, model::counter_key(model::Counter::kMinerReward), amount(900), amount(998));
    outcome.access_log = effects_log(outcome);
    return outcome;
}

}  // namespace parallax::test
