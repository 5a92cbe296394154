#pragma once

#include "reports/finding_view.hpp"

namespace parallax {

/// Fills the two-lane timeline of a view, and the order that decides, from the accesses that the
/// finding holds.
void add_steps(const Finding& finding, AccountNames& names, FindingView& view);

}  // namespace parallax
