#pragma once

#include "reports/formats/report_formats.hpp"

#include <nlohmann/json_fwd.hpp>

namespace parallax::reports {

/// What `render_report_json` prints, and what the page of `render_report_html` shows.
[[nodiscard]] nlohmann::ordered_json report_json(const Report& report);

}  // namespace parallax::reports
