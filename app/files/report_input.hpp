#pragma once

#include "reports/analysis/report.hpp"

#include "absl/status/statusor.h"

#include <string>

namespace parallax::app {

/// The report about a folder that `parallax replay --out` wrote, about a ledger file with the
/// `run.json` and `times.jsonl` beside it, or about the block of a bundle. A ledger that is cut or
/// has holes gives a report that says so; one that cannot be read, or was changed, is an error.
/// Shows progress on standard error unless `quiet`.
[[nodiscard]] absl::StatusOr<reports::Report> load_report(const std::string& path, bool quiet);

}  // namespace parallax::app
