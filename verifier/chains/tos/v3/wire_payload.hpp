#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/chains/tos/v3/transaction.hpp"

#include <vector>

namespace parallax::tos::v3 {

/// The parts of a transaction between envelope fields. Readers report through the reader; what they
/// return after a failure means nothing. Writers are total: a count beyond its field's width, which
/// no decoder accepts, is cut to that width.

[[nodiscard]] Payload read_payload(base::ByteReader& reader, std::uint8_t opcode);
void write_payload(base::ByteWriter& writer, const Payload& payload);

/// A value cell and a module as the node serialises them: in a map that names a key twice the key
/// keeps its first position and takes the last value.
[[nodiscard]] base::Bytes read_value_cell(base::ByteReader& reader);
[[nodiscard]] base::Bytes read_module(base::ByteReader& reader);

/// The accounts that a checked cell names.
[[nodiscard]] std::vector<model::PublicKey> addresses_in(const ValueCell& cell);

/// Whether a transaction's own bytes can be shorter than those that it was decoded from.
[[nodiscard]] bool may_shrink(const Payload& payload) noexcept;

}  // namespace parallax::tos::v3
