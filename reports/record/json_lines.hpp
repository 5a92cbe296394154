#pragma once

#include "verifier/core/store/ledger.hpp"

#include "absl/status/statusor.h"

#include <string>
#include <string_view>

namespace parallax::reports {

/// Version of the lines, their first member: docs/schema/ledger.schema.json describes them.
inline constexpr std::uint64_t kLedgerVersion = 2;
/// Version of a line that has member `unjudged`: what no invariant judged. All other lines are as
/// before.
inline constexpr std::uint64_t kLedgerVersionUnjudged = 3;
/// Version of a line whose findings have causes and values, or whose lanes say how the control's
/// second run ended; it may have `unjudged`, too. What older lines say of a finding is as it was.
inline constexpr std::uint64_t kLedgerVersionValues = 4;
/// Version of a line that has member `observed`: how much of the block nodes were seen to say.
inline constexpr std::uint64_t kLedgerVersionObserved = 5;
/// Bytes that one line may have; a longer one is refused before it is parsed.
inline constexpr std::size_t kMaxLedgerLine = std::size_t{64} << 20;

/// One ledger record as one line of JSON, without the line's end: the verdict, its lanes and
/// findings with both sides, the hash of the record before it and its own. Keys are in a fixed
/// order and no time, host or duration is in it, so equal verdicts give equal bytes. Text that is
/// not UTF-8 has its bad bytes replaced, and such a line cannot be read back.
[[nodiscard]] std::string to_json_line(const core::LedgerRecord& record);

/// The record of a line that `to_json_line` wrote, and of no other: unknown, missing and repeated
/// members, other spellings, and a record that its hash does not fit are refused. InvalidArgument
/// names the member and what is wrong, as `lanes[0].verdict: is not a verdict`; DataLoss says that
/// the line was changed after it was written.
[[nodiscard]] absl::StatusOr<core::LedgerRecord> from_json_line(std::string_view line);

}  // namespace parallax::reports
