#include "verifier/chains/tos/e1/wire_payload.hpp"
#include "verifier/crypto/signature.hpp"

#include <fmt/format.h>

namespace parallax::tos::e1 {
namespace {

constexpr std::size_t kValidityProofSize = 5 * 32;
constexpr std::size_t kUnoTransferSize = 32 + 32 + 1 + 3 * 32 + kValidityProofSize;
constexpr std::size_t kShieldTransferSize = 32 + 32 + 8 + 1 + 2 * 32 + 3 * 32;
constexpr std::size_t kUnshieldTransferSize = 32 + 32 + 8 + 1 + 2 * 32 + kValidityProofSize;
constexpr std::size_t kSourceCommitmentSize = 256;

/// A Bulletproof: four points, three scalars, pairs of points, two scalars (2.1).
constexpr std::size_t kRangeProofElement = 32;
constexpr std::size_t kMinRangeProofSize = 9 * kRangeProofElement;
constexpr std::size_t kMaxRangeProofSize = kMinRangeProofSize + 1024 * kRangeProofElement;
/// The node's library refuses a proof of 32 or more pairs.
constexpr std::size_t kMaxRangeProofPairs = 31;

using Scope = base::ByteReader::Scope;

model::CompressedPoint read_point(base::ByteReader& reader, const char* field) {
    return reader.tagged<model::CompressedPoint>(field);
}

CiphertextValidityProof read_validity_proof(base::ByteReader& reader) {
    const Scope scope(reader, "proof");
    CiphertextValidityProof proof;
    proof.y_0 = read_point(reader, "y_0");
    proof.y_1 = read_point(reader, "y_1");
    proof.y_2 = read_point(reader, "y_2");
    proof.z_r = read_scalar(reader, "z_r");
    proof.z_x = read_scalar(reader, "z_x");
    return proof;
}
void write_validity_proof(base::ByteWriter& writer, const CiphertextValidityProof& proof) {
    writer.tagged(proof.y_0);
    writer.tagged(proof.y_1);
    writer.tagged(proof.y_2);
    writer.tagged(proof.z_r);
    writer.tagged(proof.z_x);
}

SourceCommitment read_source_commitment(base::ByteReader& reader) {
    SourceCommitment source;
    source.commitment = read_point(reader, "commitment");
    source.y_0 = read_point(reader, "y_0");
    source.y_1 = read_point(reader, "y_1");
    source.y_2 = read_point(reader, "y_2");
    source.z_s = read_scalar(reader, "z_s");
    source.z_x = read_scalar(reader, "z_x");
    source.z_r = read_scalar(reader, "z_r");
    source.asset = reader.tagged<model::AssetId>("asset");
    return source;
}

bool is_canonical_element(std::span<const std::uint8_t> proof, std::size_t index) {
    return crypto::is_canonical_scalar(std::span<const std::uint8_t, kRangeProofElement>(
        proof.data() + index * kRangeProofElement, kRangeProofElement));
}

/// The parse rule of a Bulletproof: scalars at elements 4, 5, 6 and at the last two, and an even
/// number of points between them. Points are not decompressed (2.3).
base::Bytes read_range_proof(base::ByteReader& reader) {
    const std::uint16_t length = reader.u16("range_proof_length");
    if (!reader.check_count(length, kMinRangeProofSize, kMaxRangeProofSize, 1,
                            "range_proof_length")) {
        return {};
    }
    const std::size_t elements = length / kRangeProofElement;
    const std::size_t between = elements - kMinRangeProofSize / kRangeProofElement;
    if (length % kRangeProofElement != 0 || between % 2 != 0 || between / 2 > kMaxRangeProofPairs) {
        reader.fail("range_proof_length", fmt::format("is {}, not that of a range proof", length));
        return {};
    }
    const auto proof = reader.view(length, "range_proof");
    if (!reader.ok()) {
        return {};
    }
    for (const std::size_t index :
         {std::size_t{4}, std::size_t{5}, std::size_t{6}, elements - 2, elements - 1}) {
        if (!is_canonical_element(proof, index)) {
            reader.fail("range_proof", fmt::format("element {} is not a canonical scalar", index));
        }
    }
    return base::Bytes(proof.begin(), proof.end());
}

/// Whether a range proof follows the source commitments (2.1).
bool carries_range_proof(model::TransactionType type, std::size_t commitments) {
    return type == model::TransactionType::kUnoTransfers ||
           (type == model::TransactionType::kUnshieldTransfers && commitments != 0);
}

}  // namespace

bool carries_uno_section(model::TransactionType type) noexcept {
    return type == model::TransactionType::kUnoTransfers ||
           type == model::TransactionType::kShieldTransfers ||
           type == model::TransactionType::kUnshieldTransfers;
}

UnoTransfersPayload read_uno_transfers(base::ByteReader& reader) {
    UnoTransfersPayload payload;
    const std::size_t count = read_transfer_count(reader, kUnoTransferSize);
    payload.transfers.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "transfers", i);
        UnoTransfer& transfer = payload.transfers.emplace_back();
        transfer.asset = reader.tagged<model::AssetId>("asset");
        transfer.destination = reader.tagged<model::PublicKey>("destination");
        transfer.extra_data = read_extra_data(reader);
        transfer.commitment = read_point(reader, "commitment");
        transfer.sender_handle = read_point(reader, "sender_handle");
        transfer.receiver_handle = read_point(reader, "receiver_handle");
        transfer.proof = read_validity_proof(reader);
    }
    return payload;
}

ShieldTransfersPayload read_shield_transfers(base::ByteReader& reader) {
    ShieldTransfersPayload payload;
    const std::size_t count = read_transfer_count(reader, kShieldTransferSize);
    payload.transfers.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "transfers", i);
        ShieldTransfer& transfer = payload.transfers.emplace_back();
        transfer.asset = reader.tagged<model::AssetId>("asset");
        transfer.destination = reader.tagged<model::PublicKey>("destination");
        transfer.amount = reader.number<model::Amount>("amount");
        transfer.extra_data = read_extra_data(reader);
        transfer.commitment = read_point(reader, "commitment");
        transfer.receiver_handle = read_point(reader, "receiver_handle");
        const Scope proof(reader, "proof");
        transfer.proof.y_h = read_point(reader, "y_h");
        transfer.proof.y_p = read_point(reader, "y_p");
        transfer.proof.z = read_scalar(reader, "z");
    }
    return payload;
}

UnshieldTransfersPayload read_unshield_transfers(base::ByteReader& reader) {
    UnshieldTransfersPayload payload;
    const std::size_t count = read_transfer_count(reader, kUnshieldTransferSize);
    payload.transfers.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "transfers", i);
        UnshieldTransfer& transfer = payload.transfers.emplace_back();
        transfer.asset = reader.tagged<model::AssetId>("asset");
        transfer.destination = reader.tagged<model::PublicKey>("destination");
        transfer.amount = reader.number<model::Amount>("amount");
        transfer.extra_data = read_extra_data(reader);
        transfer.commitment = read_point(reader, "commitment");
        transfer.sender_handle = read_point(reader, "sender_handle");
        transfer.proof = read_validity_proof(reader);
    }
    return payload;
}

void write_encrypted(base::ByteWriter& writer, const UnoTransfersPayload& payload) {
    writer.u16(static_cast<std::uint16_t>(payload.transfers.size()));
    for (const UnoTransfer& transfer : payload.transfers) {
        writer.tagged(transfer.asset);
        writer.tagged(transfer.destination);
        write_extra_data(writer, transfer.extra_data);
        writer.tagged(transfer.commitment);
        writer.tagged(transfer.sender_handle);
        writer.tagged(transfer.receiver_handle);
        write_validity_proof(writer, transfer.proof);
    }
}

void write_encrypted(base::ByteWriter& writer, const ShieldTransfersPayload& payload) {
    writer.u16(static_cast<std::uint16_t>(payload.transfers.size()));
    for (const ShieldTransfer& transfer : payload.transfers) {
        writer.tagged(transfer.asset);
        writer.tagged(transfer.destination);
        writer.number(transfer.amount);
        write_extra_data(writer, transfer.extra_data);
        writer.tagged(transfer.commitment);
        writer.tagged(transfer.receiver_handle);
        writer.tagged(transfer.proof.y_h);
        writer.tagged(transfer.proof.y_p);
        writer.tagged(transfer.proof.z);
    }
}

void write_encrypted(base::ByteWriter& writer, const UnshieldTransfersPayload& payload) {
    writer.u16(static_cast<std::uint16_t>(payload.transfers.size()));
    for (const UnshieldTransfer& transfer : payload.transfers) {
        writer.tagged(transfer.asset);
        writer.tagged(transfer.destination);
        writer.number(transfer.amount);
        write_extra_data(writer, transfer.extra_data);
        writer.tagged(transfer.commitment);
        writer.tagged(transfer.sender_handle);
        write_validity_proof(writer, transfer.proof);
    }
}

UnoSection read_uno_section(base::ByteReader& reader, model::TransactionType type) {
    UnoSection section;
    if (!carries_uno_section(type)) {
        return section;
    }
    const std::uint8_t count = reader.u8("source_commitment_count");
    if (!reader.check_count(count, 0, 255, kSourceCommitmentSize, "source_commitment_count")) {
        return section;
    }
    section.source_commitments.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "source_commitments", i);
        section.source_commitments.push_back(read_source_commitment(reader));
    }
    if (carries_range_proof(type, count)) {
        section.range_proof = read_range_proof(reader);
    }
    return section;
}

void write_uno_section(base::ByteWriter& writer, const UnoSection& section,
                       model::TransactionType type) {
    if (!carries_uno_section(type)) {
        return;
    }
    writer.u8(static_cast<std::uint8_t>(section.source_commitments.size()));
    for (const SourceCommitment& source : section.source_commitments) {
        writer.tagged(source.commitment);
        writer.tagged(source.y_0);
        writer.tagged(source.y_1);
        writer.tagged(source.y_2);
        writer.tagged(source.z_s);
        writer.tagged(source.z_x);
        writer.tagged(source.z_r);
        writer.tagged(source.asset);
    }
    if (carries_range_proof(type, section.source_commitments.size())) {
        const base::Bytes proof = section.range_proof.value_or(base::Bytes{});
        writer.u16(static_cast<std::uint16_t>(proof.size()));
        writer.raw(proof);
    }
}

}  // namespace parallax::tos::e1
