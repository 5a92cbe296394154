#include "reports/json_lines.hpp"

#include "verifier/model/families.hpp"

#include <nlohmann/json.hpp>

namespace parallax {
namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view value) {
    return Json(std::string(value));
}

Json sections(const std::vector<Section>& compared) {
    Json list = Json::array();
    for (const Section section : compared) {
        list.push_back(text(section_name(section)));
    }
    return list;
}

Json reason_or_null(const std::optional<InconclusiveReason>& reason) {
    return reason ? text(inconclusive_reason_name(*reason)) : Json(nullptr);
}

Json difference_json(const Difference& difference) {
    Json json = Json::object();
    json["section"] = text(section_name(difference.section));
    json["transaction"] =
        difference.transaction ? Json(difference.transaction->value()) : Json(nullptr);
    json["key"] = difference.key ? Json(to_string(*difference.key)) : Json(nullptr);
    json["path"] = difference.path;
    json["control"] = difference.control;
    json["candidate"] = difference.candidate;
    json["delta"] = difference.delta ? Json(*difference.delta) : Json(nullptr);
    return json;
}

Json lane_json(const LaneReport& lane) {
    Json json = Json::object();
    json["executor"] = lane.executor;
    json["verdict"] = text(verdict_kind_name(lane.kind));
    json["reason"] = reason_or_null(lane.reason);
    json["detail"] = lane.detail;
    json["compared"] = sections(lane.compared);
    return json;
}

Json finding_json(const Finding& finding) {
    Json json = Json::object();
    json["class"] = text(finding_class_name(finding.finding_class));
    json["lane"] = finding.lane;
    json["sentence"] = finding.sentence;
    json["first"] = difference_json(finding.first);
    json["derived_count"] = finding.derived_count;
    Json derived = Json::array();
    for (const Difference& difference : finding.derived) {
        derived.push_back(difference_json(difference));
    }
    json["derived"] = std::move(derived);
    json["fingerprint"] = finding.fingerprint.hex();
    return json;
}

}  // namespace

std::string to_json_line(const LedgerRecord& record) {
    const Verdict& verdict = record.verdict;
    Json json = Json::object();
    json["topoheight"] = verdict.topoheight.value();
    json["block"] = verdict.block_hash.hex();
    json["verdict"] = text(verdict_kind_name(verdict.kind));
    json["reason"] = reason_or_null(verdict.reason);
    json["signatures"] = text(signature_policy_name(verdict.signatures));
    json["transactions"] = verdict.transactions;
    json["executed"] = verdict.executed;
    json["failed"] = verdict.failed;
    json["keys"] = verdict.keys;
    Json lanes = Json::array();
    for (const LaneReport& lane : verdict.lanes) {
        lanes.push_back(lane_json(lane));
    }
    json["lanes"] = std::move(lanes);
    Json findings = Json::array();
    for (const Finding& finding : verdict.findings) {
        findings.push_back(finding_json(finding));
    }
    json["findings"] = std::move(findings);
    json["previous"] = record.previous.hex();
    json["hash"] = ledger_hash(record).hex();
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace parallax
