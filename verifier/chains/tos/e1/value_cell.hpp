#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/chains/tos/e1/transaction.hpp"

namespace parallax::tos::e1 {

/// Reads one value cell (protocol notes, 2.2), checks its structure and keeps its bytes. A
/// cell is nested at most `kMaxValueCellDepth` containers deep; opaque primitives are refused.
/// On failure the reader says why and the result is empty.
[[nodiscard]] ValueCell read_value_cell(base::ByteReader& reader);

}  // namespace parallax::tos::e1
