#include "verifier/chains/tos/v3/admitted_body.hpp"
#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/wire.hpp"
#include "verifier/crypto/signature.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

#include <memory>
#include <utility>

namespace parallax::tos::v3 {
namespace {

/// Adds a transaction to both sides of the block: what everybody sees, and what the rules read.
void add(Transaction transaction, TransactionBytes bytes, protocol::AdmittedBlock::Parts& parts,
         AdmittedBody& body) {
    protocol::AdmittedTransaction& admitted = parts.transactions.emplace_back();
    admitted.hash = bytes.hash;
    admitted.source = transaction.source;
    admitted.nonce = transaction.nonce;
    admitted.fee = transaction.fee;
    admitted.type = transaction_type(transaction.payload);
    admitted.fee_in_coin = transaction.fee_type == FeeType::kTos;
    admitted.cosigned = transaction.multisig.has_value();
    admitted.runs_code = runs_code(transaction.payload);
    admitted.wire_size = bytes.wire_size;

    AdmittedEntry& entry = body.entries.emplace_back();
    entry.signing_bytes = std::move(bytes.signing_bytes);
    entry.transaction = std::move(transaction);
}

/// A transaction of which only the hash is known. It is of the kind that touches whatever it likes.
void add_unknown(const model::Hash& hash, protocol::AdmittedBlock::Parts& parts,
                 AdmittedBody& body) {
    protocol::AdmittedTransaction& admitted = parts.transactions.emplace_back();
    admitted.hash = hash;
    admitted.type = model::TransactionType::kInvokeContract;
    admitted.runs_code = true;
    body.entries.emplace_back().transaction.payload = InvokeContractPayload{};
}

void take_header(BlockHeader header, const protocol::Admission& admission,
                 protocol::AdmittedBlock::Parts& parts, AdmittedBody& body) {
    parts.hash = block_hash(header);
    parts.admission = admission;
    parts.height = header.blue_score;
    parts.timestamp = header.timestamp;
    parts.miner = header.miner;
    body.header = std::move(header);
}

/// The decoder ends a list in silence; that it did shows here, as at the node.
absl::Status check_root(const DecodedBlock& decoded) {
    std::vector<model::Hash> hashes;
    for (const TransactionBytes& body : decoded.bodies) {
        hashes.push_back(body.hash);
    }
    const model::Hash root = merkle_root(hashes);
    if (root == decoded.block.header.merkle_root) {
        return absl::OkStatus();
    }
    return absl::InvalidArgumentError(fmt::format(
        "block {}: its {} transactions make the merkle root {}, its header says {}{}",
        decoded.block.hash.hex(), hashes.size(), root.hex(), decoded.block.header.merkle_root.hex(),
        decoded.stopped.empty() ? "" : "; what follows is no transaction, " + decoded.stopped));
}

absl::Status check_shape(const DecodedBlock& decoded) {
    if (decoded.bodies.size() > kMaxTransactionsPerBlock) {
        return absl::InvalidArgumentError(
            fmt::format("block {}: {} transactions, at most {}", decoded.block.hash.hex(),
                        decoded.bodies.size(), kMaxTransactionsPerBlock));
    }
    for (std::size_t i = 0; i < decoded.bodies.size(); ++i) {
        if (decoded.bodies[i].wire_size > kMaxTransactionSize) {
            return absl::InvalidArgumentError(fmt::format(
                "block {}: transaction {} has {} bytes, at most {}", decoded.block.hash.hex(), i,
                decoded.bodies[i].wire_size, kMaxTransactionSize));
        }
    }
    return check_root(decoded);
}

}  // namespace

crypto::SignatureCheck AdmittedBody::check_signature(model::TxIndex index) const {
    const AdmittedEntry& entry = entries[index.value()];
    return crypto::verify_signature(entry.transaction.source, entry.signing_bytes,
                                    entry.transaction.signature,
                                    crypto::SignatureScheme::kPlainKey);
}

absl::StatusOr<protocol::AdmittedBlock> Profile::admit(std::span<const std::uint8_t> wire,
                                                       const protocol::Admission& admission) const {
    protocol::AdmittedBlock::Parts parts;
    auto body = std::make_shared<AdmittedBody>();
    if (!admission.placement.bodies_shown) {
        auto outline = decode_outline(wire);
        if (!outline.ok()) {
            return outline.status();
        }
        for (const model::Hash& hash : outline->transaction_hashes) {
            add_unknown(hash, parts, *body);
        }
        parts.wire.assign(wire.begin(), wire.end());
        take_header(std::move(outline->header), admission, parts, *body);
        parts.body = std::move(body);
        return make_block(std::move(parts));
    }
    auto decoded = decode_block(wire);
    if (!decoded.ok()) {
        return decoded.status();
    }
    if (auto status = check_shape(*decoded); !status.ok()) {
        return status;
    }
    for (std::size_t i = 0; i < decoded->bodies.size(); ++i) {
        add(std::move(decoded->block.transactions[i]), std::move(decoded->bodies[i]), parts, *body);
    }
    parts.wire = std::move(decoded->wire);
    take_header(std::move(decoded->block.header), admission, parts, *body);
    parts.body = std::move(body);
    return make_block(std::move(parts));
}

absl::StatusOr<model::Hash> Profile::block_hash(std::span<const std::uint8_t> wire) const {
    // Of a block whose bodies are not shown the same bytes are the header.
    const auto decoded = decode_block(wire);
    return decoded.ok() ? absl::StatusOr<model::Hash>(decoded->block.hash) : decoded.status();
}

}  // namespace parallax::tos::v3
