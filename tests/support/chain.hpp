#pragma once

#include "tests/support/memory_view.hpp"
#include "verifier/codec/hashing.hpp"
#include "verifier/codec/signature.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/core/block_executor.hpp"
#include "verifier/protocol/admit.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace parallax::test {

/// Deterministic keys for tests: 0, 1, 2, ...
inline const SigningKey& key(std::uint32_t n) {
    static std::vector<SigningKey> keys;
    while (keys.size() <= n) {
        std::array<std::uint8_t, 32> seed{};
        seed[0] = static_cast<std::uint8_t>(keys.size());
        seed[1] = static_cast<std::uint8_t>(keys.size() >> 8);
        keys.push_back(SigningKey::from_seed(seed));
    }
    return keys[n];
}
inline const PublicKey& account(std::uint32_t n) {
    return key(n).public_key();
}

/// Fee that is enough for every transaction of these tests.
inline constexpr Amount kTestFee{100'000};
inline constexpr std::uint8_t kDevnet = 3;

/// An unsigned transaction of account `n`; fill in what differs, then `sign`.
inline Transaction draft(std::uint32_t n, std::uint64_t nonce, Payload payload) {
    Transaction transaction;
    transaction.chain_id = kDevnet;
    transaction.source = account(n);
    transaction.nonce = Nonce{nonce};
    transaction.payload = std::move(payload);
    transaction.fee = kTestFee;
    if (std::holds_alternative<EnergyPayload>(transaction.payload)) {
        transaction.fee = Amount{0};
    }
    return transaction;
}
inline Transaction sign(std::uint32_t n, Transaction transaction) {
    transaction.signature = key(n).sign(signing_bytes(transaction));
    return transaction;
}
inline Transaction signed_by(std::uint32_t n, std::uint64_t nonce, Payload payload) {
    return sign(n, draft(n, nonce, std::move(payload)));
}
inline Transaction transfer(std::uint32_t from, std::uint64_t nonce, std::uint32_t to,
                            std::uint64_t amount, const AssetId& asset = kTosAsset) {
    return signed_by(from, nonce,
                     TransfersPayload{{Transfer{asset, account(to), Amount{amount}, {}}}});
}

/// A funded, registered account.
inline void fund(MemoryView& state, std::uint32_t n, std::uint64_t tos, std::uint64_t nonce = 0) {
    state.set(account_key(account(n)), AccountRecord{Nonce{nonce}, Topoheight{0}});
    state.set(balance_key(account(n), kTosAsset), AmountRecord{Amount{tos}});
}

inline constexpr std::uint32_t kTestMiner = 900;

/// An admitted block of the chain path.
inline absl::StatusOr<AdmittedBlock> chain_block(std::vector<Transaction> transactions,
                                                 std::uint64_t topoheight, const Profile& profile) {
    Block block;
    block.placement.topoheight = Topoheight{topoheight};
    block.header.height = BlockHeight{topoheight};
    block.header.miner = account(kTestMiner);
    for (const Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(transaction_hash(transaction));
    }
    block.transactions = std::move(transactions);
    block.hash = block_hash(block.header);
    return admit(std::move(block), profile);
}

/// Runs `executor` on the chain path of devnet.
inline absl::StatusOr<BlockOutcome> execute(BlockExecutor& executor, const StateView& view,
                                            const AdmittedBlock& block, const Profile& profile,
                                            SignaturePolicy policy = SignaturePolicy::kPerLane) {
    const SignatureSource signatures = policy == SignaturePolicy::kOff
                                           ? SignatureSource::off(block)
                                           : SignatureSource::per_lane(block);
    const std::atomic<bool> cancelled{false};
    return executor.execute(view, block, ExecutionContext{profile, signatures, cancelled, true});
}

}  // namespace parallax::test
