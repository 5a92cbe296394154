#pragma once

#include "verifier/model/observation.hpp"

#include "absl/status/statusor.h"

#include <span>
#include <vector>

namespace parallax::codec {

/// What nodes were seen to say of one block, as archives and streams have it (docs/ARCHIVE.md): a
/// version, then each observation with its fields in order. One list has one encoding. Strict and
/// bounded as every decoder here: keys out of order, two observations of one source, an observed
/// result count that is no count of a block, are InvalidArgument with field and offset.
[[nodiscard]] base::Bytes encode_observations(const std::vector<model::Observation>& observations);
[[nodiscard]] absl::StatusOr<std::vector<model::Observation>> decode_observations(
    std::span<const std::uint8_t> bytes);

/// How many nodes can be observed, and the most bytes of a source's name, which is of a-z, 0-9 and
/// `-`.
inline constexpr std::size_t kMaxObservations = 8;
inline constexpr std::size_t kMaxSourceName = 32;

}  // namespace parallax::codec
