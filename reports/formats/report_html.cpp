#include "reports/formats/html_assets.hpp"
#include "reports/formats/report_json.hpp"

#include <nlohmann/json.hpp>

namespace parallax::reports {
namespace {

/// JSON inside a script element: nothing in it can end the element or start a comment.
std::string for_script(const std::string& json) {
    std::string safe;
    safe.reserve(json.size());
    for (const char character : json) {
        if (character == '<') {
            safe += "\\u003c";
        } else if (character == '&') {
            safe += "\\u0026";
        } else {
            safe += character;
        }
    }
    return safe;
}

/// Puts `text` in the place of the mark; the marks are in the page once each.
void fill(std::string& page, std::string_view mark, const std::string& text) {
    page.replace(page.find(mark), mark.size(), text);
}

}  // namespace

std::string render_report_html(const Report& report) {
    std::string page(kHtmlPage);
    fill(page, "{css}", std::string(kHtmlStyle));
    fill(page, "{js}", std::string(kHtmlScript));
    // Last, so that nothing in it is taken for a mark.
    fill(page, "{report}",
         for_script(report_json(report).dump(-1, ' ', false,
                                             nlohmann::ordered_json::error_handler_t::replace)));
    return page;
}

}  // namespace parallax::reports
