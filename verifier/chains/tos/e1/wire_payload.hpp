#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"

#include <optional>

namespace parallax::tos::e1 {

/// The parts of a transaction between envelope fields (protocol notes, 2.2). Readers report
/// through the reader; what they return after a failure means nothing. Writers are total: a count
/// beyond its field's width, which no decoder accepts, is cut to that width.

[[nodiscard]] Payload read_payload(base::ByteReader& reader, model::TransactionType type);
void write_payload(base::ByteWriter& writer, const Payload& payload);

/// The encrypted transfer types and the UNO section (2.1).
[[nodiscard]] UnoTransfersPayload read_uno_transfers(base::ByteReader& reader);
[[nodiscard]] ShieldTransfersPayload read_shield_transfers(base::ByteReader& reader);
[[nodiscard]] UnshieldTransfersPayload read_unshield_transfers(base::ByteReader& reader);
void write_encrypted(base::ByteWriter& writer, const UnoTransfersPayload& payload);
void write_encrypted(base::ByteWriter& writer, const ShieldTransfersPayload& payload);
void write_encrypted(base::ByteWriter& writer, const UnshieldTransfersPayload& payload);
/// Whether a transaction of this type has one; it is not signed.
[[nodiscard]] bool carries_uno_section(model::TransactionType type) noexcept;
[[nodiscard]] UnoSection read_uno_section(base::ByteReader& reader, model::TransactionType type);
void write_uno_section(base::ByteWriter& writer, const UnoSection& section,
                       model::TransactionType type);

/// A scalar in its canonical form; anything else fails.
[[nodiscard]] model::Scalar read_scalar(base::ByteReader& reader, const char* field);
/// u16 count of 1..500, each item of at least `item_size` bytes.
[[nodiscard]] std::size_t read_transfer_count(base::ByteReader& reader, std::size_t item_size);
[[nodiscard]] std::optional<base::Bytes> read_extra_data(base::ByteReader& reader);
void write_extra_data(base::ByteWriter& writer, const std::optional<base::Bytes>& extra_data);

/// Adds a deposit as the node's map does: a repeated asset keeps its first position and takes the
/// last amount (2.2).
void add_deposit(std::vector<ContractDeposit>& deposits, const ContractDeposit& deposit);

}  // namespace parallax::tos::e1
