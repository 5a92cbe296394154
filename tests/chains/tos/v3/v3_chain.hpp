#pragma once

#include "executors/sequential/sequential_executor.hpp"
#include "testbed/rows_view.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/wire.hpp"
#include "verifier/crypto/signature.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::tos::v3 {

/// A chain of V3 in memory: blocks are made of what a test says, signed and executed by the
/// control.
class Chain {
  public:
    Chain() : profile_(*find_profile("devnet")) {}

    static crypto::SigningKey key(std::uint8_t number) {
        model::Scalar secret;
        secret.mutable_bytes()[0] = number;
        return *crypto::SigningKey::from_scalar(secret, crypto::SignatureScheme::kPlainKey);
    }
    static model::PublicKey account(std::uint8_t number) { return key(number).public_key(); }

    /// A signed transaction; `reference` is the topoheight that it was built against.
    static Transaction transaction(std::uint8_t sender, std::uint64_t nonce, Payload payload,
                                   std::uint64_t reference, std::uint64_t fee = 15'000,
                                   FeeType fee_type = FeeType::kTos) {
        Transaction made;
        made.source = account(sender);
        made.payload = std::move(payload);
        made.fee = model::Amount{fee};
        made.fee_type = fee_type;
        made.nonce = model::Nonce{nonce};
        made.reference.topoheight = model::Topoheight{reference};
        made.signature = key(sender).sign(signing_bytes(made));
        return made;
    }
    static TransfersPayload pay(std::uint8_t destination, std::uint64_t amount) {
        return {{{model::kTosAsset, account(destination), model::Amount{amount}, std::nullopt}}};
    }

    /// A block of these at the next topoheight; a test fails if it is none.
    protocol::AdmittedBlock prepare(std::vector<Transaction> transactions, std::uint8_t miner = 99,
                                    std::optional<std::uint32_t> side_block = {}) const {
        Block block;
        block.header.version = 3;
        block.header.blue_score = model::BlockHeight{top_ + 1};
        block.header.timestamp = model::TimestampMs{time_};
        block.header.miner = account(miner);
        std::vector<model::Hash> hashes;
        for (const Transaction& made : transactions) {
            hashes.push_back(transaction_hash(made));
        }
        block.header.merkle_root = merkle_root(hashes);
        block.transactions = std::move(transactions);
        auto admitted =
            profile_.admit(encode_block(block),
                           protocol::Admission::at({model::Topoheight{top_ + 1}, side_block}));
        EXPECT_TRUE(admitted.ok()) << admitted.status();
        return *std::move(admitted);
    }
    /// On the state at the top, which stays as it is.
    model::BlockOutcome run(const protocol::AdmittedBlock& block,
                            core::BlockExecutor& executor) const {
        const auto signatures = protocol::SignatureSource::per_lane(block);
        const std::atomic<bool> never{false};
        auto outcome = executor.execute(view_, block,
                                        core::ExecutionContext{profile_, signatures, never, true});
        EXPECT_TRUE(outcome.ok()) << outcome.status();
        return *std::move(outcome);
    }
    model::BlockOutcome run(const protocol::AdmittedBlock& block) const {
        executors::sequential::SequentialExecutor control;
        return run(block, control);
    }
    void apply(const model::BlockOutcome& outcome) {
        view_.apply(outcome.delta);
        ++top_;
    }
    /// The three in one.
    model::BlockOutcome add(std::vector<Transaction> transactions, std::uint8_t miner = 99) {
        auto outcome = run(prepare(std::move(transactions), miner));
        apply(outcome);
        return outcome;
    }
    /// Blocks without transactions up to this topoheight.
    void grow_to(std::uint64_t top) {
        while (top_ < top) {
            add({});
        }
    }
    void set_time(std::uint64_t milliseconds) { time_ = milliseconds; }
    [[nodiscard]] std::uint64_t top() const { return top_; }

    /// Gives an account a balance out of nothing, as a version at the top.
    void fund(std::uint8_t number, std::uint64_t amount) {
        model::Delta delta;
        const model::Topoheight at{top_};
        model::BalanceVersionRecord version;
        version.at = at;
        version.first = at;
        version.received = true;
        const model::PublicKey owner = account(number);
        put(delta, model::account_key(owner), model::AccountRecord{model::Nonce{0}, at});
        put(delta, model::account_version_key(owner),
            base::Boxed<model::AccountVersionRecord>({at, std::nullopt, std::nullopt}));
        put(delta, model::balance_key(owner, model::kTosAsset),
            model::AmountRecord{model::Amount{amount}});
        put(delta, model::balance_version_key(owner, model::kTosAsset),
            base::Boxed<model::BalanceVersionRecord>(version));
        view_.apply(delta);
    }

    [[nodiscard]] std::uint64_t balance(std::uint8_t number) const {
        const auto* row =
            find<model::AmountRecord>(model::balance_key(account(number), model::kTosAsset));
        return row == nullptr ? 0 : row->amount.value();
    }
    [[nodiscard]] model::BalanceVersionRecord version(std::uint8_t number) const {
        const auto* row = find<base::Boxed<model::BalanceVersionRecord>>(
            model::balance_version_key(account(number), model::kTosAsset));
        return row == nullptr ? model::BalanceVersionRecord{} : row->get();
    }
    [[nodiscard]] std::uint64_t nonce(std::uint8_t number) const {
        const auto* row = find<model::AccountRecord>(model::account_key(account(number)));
        return row == nullptr ? 0 : row->nonce.value();
    }
    template <class T>
    [[nodiscard]] const T* find(const model::StateKey& key) const {
        const auto place = view_.rows().find(key);
        return place == view_.rows().end() ? nullptr : std::get_if<T>(&place->second);
    }
    [[nodiscard]] const Profile& profile() const { return profile_; }

  private:
    static void put(model::Delta& delta, const model::StateKey& key, model::StateValue value) {
        delta.entries.push_back({key, std::nullopt, std::move(value)});
    }

    Profile profile_;
    testbed::RowsView view_;
    std::uint64_t top_ = 0;
    std::uint64_t time_ = 1'700'000'000'000;
};

}  // namespace parallax::tos::v3
