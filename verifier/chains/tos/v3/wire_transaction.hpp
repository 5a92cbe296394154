#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/chains/tos/v3/wire.hpp"

namespace parallax::tos::v3 {

/// A transaction inside a longer input. After a failure what is returned means nothing.
[[nodiscard]] Transaction read_transaction(base::ByteReader& reader);
void write_transaction(base::ByteWriter& writer, const Transaction& transaction);

/// What bytes that the node itself would write tell.
[[nodiscard]] TransactionBytes bytes_of(const Transaction& transaction,
                                        std::span<const std::uint8_t> wire);

}  // namespace parallax::tos::v3
