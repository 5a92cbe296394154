#pragma once

#include "verifier/base/byte_reader.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/model/outcome.hpp"

#include "absl/status/statusor.h"

#include <span>
#include <string>

namespace parallax::codec {

/// An outcome together with what canonical bytes (canonical.hpp) leave out or refuse: its notes,
/// and an access log as executors write it. The rules keep rows inside a block that no state can
/// hold, as the nonce checker's (protocol notes, 6.3), and canonical keys are keys of a state.
///
/// u32 size and canonical bytes of the outcome without its log; u8 1 and the log, or 0; the notes.
[[nodiscard]] base::Bytes encode_logged_outcome(model::BlockOutcome outcome);
/// Strict, and bounded as every decoder here. Notes may come from hostile processes and end on
/// terminals: they are cut, and what is not printable ASCII becomes `?`.
[[nodiscard]] absl::StatusOr<model::BlockOutcome> decode_logged_outcome(
    std::span<const std::uint8_t> bytes);

/// Printable ASCII of the first `limit` bytes of `text`; anything else becomes `?`.
[[nodiscard]] std::string printable(std::span<const std::uint8_t> text, std::size_t limit);

}  // namespace parallax::codec
