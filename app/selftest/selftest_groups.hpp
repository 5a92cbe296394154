#pragma once

#include "testbed/faults/group_purity.hpp"

#include <string>

namespace parallax::app {

/// `73 of 81 faults in one group each, 43 pairs of faults share one`
[[nodiscard]] std::string purity_text(const testbed::GroupPurity& purity);
/// Every group of every fault with an example, the pairs that share one, and `purity_text`.
void print_groups(const testbed::GroupPurity& purity);
/// The section of docs/DETECTION.md.
[[nodiscard]] std::string groups_markdown(const testbed::GroupPurity& purity);

}  // namespace parallax::app
