#include "tests/chains/tiny/tiny_block.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace parallax::tiny {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'T', 'I', 'N', 'Y'};
constexpr std::size_t kSmallestTransaction = 3 + 32 + 4 + 4 + 64;

void write_content(base::ByteWriter& writer, const Transaction& transaction) {
    writer.tagged(transaction.source);
    writer.u32(transaction.nonce);
    writer.u32(transaction.fee);
    switch (transaction.kind) {
        case Kind::kPay:
            writer.tagged(transaction.destination);
            writer.u64(transaction.amount);
            return;
        case Kind::kName:
            writer.raw({reinterpret_cast<const std::uint8_t*>(transaction.name.data()),
                        transaction.name.size()});
            return;
        case Kind::kCall:
            writer.u8(transaction.slot);
            return;
    }
}

void read_payload(base::ByteReader& reader, std::size_t end, Transaction& transaction) {
    switch (transaction.kind) {
        case Kind::kPay:
            transaction.destination = reader.tagged<model::PublicKey>("destination");
            transaction.amount = reader.u64("amount");
            return;
        case Kind::kName: {
            const std::size_t size = end > reader.offset() + 64 ? end - reader.offset() - 64 : 0;
            if (size == 0 || size > kMaxNameSize) {
                reader.fail("name", "has no length that a name can have");
                return;
            }
            const auto name = reader.view(size, "name");
            transaction.name.assign(name.begin(), name.end());
            return;
        }
        case Kind::kCall:
            transaction.slot = reader.u8("slot");
            return;
    }
    reader.fail("kind", "is none of p, n, c");
}

Transaction read_transaction(base::ByteReader& reader) {
    Transaction transaction;
    transaction.kind = static_cast<Kind>(reader.u8("kind"));
    const std::size_t size = reader.u16("size");
    const std::size_t end = reader.offset() + size;
    transaction.source = reader.tagged<model::PublicKey>("source");
    transaction.nonce = reader.u32("nonce");
    transaction.fee = reader.u32("fee");
    read_payload(reader, end, transaction);
    transaction.signature.s = reader.tagged<model::Scalar>("signature.s");
    transaction.signature.e = reader.tagged<model::Scalar>("signature.e");
    if (reader.ok() && reader.offset() != end) {
        reader.fail("size", "is not that of the transaction");
    }
    return transaction;
}

}  // namespace

base::Bytes signed_part(const Transaction& transaction) {
    base::ByteWriter writer;
    writer.u8(static_cast<std::uint8_t>(transaction.kind));
    write_content(writer, transaction);
    return std::move(writer).take();
}

base::Bytes encode(const Transaction& transaction) {
    base::ByteWriter content;
    write_content(content, transaction);
    content.tagged(transaction.signature.s);
    content.tagged(transaction.signature.e);
    const base::Bytes bytes = std::move(content).take();
    base::ByteWriter writer;
    writer.u8(static_cast<std::uint8_t>(transaction.kind));
    writer.u16(static_cast<std::uint16_t>(bytes.size()));
    writer.raw(bytes);
    return std::move(writer).take();
}

base::Bytes encode(const Block& block) {
    base::ByteWriter writer;
    writer.raw(kMagic);
    writer.u32(block.height);
    writer.tagged(block.miner);
    writer.u16(static_cast<std::uint16_t>(block.transactions.size()));
    for (const Transaction& transaction : block.transactions) {
        writer.raw(encode(transaction));
    }
    return std::move(writer).take();
}

absl::StatusOr<Transaction> decode_transaction(std::span<const std::uint8_t> wire) {
    base::ByteReader reader(wire, "transaction");
    Transaction transaction = read_transaction(reader);
    if (!reader.finish()) {
        return reader.status();
    }
    return transaction;
}

absl::StatusOr<Block> decode_block(std::span<const std::uint8_t> wire) {
    base::ByteReader reader(wire, "block");
    const auto magic = reader.view(kMagic.size(), "magic");
    if (reader.ok() && !std::equal(magic.begin(), magic.end(), kMagic.begin())) {
        reader.fail("magic", "is not TINY");
    }
    Block block;
    block.height = reader.u32("height");
    block.miner = reader.tagged<model::PublicKey>("miner");
    const std::uint16_t count = reader.u16("count");
    if (!reader.check_count(count, 0, kMaxTransactions, kSmallestTransaction, "count")) {
        return reader.status();
    }
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const base::ByteReader::Scope scope(reader, "transactions", i);
        block.transactions.push_back(read_transaction(reader));
    }
    if (!reader.finish()) {
        return reader.status();
    }
    return block;
}

void sign(Transaction& transaction, const crypto::SigningKey& key) {
    transaction.signature = key.sign(signed_part(transaction));
}

}  // namespace parallax::tiny
