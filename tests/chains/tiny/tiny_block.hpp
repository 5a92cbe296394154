#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace parallax::tiny {

/// A chain of three kinds of transaction that nobody runs: the proof that the program knows no
/// chain. Its wire, its money and its order are others than those of any profile.
///
///   block        "TINY", height u32, miner, count u16, transactions
///   transaction  kind u8, size u16 of what follows, source, nonce u32, fee u32, payload, signature
///   pay 'p'      destination, amount u64
///   name 'n'     the rest is the name
///   call 'c'     a slot u8: adds 1 to the number there; each tenth call pays its caller's fee back
enum class Kind : std::uint8_t { kPay = 'p', kName = 'n', kCall = 'c' };

struct Transaction {
    Kind kind = Kind::kPay;
    model::PublicKey source;
    std::uint32_t nonce = 0;
    std::uint32_t fee = 0;
    model::PublicKey destination;
    std::uint64_t amount = 0;
    std::string name;
    std::uint8_t slot = 0;
    crypto::Signature signature;
};

struct Block {
    std::uint32_t height = 0;
    model::PublicKey miner;
    std::vector<Transaction> transactions;
};

inline constexpr std::size_t kMaxTransactions = 2'000;
inline constexpr std::size_t kMaxNameSize = 32;

/// What is signed: all but the signature.
[[nodiscard]] base::Bytes signed_part(const Transaction& transaction);
[[nodiscard]] base::Bytes encode(const Transaction& transaction);
[[nodiscard]] base::Bytes encode(const Block& block);
/// Strict: every byte is used. InvalidArgument names the field.
[[nodiscard]] absl::StatusOr<Transaction> decode_transaction(std::span<const std::uint8_t> wire);
[[nodiscard]] absl::StatusOr<Block> decode_block(std::span<const std::uint8_t> wire);

void sign(Transaction& transaction, const crypto::SigningKey& key);

}  // namespace parallax::tiny
