#include "app/selftest/selftest_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace parallax::app {

std::string purity_text(const testbed::GroupPurity& purity) {
    return fmt::format("{} of {} faults in one group each, {} pairs of faults share one",
                       purity.single(), purity.seen(), purity.confusions().size());
}

void print_groups(const testbed::GroupPurity& purity) {
    for (const testbed::FaultGroups& found : purity.faults) {
        fmt::print("{}: {}\n", found.fault->name, found.groups.size());
        for (const auto& [group, one] : found.groups) {
            fmt::print("    {} x {} ({}): {}\n", one.findings, group.substr(0, 8),
                       one.symptoms.size(), one.sentence);
        }
    }
    for (const testbed::GroupPurity::Confusion& pair : purity.confusions()) {
        fmt::print("{} and {} share {}\n", pair.one->name, pair.other->name, pair.shared);
    }
    fmt::print("{}\n", purity_text(purity));
}

std::string groups_markdown(const testbed::GroupPurity& purity) {
    if (purity.faults.empty()) {
        return "";
    }
    std::string text =
        "\n## Groups\n\nEach fault alone on the generated blocks and all minimal chains. One fault "
        "should give one group of\nfindings, and two faults two. ";
    text += purity_text(purity) + ".\n\n";
    text += "| fault | groups | findings in each |\n|---|---|---|\n";
    for (const testbed::FaultGroups& found : purity.faults) {
        if (found.groups.size() == 1) {
            continue;
        }
        std::vector<std::uint64_t> sizes;
        for (const auto& [group, one] : found.groups) {
            sizes.push_back(one.findings);
        }
        std::sort(sizes.rbegin(), sizes.rend());
        text += fmt::format(
            "| `{}` | {} | {} |\n", found.fault->name, sizes.size(),
            sizes.empty() ? "not seen in these blocks" : fmt::format("{}", fmt::join(sizes, ", ")));
    }
    text += "\nPairs that share a group:\n\n| | | why |\n|---|---|---|\n";
    for (const testbed::GroupPurity::Confusion& pair : purity.confusions()) {
        const std::string_view why = testbed::confusion_reason(pair);
        text += fmt::format("| `{}` | `{}` | {} |\n", pair.one->name, pair.other->name,
                            why.empty() ? "by chance, in one block" : why);
    }
    return text;
}

}  // namespace parallax::app
