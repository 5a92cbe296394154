#pragma once

#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parallax::tos::e1 {

/// The wire format of profiles e1 and head (protocol notes, 2): a decoder is told which, and what
/// it decodes is encoded alike. Decoding is strict: every limit is
/// checked before memory is taken, and the whole buffer must be consumed. An error is
/// InvalidArgument and names the field and the offset. Encoding is total.

/// Limits of the format (1, 2).
inline constexpr std::size_t kMaxTransactionSize = 1'048'576;
inline constexpr std::size_t kMaxBlockSize = 1'310'720;
inline constexpr std::size_t kMaxTransfers = 500;
inline constexpr std::size_t kMaxExtraDataDecoded = 1024;
inline constexpr std::size_t kMaxDelegatees = 500;
inline constexpr std::size_t kMaxModuleSize = 10 * 1024 * 1024;
inline constexpr std::size_t kMaxTransactionsPerBlock = 10'000;
inline constexpr std::size_t kMaxTips = 3;
inline constexpr std::size_t kMaxValueCellDepth = 64;
inline constexpr std::size_t kMaxValueCellItems = 10'000;
inline constexpr std::size_t kMaxValueCellBytes = 1'000'000;
inline constexpr std::size_t kMaxSessionKeyListDecoded = 1024;
inline constexpr std::size_t kMinNameLength = 3;
inline constexpr std::size_t kMaxNameLength = 64;
inline constexpr std::uint32_t kMinFreezeDays = 3;
inline constexpr std::uint32_t kMaxFreezeDays = 365;

/// Whether bytes after the transaction are an error (2.3).
enum class Trailing : std::uint8_t { kRejected, kIgnored };

[[nodiscard]] absl::StatusOr<Transaction> decode_transaction(std::span<const std::uint8_t> wire,
                                                             Trailing trailing,
                                                             Epoch epoch = Epoch::kE1);
[[nodiscard]] base::Bytes encode_transaction(const Transaction& transaction);

/// Fields 1-8 and 10-11 re-serialised from the decoded transaction (3.1): what the source signs.
[[nodiscard]] base::Bytes signing_bytes(const Transaction& transaction);

/// BLAKE3 of the complete wire bytes (3.1).
[[nodiscard]] model::Hash transaction_hash(const Transaction& transaction);

/// The size that the minimum fee is computed from: the wire length, and one more for a multisig
/// delete payload (1).
[[nodiscard]] std::size_t computed_size(const Transaction& transaction, std::size_t wire_size);

[[nodiscard]] absl::StatusOr<BlockHeader> decode_block_header(std::span<const std::uint8_t> wire);
[[nodiscard]] base::Bytes encode_block_header(const BlockHeader& header);

/// What a transaction's bytes tell besides its fields: found once, while they are decoded.
struct TransactionBytes {
    model::Hash hash;
    /// As the node serialises it: the bytes of the block, but for a deposit that is named twice.
    std::size_t wire_size = 0;
    /// What the source signs (3.1).
    base::Bytes signing_bytes;
};
/// `wire` is the transaction as `encode_transaction` writes it. Nothing is encoded again, but for
/// the signing bytes of a transaction with a UNO section, which stands between their two parts.
[[nodiscard]] TransactionBytes bytes_of(const Transaction& transaction,
                                        std::span<const std::uint8_t> wire);

/// A block with what was found in its bytes. Whoever changes `block` has a new one.
struct DecodedBlock {
    Block block;
    /// One per transaction.
    std::vector<TransactionBytes> bodies;
    /// As the node serialises it.
    base::Bytes wire;
};

/// A whole block: header, then the bodies back to back, as many as the header has hashes. Each
/// body's hash must be the header's. `placement` is taken as given; the hash is computed.
[[nodiscard]] absl::StatusOr<DecodedBlock> decode_block(std::span<const std::uint8_t> wire,
                                                        const model::BlockPlacement& placement,
                                                        Epoch epoch = Epoch::kE1);
[[nodiscard]] base::Bytes encode_block(const Block& block);

}  // namespace parallax::tos::e1
