#pragma once

#include "reports/analysis/report.hpp"

#include <string>
#include <vector>

namespace parallax::reports {

/// Holds every member of a run's result, and what of its request a ledger shows, against the
/// report of the ledger beside it: numbers of blocks, range, head, candidates, signatures, bundles,
/// exit code. One sentence for each that does not agree: then the two are not of one run, or one of
/// them was changed.
[[nodiscard]] std::vector<std::string> disagreements(const RunRecord& run, const Report& report);

}  // namespace parallax::reports
