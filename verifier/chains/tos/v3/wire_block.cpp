#include "verifier/chains/tos/v3/wire.hpp"
#include "verifier/chains/tos/v3/wire_payload.hpp"
#include "verifier/chains/tos/v3/wire_transaction.hpp"
#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parallax::tos::v3 {
namespace {

constexpr std::uint8_t kNewestVersion = 3;
/// In the place of a number of levels, which are 64 at most: a hash follows that is not proved.
constexpr std::uint8_t kStatedHash = 0xFF;

using Scope = base::ByteReader::Scope;

std::vector<model::Hash> read_level(base::ByteReader& reader) {
    std::vector<model::Hash> hashes;
    const std::uint8_t count = reader.u8("parent_count");
    if (!reader.check_count(count, 0, kMaxParents, model::Hash::kSize, "parent_count")) {
        return hashes;
    }
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        hashes.push_back(reader.tagged<model::Hash>("parent"));
    }
    return hashes;
}

BlockHeader read_header(base::ByteReader& reader) {
    const Scope scope(reader, "header");
    BlockHeader header;
    header.version = reader.u8("version");
    if (header.version > kNewestVersion) {
        reader.fail("version",
                    fmt::format("is {}, allowed are 0 to {}", header.version, kNewestVersion));
    }
    std::uint8_t levels = reader.u8("parent_levels");
    if (levels == kStatedHash) {
        header.stated_hash = reader.tagged<model::Hash>("stated_hash");
        levels = reader.u8("parent_levels");
    }
    if (reader.check_count(levels, 0, kMaxParentLevels, 1, "parent_levels")) {
        for (std::size_t i = 0; i < levels && reader.ok(); ++i) {
            const Scope level(reader, "parents", i);
            header.parents.push_back(read_level(reader));
        }
    }
    header.blue_score = reader.number<model::BlockHeight>("blue_score");
    header.daa_score = reader.u64("daa_score");
    header.blue_work = reader.tagged<decltype(header.blue_work)>("blue_work");
    header.pruning_point = reader.tagged<model::Hash>("pruning_point");
    header.timestamp = reader.number<model::TimestampMs>("timestamp");
    header.nonce = reader.u64("nonce");
    header.extra_nonce = reader.tagged<decltype(header.extra_nonce)>("extra_nonce");
    header.bits = reader.u32("bits");
    header.miner = reader.tagged<model::PublicKey>("miner");
    header.merkle_root = reader.tagged<model::Hash>("merkle_root");
    header.accepted_id_root = reader.tagged<model::Hash>("accepted_id_root");
    header.utxo_commitment = reader.tagged<model::Hash>("utxo_commitment");
    return header;
}

void write_header(base::ByteWriter& writer, const BlockHeader& header) {
    writer.u8(header.version);
    if (header.stated_hash) {
        writer.u8(kStatedHash);
        writer.tagged(*header.stated_hash);
    }
    writer.u8(static_cast<std::uint8_t>(header.parents.size()));
    for (const std::vector<model::Hash>& level : header.parents) {
        writer.u8(static_cast<std::uint8_t>(level.size()));
        for (const model::Hash& parent : level) {
            writer.tagged(parent);
        }
    }
    writer.number(header.blue_score);
    writer.u64(header.daa_score);
    writer.tagged(header.blue_work);
    writer.tagged(header.pruning_point);
    writer.number(header.timestamp);
    writer.u64(header.nonce);
    writer.tagged(header.extra_nonce);
    writer.u32(header.bits);
    writer.tagged(header.miner);
    writer.tagged(header.merkle_root);
    writer.tagged(header.accepted_id_root);
    writer.tagged(header.utxo_commitment);
}

model::Hash parents_hash(const BlockHeader& header) {
    crypto::Blake3Hasher hasher;
    for (const std::vector<model::Hash>& level : header.parents) {
        for (const model::Hash& parent : level) {
            hasher.update(parent.bytes());
        }
    }
    return hasher.finish();
}

absl::Status too_large(std::size_t size) {
    return absl::InvalidArgumentError(fmt::format(
        "block at offset 0: has {} bytes, at most {} are allowed", size, kMaxBlockSize));
}

/// Transactions until the bytes end or one does not decode.
void read_bodies(std::span<const std::uint8_t> wire, std::size_t begin, DecodedBlock& decoded) {
    std::size_t at = begin;
    while (at < wire.size()) {
        base::ByteReader reader(wire.subspan(at), "transaction");
        Transaction transaction = read_transaction(reader);
        if (!reader.ok()) {
            decoded.stopped =
                fmt::format("after {} transactions, at byte {}: {}", decoded.bodies.size(), at,
                            std::string(reader.status().message()));
            return;
        }
        const auto bytes = reader.since(0);
        if (may_shrink(transaction.payload)) {
            const base::Bytes own = encode_transaction(transaction);
            decoded.bodies.push_back(bytes_of(transaction, own));
            decoded.wire.insert(decoded.wire.end(), own.begin(), own.end());
        } else {
            decoded.bodies.push_back(bytes_of(transaction, bytes));
            decoded.wire.insert(decoded.wire.end(), bytes.begin(), bytes.end());
        }
        decoded.block.transactions.push_back(std::move(transaction));
        at += reader.offset();
    }
}

}  // namespace

model::Hash merkle_root(std::span<const model::Hash> hashes) {
    if (hashes.empty()) {
        return model::Hash{};
    }
    std::vector<model::Hash> level(hashes.begin(), hashes.end());
    do {
        for (std::size_t i = 0; i < level.size(); i += 2) {
            const model::Hash& right = level[std::min(i + 1, level.size() - 1)];
            level[i / 2] =
                crypto::Blake3Hasher{}.update(level[i].bytes()).update(right.bytes()).finish();
        }
        level.resize((level.size() + 1) / 2);
    } while (level.size() > 1);
    return level.front();
}

model::Hash block_hash(const BlockHeader& header) {
    if (header.stated_hash) {
        return *header.stated_hash;
    }
    const std::array<std::uint8_t, 1> version{header.version};
    const model::Hash work = crypto::Blake3Hasher{}
                                 .update(version)
                                 .update_u64(header.blue_score.value())
                                 .update(parents_hash(header).bytes())
                                 .update(header.merkle_root.bytes())
                                 .finish();
    return crypto::Blake3Hasher{}
        .update(work.bytes())
        .update_u64(header.timestamp.value())
        .update_u64(header.nonce)
        .update(header.extra_nonce.bytes())
        .update(header.miner.bytes())
        .finish();
}

base::Bytes encode_header(const BlockHeader& header) {
    base::ByteWriter writer;
    write_header(writer, header);
    return std::move(writer).take();
}

absl::StatusOr<BlockHeader> decode_header(std::span<const std::uint8_t> wire) {
    base::ByteReader reader(wire, "block");
    BlockHeader header = read_header(reader);
    if (!reader.finish()) {
        return reader.status();
    }
    return header;
}

absl::StatusOr<DecodedBlock> decode_block(std::span<const std::uint8_t> wire) {
    if (wire.size() > kMaxBlockSize) {
        return too_large(wire.size());
    }
    base::ByteReader reader(wire, "block");
    DecodedBlock decoded;
    decoded.block.header = read_header(reader);
    if (!reader.ok()) {
        return reader.status();
    }
    decoded.block.hash = block_hash(decoded.block.header);
    const auto header = reader.since(0);
    decoded.wire.reserve(wire.size());
    decoded.wire.assign(header.begin(), header.end());
    read_bodies(wire, reader.offset(), decoded);
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

absl::StatusOr<BlockOutline> decode_outline(std::span<const std::uint8_t> wire) {
    base::ByteReader reader(wire, "block");
    BlockOutline outline;
    outline.header = read_header(reader);
    const std::size_t count = reader.remaining() / model::Hash::kSize;
    if (reader.check_count(count, 0, kMaxTransactionsPerBlock, model::Hash::kSize, "hashes")) {
        for (std::size_t i = 0; i < count && reader.ok(); ++i) {
            outline.transaction_hashes.push_back(reader.tagged<model::Hash>("hash"));
        }
    }
    if (!reader.finish()) {
        return reader.status();
    }
    if (merkle_root(outline.transaction_hashes) != outline.header.merkle_root) {
        return absl::InvalidArgumentError(
            "block: the hashes of its transactions do not make the merkle root of its header");
    }
    return outline;
}

base::Bytes encode_outline(const BlockOutline& outline) {
    base::ByteWriter writer;
    write_header(writer, outline.header);
    for (const model::Hash& hash : outline.transaction_hashes) {
        writer.tagged(hash);
    }
    return std::move(writer).take();
}

}  // namespace parallax::tos::v3
