#include "reports/record/json_lines.hpp"

#include "reports/record/ledger_text.hpp"
#include "reports/record/values_json.hpp"
#include "verifier/codec/finding_values.hpp"
#include "verifier/model/families.hpp"

#include <nlohmann/json.hpp>

namespace parallax::reports {
namespace {

using Json = nlohmann::ordered_json;

Json text(std::string_view value) {
    return Json(std::string(value));
}

Json sections(const std::vector<model::Section>& compared) {
    Json list = Json::array();
    for (const model::Section section : compared) {
        list.push_back(text(model::section_name(section)));
    }
    return list;
}

Json reason_or_null(const std::optional<model::InconclusiveReason>& reason) {
    return reason ? text(model::inconclusive_reason_name(*reason)) : Json(nullptr);
}

/// An index, or the word for what stands in its place.
Json index_json(model::TxIndex index) {
    const std::string_view name = model::pseudo_transaction_name(index.value());
    return name.empty() ? Json(index.value()) : text(name);
}

Json indices_json(const std::vector<model::TxIndex>& indices) {
    Json list = Json::array();
    for (const model::TxIndex index : indices) {
        list.push_back(index_json(index));
    }
    return list;
}

Json difference_json(const model::Difference& difference) {
    Json json = Json::object();
    json["section"] = text(model::section_name(difference.section));
    json["transaction"] =
        difference.transaction ? Json(difference.transaction->value()) : Json(nullptr);
    json["key"] = difference.key ? Json(model::to_string(*difference.key)) : Json(nullptr);
    json["path"] = difference.path;
    json["control"] = difference.control;
    json["candidate"] = difference.candidate;
    json["delta"] = difference.delta ? Json(*difference.delta) : Json(nullptr);
    json["pre_state"] = difference.pre_state ? Json(*difference.pre_state) : Json(nullptr);
    json["control_writers"] = indices_json(difference.control_writers);
    json["candidate_writers"] = indices_json(difference.candidate_writers);
    if (difference.values != model::DifferenceValues{}) {
        json["values"] = values_json(difference.values);
    }
    return json;
}

Json event_json(const model::LaneEvent& event) {
    Json json = Json::object();
    json["lane"] = event.in_candidate ? "candidate" : "control";
    json["transaction"] = index_json(event.transaction);
    json["kind"] = text(model::access_kind_name(event.kind));
    json["saw"] = index_json(event.observed_writer);
    // A string: digests take all 64 bits, which many readers of JSON do not have.
    json["value"] = std::to_string(event.value);
    return json;
}

Json involved_json(const model::InvolvedTransaction& involved) {
    Json json = Json::object();
    json["index"] = involved.index.value();
    json["type"] = text(model::transaction_type_name(involved.type));
    json["hash"] = involved.hash.hex();
    json["source"] = involved.source.hex();
    return json;
}

Json lane_json(const model::LaneReport& lane) {
    Json json = Json::object();
    json["executor"] = lane.executor;
    json["verdict"] = text(model::verdict_kind_name(lane.kind));
    json["reason"] = reason_or_null(lane.reason);
    json["detail"] = lane.detail;
    json["compared"] = sections(lane.compared);
    if (lane.rerun != model::ControlRerun::kNone) {
        json["rerun"] = text(model::control_rerun_name(lane.rerun));
    }
    return json;
}

Json finding_json(const model::Finding& finding) {
    Json json = Json::object();
    json["class"] = text(model::finding_class_name(finding.finding_class));
    json["lane"] = finding.lane;
    json["sentence"] = finding.sentence;
    json["first"] = difference_json(finding.first);
    json["derived_count"] = finding.derived_count;
    Json derived = Json::array();
    for (const model::Difference& difference : finding.derived) {
        derived.push_back(difference_json(difference));
    }
    json["derived"] = std::move(derived);
    json["fingerprint"] = finding.fingerprint.hex();
    Json events = Json::array();
    for (const model::LaneEvent& event : finding.events) {
        events.push_back(event_json(event));
    }
    json["events"] = std::move(events);
    Json transactions = Json::array();
    for (const model::InvolvedTransaction& involved : finding.transactions) {
        transactions.push_back(involved_json(involved));
    }
    json["transactions"] = std::move(transactions);
    if (finding.cause != model::Cause{}) {
        json["cause"] = cause_json(finding.cause);
    }
    return json;
}

Json unjudged_json(const std::vector<model::UnjudgedInvariant>& unjudged) {
    Json list = Json::array();
    for (const model::UnjudgedInvariant& law : unjudged) {
        Json json = Json::object();
        json["law"] = law.law;
        json["key"] = law.key ? Json(model::to_string(*law.key)) : Json(nullptr);
        json["why"] = law.why;
        list.push_back(std::move(json));
    }
    return list;
}

Json observed_json(const std::vector<model::ObservedPart>& observed) {
    Json list = Json::array();
    for (const model::ObservedPart& part : observed) {
        Json json = Json::object();
        json["source"] = part.source;
        json["touched"] = part.touched;
        json["accounts"] = part.accounts;
        json["transactions"] = part.transactions;
        json["results"] = part.results;
        json["rows"] = part.rows;
        json["emitted_supply"] = part.emitted_supply;
        json["burned_supply"] = part.burned_supply;
        json["fees"] = part.fees;
        json["rewards"] = part.rewards;
        json["adopted"] = part.adopted;
        list.push_back(std::move(json));
    }
    return list;
}

}  // namespace

std::string to_json_line(const core::LedgerRecord& record) {
    const model::Verdict& verdict = record.verdict;
    Json json = Json::object();
    json["ledger"] = !verdict.observed.empty()    ? kLedgerVersionObserved
                     : codec::has_values(verdict) ? kLedgerVersionValues
                     : verdict.unjudged.empty()   ? kLedgerVersion
                                                  : kLedgerVersionUnjudged;
    json["topoheight"] = verdict.topoheight.value();
    json["block"] = verdict.block_hash.hex();
    json["verdict"] = text(model::verdict_kind_name(verdict.kind));
    json["reason"] = reason_or_null(verdict.reason);
    json["signatures"] = text(model::signature_policy_name(verdict.signatures));
    json["transactions"] = verdict.transactions;
    json["executed"] = verdict.executed;
    json["failed"] = verdict.failed;
    json["keys"] = verdict.keys;
    Json conflicts = Json::object();
    for (const model::ConflictCount& shape : verdict.conflicts) {
        conflicts[conflict_shape_text(shape)] = shape.count;
    }
    json["conflicts"] = std::move(conflicts);
    Json lanes = Json::array();
    for (const model::LaneReport& lane : verdict.lanes) {
        lanes.push_back(lane_json(lane));
    }
    json["lanes"] = std::move(lanes);
    Json findings = Json::array();
    for (const model::Finding& finding : verdict.findings) {
        findings.push_back(finding_json(finding));
    }
    json["findings"] = std::move(findings);
    if (!verdict.unjudged.empty()) {
        json["unjudged"] = unjudged_json(verdict.unjudged);
    }
    if (!verdict.observed.empty()) {
        json["observed"] = observed_json(verdict.observed);
    }
    json["previous"] = record.previous.hex();
    json["hash"] = core::ledger_hash(record).hex();
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace parallax::reports
