#pragma once

#include <string_view>

namespace parallax::reports {

/// The files of `reports/html`, built into the program.
extern const std::string_view kHtmlPage;
extern const std::string_view kHtmlStyle;
extern const std::string_view kHtmlScript;

}  // namespace parallax::reports
