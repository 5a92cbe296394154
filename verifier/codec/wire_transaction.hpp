#pragma once

#include "verifier/codec/byte_reader.hpp"
#include "verifier/codec/byte_writer.hpp"
#include "verifier/model/transaction.hpp"

namespace parallax {

/// The transaction codec for callers that have more than one message in their bytes. Failures are
/// in the reader; bytes after the transaction are left to the caller.
[[nodiscard]] Transaction read_transaction(ByteReader& reader);
void write_transaction(ByteWriter& writer, const Transaction& transaction);

}  // namespace parallax
