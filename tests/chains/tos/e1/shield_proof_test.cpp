#include "verifier/chains/tos/e1/shield_proof.hpp"

#include "tests/support/public_vectors.hpp"
#include "tests/support/random_bytes.hpp"
#include "verifier/crypto/signature.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace parallax::tos::e1 {
namespace {

model::PublicKey destination_of(std::uint8_t value) {
    model::Scalar secret;
    secret.mutable_bytes()[0] = value;
    return crypto::SigningKey::from_scalar(secret).value().public_key();
}

ShieldTransfer made(std::uint64_t amount) {
    const std::array<std::uint8_t, 32> seed{1, 2, 3};
    return make_shield_transfer(model::kTosAsset, destination_of(3), model::Amount{amount}, seed)
        .value();
}

/// The identity, or a point, that is not the one that was there.
model::CompressedPoint other_point() {
    return model::CompressedPoint::from_array(destination_of(9).bytes());
}

TEST(ShieldProof, accepts_what_is_made_for_any_amount) {
    test::RandomBytes random;
    SCOPED_TRACE(random.seed_text());
    for (const std::uint64_t amount : {std::uint64_t{0}, std::uint64_t{1}, 100 * model::kCoin,
                                       ~std::uint64_t{0}, random.number()}) {
        const auto destination = crypto::SigningKey::from_seed(random.array<32>()).public_key();
        const auto transfer = make_shield_transfer(model::kTosAsset, destination,
                                                   model::Amount{amount}, random.array<32>());
        ASSERT_TRUE(transfer.has_value());
        EXPECT_EQ(transfer->amount.value(), amount);
        EXPECT_EQ(transfer->destination, destination);
        EXPECT_TRUE(verify_shield_proof(*transfer)) << amount;
    }
}

TEST(ShieldProof, rejects_another_amount) {
    ShieldTransfer transfer = made(500);
    transfer.amount = model::Amount{501};
    EXPECT_FALSE(verify_shield_proof(transfer));
}

TEST(ShieldProof, rejects_each_part_replaced_alone) {
    const std::vector<std::function<void(ShieldTransfer&)>> changes{
        [](ShieldTransfer& t) { t.destination = destination_of(4); },
        [](ShieldTransfer& t) { t.commitment = other_point(); },
        [](ShieldTransfer& t) { t.receiver_handle = other_point(); },
        [](ShieldTransfer& t) { t.proof.y_h = other_point(); },
        [](ShieldTransfer& t) { t.proof.y_p = other_point(); },
        [](ShieldTransfer& t) { t.proof.z.mutable_bytes()[0] ^= 1; },
        [](ShieldTransfer& t) { t.commitment = model::CompressedPoint{}; },
        [](ShieldTransfer& t) { t.receiver_handle = model::CompressedPoint{}; },
        [](ShieldTransfer& t) { t.destination = model::PublicKey{}; },
        [](ShieldTransfer& t) { std::swap(t.proof.y_h, t.proof.y_p); }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        ShieldTransfer transfer = made(500);
        ASSERT_TRUE(verify_shield_proof(transfer));
        changes[i](transfer);
        EXPECT_FALSE(verify_shield_proof(transfer)) << "change " << i;
    }
}

// The proof of a zero opening to nobody: every equation holds, only the rule says no (3.3).
TEST(ShieldProof, rejects_the_identity_as_proof_point) {
    ShieldTransfer transfer;
    transfer.destination = destination_of(3);
    EXPECT_FALSE(verify_shield_proof(transfer));
}

TEST(ShieldProof, rejects_points_that_do_not_decompress) {
    const std::vector<std::function<void(ShieldTransfer&)>> changes{
        [](ShieldTransfer& t) { t.destination.mutable_bytes().fill(0xFF); },
        [](ShieldTransfer& t) { t.commitment.mutable_bytes().fill(0xFF); },
        [](ShieldTransfer& t) { t.receiver_handle.mutable_bytes().fill(0xFF); },
        [](ShieldTransfer& t) { t.proof.y_h.mutable_bytes().fill(0xFF); },
        [](ShieldTransfer& t) { t.proof.y_p.mutable_bytes().fill(0xFF); },
        [](ShieldTransfer& t) { t.proof.z.mutable_bytes().fill(0xFF); }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        ShieldTransfer transfer = made(500);
        changes[i](transfer);
        EXPECT_FALSE(verify_shield_proof(transfer)) << "change " << i;
    }
}

TEST(ShieldTransferMaker, refuses_a_destination_that_no_proof_can_have) {
    const std::array<std::uint8_t, 32> seed{1};
    model::PublicKey bad;
    bad.mutable_bytes().fill(0xFF);
    EXPECT_FALSE(make_shield_transfer(model::kTosAsset, bad, model::Amount{1}, seed).has_value());
    EXPECT_FALSE(make_shield_transfer(model::kTosAsset, model::PublicKey{}, model::Amount{1}, seed)
                     .has_value());
}

TEST(ShieldTransferMaker, repeats_for_the_same_seed_and_differs_for_another) {
    std::array<std::uint8_t, 32> seed{1};
    const auto make = [&](std::uint64_t amount) {
        return make_shield_transfer(model::kTosAsset, destination_of(3), model::Amount{amount},
                                    seed)
            .value();
    };
    const ShieldTransfer first = make(7);
    EXPECT_EQ(make(7).commitment, first.commitment);
    EXPECT_EQ(make(7).proof.z, first.proof.z);
    // Two proofs with one nonce would give the opening away.
    EXPECT_NE(make(8).proof.y_h, first.proof.y_h);
    seed[0] = 2;
    EXPECT_NE(make(7).proof.y_h, first.proof.y_h);
    EXPECT_NE(make(7).receiver_handle, first.receiver_handle);
}

ShieldTransfer transfer_from(const nlohmann::json& json) {
    const auto hex = [&](const char* name) { return json.at(name).get<std::string>(); };
    ShieldTransfer transfer;
    transfer.asset = model::AssetId::from_hex(hex("asset")).value();
    transfer.destination = model::PublicKey::from_hex(hex("destination")).value();
    transfer.amount = model::Amount{json.at("amount").get<std::uint64_t>()};
    transfer.commitment = model::CompressedPoint::from_hex(hex("commitment")).value();
    transfer.receiver_handle = model::CompressedPoint::from_hex(hex("receiver_handle")).value();
    const std::string proof = hex("proof");
    transfer.proof.y_h = model::CompressedPoint::from_hex(proof.substr(0, 64)).value();
    transfer.proof.y_p = model::CompressedPoint::from_hex(proof.substr(64, 64)).value();
    transfer.proof.z = model::Scalar::from_hex(proof.substr(128)).value();
    return transfer;
}

TEST(ShieldProofVectors, proofs_of_accepted_transactions_are_valid) {
    const auto text = test::read_public_vectors("transactions/privacy/shield_transfers.json");
    if (!text) {
        GTEST_SKIP() << "no public vectors";
    }
    int checked = 0;
    const auto document = nlohmann::json::parse(*text);
    for (const auto& vector : document.at("test_vectors")) {
        if (!vector.at("expected").at("success").get<bool>()) {
            continue;
        }
        SCOPED_TRACE(vector.at("name").get<std::string>());
        for (const auto& json : vector.at("input").at("tx").at("payload").at("transfers")) {
            ShieldTransfer transfer = transfer_from(json);
            ASSERT_TRUE(verify_shield_proof(transfer));
            transfer.amount = model::Amount{transfer.amount.value() + 1};
            ASSERT_FALSE(verify_shield_proof(transfer));
            ++checked;
        }
    }
    EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace parallax::tos::e1
