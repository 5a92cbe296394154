#pragma once

#include "verifier/codec/byte_reader.hpp"
#include "verifier/codec/byte_writer.hpp"
#include "verifier/model/transaction.hpp"

#include <optional>

namespace parallax {

/// The parts of a transaction between envelope fields (semantics reference, 2.2). Readers report
/// through the reader; what they return after a failure means nothing. Writers are total: a count
/// beyond its field's width, which no decoder accepts, is cut to that width.

[[nodiscard]] Payload read_payload(ByteReader& reader, TransactionType type);
void write_payload(ByteWriter& writer, const Payload& payload);

/// The encrypted transfer types and the UNO section (2.1).
[[nodiscard]] UnoTransfersPayload read_uno_transfers(ByteReader& reader);
[[nodiscard]] ShieldTransfersPayload read_shield_transfers(ByteReader& reader);
[[nodiscard]] UnshieldTransfersPayload read_unshield_transfers(ByteReader& reader);
void write_encrypted(ByteWriter& writer, const UnoTransfersPayload& payload);
void write_encrypted(ByteWriter& writer, const ShieldTransfersPayload& payload);
void write_encrypted(ByteWriter& writer, const UnshieldTransfersPayload& payload);
[[nodiscard]] UnoSection read_uno_section(ByteReader& reader, TransactionType type);
void write_uno_section(ByteWriter& writer, const UnoSection& section, TransactionType type);

/// A scalar in its canonical form; anything else fails.
[[nodiscard]] Scalar read_scalar(ByteReader& reader, const char* field);
/// u16 count of 1..500, each item of at least `item_size` bytes.
[[nodiscard]] std::size_t read_transfer_count(ByteReader& reader, std::size_t item_size);
[[nodiscard]] std::optional<Bytes> read_extra_data(ByteReader& reader);
void write_extra_data(ByteWriter& writer, const std::optional<Bytes>& extra_data);

/// Adds a deposit as the node's map does: a repeated asset keeps its first position and takes the
/// last amount (2.2).
void add_deposit(std::vector<ContractDeposit>& deposits, const ContractDeposit& deposit);

}  // namespace parallax
