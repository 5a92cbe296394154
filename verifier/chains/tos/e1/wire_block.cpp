#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/chains/tos/e1/wire_transaction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::tos::e1 {
namespace {

/// The envelope of 157 bytes (2.1), and the one byte of a payload that takes a multisig away.
constexpr std::size_t kMinTransactionSize = 158;

using Scope = base::ByteReader::Scope;

std::vector<model::Hash> read_hashes(base::ByteReader& reader, std::size_t count,
                                     const char* field) {
    std::vector<model::Hash> hashes;
    hashes.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, field, i);
        hashes.push_back(reader.tagged<model::Hash>(""));
    }
    std::vector<model::Hash> sorted = hashes;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
        reader.fail(field, "has a repeated hash");
    }
    return hashes;
}

std::optional<VrfData> read_vrf(base::ByteReader& reader) {
    if (!reader.boolean("has_vrf")) {
        return std::nullopt;
    }
    const Scope scope(reader, "vrf");
    VrfData vrf;
    vrf.public_key = reader.tagged<model::PublicKey>("public_key");
    vrf.output = reader.tagged<model::Hash>("output");
    vrf.proof = reader.tagged<decltype(vrf.proof)>("proof");
    vrf.binding_signature = reader.tagged<decltype(vrf.binding_signature)>("binding_signature");
    return vrf;
}

BlockHeader read_header(base::ByteReader& reader) {
    BlockHeader header;
    header.version = reader.u8("version");
    header.height = reader.number<model::BlockHeight>("height");
    header.timestamp = reader.number<model::TimestampMs>("timestamp");
    header.nonce = reader.u64("nonce");
    header.extra_nonce = reader.tagged<decltype(header.extra_nonce)>("extra_nonce");
    const std::uint8_t tips = reader.u8("tip_count");
    if (reader.check_count(tips, 0, kMaxTips, model::Hash::kSize, "tip_count")) {
        header.tips = read_hashes(reader, tips, "tips");
    }
    const std::uint16_t count = reader.u16("transaction_count");
    if (reader.check_count(count, 0, kMaxTransactionsPerBlock, model::Hash::kSize,
                           "transaction_count")) {
        header.transaction_hashes = read_hashes(reader, count, "transaction_hashes");
    }
    header.miner = reader.tagged<model::PublicKey>("miner");
    header.vrf = read_vrf(reader);
    return header;
}

void write_header(base::ByteWriter& writer, const BlockHeader& header) {
    writer.u8(header.version);
    writer.number(header.height);
    writer.number(header.timestamp);
    writer.u64(header.nonce);
    writer.tagged(header.extra_nonce);
    writer.u8(static_cast<std::uint8_t>(header.tips.size()));
    for (const model::Hash& tip : header.tips) {
        writer.tagged(tip);
    }
    writer.u16(static_cast<std::uint16_t>(header.transaction_hashes.size()));
    for (const model::Hash& hash : header.transaction_hashes) {
        writer.tagged(hash);
    }
    writer.tagged(header.miner);
    writer.boolean(header.vrf.has_value());
    if (header.vrf) {
        writer.tagged(header.vrf->public_key);
        writer.tagged(header.vrf->output);
        writer.tagged(header.vrf->proof);
        writer.tagged(header.vrf->binding_signature);
    }
}

/// Types whose bytes can be other ones than the node's for the same transaction (2.2).
bool may_name_a_deposit_twice(const Payload& payload) {
    if (const auto* deploy = std::get_if<DeployContractPayload>(&payload)) {
        return deploy->constructor.has_value();
    }
    return std::holds_alternative<InvokeContractPayload>(payload);
}

/// The bodies, each of which must have the header's hash. The hash is of the re-serialised
/// transaction, as the node's: bytes that name one deposit twice do not survive it (2.2).
void read_bodies(base::ByteReader& reader, Epoch epoch, DecodedBlock& decoded) {
    const std::vector<model::Hash>& hashes = decoded.block.header.transaction_hashes;
    if (!reader.check_count(hashes.size(), 0, kMaxTransactionsPerBlock, kMinTransactionSize,
                            "transaction_count")) {
        return;
    }
    decoded.block.transactions.reserve(hashes.size());
    decoded.bodies.reserve(hashes.size());
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        const Scope scope(reader, "transactions", i);
        const std::size_t begin = reader.offset();
        const Transaction& transaction =
            decoded.block.transactions.emplace_back(read_transaction(reader, epoch));
        if (!reader.ok()) {
            return;
        }
        decoded.bodies.push_back(may_name_a_deposit_twice(transaction.payload)
                                     ? bytes_of(transaction, encode_transaction(transaction))
                                     : bytes_of(transaction, reader.since(begin)));
        if (decoded.bodies.back().hash != hashes[i]) {
            reader.fail("", fmt::format("has another hash than the header's {}", hashes[i].hex()));
        }
    }
}

/// Whether the bytes of the bodies are the node's: one that names a deposit twice is longer.
bool is_as_the_node_writes_it(const DecodedBlock& decoded, std::size_t bytes_of_bodies) {
    std::size_t own = 0;
    for (const TransactionBytes& body : decoded.bodies) {
        own += body.wire_size;
    }
    return own == bytes_of_bodies;
}

}  // namespace

absl::StatusOr<BlockHeader> decode_block_header(std::span<const std::uint8_t> wire) {
    base::ByteReader reader(wire, "header");
    BlockHeader header = read_header(reader);
    if (!reader.finish()) {
        return reader.status();
    }
    return header;
}

base::Bytes encode_block_header(const BlockHeader& header) {
    base::ByteWriter writer;
    write_header(writer, header);
    return std::move(writer).take();
}

absl::StatusOr<DecodedBlock> decode_block(std::span<const std::uint8_t> wire,
                                          const model::BlockPlacement& placement, Epoch epoch) {
    if (wire.size() > kMaxBlockSize) {
        return absl::InvalidArgumentError(fmt::format(
            "block at offset 0: has {} bytes, at most {} are allowed", wire.size(), kMaxBlockSize));
    }
    base::ByteReader reader(wire, "block");
    DecodedBlock decoded;
    decoded.block.placement = placement;
    {
        const Scope scope(reader, "header");
        decoded.block.header = read_header(reader);
    }
    const std::size_t bodies_begin = reader.offset();
    if (reader.ok()) {
        read_bodies(reader, epoch, decoded);
    }
    if (!reader.finish()) {
        return reader.status();
    }
    decoded.block.hash = block_hash(decoded.block.header);
    if (is_as_the_node_writes_it(decoded, wire.size() - bodies_begin)) {
        decoded.wire.assign(wire.begin(), wire.end());
    } else {
        decoded.wire = encode_block(decoded.block);
    }
    return decoded;
}

base::Bytes encode_block(const Block& block) {
    base::ByteWriter writer;
    write_header(writer, block.header);
    for (const Transaction& transaction : block.transactions) {
        write_transaction(writer, transaction);
    }
    return std::move(writer).take();
}

}  // namespace parallax::tos::e1
