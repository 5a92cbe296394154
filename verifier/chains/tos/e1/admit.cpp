#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/crypto/hashing.hpp"

#include "absl/status/status.h"
#include <fmt/format.h>

#include <memory>
#include <utility>

namespace parallax::tos::e1 {
namespace {

using protocol::Payment;

/// The outputs of a plain payment, and that it is one.
void add_payment(const Transaction& transaction, protocol::AdmittedTransaction& admitted,
                 std::vector<protocol::PlainOutput>& outputs) {
    admitted.first_output = static_cast<std::uint32_t>(outputs.size());
    if (!admitted.fee_in_coin || admitted.cosigned) {
        return;
    }
    if (const auto* transfers = std::get_if<TransfersPayload>(&transaction.payload)) {
        admitted.payment = Payment::kTransfers;
        for (const Transfer& transfer : transfers->transfers) {
            outputs.push_back({transfer.asset, transfer.destination, transfer.amount});
        }
    } else if (const auto* burn = std::get_if<BurnPayload>(&transaction.payload)) {
        admitted.payment = Payment::kBurn;
        outputs.push_back({burn->asset, {}, burn->amount});
    }
    admitted.output_count = static_cast<std::uint32_t>(outputs.size()) - admitted.first_output;
}

bool runs_code(const Payload& payload) {
    const auto* deploy = std::get_if<DeployContractPayload>(&payload);
    return std::holds_alternative<InvokeContractPayload>(payload) ||
           (deploy != nullptr && deploy->constructor.has_value());
}

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
    add_payment(transaction, admitted, parts.outputs);

    AdmittedEntry& entry = body.entries.emplace_back();
    entry.computed_size = computed_size(transaction, bytes.wire_size);
    entry.signing_bytes = std::move(bytes.signing_bytes);
    entry.transaction = std::move(transaction);
}

/// What chooses rules by the block's own word: its version.
absl::Status check_epoch(const Block& block, const Profile& profile) {
    if (block.header.version != profile.block_version) {
        return absl::InvalidArgumentError(fmt::format(
            "block {}: its header has version {}, and no rules are known for that: profile {} is "
            "version {}",
            block.hash.hex(), block.header.version, profile_name(profile.epoch),
            profile.block_version));
    }
    return absl::OkStatus();
}

absl::Status check_shape(const Block& block, const Profile& profile) {
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
    return absl::OkStatus();
}

/// What decoding would have found in the bytes of a block that was made.
DecodedBlock encoded(Block block) {
    DecodedBlock decoded;
    decoded.wire = encode_block_header(block.header);
    for (const Transaction& transaction : block.transactions) {
        const base::Bytes wire = encode_transaction(transaction);
        decoded.bodies.push_back(bytes_of(transaction, wire));
        decoded.wire.insert(decoded.wire.end(), wire.begin(), wire.end());
    }
    decoded.block = std::move(block);
    return decoded;
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

}  // namespace

crypto::SignatureCheck AdmittedBody::check_signature(model::TxIndex index) const {
    const AdmittedEntry& entry = entries[index.value()];
    return crypto::verify_signature(entry.transaction.source, entry.signing_bytes,
                                    entry.transaction.signature);
}

absl::StatusOr<protocol::AdmittedBlock> Profile::admit(std::span<const std::uint8_t> wire,
                                                       const protocol::Admission& admission) const {
    if (!admission.placement.bodies_shown) {
        return admit_header(wire, admission);
    }
    auto decoded = decode_block(wire, admission.placement, epoch);
    if (!decoded.ok()) {
        return decoded.status();
    }
    return admit(*std::move(decoded), admission);
}

absl::StatusOr<protocol::AdmittedBlock> Profile::admit_header(
    std::span<const std::uint8_t> wire, const protocol::Admission& admission) const {
    auto header = decode_block_header(wire);
    if (!header.ok()) {
        return header.status();
    }
    Block block;
    block.header = *std::move(header);
    block.hash = e1::block_hash(block.header);
    if (auto status = check_epoch(block, *this); !status.ok()) {
        return status;
    }
    protocol::AdmittedBlock::Parts parts;
    auto body = std::make_shared<AdmittedBody>();
    for (const model::Hash& hash : block.header.transaction_hashes) {
        add_unknown(hash, parts, *body);
    }
    parts.hash = block.hash;
    parts.admission = admission;
    parts.height = block.header.height;
    parts.timestamp = block.header.timestamp;
    parts.miner = block.header.miner;
    parts.wire.assign(wire.begin(), wire.end());
    body->header = std::move(block.header);
    parts.body = std::move(body);
    return make_block(std::move(parts));
}

absl::StatusOr<model::Hash> Profile::block_hash(std::span<const std::uint8_t> wire) const {
    // A block whose bodies are not shown is its header.
    if (const auto header = decode_block_header(wire); header.ok()) {
        return e1::block_hash(*header);
    }
    const auto decoded = decode_block(wire, {}, epoch);
    return decoded.ok() ? absl::StatusOr<model::Hash>(decoded->block.hash) : decoded.status();
}

absl::StatusOr<protocol::AdmittedBlock> Profile::admit(DecodedBlock decoded) const {
    const auto admission = protocol::Admission::at(decoded.block.placement);
    return admit(std::move(decoded), admission);
}

absl::StatusOr<protocol::AdmittedBlock> Profile::admit(Block block) const {
    if (auto status = check_shape(block, *this); !status.ok()) {
        return status;
    }
    if (const model::Hash hash = e1::block_hash(block.header); hash != block.hash) {
        return absl::InvalidArgumentError(
            fmt::format("block {}: its header hashes to {}", block.hash.hex(), hash.hex()));
    }
    return admit(encoded(std::move(block)));
}

absl::StatusOr<protocol::AdmittedBlock> Profile::admit(DecodedBlock decoded,
                                                       const protocol::Admission& admission) const {
    Block& block = decoded.block;
    if (auto status = check_shape(block, *this); !status.ok()) {
        return status;
    }
    protocol::AdmittedBlock::Parts parts;
    auto body = std::make_shared<AdmittedBody>();
    parts.transactions.reserve(block.transactions.size());
    body->entries.reserve(block.transactions.size());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        const TransactionBytes& found = decoded.bodies[i];
        if (found.hash != block.header.transaction_hashes[i]) {
            return absl::InvalidArgumentError(fmt::format(
                "block {}: transaction {} hashes to {}, the header says {}", block.hash.hex(), i,
                found.hash.hex(), block.header.transaction_hashes[i].hex()));
        }
        bytes += found.wire_size;
        if (bytes > kMaxBlockSize) {
            return absl::InvalidArgumentError(
                fmt::format("block {}: more than {} bytes", block.hash.hex(), kMaxBlockSize));
        }
        add(std::move(block.transactions[i]), std::move(decoded.bodies[i]), parts, *body);
    }
    parts.hash = block.hash;
    parts.admission = admission;
    parts.height = block.header.height;
    parts.timestamp = block.header.timestamp;
    parts.miner = block.header.miner;
    parts.wire = std::move(decoded.wire);
    body->header = std::move(block.header);
    parts.body = std::move(body);
    return make_block(std::move(parts));
}

protocol::AdmittedBlock Profile::admit_list(std::vector<Transaction> transactions,
                                            const protocol::Admission& admission) {
    Block block;
    crypto::Blake3Hasher hasher;
    for (const Transaction& transaction : transactions) {
        block.header.transaction_hashes.push_back(transaction_hash(transaction));
        hasher.update(block.header.transaction_hashes.back().bytes());
    }
    block.transactions = std::move(transactions);
    DecodedBlock decoded = encoded(std::move(block));
    protocol::AdmittedBlock::Parts parts;
    auto body = std::make_shared<AdmittedBody>();
    for (std::size_t i = 0; i < decoded.bodies.size(); ++i) {
        add(std::move(decoded.block.transactions[i]), std::move(decoded.bodies[i]), parts, *body);
    }
    parts.hash = hasher.finish();
    parts.admission = admission;
    parts.wire = std::move(decoded.wire);
    body->header = std::move(decoded.block.header);
    parts.body = std::move(body);
    return make_block(std::move(parts));
}

}  // namespace parallax::tos::e1
