#include "verifier/protocol/admit.hpp"

#include "verifier/codec/hashing.hpp"
#include "verifier/codec/wire.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

#include <utility>

namespace parallax {
namespace {

AdmittedTransaction admit_transaction(Transaction transaction) {
    AdmittedTransaction admitted;
    const Bytes wire = encode_transaction(transaction);
    admitted.hash = blake3(wire);
    admitted.wire_size = wire.size();
    admitted.computed_size = computed_size(transaction, wire.size());
    admitted.signing_bytes = signing_bytes(transaction);
    admitted.transaction = std::move(transaction);
    return admitted;
}

/// What chooses rules by the block's own word: its version.
absl::Status check_epoch(const Block& block, const Profile& profile) {
    if (block.header.version != profile.block_version) {
        return absl::InvalidArgumentError(fmt::format(
            "block {}: its header has version {}, and no rules are known for that: profile {} is "
            "version {}",
            block.hash.hex(), block.header.version, profile.name, profile.block_version));
    }
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AdmittedBlock> admit(Block block, const Profile& profile) {
    if (auto status = check_epoch(block, profile); !status.ok()) {
        return status;
    }
    const std::size_t count = block.transactions.size();
    if (count != block.header.transaction_hashes.size()) {
        return absl::InvalidArgumentError(
            fmt::format("block {}: {} transaction bodies for {} hashes in the header",
                        block.hash.hex(), count, block.header.transaction_hashes.size()));
    }
    if (count > kMaxTransactionsPerBlock) {
        return absl::InvalidArgumentError(fmt::format("block {}: {} transactions, at most {}",
                                                      block.hash.hex(), count,
                                                      kMaxTransactionsPerBlock));
    }
    if (block_hash(block.header) != block.hash) {
        return absl::InvalidArgumentError(fmt::format(
            "block {}: its header hashes to {}", block.hash.hex(), block_hash(block.header).hex()));
    }
    AdmittedBlock admitted;
    admitted.hash_ = block.hash;
    admitted.placement_ = block.placement;
    admitted.verification_ = block.placement.topoheight;
    admitted.transactions_.reserve(count);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
        AdmittedTransaction transaction = admit_transaction(std::move(block.transactions[i]));
        if (transaction.hash != block.header.transaction_hashes[i]) {
            return absl::InvalidArgumentError(fmt::format(
                "block {}: transaction {} hashes to {}, the header says {}", block.hash.hex(), i,
                transaction.hash.hex(), block.header.transaction_hashes[i].hex()));
        }
        bytes += transaction.wire_size;
        if (bytes > kMaxBlockSize) {
            return absl::InvalidArgumentError(
                fmt::format("block {}: more than {} bytes", block.hash.hex(), kMaxBlockSize));
        }
        admitted.transactions_.push_back(std::move(transaction));
    }
    admitted.header_ = std::move(block.header);
    return admitted;
}

AdmittedBlock admit_vector(std::vector<Transaction> transactions, Topoheight verification,
                           Topoheight execution) {
    AdmittedBlock admitted;
    admitted.verification_ = verification;
    admitted.placement_.topoheight = execution;
    admitted.transactions_.reserve(transactions.size());
    Blake3Hasher hasher;
    for (Transaction& transaction : transactions) {
        AdmittedTransaction added = admit_transaction(std::move(transaction));
        hasher.update(added.hash.bytes());
        admitted.header_.transaction_hashes.push_back(added.hash);
        admitted.transactions_.push_back(std::move(added));
    }
    admitted.hash_ = hasher.finish();
    return admitted;
}

SignatureSource::SignatureSource(const AdmittedBlock& block, SignaturePolicy policy)
    : block_(&block), policy_(policy) {}

SignatureSource SignatureSource::per_lane(const AdmittedBlock& block) {
    return {block, SignaturePolicy::kPerLane};
}

SignatureSource SignatureSource::once(const AdmittedBlock& block,
                                      std::vector<SignatureCheck> checks) {
    SignatureSource source{block, SignaturePolicy::kOnce};
    source.checks_ = std::move(checks);
    return source;
}

SignatureSource SignatureSource::off(const AdmittedBlock& block) {
    return {block, SignaturePolicy::kOff};
}

SignatureCheck SignatureSource::under_source(TxIndex index) const {
    if (policy_ == SignaturePolicy::kOnce && index.value() < checks_.size()) {
        return checks_[index.value()];
    }
    return under_key(index, block_->transactions()[index.value()].transaction.source);
}

SignatureCheck SignatureSource::under_key(TxIndex index, const PublicKey& key) const {
    if (policy_ == SignaturePolicy::kOff) {
        return SignatureCheck::kValid;
    }
    const AdmittedTransaction& admitted = block_->transactions()[index.value()];
    return verify_signature(key, admitted.signing_bytes, admitted.transaction.signature);
}

SignatureCheck SignatureSource::cosignature(TxIndex index, const PublicKey& participant,
                                            const Signature& signature) const {
    if (policy_ == SignaturePolicy::kOff) {
        return SignatureCheck::kValid;
    }
    // Co-signers sign the hash of the signing bytes, not the bytes (semantics reference, 3.1).
    const Hash message = blake3(block_->transactions()[index.value()].signing_bytes);
    return verify_signature(participant, message.bytes(), signature);
}

}  // namespace parallax
