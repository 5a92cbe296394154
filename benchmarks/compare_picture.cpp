#include "benchmarks/compare_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parallax::bench {
namespace {

constexpr std::array kColours = {"#9ecae1", "#6baed6", "#fdae6b", "#2b8cbe", "#74c476"};
constexpr int kBar = 22;
constexpr int kGroup = kBar * static_cast<int>(kStrategies.size()) + 24;
constexpr int kLeft = 50;
constexpr int kWidth = kLeft + kGroup * static_cast<int>(kShapes.size()) + 10;
constexpr int kPanel = 330;
/// Height of a speed-up of 1.
constexpr int kScale = 60;
constexpr double kTallest = 4.2;

int height_of(double speedup) {
    return static_cast<int>(std::min(kTallest, speedup) * kScale);
}

/// A bar with its figure above it and a line from quartile to quartile.
std::string bar(int left, int base, const Spread& speedup, const char* name, const char* colour) {
    const int top = base - height_of(speedup.median);
    const int middle = left + kBar / 2 - 1;
    return fmt::format(
        "<rect x='{}' y='{}' width='{}' height='{}' fill='{}'><title>{} {:.2f}x</title></rect>\n"
        "<line x1='{}' x2='{}' y1='{}' y2='{}' stroke='#444'/>\n"
        "<text x='{}' y='{}' font-size='8' text-anchor='middle'>{:.2f}</text>\n",
        left, top, kBar - 2, base - top, colour, name, speedup.median, middle, middle,
        base - height_of(speedup.low), base - height_of(speedup.high), middle,
        base - std::max(height_of(speedup.median), height_of(speedup.high)) - 4, speedup.median);
}

std::string group(const Row& row, int left, int base) {
    std::string svg;
    for (std::size_t i = 0; i < kStrategies.size(); ++i) {
        svg += bar(left + static_cast<int>(i) * kBar, base, row.speedup.at(kStrategies[i]),
                   kStrategies[i], kColours[i]);
    }
    return svg + fmt::format("<text x='{}' y='{}' font-size='11' text-anchor='middle'>{}</text>\n",
                             left + (kGroup - 24) / 2, base + 16, shape_name(row.shape));
}

std::string panel(const std::vector<Row>& rows, bool signatures, int base) {
    std::string svg = fmt::format(
        "<text x='20' y='{}' font-size='14'>{} transfers, signatures {}: speed-up against the "
        "control, median and quartiles</text>\n",
        base - 275, kSizes.back(), signatures ? "on" : "off");
    for (int line = 0; line <= 4; ++line) {
        svg += fmt::format(
            "<line x1='{0}' x2='{1}' y1='{2}' y2='{2}' stroke='{3}'/>"
            "<text x='20' y='{4}' font-size='11'>{5}x</text>\n",
            kLeft - 5, kWidth - 10, base - line * kScale, line == 1 ? "#333" : "#ccc",
            base - line * kScale + 4, line);
    }
    int left = kLeft;
    for (const Row& row : rows) {
        if (row.size == kSizes.back() && row.signatures == signatures) {
            svg += group(row, left, base);
            left += kGroup;
        }
    }
    return svg;
}

}  // namespace

std::string picture(const std::vector<Row>& rows, const std::string& machine) {
    std::string svg;
    for (std::size_t i = 0; i < kStrategies.size(); ++i) {
        const int left = 20 + 120 * static_cast<int>(i);
        svg += fmt::format(
            "<rect x='{0}' y='14' width='12' height='12' fill='{1}'/>"
            "<text x='{2}' y='25' font-size='12'>{3}</text>\n",
            left, kColours[i], left + 16, kStrategies[i]);
    }
    svg += panel(rows, true, 50 + kPanel - 30) + panel(rows, false, 50 + 2 * kPanel - 30);
    const int height = 50 + 2 * kPanel + 10;
    svg += fmt::format("<text x='20' y='{}' font-size='10' fill='#555'>{}</text>\n", height - 10,
                       machine);
    return fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' "
        "font-family='sans-serif'><rect width='{0}' height='{1}' fill='white'/>\n{2}</svg>\n",
        kWidth, height, svg);
}

}  // namespace parallax::bench
