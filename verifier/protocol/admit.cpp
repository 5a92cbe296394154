#include "verifier/protocol/admit.hpp"

#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

#include <utility>

namespace parallax::protocol {
namespace {

AdmittedTransaction admit_transaction(tos::e1::Transaction transaction,
                                      tos::e1::TransactionBytes bytes) {
    AdmittedTransaction admitted;
    admitted.hash = bytes.hash;
    admitted.wire_size = bytes.wire_size;
    admitted.computed_size = tos::e1::computed_size(transaction, bytes.wire_size);
    admitted.signing_bytes = std::move(bytes.signing_bytes);
    admitted.transaction = std::move(transaction);
    return admitted;
}

/// One that was made and not decoded.
AdmittedTransaction admit_transaction(tos::e1::Transaction transaction) {
    auto bytes = tos::e1::bytes_of(transaction, tos::e1::encode_transaction(transaction));
    return admit_transaction(std::move(transaction), std::move(bytes));
}

/// What chooses rules by the block's own word: its version.
absl::Status check_epoch(const tos::e1::Block& block, const Profile& profile) {
    if (block.header.version != profile.block_version) {
        return absl::InvalidArgumentError(fmt::format(
            "block {}: its header has version {}, and no rules are known for that: profile {} is "
            "version {}",
            block.hash.hex(), block.header.version, profile.name, profile.block_version));
    }
    return absl::OkStatus();
}

absl::Status check_shape(const tos::e1::Block& block, const Profile& profile) {
    if (auto status = check_epoch(block, profile); !status.ok()) {
        return status;
    }
    const std::size_t count = block.transactions.size();
    if (count != block.header.transaction_hashes.size()) {
        return absl::InvalidArgumentError(
            fmt::format("block {}: {} transaction bodies for {} hashes in the header",
                        block.hash.hex(), count, block.header.transaction_hashes.size()));
    }
    if (count > tos::e1::kMaxTransactionsPerBlock) {
        return absl::InvalidArgumentError(fmt::format("block {}: {} transactions, at most {}",
                                                      block.hash.hex(), count,
                                                      tos::e1::kMaxTransactionsPerBlock));
    }
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AdmittedBlock> admit(tos::e1::Block block, const Profile& profile) {
    if (auto status = check_shape(block, profile); !status.ok()) {
        return status;
    }
    if (const model::Hash hash = tos::e1::block_hash(block.header); hash != block.hash) {
        return absl::InvalidArgumentError(
            fmt::format("block {}: its header hashes to {}", block.hash.hex(), hash.hex()));
    }
    tos::e1::DecodedBlock decoded;
    decoded.wire = tos::e1::encode_block_header(block.header);
    for (const tos::e1::Transaction& transaction : block.transactions) {
        const base::Bytes wire = tos::e1::encode_transaction(transaction);
        decoded.bodies.push_back(tos::e1::bytes_of(transaction, wire));
        decoded.wire.insert(decoded.wire.end(), wire.begin(), wire.end());
    }
    decoded.block = std::move(block);
    return admit(std::move(decoded), profile);
}

absl::StatusOr<AdmittedBlock> admit(tos::e1::DecodedBlock decoded, const Profile& profile) {
    tos::e1::Block& block = decoded.block;
    if (auto status = check_shape(block, profile); !status.ok()) {
        return status;
    }
    AdmittedBlock admitted;
    admitted.hash_ = block.hash;
    admitted.placement_ = block.placement;
    admitted.verification_ = block.placement.topoheight;
    admitted.transactions_.reserve(block.transactions.size());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        AdmittedTransaction transaction =
            admit_transaction(std::move(block.transactions[i]), std::move(decoded.bodies[i]));
        if (transaction.hash != block.header.transaction_hashes[i]) {
            return absl::InvalidArgumentError(fmt::format(
                "block {}: transaction {} hashes to {}, the header says {}", block.hash.hex(), i,
                transaction.hash.hex(), block.header.transaction_hashes[i].hex()));
        }
        bytes += transaction.wire_size;
        if (bytes > tos::e1::kMaxBlockSize) {
            return absl::InvalidArgumentError(fmt::format(
                "block {}: more than {} bytes", block.hash.hex(), tos::e1::kMaxBlockSize));
        }
        admitted.transactions_.push_back(std::move(transaction));
    }
    admitted.header_ = std::move(block.header);
    admitted.wire_ = std::move(decoded.wire);
    return admitted;
}

AdmittedBlock admit_vector(std::vector<tos::e1::Transaction> transactions,
                           model::Topoheight verification, model::Topoheight execution) {
    AdmittedBlock admitted;
    admitted.verification_ = verification;
    admitted.placement_.topoheight = execution;
    admitted.transactions_.reserve(transactions.size());
    crypto::Blake3Hasher hasher;
    for (tos::e1::Transaction& transaction : transactions) {
        AdmittedTransaction added = admit_transaction(std::move(transaction));
        hasher.update(added.hash.bytes());
        admitted.header_.transaction_hashes.push_back(added.hash);
        admitted.transactions_.push_back(std::move(added));
    }
    admitted.hash_ = hasher.finish();
    return admitted;
}

SignatureSource::SignatureSource(const AdmittedBlock& block, model::SignaturePolicy policy)
    : block_(&block), policy_(policy) {}

SignatureSource SignatureSource::per_lane(const AdmittedBlock& block) {
    return {block, model::SignaturePolicy::kPerLane};
}

SignatureSource SignatureSource::once(const AdmittedBlock& block,
                                      std::vector<crypto::SignatureCheck> checks) {
    SignatureSource source{block, model::SignaturePolicy::kOnce};
    source.checks_ = std::move(checks);
    return source;
}

SignatureSource SignatureSource::off(const AdmittedBlock& block) {
    return {block, model::SignaturePolicy::kOff};
}

crypto::SignatureCheck SignatureSource::under_source(model::TxIndex index) const {
    if (policy_ == model::SignaturePolicy::kOnce && index.value() < checks_.size()) {
        return checks_[index.value()];
    }
    return under_key(index, block_->transactions()[index.value()].transaction.source);
}

crypto::SignatureCheck SignatureSource::under_key(model::TxIndex index,
                                                  const model::PublicKey& key) const {
    if (policy_ == model::SignaturePolicy::kOff) {
        return crypto::SignatureCheck::kValid;
    }
    const AdmittedTransaction& admitted = block_->transactions()[index.value()];
    return crypto::verify_signature(key, admitted.signing_bytes, admitted.transaction.signature);
}

crypto::SignatureCheck SignatureSource::cosignature(model::TxIndex index,
                                                    const model::PublicKey& participant,
                                                    const crypto::Signature& signature) const {
    if (policy_ == model::SignaturePolicy::kOff) {
        return crypto::SignatureCheck::kValid;
    }
    // Co-signers sign the hash of the signing bytes, not the bytes (protocol notes, 3.1).
    const model::Hash message = crypto::blake3(block_->transactions()[index.value()].signing_bytes);
    return crypto::verify_signature(participant, message.bytes(), signature);
}

}  // namespace parallax::protocol
