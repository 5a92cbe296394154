#pragma once

#include "verifier/core/verification/block_times.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::reports {

/// Bytes that one line of times may have.
inline constexpr std::size_t kMaxTimesLine = std::size_t{64} << 10;

/// The times of one block as one line of JSON, without the line's end:
/// docs/schema/times.schema.json describes it.
[[nodiscard]] std::string to_json_line(const core::BlockTimes& times);
/// The times of a line that `to_json_line` wrote, and of no other. InvalidArgument says what is
/// wrong.
[[nodiscard]] absl::StatusOr<core::BlockTimes> block_times_from_json_line(std::string_view line);

/// Reads the next line of a file of times, `times.jsonl`; nothing at the end. InvalidArgument names
/// the line, which is the `line`th; DataLoss a last line that was cut off.
[[nodiscard]] absl::StatusOr<std::optional<core::BlockTimes>> next_block_times(std::istream& stream,
                                                                               std::uint64_t& line);

}  // namespace parallax::reports
