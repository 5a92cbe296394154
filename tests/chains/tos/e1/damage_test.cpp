#include "tests/support/field_filler.hpp"
#include "tests/support/transaction_samples.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/codec/canonical.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <variant>

namespace parallax::tos::e1 {
namespace {

/// What must hold for any bytes at all. True if the property holds; `decoded` tells whether the
/// bytes did decode.
struct PropertyResult {
    bool holds = true;
    bool decoded = false;
};

/// Counts deposits, whose repetition is the one thing that a transaction's encoding loses (2.2).
bool has_deposits(const Transaction& transaction) {
    const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload);
    const auto* deploy = std::get_if<DeployContractPayload>(&transaction.payload);
    return (invoke != nullptr && !invoke->deposits.empty()) ||
           (deploy != nullptr && deploy->constructor && !deploy->constructor->deposits.empty());
}

/// Bytes that decode are the bytes that encode; a repeated deposit is dropped once and for all.
PropertyResult transaction_property(std::span<const std::uint8_t> bytes) {
    const auto decoded = decode_transaction(bytes, Trailing::kRejected);
    if (!decoded.ok()) {
        return {};
    }
    const base::Bytes encoded = encode_transaction(*decoded);
    if (std::equal(encoded.begin(), encoded.end(), bytes.begin(), bytes.end())) {
        return {true, true};
    }
    const auto again = decode_transaction(encoded, Trailing::kRejected);
    const bool settled = again.ok() && encode_transaction(*again) == encoded;
    return {settled && has_deposits(*decoded) && encoded.size() < bytes.size(), true};
}

PropertyResult block_property(std::span<const std::uint8_t> bytes) {
    const auto decoded = decode_block(bytes, {});
    if (!decoded.ok()) {
        return {};
    }
    const base::Bytes encoded = encode_block(decoded->block);
    bool deposits = false;
    for (const Transaction& transaction : decoded->block.transactions) {
        deposits = deposits || has_deposits(transaction);
    }
    const bool same = std::equal(encoded.begin(), encoded.end(), bytes.begin(), bytes.end());
    return {same || (deposits && encoded.size() < bytes.size()), true};
}

PropertyResult outcome_property(std::span<const std::uint8_t> bytes) {
    const auto decoded = codec::decode_outcome(bytes);
    if (!decoded.ok()) {
        return {};
    }
    const base::Bytes encoded = codec::encode_outcome(*decoded);
    return {std::equal(encoded.begin(), encoded.end(), bytes.begin(), bytes.end()), true};
}

using Property = PropertyResult (*)(std::span<const std::uint8_t>);

/// Every prefix fails to decode, every single flipped bit either fails or keeps the property, and
/// so do runs of random damage.
void damage(const base::Bytes& bytes, Property property, test::RandomBytes& random) {
    ASSERT_TRUE(property(bytes).decoded);
    ASSERT_TRUE(property(bytes).holds);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ASSERT_FALSE(property(std::span(bytes).first(size)).decoded) << "cut to " << size;
    }
    base::Bytes changed = bytes;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
        changed[bit / 8] ^= mask;
        ASSERT_TRUE(property(changed).holds) << "bit " << bit;
        changed[bit / 8] ^= mask;
    }
    for (int round = 0; round < 200; ++round) {
        changed = bytes;
        for (std::uint64_t count = 1 + random.below(8); count > 0; --count) {
            changed[random.below(changed.size())] = static_cast<std::uint8_t>(random.number());
        }
        ASSERT_TRUE(property(changed).holds) << base::to_hex(changed);
    }
}

TEST(CodecDamage, spares_no_transaction) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (const auto& [name, transaction] : test::transaction_samples()) {
        SCOPED_TRACE(name);
        damage(encode_transaction(transaction), transaction_property, random);
    }
}

TEST(CodecDamage, spares_no_block) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    Block block;
    block.header.tips = {test::sample_bytes<model::Hash>(1)};
    for (const auto& [name, transaction] : test::contract_samples()) {
        block.header.transaction_hashes.push_back(transaction_hash(transaction));
        block.transactions.push_back(transaction);
    }
    damage(encode_block(block), block_property, random);
}

TEST(CodecDamage, spares_no_outcome) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    test::FieldFiller filler(random);
    for (int round = 0; round < 3; ++round) {
        damage(codec::encode_outcome(filler.outcome()), outcome_property, random);
    }
}

TEST(CodecDamage, survives_noise) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (int round = 0; round < 20'000; ++round) {
        base::Bytes noise = random.bytes(random.below(400));
        // A sound version byte lets the noise get past the first check.
        if (!noise.empty()) {
            noise[0] = 1;
        }
        ASSERT_TRUE(transaction_property(noise).holds) << base::to_hex(noise);
        ASSERT_TRUE(block_property(noise).holds) << base::to_hex(noise);
        ASSERT_TRUE(outcome_property(noise).holds) << base::to_hex(noise);
    }
}

}  // namespace
}  // namespace parallax::tos::e1
