#include "reports/record/run_record.hpp"

#include "verifier/codec/json_object.hpp"

#include <fmt/format.h>

namespace parallax::reports {
namespace {

using Json = nlohmann::ordered_json;

Json optional_json(const std::optional<model::Topoheight>& topoheight) {
    return topoheight ? Json(topoheight->value()) : Json(nullptr);
}

Json request_json(const RunRequest& request) {
    Json json = Json::object();
    json["archive"] = request.archive;
    json["network"] = request.network;
    json["profile"] = request.profile;
    json["failure_model"] = request.failure_model;
    json["base_topoheight"] = request.base_topoheight.value();
    json["base_hash"] = request.base_hash.hex();
    json["control"] = request.control;
    json["candidates"] = request.candidates;
    json["signatures"] = request.signatures;
    json["from"] = optional_json(request.from);
    json["to"] = optional_json(request.to);
    json["isolated"] = request.isolated;
    json["fault"] = request.fault;
    json["threads"] = request.threads;
    json["time_limit_ms"] = request.time_limit_ms;
    return json;
}

Json result_json(const RunResult& result) {
    Json json = Json::object();
    json["records"] = result.records;
    json["first"] = optional_json(result.first);
    json["last"] = optional_json(result.last);
    json["head"] = result.head.hex();
    json["incomplete"] = result.incomplete;
    json["exit_code"] = result.exit_code;
    json["state_topoheight"] = optional_json(result.state_topoheight);
    json["state_digest"] = result.state_digest ? Json(result.state_digest->hex()) : Json(nullptr);
    json["parallel_blocks"] = result.parallel_blocks;
    return json;
}

Json bundle_json(const KeptBundle& bundle) {
    Json json = Json::object();
    json["file"] = bundle.file;
    json["topoheight"] = bundle.topoheight.value();
    json["fingerprint"] = bundle.fingerprint.hex();
    json["runs"] = bundle.runs;
    json["met"] = bundle.met;
    json["other"] = bundle.other;
    json["equal"] = bundle.equal;
    json["inconclusive"] = bundle.inconclusive;
    json["control_stable"] = bundle.control_stable;
    return json;
}

Json environment_json(const RunEnvironment& environment) {
    Json json = Json::object();
    json["command"] = environment.command;
    json["program"] = environment.program;
    json["compiler"] = environment.compiler;
    json["host"] = environment.host;
    json["system"] = environment.system;
    json["cores"] = environment.cores;
    json["started"] = environment.started;
    json["elapsed_ms"] = environment.elapsed_ms;
    json["blocks_run"] = environment.blocks_run;
    json["transactions_run"] = environment.transactions_run;
    return json;
}

std::string text(const codec::JsonObject& json, const char* name) {
    return json.optional_text(name).value_or("");
}

std::optional<model::Topoheight> topoheight(const codec::JsonObject& json, const char* name) {
    const auto number = json.optional_number(name);
    return number ? std::optional(model::Topoheight{*number}) : std::nullopt;
}

RunRequest read_request(const codec::JsonObject& json) {
    RunRequest request;
    request.archive = text(json, "archive");
    request.network = text(json, "network");
    request.profile = text(json, "profile");
    request.failure_model = text(json, "failure_model");
    request.base_topoheight = model::Topoheight{json.number<std::uint64_t>("base_topoheight")};
    request.base_hash = json.tagged<model::Hash>("base_hash");
    request.control = text(json, "control");
    json.each_value("candidates", [&](const nlohmann::json& item, const std::string&) {
        const auto* name = item.get_ptr<const nlohmann::json::string_t*>();
        if (name == nullptr) {
            json.fail("candidates", "holds something else than strings");
        }
        request.candidates.push_back(name == nullptr ? "" : *name);
    });
    request.signatures = text(json, "signatures");
    request.from = topoheight(json, "from");
    request.to = topoheight(json, "to");
    request.isolated = json.boolean("isolated", false);
    request.fault = text(json, "fault");
    request.threads = json.number<std::uint64_t>("threads");
    request.time_limit_ms = json.number<std::uint64_t>("time_limit_ms");
    return request;
}

RunResult read_result(const codec::JsonObject& json) {
    RunResult result;
    result.records = json.number<std::uint64_t>("records");
    result.first = topoheight(json, "first");
    result.last = topoheight(json, "last");
    result.head = json.tagged<model::Hash>("head");
    result.incomplete = text(json, "incomplete");
    result.exit_code = json.number<std::uint8_t>("exit_code");
    result.state_topoheight = topoheight(json, "state_topoheight");
    if (json.find("state_digest") != nullptr) {
        result.state_digest = json.tagged<model::Hash>("state_digest");
    }
    json.each_value("parallel_blocks", [&](const nlohmann::json& item, const std::string&) {
        const auto* number = item.get_ptr<const nlohmann::json::number_unsigned_t*>();
        if (number == nullptr) {
            json.fail("parallel_blocks", "holds something else than numbers");
        }
        result.parallel_blocks.push_back(number == nullptr ? 0 : *number);
    });
    return result;
}

KeptBundle read_bundle(const codec::JsonObject& json) {
    KeptBundle bundle;
    bundle.file = text(json, "file");
    bundle.topoheight = model::Topoheight{json.number<std::uint64_t>("topoheight")};
    bundle.fingerprint = json.tagged<model::Hash>("fingerprint");
    bundle.runs = json.number<std::uint64_t>("runs");
    bundle.met = json.number<std::uint64_t>("met");
    bundle.other = json.number<std::uint64_t>("other");
    bundle.equal = json.number<std::uint64_t>("equal");
    bundle.inconclusive = json.number<std::uint64_t>("inconclusive");
    bundle.control_stable = json.boolean("control_stable", false);
    return bundle;
}

RunEnvironment read_environment(const codec::JsonObject& json) {
    RunEnvironment environment;
    environment.command = text(json, "command");
    environment.program = text(json, "program");
    environment.compiler = text(json, "compiler");
    environment.host = text(json, "host");
    environment.system = text(json, "system");
    environment.cores = json.number<std::uint64_t>("cores");
    environment.started = text(json, "started");
    environment.elapsed_ms = json.number<std::uint64_t>("elapsed_ms");
    environment.blocks_run = json.number<std::uint64_t>("blocks_run");
    environment.transactions_run = json.number<std::uint64_t>("transactions_run");
    return environment;
}

}  // namespace

std::string to_json(const RunRecord& run) {
    Json json = Json::object();
    json["run"] = kRunVersion;
    json["request"] = request_json(run.request);
    json["result"] = run.result ? result_json(*run.result) : Json(nullptr);
    json["bundles"] = Json::array();
    for (const KeptBundle& bundle : run.bundles) {
        json["bundles"].push_back(bundle_json(bundle));
    }
    json["environment"] = environment_json(run.environment);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

absl::StatusOr<RunRecord> run_record_from_json(std::string_view document) {
    if (document.size() > kMaxRunRecord) {
        return absl::InvalidArgumentError(
            fmt::format("has {} bytes, at most {} are allowed", document.size(), kMaxRunRecord));
    }
    const auto parsed = nlohmann::json::parse(document.begin(), document.end(), nullptr, false);
    if (parsed.is_discarded()) {
        return absl::InvalidArgumentError("is not JSON");
    }
    std::string problem;
    const codec::JsonObject json(parsed, "run", problem);
    if (json.ok() && json.number<std::uint64_t>("run") != kRunVersion) {
        json.fail("run", fmt::format("is not version {}", kRunVersion));
    }
    RunRecord run;
    const nlohmann::json* request = json.find("request");
    const nlohmann::json* environment = json.find("environment");
    if (json.ok() && (request == nullptr || environment == nullptr)) {
        json.fail("", "lacks request or environment");
    }
    if (json.ok()) {
        run.request = read_request(json.child(*request, "request"));
        run.environment = read_environment(json.child(*environment, "environment"));
        if (const nlohmann::json* result = json.find("result")) {
            run.result = read_result(json.child(*result, "result"));
        }
        json.each_object("bundles", [&](const codec::JsonObject& item) {
            run.bundles.push_back(read_bundle(item));
        });
    }
    if (!json.ok()) {
        return absl::InvalidArgumentError(problem);
    }
    // The same code that wrote judges: a missing, unknown or repeated member changes the text.
    if (to_json(run) != document) {
        return absl::InvalidArgumentError(
            "is not written as a run record is (an unknown, missing or repeated member, or another "
            "spelling)");
    }
    return run;
}

}  // namespace parallax::reports
