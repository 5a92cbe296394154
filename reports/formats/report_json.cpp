#include "reports/formats/report_json.hpp"

#include "reports/analysis/coverage.hpp"
#include "reports/record/ledger_text.hpp"
#include "verifier/model/families.hpp"

#include <nlohmann/json.hpp>

namespace parallax::reports {
namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view value) {
    return Json(std::string(value));
}

/// One letter per block, as long as there are blocks.
char letter_of(model::VerdictKind kind) {
    switch (kind) {
        case model::VerdictKind::kMatch:
            return 'm';
        case model::VerdictKind::kMismatch:
            return 'x';
        case model::VerdictKind::kInconclusive:
            return 'i';
    }
    return 'i';
}

/// Columns instead of objects, and runs of neighbours instead of heights: a hundred thousand blocks
/// stay small.
Json blocks_json(const Report& report) {
    Json json = Json::object();
    Json runs = Json::array();
    std::string verdicts;
    Json reasons = Json::object();
    Json transactions = Json::array();
    Json failed = Json::array();
    Json keys = Json::array();
    Json conflicts = Json::array();
    Json findings = Json::object();
    Json order_only = Json::array();
    std::uint64_t expected = 0;
    for (std::size_t i = 0; i < report.blocks.size(); ++i) {
        const BlockRow& row = report.blocks[i];
        if (runs.empty() || row.topoheight.value() != expected) {
            runs.push_back(Json::array({row.topoheight.value(), 0}));
        }
        expected = row.topoheight.value() + 1;
        runs.back()[1] = runs.back()[1].get<std::uint64_t>() + 1;
        verdicts += letter_of(row.kind);
        if (row.reason) {
            reasons[std::to_string(i)] = text(model::inconclusive_reason_name(*row.reason));
        }
        transactions.push_back(row.transactions);
        failed.push_back(row.failed);
        keys.push_back(row.keys);
        conflicts.push_back(row.conflicts);
        if (row.findings > 0) {
            findings[std::to_string(i)] = row.findings;
        }
        if (row.order_only) {
            order_only.push_back(i);
        }
    }
    json["runs"] = std::move(runs);
    json["verdicts"] = verdicts;
    json["reasons"] = std::move(reasons);
    json["transactions"] = std::move(transactions);
    json["failed"] = std::move(failed);
    json["keys"] = std::move(keys);
    json["conflicts"] = std::move(conflicts);
    json["findings"] = std::move(findings);
    json["order_only"] = std::move(order_only);
    return json;
}

Json row_json(const ViewRow& row) {
    return {{"subject", row.subject},
            {"field", row.field},
            {"pre_state", row.pre_state},
            {"control", row.control},
            {"candidate", row.candidate},
            {"recorded", row.recorded},
            {"delta", row.delta},
            {"control_writers", row.control_writers},
            {"candidate_writers", row.candidate_writers}};
}

Json folds_json(const FindingView& view) {
    Json folds = Json::array();
    for (const ViewFold& fold : view.folds) {
        Json rows = Json::array();
        for (const ViewRow& row : fold.rows) {
            rows.push_back(row_json(row));
        }
        folds.push_back({{"title", fold.title}, {"rows", std::move(rows)}});
    }
    return folds;
}

Json steps_json(const FindingView& view) {
    Json steps = Json::array();
    for (const ViewStep& step : view.steps) {
        steps.push_back({{"transaction", step.transaction},
                         {"control", step.control},
                         {"candidate", step.candidate},
                         {"deciding", step.deciding}});
    }
    return steps;
}

Json transactions_json(const FindingView& view) {
    Json transactions = Json::array();
    for (const model::InvolvedTransaction& involved : view.transactions) {
        transactions.push_back({{"index", involved.index.value()},
                                {"type", text(model::transaction_type_name(involved.type))},
                                {"hash", involved.hash.hex()},
                                {"source", involved.source.hex()}});
    }
    return transactions;
}

Json accounts_json(const FindingView& view) {
    Json accounts = Json::array();
    for (const AccountName& account : view.accounts) {
        accounts.push_back({{"name", account.short_name},
                            {"address", account.address},
                            {"key", account.key.hex()}});
    }
    return accounts;
}

Json finding_json(const FindingView& view) {
    Json json = Json::object();
    json["id"] = view.id;
    json["title"] = view.title;
    json["cause"] = view.cause;
    json["observed"] = view.observed;
    json["likely"] = view.likely;
    json["put_down_to"] = view.put_down_to;
    json["impact"] = view.impact;
    json["shared"] = view.shared;
    json["sentence"] = view.sentence;
    json["class"] = view.class_name;
    json["lane"] = view.lane;
    json["topoheight"] = view.topoheight.value();
    json["block"] = view.block_hash;
    json["line"] = view.line;
    json["fingerprint"] = view.fingerprint;
    json["blame"] = view.blame;
    json["evidence"] = view.evidence;
    json["repeats"] = view.repeats;
    json["reproducibility"] = view.reproducibility;
    json["bundle"] = view.bundle;
    json["bundle_note"] = view.bundle_note;
    json["how_to_meet"] = view.how_to_meet;
    json["first"] = row_json(view.first);
    json["follows"] = folds_json(view);
    json["not_kept"] = view.not_kept;
    json["steps_row"] = view.steps_row;
    json["steps"] = steps_json(view);
    json["deciding_order"] = view.deciding_order;
    json["transactions"] = transactions_json(view);
    json["accounts"] = accounts_json(view);
    json["command"] = view.command;
    json["expected"] = view.expected;
    json["compared"] = view.compared;
    json["not_compared"] = view.not_compared;
    return json;
}

Json bundle_json(const BundleSource& bundle) {
    return {{"file", bundle.file},
            {"build", bundle.build},
            {"network", bundle.network},
            {"profile", bundle.profile},
            {"failure_model", bundle.failure_model},
            {"candidate", bundle.candidate},
            {"threads", bundle.threads},
            {"isolated", bundle.isolated},
            {"fault", bundle.fault},
            {"shrunk", bundle.shrunk}};
}

/// Null for a block of which no time is known.
Json times_column(const std::vector<std::uint32_t>& times) {
    Json column = Json::array();
    for (const std::uint32_t time : times) {
        column.push_back(time == kNoTime ? Json(nullptr) : Json(time));
    }
    return column;
}

Json times_json(const Report& report) {
    Json json = Json::object();
    json["why_none"] = report.no_times;
    json["control_us"] = Json::array();
    json["lanes"] = Json::array();
    if (report.times) {
        json["control_us"] = times_column(report.times->control_us);
        for (std::size_t lane = 0; lane < report.times->lanes_us.size(); ++lane) {
            json["lanes"].push_back({{"executor", report.lanes[lane].executor},
                                     {"us", times_column(report.times->lanes_us[lane])}});
        }
    }
    return json;
}

Json groups_json(const Report& report, const std::vector<FindingView>& views) {
    Json groups = Json::array();
    for (const FindingGroup& group : report.groups) {
        Json json = Json::object();
        json["fingerprint"] = group.fingerprint.hex();
        json["class"] = text(model::finding_class_name(group.finding_class));
        json["lane"] = group.lane;
        json["title"] = group.kept.empty() ? "" : views[group.kept.front()].title;
        json["stage"] = group.stage;
        json["findings"] = group.findings;
        json["blocks"] = group.blocks;
        json["first"] = group.first.value();
        json["last"] = group.last.value();
        json["kept"] = group.kept;
        groups.push_back(std::move(json));
    }
    return groups;
}

Json lanes_json(const Report& report) {
    Json lanes = Json::array();
    for (const LaneTotals& lane : report.lanes) {
        Json compared = Json::object();
        for (const auto& [section, blocks] : lane.compared) {
            compared[std::string(model::section_name(section))] = blocks;
        }
        lanes.push_back({{"executor", lane.executor},
                         {"match", lane.matches},
                         {"mismatch", lane.mismatches},
                         {"inconclusive", lane.inconclusive},
                         {"compared", std::move(compared)}});
    }
    return lanes;
}

Json classes_json(const Report& report) {
    Json classes = Json::array();
    for (const auto& [conflict_class, totals] : report.classes) {
        classes.push_back({{"hazard", text(model::dependency_name(std::get<0>(conflict_class)))},
                           {"family", text(model::family_row(std::get<1>(conflict_class)).name)},
                           {"pairs", totals.pairs},
                           {"match_blocks", totals.matching_blocks},
                           {"other_blocks", totals.other_blocks}});
    }
    return classes;
}

/// Every shape that can be or was met, by the ledger's word for it: pairs, blocks that match, other
/// blocks, findings. Zeros were never tried.
Json coverage_json(const Report& report) {
    Json json = Json::object();
    for (const auto& [shape, totals] : report.shapes) {
        const auto& [first, second, family, hazard] = shape;
        json[conflict_shape_text({first, second, family, hazard, 0})] = Json::array(
            {totals.pairs, totals.matching_blocks, totals.other_blocks, totals.findings});
    }
    return json;
}

Json reasons_json(const Report& report) {
    Json reasons = Json::object();
    for (const auto& [reason, count] : report.reasons) {
        reasons[std::string(model::inconclusive_reason_name(reason))] = count;
    }
    return reasons;
}

Json observed_json(const Report& report) {
    Json list = Json::array();
    for (const auto& [source, sum] : report.observed) {
        list.push_back({{"source", source},
                        {"blocks", sum.blocks},
                        {"seen", sum.seen},
                        {"touched", sum.touched},
                        {"accounts", sum.accounts},
                        {"transactions", sum.transactions},
                        {"results", sum.results},
                        {"emitted_supply", sum.emitted_supply},
                        {"burned_supply", sum.burned_supply},
                        {"adopted", sum.adopted},
                        {"sentence", observed_text(source, sum)}});
    }
    return list;
}

Json unjudged_json(const Report& report) {
    Json list = Json::array();
    for (const auto& [law, totals] : report.unjudged) {
        const model::UnjudgedInvariant& example = totals.example;
        list.push_back({{"law", law},
                        {"blocks", totals.blocks},
                        {"first", totals.first.value()},
                        {"example", example.law},
                        {"key", example.key ? Json(model::to_string(*example.key)) : Json(nullptr)},
                        {"why", example.why}});
    }
    return list;
}

}  // namespace

Json report_json(const Report& report) {
    const std::vector<FindingView> views = view_findings(report);
    Json json = Json::object();
    json["report"] = 1;
    json["verdict"] = text(model::verdict_kind_name(report_verdict(report)));
    json["exit_code"] = report.exit_code();
    json["counts"] = {{"match", report.matches},
                      {"mismatch", report.mismatches},
                      {"inconclusive", report.inconclusive},
                      {"gaps", report.gaps},
                      {"transactions", report.transactions},
                      {"executed", report.executed},
                      {"failed", report.failed}};
    json["problems"] = report.problems;
    json["left_out"] = report.left_out;
    json["reasons"] = reasons_json(report);
    if (!report.unjudged.empty()) {
        json["unjudged"] = unjudged_json(report);
    }
    if (!report.observed.empty()) {
        json["observed"] = observed_json(report);
    }
    json["head"] = report.head.hex();
    json["lanes"] = lanes_json(report);
    json["groups"] = groups_json(report, views);
    Json findings = Json::array();
    for (const FindingView& view : views) {
        findings.push_back(finding_json(view));
    }
    json["findings"] = std::move(findings);
    json["conflicts"] = classes_json(report);
    json["coverage"] = coverage_json(report);
    json["blocks"] = blocks_json(report);
    json["bundle"] = report.bundle ? bundle_json(*report.bundle) : Json(nullptr);
    json["times"] = times_json(report);
    json["run"] = report.run ? Json::parse(to_json(*report.run)) : Json(nullptr);
    return json;
}

std::string render_report_json(const Report& report) {
    return report_json(report).dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace parallax::reports
