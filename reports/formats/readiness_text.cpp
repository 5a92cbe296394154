#include "reports/analysis/readiness.hpp"
#include "reports/record/ledger_text.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace parallax::reports {
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

/// What one type, coming first, can be followed by.
struct Followers {
    std::uint64_t possible = 0;
    std::vector<std::string> never;

    [[nodiscard]] std::string text() const {
        return possible > 1 && never.size() == possible ? "any type"
                                                        : fmt::format("{}", fmt::join(never, ", "));
    }
};

/// Everything of one kind of row and hazard.
struct HazardRow {
    std::uint64_t tried = 0;
    std::uint64_t possible = 0;
    std::uint64_t findings = 0;
    std::map<model::TransactionType, Followers> by_first;
};

std::string coverage_text(const Coverage& coverage) {
    std::map<std::pair<model::Family, model::Dependency>, HazardRow> rows;
    for (const auto& [shape, totals] : coverage) {
        const auto& [first, second, family, hazard] = shape;
        HazardRow& row = rows[{family, hazard}];
        ++row.possible;
        Followers& followers = row.by_first[first];
        ++followers.possible;
        row.findings += totals.findings;
        if (totals.pairs > 0) {
            ++row.tried;
        } else {
            followers.never.emplace_back(model::transaction_type_name(second));
        }
    }
    const CoverageCount count = count_coverage(coverage);
    std::string out =
        fmt::format("\nTried: {} of {} shapes of conflict (type, type, kind of row, hazard).\n",
                    count.tried, count.possible);
    for (const auto& [where, row] : rows) {
        out +=
            fmt::format("  {:<18} {:<20} {:>3} of {:>3} tried, {} findings\n",
                        model::family_row(where.first).name, model::dependency_name(where.second),
                        row.tried, row.possible, row.findings);
        for (const auto& [first, followers] : row.by_first) {
            if (!followers.never.empty()) {
                out += fmt::format("    never: {} and then {}\n",
                                   model::transaction_type_name(first), followers.text());
            }
        }
    }
    return out;
}

}  // namespace

std::string render_readiness_text(const ReadinessReport& readiness) {
    std::string out = fmt::format("PARALLEL-READY: {}\n", readiness_name(readiness.answer));
    for (const ReadinessCheck& check : readiness.checks) {
        out += fmt::format("  {:<8} {}: {}\n", readiness_name(check.answer), check.name,
                           check.evidence);
    }
    out +=
        "\nBlocks for each candidate and conflict class, and the rate of wrong ones that they "
        "leave "
        "possible:\n";
    const ClassEvidence* before = nullptr;
    for (const ClassEvidence& evidence : readiness.classes) {
        if (before == nullptr || before->candidate != evidence.candidate ||
            before->rules != evidence.rules) {
            out += fmt::format("  {} ({})\n", evidence.candidate, evidence.rules);
        }
        before = &evidence;
        out += fmt::format("    {:<20} {:<21} {:>9} match {:>6} other  {}\n",
                           model::dependency_name(evidence.hazard),
                           model::family_row(evidence.family).name, evidence.matching_blocks,
                           evidence.other_blocks, bound_text(evidence));
    }
    return out + coverage_text(readiness.coverage);
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
        classes.push_back({{"candidate", evidence.candidate},
                           {"rules", evidence.rules},
                           {"hazard", text(model::dependency_name(evidence.hazard))},
                           {"family", text(model::family_row(evidence.family).name)},
                           {"match_blocks", evidence.matching_blocks},
                           {"other_blocks", evidence.other_blocks},
                           {"wrong_per_million_below", bound}});
    }
    Json never = Json::array();
    for (const auto& [shape, totals] : readiness.coverage) {
        const auto& [first, second, family, hazard] = shape;
        if (totals.pairs == 0) {
            never.push_back(conflict_shape_text({first, second, family, hazard, 0}));
        }
    }
    const CoverageCount count = count_coverage(readiness.coverage);
    const Json json = {{"readiness", 3},
                       {"answer", text(readiness_name(readiness.answer))},
                       {"exit_code", readiness.exit_code()},
                       {"checks", std::move(checks)},
                       {"classes", std::move(classes)},
                       {"shapes_tried", count.tried},
                       {"shapes_possible", count.possible},
                       {"never_tried", std::move(never)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace parallax::reports
