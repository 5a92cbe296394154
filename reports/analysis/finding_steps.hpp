#pragma once

#include "reports/analysis/finding_view.hpp"

namespace parallax::reports {

/// Fills the two-lane timeline of a view, and the order that decides, from the accesses that the
/// finding holds.
void add_steps(const model::Finding& finding, AccountNames& names, FindingView& view);

}  // namespace parallax::reports
