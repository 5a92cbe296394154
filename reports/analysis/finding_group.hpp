#pragma once

#include "reports/analysis/report.hpp"

#include <string>

namespace parallax::reports {

/// What the kept findings of a group have in common, in one sentence, as far as their record shows
/// it cheaply; empty if they share nothing that a reader would not see anyway.
[[nodiscard]] std::string shared_in(const Report& report, const FindingGroup& group);

}  // namespace parallax::reports
