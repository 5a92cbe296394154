#pragma once

#include "verifier/model/delta.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parallax::codec {

/// Our own canonical bytes, for what the chain has no encoding for: stored values, outcomes,
/// verdicts, archive records. Driven by `visit_fields`: integers big-endian, `opt` as one byte 0
/// or 1, lists and byte strings behind a u32 count. One value has one encoding; decoding is strict
/// and bounded (a count larger than the bytes that are left is refused before memory is taken).
/// Only these bytes are ever hashed or compared. Errors are InvalidArgument with field and offset.

/// Value bytes of a family's row, without the family (the key has it).
[[nodiscard]] base::Bytes encode_value(const model::StateValue& value);
[[nodiscard]] absl::StatusOr<model::StateValue> decode_value(model::Family family,
                                                             std::span<const std::uint8_t> bytes);

/// 65 bytes: family, owner, detail; ordered as `StateKey` is.
[[nodiscard]] base::Bytes encode_key(const model::StateKey& key);
[[nodiscard]] absl::StatusOr<model::StateKey> decode_key(std::span<const std::uint8_t> bytes);

/// Entries of a delta; ascending keys are checked when decoding.
[[nodiscard]] base::Bytes encode_delta(const model::Delta& delta);
[[nodiscard]] absl::StatusOr<model::Delta> decode_delta(std::span<const std::uint8_t> bytes);

/// A whole outcome, access log included; `notes` are not part of it.
[[nodiscard]] base::Bytes encode_outcome(const model::BlockOutcome& outcome);
[[nodiscard]] absl::StatusOr<model::BlockOutcome> decode_outcome(
    std::span<const std::uint8_t> bytes);

/// Version 2, or 3 with `unjudged` behind it where there is some, or 4 with `unjudged` and the
/// values of its findings (finding_values.hpp), or 5 with all that and `observed`: verdicts of
/// before those keep their bytes.
[[nodiscard]] base::Bytes encode_verdict(const model::Verdict& verdict);
[[nodiscard]] absl::StatusOr<model::Verdict> decode_verdict(std::span<const std::uint8_t> bytes);

/// A stable 64-bit digest of a value for access logs: the number itself for one-number records; for
/// an account nonce * 0x9E3779B97F4A7C15 + registration + 1 modulo 2^64, which costs no hash and
/// keeps small numbers apart; else the first 8 bytes of BLAKE3 over `encode_value`. 0 for absent.
[[nodiscard]] std::uint64_t value_digest(const std::optional<model::StateValue>& value);

}  // namespace parallax::codec
