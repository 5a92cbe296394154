#pragma once

#include "verifier/codec/canonical.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace parallax::testing {

inline PublicKey account(std::uint8_t id) {
    PublicKey key;
    key.mutable_bytes().fill(id);
    return key;
}
inline const PublicKey kAlice = account(0xA1);
inline const PublicKey kBob = account(0xB0);
inline const PublicKey kCarol = account(0xCA);
inline const PublicKey kDave = account(0xDA);
inline const PublicKey kMiner = account(0x33);

inline Profile chain_profile() {
    Profile profile = *e1_profile("devnet");
    profile.dev_key = account(0xDE);
    return profile;
}

inline Transaction make_transaction(const PublicKey& source, std::uint64_t nonce, Payload payload,
                                    std::uint64_t fee) {
    Transaction transaction;
    transaction.chain_id = 3;
    transaction.source = source;
    transaction.nonce = Nonce{nonce};
    transaction.payload = std::move(payload);
    transaction.fee = Amount{fee};
    return transaction;
}
inline TransfersPayload transfer_to(const PublicKey& destination, std::uint64_t amount,
                                    const AssetId& asset = kTosAsset) {
    return {{Transfer{asset, destination, Amount{amount}, std::nullopt}}};
}

inline AdmittedBlock admit_chain_block(std::vector<Transaction> transactions,
                                       std::uint64_t topoheight) {
    Block block;
    block.placement.topoheight = Topoheight{topoheight};
    block.header.height = BlockHeight{topoheight};
    block.header.miner = kMiner;
    for (const Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(blake3(encode_transaction(transaction)));
    }
    block.hash = block_hash(block.header);
    block.transactions = std::move(transactions);
    auto admitted = admit(std::move(block), chain_profile());
    EXPECT_TRUE(admitted.ok()) << std::string(admitted.status().message());
    return *std::move(admitted);
}

/// Alice sends 40 to Bob and burns 7, Carol freezes 2 TOS, Dave cannot pay.
inline AdmittedBlock lawful_block(std::uint64_t topoheight = 812) {
    return admit_chain_block(
        {make_transaction(kAlice, 7, transfer_to(kBob, 40), 5),
         make_transaction(kAlice, 8, BurnPayload{kTosAsset, Amount{7}}, 3),
         make_transaction(kCarol, 0, EnergyPayload{EnergyFreeze{Amount{2 * kCoin}, 3}}, 0),
         make_transaction(kDave, 1, transfer_to(kBob, 4000), 5)},
        topoheight);
}

inline StateValue amount(std::uint64_t value) {
    return AmountRecord{Amount{value}};
}
inline StateValue account_with(std::uint64_t nonce) {
    return AccountRecord{Nonce{nonce}, Topoheight{0}};
}

/// Puts an entry at its place in the delta, over the one that is there.
inline void set_entry(BlockOutcome& outcome, const StateKey& key, std::optional<StateValue> before,
                      std::optional<StateValue> after) {
    auto& entries = outcome.delta.entries;
    const auto place =
        std::lower_bound(entries.begin(), entries.end(), key,
                         [](const DeltaEntry& entry, const StateKey& k) { return entry.key < k; });
    if (place != entries.end() && place->key == key) {
        *place = {key, std::move(before), std::move(after)};
    } else {
        entries.insert(place, {key, std::move(before), std::move(after)});
    }
}
inline void remove_entry(BlockOutcome& outcome, const StateKey& key) {
    auto& entries = outcome.delta.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [&](const DeltaEntry& entry) { return entry.key == key; }),
                  entries.end());
}

inline StateValue frozen(std::uint64_t whole, std::vector<PendingUnfreeze> pending = {}) {
    EnergyRecord record;
    record.energy = 12;
    record.frozen = whole;
    record.pending = std::move(pending);
    return Boxed<EnergyRecord>(record);
}

/// A log that explains the delta: every marker is its transaction's, all else the epilogue's.
inline AccessLog effects_log(const BlockOutcome& outcome) {
    AccessLog log;
    for (std::uint32_t i = 0; i < outcome.results.size(); ++i) {
        const StateKey marker = executed_transaction_key(outcome.results[i].hash);
        for (const DeltaEntry& entry : outcome.delta.entries) {
            if (entry.key == marker) {
                log.accesses.push_back(
                    {TxIndex{i}, AccessKind::kWrite, marker, kPreState, value_digest(entry.after)});
            }
        }
    }
    for (const DeltaEntry& entry : outcome.delta.entries) {
        if (entry.key.family == Family::kExecutedTransaction) {
            continue;
        }
        const std::uint64_t before = value_digest(entry.before);
        const std::uint64_t after = value_digest(entry.after);
        Access line{TxIndex{kEpilogueTransaction}, AccessKind::kWrite, entry.key, kPreState, after};
        if (std::holds_alternative<AmountRecord>(*entry.after)) {
            line.kind = after < before ? AccessKind::kOutput : AccessKind::kCredit;
            line.value = after < before ? before - after : after - before;
        }
        log.accesses.push_back(line);
    }
    return log;
}

/// What `lawful_block` does by the chain's rules, worked out by hand: 100 are emitted, 10 of them
/// to the development key.
inline BlockOutcome lawful_outcome(const AdmittedBlock& block) {
    BlockOutcome outcome;
    for (const AdmittedTransaction& transaction : block.transactions()) {
        outcome.results.push_back({transaction.hash, TransactionStatus::kExecuted,
                                   ErrorCode::kSuccess, Amount{0}, Amount{0}});
    }
    outcome.results[0].fee = Amount{5};
    outcome.results[1].fee = Amount{3};
    outcome.results[1].burned = Amount{7};
    outcome.results[3].status = TransactionStatus::kFailed;
    outcome.results[3].code = ErrorCode::kInsufficientBalance;
    outcome.orphans = {outcome.results[3].hash};
    outcome.totals = {Amount{8}, Amount{8}, Amount{7}, Amount{100}, Amount{10}, Amount{98}};

    set_entry(outcome, account_key(kAlice), account_with(7), account_with(9));
    set_entry(outcome, account_key(kCarol), account_with(0), account_with(1));
    set_entry(outcome, account_key(kMiner), std::nullopt, account_with(0));
    set_entry(outcome, balance_key(kAlice, kTosAsset), amount(1000), amount(945));
    set_entry(outcome, balance_key(kBob, kTosAsset), amount(10), amount(50));
    set_entry(outcome, balance_key(kCarol, kTosAsset), amount(5 * kCoin), amount(3 * kCoin));
    set_entry(outcome, balance_key(kMiner, kTosAsset), std::nullopt, amount(98));
    set_entry(outcome, balance_key(account(0xDE), kTosAsset), amount(5), amount(15));
    set_entry(outcome, energy_key(kCarol), std::nullopt, frozen(2));
    for (std::size_t i = 0; i < 3; ++i) {
        set_entry(outcome, executed_transaction_key(outcome.results[i].hash), std::nullopt,
                  ExecutedRecord{block.execution_topoheight()});
    }
    set_entry(outcome, counter_key(Counter::kEmittedSupply), amount(1000), amount(1100));
    set_entry(outcome, counter_key(Counter::kBurnedSupply), amount(50), amount(57));
    set_entry(outcome, counter_key(Counter::kGasFee), std::nullopt, amount(8));
    set_entry(outcome, counter_key(Counter::kMinerReward), amount(900), amount(998));
    outcome.access_log = effects_log(outcome);
    return outcome;
}

}  // namespace parallax::testing
