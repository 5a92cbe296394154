#include "benchmarks/transfer_blocks.hpp"

#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/signature.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <tuple>

namespace parallax::bench {
namespace {

constexpr std::uint64_t kFunds = 1'000 * model::kCoin;
constexpr std::uint32_t kRandomAccounts = 1'000;
constexpr std::uint32_t kHotAccount = 1'000'000;

/// Keys are made from consecutive scalars' seeds; an account that never signs needs no key pair,
/// only a name.
const crypto::SigningKey& signing_key(std::uint32_t n) {
    static std::map<std::uint32_t, crypto::SigningKey> keys;
    if (const auto it = keys.find(n); it != keys.end()) {
        return it->second;
    }
    std::array<std::uint8_t, 32> seed{};
    for (std::size_t i = 0; i < 4; ++i) {
        seed[i] = static_cast<std::uint8_t>(n >> (8 * i));
    }
    return keys.emplace(n, crypto::SigningKey::from_seed(seed)).first->second;
}

struct Pair {
    std::uint32_t sender;
    std::uint32_t receiver;
};

Pair pair_of(Shape shape, std::uint32_t i, std::mt19937_64& random) {
    const Pair own{2 * i, 2 * i + 1};
    switch (shape) {
        case Shape::kDisjoint:
            return own;
        case Shape::kHotReceiver25:
            return i % 4 == 0 ? Pair{own.sender, kHotAccount} : own;
        case Shape::kHotReceiver50:
            return i % 2 == 0 ? Pair{own.sender, kHotAccount} : own;
        case Shape::kHotReceiver100:
            return {own.sender, kHotAccount};
        case Shape::kHotSender50:
            return i % 2 == 0 ? Pair{kHotAccount, own.receiver} : own;
        case Shape::kRandomPairs: {
            const auto sender = static_cast<std::uint32_t>(random() % kRandomAccounts);
            const auto step = 1 + static_cast<std::uint32_t>(random() % (kRandomAccounts - 1));
            return {sender, (sender + step) % kRandomAccounts};
        }
    }
    return own;
}

void fund(WarmView& state, const model::PublicKey& account) {
    state.set(model::account_key(account), model::AccountRecord{});
    state.set(model::balance_key(account, model::kTosAsset),
              model::AmountRecord{model::Amount{kFunds}});
}

/// An account that never signs: any 32 bytes, spread as keys are.
model::PublicKey further_receiver(std::uint32_t n) {
    std::mt19937_64 random(n);
    model::PublicKey key;
    for (std::uint8_t& byte : key.mutable_bytes()) {
        byte = static_cast<std::uint8_t>(random());
    }
    return key;
}

std::unique_ptr<TransferBlock> make_block(Shape shape, std::uint32_t count, bool has_signatures,
                                          std::uint32_t outputs) {
    auto made = std::make_unique<TransferBlock>();
    std::mt19937_64 random(count);
    std::map<std::uint32_t, std::uint64_t> nonces;
    for (std::uint32_t i = 0; i < count; ++i) {
        const Pair pair = pair_of(shape, i, random);
        const crypto::SigningKey& sender = signing_key(pair.sender);
        const model::PublicKey& receiver = signing_key(pair.receiver).public_key();
        fund(made->state, sender.public_key());
        fund(made->state, receiver);
        tos::e1::Transaction transaction;
        transaction.chain_id = 3;
        transaction.source = sender.public_key();
        transaction.fee = model::Amount{15'000 * outputs};
        transaction.nonce = model::Nonce{nonces[pair.sender]++};
        transaction.payload = tos::e1::TransfersPayload{{tos::e1::Transfer{
            model::kTosAsset, receiver, model::Amount{1'000 + i}, std::nullopt}}};
        for (std::uint32_t k = 1; k < outputs; ++k) {
            const model::PublicKey further = further_receiver(i * outputs + k);
            fund(made->state, further);
            std::get<tos::e1::TransfersPayload>(transaction.payload)
                .transfers.push_back({model::kTosAsset, further, model::Amount{k}, std::nullopt});
        }
        if (has_signatures) {
            transaction.signature = sender.sign(tos::e1::signing_bytes(transaction));
        }
        made->block.header.transaction_hashes.push_back(tos::e1::transaction_hash(transaction));
        made->block.transactions.push_back(std::move(transaction));
    }
    made->block.placement.topoheight = model::Topoheight{1};
    made->block.header.height = model::BlockHeight{1};
    made->block.header.miner = signing_key(2'000'000).public_key();
    made->block.hash = tos::e1::block_hash(made->block.header);
    made->wire = tos::e1::encode_block(made->block);
    return made;
}

}  // namespace

const char* shape_name(Shape shape) {
    switch (shape) {
        case Shape::kDisjoint:
            return "disjoint";
        case Shape::kHotReceiver25:
            return "25% to one receiver";
        case Shape::kHotReceiver50:
            return "50% to one receiver";
        case Shape::kHotReceiver100:
            return "100% to one receiver";
        case Shape::kHotSender50:
            return "50% from one sender";
        case Shape::kRandomPairs:
            return "random pairs of 1000";
    }
    return "unknown";
}

const TransferBlock& transfer_block(Shape shape, std::uint32_t transactions, bool has_signatures,
                                    std::uint32_t outputs) {
    static std::map<std::tuple<Shape, std::uint32_t, bool, std::uint32_t>,
                    std::unique_ptr<TransferBlock>>
        made;
    auto& block = made[{shape, transactions, has_signatures, outputs}];
    if (!block) {
        block = make_block(shape, transactions, has_signatures, outputs);
    }
    return *block;
}

protocol::AdmittedBlock admit_or_die(const TransferBlock& block) {
    auto admitted = (*tos::e1::find_profile("devnet")).admit(block.block);
    if (!admitted.ok()) {
        std::fprintf(stderr, "%s\n", admitted.status().ToString().c_str());
        std::abort();
    }
    return *std::move(admitted);
}

}  // namespace parallax::bench
