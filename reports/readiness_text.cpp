#include "reports/readiness.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace parallax {
namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view value) {
    return Json(std::string(value));
}

std::string bound_text(const ClassEvidence& evidence) {
    return evidence.other_blocks > 0 ? "no bound: some blocks are not a match"
                                     : fmt::format("fewer than {} in a million, at 95 percent",
                                                   bound_per_million(evidence.matching_blocks));
}

}  // namespace

std::string render_readiness_text(const ReadinessReport& readiness) {
    std::string out = fmt::format("PARALLEL-READY: {}\n", readiness_name(readiness.answer));
    for (const ReadinessCheck& check : readiness.checks) {
        out += fmt::format("  {:<8} {}: {}\n", readiness_name(check.answer), check.name,
                           check.evidence);
    }
    out +=
        "\nBlocks for each conflict class, and the rate of wrong ones that they leave possible:\n";
    for (const ClassEvidence& evidence : readiness.classes) {
        out += fmt::format("  {:<20} {:<21} {:>9} match {:>6} other  {}\n",
                           dependency_name(evidence.hazard), family_row(evidence.family).name,
                           evidence.matching_blocks, evidence.other_blocks, bound_text(evidence));
    }
    out += fmt::format("\nTried: {} shapes of conflict (type, type, kind of row, hazard).\n",
                       readiness.shapes_tried);
    std::map<TransactionType, std::vector<std::string>> never;
    for (const auto& [first, second] : readiness.pairs_never_tried) {
        never[first].emplace_back(transaction_type_name(second));
    }
    for (const auto& [first, seconds] : never) {
        out += fmt::format("  never tried: {} and then {}\n", transaction_type_name(first),
                           fmt::join(seconds, ", "));
    }
    std::vector<std::string> families;
    for (const Family family : readiness.families_never_tried) {
        families.emplace_back(family_row(family).name);
    }
    out += fmt::format("  never met on: {}\n", fmt::join(families, ", "));
    return out;
}

std::string render_readiness_json(const ReadinessReport& readiness) {
    Json checks = Json::array();
    for (const ReadinessCheck& check : readiness.checks) {
        checks.push_back({{"name", check.name},
                          {"answer", text(readiness_name(check.answer))},
                          {"evidence", check.evidence}});
    }
    Json classes = Json::array();
    for (const ClassEvidence& evidence : readiness.classes) {
        Json bound(nullptr);
        if (evidence.other_blocks == 0) {
            bound = bound_per_million(evidence.matching_blocks);
        }
        classes.push_back({{"hazard", text(dependency_name(evidence.hazard))},
                           {"family", text(family_row(evidence.family).name)},
                           {"pairs", evidence.pairs},
                           {"match_blocks", evidence.matching_blocks},
                           {"other_blocks", evidence.other_blocks},
                           {"wrong_per_million_below", bound}});
    }
    Json pairs = Json::array();
    for (const auto& [first, second] : readiness.pairs_never_tried) {
        pairs.push_back(
            fmt::format("{}>{}", transaction_type_name(first), transaction_type_name(second)));
    }
    Json families = Json::array();
    for (const Family family : readiness.families_never_tried) {
        families.push_back(text(family_row(family).name));
    }
    const Json json = {{"readiness", 1},
                       {"answer", text(readiness_name(readiness.answer))},
                       {"exit_code", readiness.exit_code()},
                       {"checks", std::move(checks)},
                       {"classes", std::move(classes)},
                       {"shapes_tried", readiness.shapes_tried},
                       {"pairs_never_tried", std::move(pairs)},
                       {"families_never_tried", std::move(families)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace parallax
