#include "reports/analysis/report_diff.hpp"
#include "reports/formats/report_formats.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cctype>

namespace parallax::reports {
namespace {

using Json = nlohmann::ordered_json;

/// A rule keeps its id for ever: what reads the file tells findings apart by it.
struct Rule {
    std::string_view id;
    std::string_view name;
    std::string_view text;
    std::string_view level;
};
constexpr std::array kRules = {
    Rule{"divergence", "Divergence", "A candidate's outcome differs from the control's.", "error"},
    Rule{"invariant_broken", "InvariantBroken", "An outcome breaks a law of its own.", "error"},
    Rule{"executor_failed", "ExecutorFailed",
         "An executor ended with an error, an exception or a crash.", "warning"},
    Rule{"control_unstable", "ControlUnstable",
         "The control disagrees with itself on a second run.", "error"},
    Rule{"recorded_divergence", "RecordedDivergence",
         "The control differs from what the node recorded.", "error"},
    Rule{"not_serializable", "NotSerializable", "An outcome's access log contradicts block order.",
         "error"},
    Rule{"inconclusive", "Inconclusive", "Blocks could not be compared.", "warning"},
    Rule{"incomplete", "Incomplete", "The report is not about the whole of a finished run.",
         "warning"},
    Rule{"left_out", "LeftOut", "The run was told not to check something.", "warning"},
    Rule{"unjudged", "Unjudged", "A law could not judge all of some blocks.", "warning"},
};

/// Of a fingerprint: those of its group.
constexpr std::size_t kGroupDigits = 32;

/// The file that findings are places in, as a URI: the ledger, or the bundle.
std::string artifact_of(const Report& report) {
    if (!report.bundle) {
        return "ledger.jsonl";
    }
    std::string uri;
    for (const char character : report.bundle->file) {
        const auto byte = static_cast<unsigned char>(character);
        const bool plain = std::isalnum(byte) != 0 ||
                           std::string_view("-._~/").find(character) != std::string_view::npos;
        uri += plain ? std::string(1, character) : fmt::format("%{:02X}", byte);
    }
    return uri;
}

Json message(std::string_view text) {
    return {{"text", std::string(text)}};
}

Json rules_json() {
    Json rules = Json::array();
    for (const Rule& rule : kRules) {
        rules.push_back({{"id", std::string(rule.id)},
                         {"name", std::string(rule.name)},
                         {"shortDescription", message(rule.text)},
                         {"fullDescription", message(rule.text)},
                         {"defaultConfiguration", {{"level", std::string(rule.level)}}}});
    }
    return rules;
}

std::size_t rule_index(std::string_view id) {
    std::size_t i = 0;
    while (i + 1 < kRules.size() && kRules[i].id != id) {
        ++i;
    }
    return i;
}

Json result_json(std::string_view rule, std::string_view text, const std::string& fingerprint) {
    const std::size_t index = rule_index(rule);
    return {{"ruleId", std::string(rule)},
            {"ruleIndex", index},
            {"level", std::string(kRules[index].level)},
            {"message", message(text)},
            {"partialFingerprints",
             {{"parallax/v1", fingerprint.substr(0, kGroupDigits)},
              {"parallaxSymptom/v1", fingerprint}}}};
}

struct Place {
    const std::string& artifact;
    std::uint64_t line = 1;
};

Json location_json(const Place& place, std::string_view name, std::string_view text) {
    Json location = Json::object();
    location["physicalLocation"] = {{"artifactLocation", {{"uri", place.artifact}}},
                                    {"region", {{"startLine", place.line}}}};
    if (!name.empty()) {
        location["logicalLocations"] =
            Json::array({{{"fullyQualifiedName", std::string(name)}, {"kind", "member"}}});
    }
    if (!text.empty()) {
        location["message"] = message(text);
    }
    return location;
}

Json thread_flow_json(const FindingView& view, bool is_candidate, const std::string& artifact) {
    Json locations = Json::array();
    for (const ViewStep& step : view.steps) {
        for (const std::string& action : is_candidate ? step.candidate : step.control) {
            const std::string text = fmt::format("{}: {}", step.transaction, action);
            locations.push_back(
                {{"location", location_json({artifact, view.line}, view.steps_row, text)},
                 {"importance", step.deciding ? "essential" : "important"}});
        }
    }
    return {{"id", is_candidate ? view.lane : "control"}, {"locations", std::move(locations)}};
}

/// A thread flow must have a location; a lane without one has nothing to show.
void add_flows(const FindingView& view, const std::string& artifact, Json& result) {
    Json flows = Json::array();
    for (const bool is_candidate : {false, true}) {
        Json flow = thread_flow_json(view, is_candidate, artifact);
        if (!flow["locations"].empty()) {
            flows.push_back(std::move(flow));
        }
    }
    if (!flows.empty()) {
        result["codeFlows"] = Json::array({{{"threadFlows", std::move(flows)}}});
    }
}

Json group_json(const FindingGroup& group, const FindingView& view, const std::string& artifact) {
    Json result = result_json(view.class_name, view.cause + " " + view.sentence, view.fingerprint);
    result["locations"] =
        Json::array({location_json({artifact, view.line}, view.first.subject, view.first.field)});
    result["occurrenceCount"] = group.findings;
    if (!group.stage.empty()) {
        result["baselineState"] =
            group.stage == life_stage_name(LifeStage::kKnown) ? "unchanged" : "new";
    }
    add_flows(view, artifact, result);
    result["properties"] = {{"lane", view.lane},
                            {"topoheight", view.topoheight.value()},
                            {"block", view.block_hash},
                            {"blame", view.blame},
                            {"repeats", view.repeats},
                            {"control", view.first.control},
                            {"candidate", view.first.candidate},
                            {"reproduce", view.command}};
    return result;
}

Json results_json(const Report& report) {
    const std::vector<FindingView> views = view_findings(report);
    const std::string artifact = artifact_of(report);
    Json results = Json::array();
    for (const FindingGroup& group : report.groups) {
        if (!group.kept.empty()) {
            results.push_back(group_json(group, views[group.kept.front()], artifact));
        }
    }
    for (const auto& [reason, count] : report.reasons) {
        const std::string name(model::inconclusive_reason_name(reason));
        Json result = result_json(
            "inconclusive", fmt::format("{} not compared: {}.", counted(count, "block"), name),
            "inconclusive-" + name);
        result["locations"] = Json::array({location_json({artifact}, "", "")});
        results.push_back(std::move(result));
    }
    for (std::size_t i = 0; i < report.problems.size(); ++i) {
        Json result =
            result_json("incomplete", report.problems[i], fmt::format("incomplete-{}", i));
        result["locations"] = Json::array({location_json({artifact}, "", "")});
        results.push_back(std::move(result));
    }
    for (std::size_t i = 0; i < report.left_out.size(); ++i) {
        Json result = result_json("left_out", report.left_out[i], fmt::format("left-out-{}", i));
        result["locations"] = Json::array({location_json({artifact}, "", "")});
        results.push_back(std::move(result));
    }
    for (const auto& [law, totals] : report.unjudged) {
        Json result = result_json("unjudged", unjudged_text(law, totals), "unjudged-" + law);
        result["locations"] = Json::array({location_json({artifact}, "", "")});
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace

std::string render_report_sarif(const Report& report) {
    Json driver = {{"name", "Parallax"}, {"rules", rules_json()}};
    Json run = Json::object();
    run["tool"] = {{"driver", std::move(driver)}};
    run["invocations"] = Json::array(
        {{{"executionSuccessful", report.problems.empty()}, {"exitCode", report.exit_code()}}});
    run["results"] = results_json(report);
    run["columnKind"] = "utf16CodeUnits";
    run["properties"] = {{"head", report.head.hex()},
                         {"verdict", std::string(model::verdict_kind_name(report_verdict(report)))},
                         {"counts", report_counts(report)}};
    const Json sarif = {{"$schema",
                         "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                         "sarif-schema-2.1.0.json"},
                        {"version", "2.1.0"},
                        {"runs", Json::array({std::move(run)})}};
    return sarif.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace parallax::reports
