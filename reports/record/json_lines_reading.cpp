#include "reports/record/json_lines.hpp"
#include "reports/record/ledger_text.hpp"
#include "reports/record/values_json.hpp"
#include "verifier/codec/json_object.hpp"
#include "verifier/model/key_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::reports {
namespace {

using Json = nlohmann::json;

/// Deeper than any line of ours.
constexpr int kMaxDepth = 12;

std::string required_text(const codec::JsonObject& json, const char* name) {
    const auto text = json.optional_text(name);
    if (!text) {
        json.fail(name, "is missing");
    }
    return text.value_or("");
}

template <class T>
T required_number(const codec::JsonObject& json, const char* name) {
    if (json.find(name) == nullptr) {
        json.fail(name, "is missing");
    }
    return json.number<T>(name);
}

template <class Enum>
Enum required_enum(const codec::JsonObject& json, const char* name,
                   std::string_view (*name_of)(Enum) noexcept, std::string_view what) {
    const auto value = enum_named<Enum>(name_of, required_text(json, name));
    if (!value) {
        json.fail(name, fmt::format("is not a {}", what));
    }
    return value.value_or(Enum{});
}

std::optional<model::InconclusiveReason> optional_reason(const codec::JsonObject& json) {
    if (json.find("reason") == nullptr) {
        return std::nullopt;
    }
    return required_enum<model::InconclusiveReason>(json, "reason", model::inconclusive_reason_name,
                                                    "reason");
}

model::TxIndex index_of(const Json& value, const std::string& path, const codec::JsonObject& json) {
    const auto* number = value.get_ptr<const Json::number_unsigned_t*>();
    if (number != nullptr && *number < model::kInitializeTransaction) {
        return model::TxIndex{static_cast<std::uint32_t>(*number)};
    }
    const auto* word = value.get_ptr<const Json::string_t*>();
    const auto pseudo = word != nullptr ? model::find_pseudo_transaction(*word) : std::nullopt;
    if (pseudo) {
        return model::TxIndex{*pseudo};
    }
    json.fail(path.c_str(), "is not a transaction's index, pre_state, initialize or epilogue");
    return model::TxIndex{};
}

model::TxIndex required_index(const codec::JsonObject& json, const char* name) {
    const Json* value = json.find(name);
    if (value == nullptr) {
        json.fail(name, "is missing");
        return model::TxIndex{};
    }
    return index_of(*value, name, json);
}

std::vector<model::TxIndex> indices(const codec::JsonObject& json, const char* name) {
    std::vector<model::TxIndex> list;
    json.each_value(name, [&](const Json& value, const std::string&) {
        list.push_back(index_of(value, name, json));
    });
    return list;
}

model::Difference read_difference(const codec::JsonObject& json) {
    model::Difference difference;
    difference.section =
        required_enum<model::Section>(json, "section", model::section_name, "section");
    if (json.find("transaction") != nullptr) {
        difference.transaction = model::TxIndex{json.number<std::uint32_t>("transaction")};
    }
    if (const auto key = json.optional_text("key")) {
        difference.key = model::key_from_text(*key);
        if (!difference.key) {
            json.fail("key", "is not a state key");
        }
    }
    difference.path = required_text(json, "path");
    difference.control = required_text(json, "control");
    difference.candidate = required_text(json, "candidate");
    difference.delta = json.optional_text("delta");
    difference.pre_state = json.optional_text("pre_state");
    difference.control_writers = indices(json, "control_writers");
    difference.candidate_writers = indices(json, "candidate_writers");
    if (const Json* values = json.find("values")) {
        difference.values = read_values(json.child(*values, "values"));
    }
    return difference;
}

model::LaneReport read_lane(const codec::JsonObject& json) {
    model::LaneReport lane;
    lane.executor = required_text(json, "executor");
    lane.kind =
        required_enum<model::VerdictKind>(json, "verdict", model::verdict_kind_name, "verdict");
    lane.reason = optional_reason(json);
    lane.detail = required_text(json, "detail");
    json.each_value("compared", [&](const Json& value, const std::string&) {
        const auto* name = value.get_ptr<const Json::string_t*>();
        const auto section =
            name == nullptr ? std::nullopt : enum_named<model::Section>(model::section_name, *name);
        if (!section) {
            json.fail("compared", "names no section");
        }
        lane.compared.push_back(section.value_or(model::Section::kState));
    });
    if (json.find("rerun") != nullptr) {
        lane.rerun = required_enum<model::ControlRerun>(json, "rerun", model::control_rerun_name,
                                                        "way that a second run ends");
    }
    return lane;
}

model::LaneEvent read_event(const codec::JsonObject& json) {
    model::LaneEvent event;
    event.in_candidate = required_text(json, "lane") == "candidate";
    event.transaction = required_index(json, "transaction");
    event.kind =
        required_enum<model::AccessKind>(json, "kind", model::access_kind_name, "kind of access");
    event.observed_writer = required_index(json, "saw");
    const std::string digits = required_text(json, "value");
    for (const char digit : digits) {
        event.value = event.value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    if (digits != std::to_string(event.value)) {
        json.fail("value", "is not the text of an unsigned 64-bit integer");
    }
    return event;
}

model::InvolvedTransaction read_involved(const codec::JsonObject& json) {
    model::InvolvedTransaction involved;
    involved.index = model::TxIndex{required_number<std::uint32_t>(json, "index")};
    involved.type = required_enum<model::TransactionType>(
        json, "type", model::transaction_type_name, "type of transaction");
    involved.hash = json.tagged<model::Hash>("hash");
    involved.source = json.tagged<model::PublicKey>("source");
    return involved;
}

model::Finding read_finding(const codec::JsonObject& json) {
    model::Finding finding;
    finding.finding_class = required_enum<model::FindingClass>(
        json, "class", model::finding_class_name, "class of finding");
    finding.lane = required_text(json, "lane");
    finding.sentence = required_text(json, "sentence");
    if (const Json* first = json.find("first")) {
        finding.first = read_difference(json.child(*first, "first"));
    } else {
        json.fail("first", "is missing");
    }
    finding.derived_count = required_number<std::uint64_t>(json, "derived_count");
    json.each_object("derived", [&](const codec::JsonObject& item) {
        finding.derived.push_back(read_difference(item));
    });
    finding.fingerprint = json.tagged<model::Hash>("fingerprint");
    json.each_object("events", [&](const codec::JsonObject& item) {
        finding.events.push_back(read_event(item));
    });
    json.each_object("transactions", [&](const codec::JsonObject& item) {
        finding.transactions.push_back(read_involved(item));
    });
    if (const Json* cause = json.find("cause")) {
        finding.cause = read_cause(json.child(*cause, "cause"));
    }
    return finding;
}

model::UnjudgedInvariant read_unjudged(const codec::JsonObject& json) {
    model::UnjudgedInvariant law;
    law.law = required_text(json, "law");
    if (const auto key = json.optional_text("key")) {
        law.key = model::key_from_text(*key);
        if (!law.key) {
            json.fail("key", "is not a state key");
        }
    }
    law.why = required_text(json, "why");
    return law;
}

bool required_boolean(const codec::JsonObject& json, const char* name) {
    if (json.find(name) == nullptr) {
        json.fail(name, "is missing");
        return false;
    }
    return json.boolean(name, false);
}

model::ObservedPart read_observed(const codec::JsonObject& json) {
    model::ObservedPart part;
    part.source = required_text(json, "source");
    part.touched = required_number<std::uint32_t>(json, "touched");
    part.accounts = required_number<std::uint32_t>(json, "accounts");
    part.transactions = required_number<std::uint32_t>(json, "transactions");
    part.results = required_number<std::uint32_t>(json, "results");
    part.rows = required_number<std::uint64_t>(json, "rows");
    part.emitted_supply = required_boolean(json, "emitted_supply");
    part.burned_supply = required_boolean(json, "burned_supply");
    part.fees = required_boolean(json, "fees");
    part.rewards = required_boolean(json, "rewards");
    part.adopted = required_boolean(json, "adopted");
    return part;
}

std::vector<model::ConflictCount> read_conflicts(const codec::JsonObject& json) {
    std::vector<model::ConflictCount> conflicts;
    const Json* object = json.find("conflicts");
    if (object == nullptr || !object->is_object()) {
        json.fail("conflicts", "is not an object");
        return conflicts;
    }
    const codec::JsonObject counts = json.child(*object, "conflicts");
    for (const auto& [name, value] : object->items()) {
        auto shape = conflict_shape_from_text(name);
        if (!shape) {
            counts.fail(name.c_str(), "is not the shape of a conflict");
            return conflicts;
        }
        shape->count = counts.number<std::uint32_t>(name.c_str());
        conflicts.push_back(*shape);
    }
    std::sort(conflicts.begin(), conflicts.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, a.second, a.family, a.hazard) <
               std::tie(b.first, b.second, b.family, b.hazard);
    });
    return conflicts;
}

model::Verdict read_verdict(const codec::JsonObject& json) {
    model::Verdict verdict;
    verdict.topoheight = model::Topoheight{required_number<std::uint64_t>(json, "topoheight")};
    verdict.block_hash = json.tagged<model::Hash>("block");
    verdict.kind =
        required_enum<model::VerdictKind>(json, "verdict", model::verdict_kind_name, "verdict");
    verdict.reason = optional_reason(json);
    verdict.signatures = required_enum<model::SignaturePolicy>(
        json, "signatures", model::signature_policy_name, "signature policy");
    verdict.transactions = required_number<std::uint32_t>(json, "transactions");
    verdict.executed = required_number<std::uint32_t>(json, "executed");
    verdict.failed = required_number<std::uint32_t>(json, "failed");
    verdict.keys = required_number<std::uint64_t>(json, "keys");
    verdict.conflicts = read_conflicts(json);
    json.each_object(
        "lanes", [&](const codec::JsonObject& item) { verdict.lanes.push_back(read_lane(item)); });
    json.each_object("findings", [&](const codec::JsonObject& item) {
        verdict.findings.push_back(read_finding(item));
    });
    if (json.find("unjudged") != nullptr) {
        json.each_object("unjudged", [&](const codec::JsonObject& item) {
            verdict.unjudged.push_back(read_unjudged(item));
        });
    }
    if (json.find("observed") != nullptr) {
        json.each_object("observed", [&](const codec::JsonObject& item) {
            verdict.observed.push_back(read_observed(item));
        });
    }
    return verdict;
}

/// The same code that wrote judges: what it would have written is the only accepted spelling.
absl::Status check_spelling(const core::LedgerRecord& record, std::string_view line) {
    const std::string written = to_json_line(record);
    if (written == line) {
        return absl::OkStatus();
    }
    const auto at = std::mismatch(written.begin(), written.end(), line.begin(), line.end()).second;
    return absl::InvalidArgumentError(fmt::format(
        "byte {}: is not written as a ledger line is (an unknown, missing or repeated member, or "
        "another spelling)",
        at - line.begin()));
}

}  // namespace

absl::StatusOr<core::LedgerRecord> from_json_line(std::string_view line) {
    if (line.size() > kMaxLedgerLine) {
        return absl::InvalidArgumentError(fmt::format(
            "the line has {} bytes, at most {} are allowed", line.size(), kMaxLedgerLine));
    }
    bool too_deep = false;
    const auto keep = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kMaxDepth;
        return !too_deep;
    };
    const Json parsed = Json::parse(line.begin(), line.end(), keep, false);
    if (parsed.is_discarded() || too_deep) {
        return absl::InvalidArgumentError(too_deep ? "is nested too deeply" : "is not JSON");
    }
    std::string problem;
    const codec::JsonObject json(parsed, "line", problem);
    const auto version = required_number<std::uint64_t>(json, "ledger");
    if (json.ok() && (version < kLedgerVersion || version > kLedgerVersionObserved)) {
        json.fail("ledger", fmt::format("is version {}; this program reads {} to {}", version,
                                        kLedgerVersion, kLedgerVersionObserved));
    }
    core::LedgerRecord record;
    model::Hash hash;
    if (json.ok()) {
        record.verdict = read_verdict(json);
        record.previous = json.tagged<model::Hash>("previous");
        hash = json.tagged<model::Hash>("hash");
    }
    if (!json.ok()) {
        constexpr std::string_view kRoot = "line.";
        return absl::InvalidArgumentError(problem.starts_with(kRoot) ? problem.substr(kRoot.size())
                                                                     : problem);
    }
    if (const model::Hash found = core::ledger_hash(record); found != hash) {
        return absl::DataLossError(fmt::format(
            "hash: is {}, the record's own is {}: the line was changed after it was written",
            hash.hex(), found.hex()));
    }
    if (auto status = check_spelling(record, line); !status.ok()) {
        return status;
    }
    return record;
}

}  // namespace parallax::reports
