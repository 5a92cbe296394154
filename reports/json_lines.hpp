#pragma once

#include "verifier/core/ledger.hpp"

#include <string>

namespace parallax {

/// One ledger record as one line of JSON, without the line's end: the verdict, its lanes and
/// findings with both sides, the hash of the record before it and its own. Keys are in a fixed
/// order and no time, host or duration is in it, so equal verdicts give equal bytes. Text that is
/// not UTF-8 has its bad bytes replaced.
[[nodiscard]] std::string to_json_line(const LedgerRecord& record);

}  // namespace parallax
