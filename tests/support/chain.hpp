#pragma once

#include "tests/support/memory_view.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/core/verification/block_executor.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/protocol/protocol.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace parallax::test {

/// Deterministic keys for tests: 0, 1, 2, ...
inline const crypto::SigningKey& key(std::uint32_t n) {
    static std::vector<crypto::SigningKey> keys;
    while (keys.size() <= n) {
        std::array<std::uint8_t, 32> seed{};
        seed[0] = static_cast<std::uint8_t>(keys.size());
        seed[1] = static_cast<std::uint8_t>(keys.size() >> 8);
        keys.push_back(crypto::SigningKey::from_seed(seed));
    }
    return keys[n];
}
inline const model::PublicKey& account(std::uint32_t n) {
    return key(n).public_key();
}

/// Fee that is enough for every transaction of these tests.
inline constexpr model::Amount kTestFee{100'000};
inline constexpr std::uint8_t kDevnet = 3;

/// An unsigned transaction of account `n`; fill in what differs, then `sign`.
inline tos::e1::Transaction draft(std::uint32_t n, std::uint64_t nonce, tos::e1::Payload payload) {
    tos::e1::Transaction transaction;
    transaction.chain_id = kDevnet;
    transaction.source = account(n);
    transaction.nonce = model::Nonce{nonce};
    transaction.payload = std::move(payload);
    transaction.fee = kTestFee;
    if (std::holds_alternative<tos::e1::EnergyPayload>(transaction.payload)) {
        transaction.fee = model::Amount{0};
    }
    return transaction;
}
inline tos::e1::Transaction sign(std::uint32_t n, tos::e1::Transaction transaction) {
    transaction.signature = key(n).sign(tos::e1::signing_bytes(transaction));
    return transaction;
}
inline tos::e1::Transaction signed_by(std::uint32_t n, std::uint64_t nonce,
                                      tos::e1::Payload payload) {
    return sign(n, draft(n, nonce, std::move(payload)));
}
inline tos::e1::Transaction transfer(std::uint32_t from, std::uint64_t nonce, std::uint32_t to,
                                     std::uint64_t amount,
                                     const model::AssetId& asset = model::kTosAsset) {
    return signed_by(from, nonce,
                     tos::e1::TransfersPayload{
                         {tos::e1::Transfer{asset, account(to), model::Amount{amount}, {}}}});
}

/// A funded, registered account.
inline void fund(MemoryView& state, std::uint32_t n, std::uint64_t tos, std::uint64_t nonce = 0) {
    state.set(model::account_key(account(n)),
              model::AccountRecord{model::Nonce{nonce}, model::Topoheight{0}});
    state.set(model::balance_key(account(n), model::kTosAsset),
              model::AmountRecord{model::Amount{tos}});
}

inline constexpr std::uint32_t kTestMiner = 900;

/// An admitted block of the chain path.
inline absl::StatusOr<protocol::AdmittedBlock> chain_block(
    std::vector<tos::e1::Transaction> transactions, std::uint64_t topoheight,
    const tos::e1::Profile& profile) {
    tos::e1::Block block;
    block.placement.topoheight = model::Topoheight{topoheight};
    block.header.height = model::BlockHeight{topoheight};
    block.header.miner = account(kTestMiner);
    for (const tos::e1::Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
    }
    block.transactions = std::move(transactions);
    block.hash = tos::e1::block_hash(block.header);
    return profile.admit(std::move(block));
}

/// Runs `executor` on the chain path of devnet.
inline absl::StatusOr<model::BlockOutcome> execute(
    core::BlockExecutor& executor, const protocol::StateView& view,
    const protocol::AdmittedBlock& block, const protocol::Protocol& protocol,
    model::SignaturePolicy policy = model::SignaturePolicy::kPerLane) {
    const protocol::SignatureSource signatures = policy == model::SignaturePolicy::kOff
                                                     ? protocol::SignatureSource::off(block)
                                                     : protocol::SignatureSource::per_lane(block);
    const std::atomic<bool> cancelled{false};
    return executor.execute(view, block,
                            core::ExecutionContext{protocol, signatures, cancelled, true});
}

}  // namespace parallax::test
