#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"

namespace parallax::tos::e1 {

/// The transaction codec for callers that have more than one message in their bytes. Failures are
/// in the reader; bytes after the transaction are left to the caller.
[[nodiscard]] Transaction read_transaction(base::ByteReader& reader, Epoch epoch);
void write_transaction(base::ByteWriter& writer, const Transaction& transaction);

}  // namespace parallax::tos::e1
