#pragma once

#include "verifier/codec/byte_reader.hpp"
#include "verifier/model/transaction.hpp"

namespace parallax {

/// Reads one value cell (semantics reference, 2.2), checks its structure and keeps its bytes. A
/// cell is nested at most `kMaxValueCellDepth` containers deep; opaque primitives are refused.
/// On failure the reader says why and the result is empty.
[[nodiscard]] ValueCell read_value_cell(ByteReader& reader);

}  // namespace parallax
