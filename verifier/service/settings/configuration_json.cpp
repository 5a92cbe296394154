#include "verifier/service/settings/configuration.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>

namespace parallax::service {
namespace {

using Json = nlohmann::ordered_json;

/// One object of the file. Members are read by name; what nobody asked for is a problem in the end.
class Members {
  public:
    Members(const Json& object, std::string path, std::vector<std::string>& problems)
        : object_(object), path_(std::move(path)), problems_(problems) {
        if (!object_.is_object()) {
            problems_.push_back(fmt::format("{}: is no object; write it in braces",
                                            path_.empty() ? "the configuration" : path_));
        }
    }
    ~Members() {
        if (!object_.is_object()) {
            return;
        }
        for (const auto& [name, value] : object_.items()) {
            if (known_.count(name) == 0) {
                problems_.push_back(fmt::format("{}: is unknown; choose from {}", where(name),
                                                fmt::join(known_, ", ")));
            }
        }
    }
    Members(const Members&) = delete;
    Members& operator=(const Members&) = delete;

    void read(const char* name, bool& value) {
        if (const Json* member = find(name)) {
            if (member->is_boolean()) {
                value = member->get<bool>();
            } else {
                refuse(name, "is no true or false");
            }
        }
    }
    void read(const char* name, std::string& value) {
        if (const Json* member = find(name)) {
            if (!member->is_string()) {
                refuse(name, "is no text");
            } else if (member->get<std::string>().empty()) {
                refuse_empty(name);
            } else {
                value = member->get<std::string>();
            }
        }
    }
    template <std::unsigned_integral T>
    void read(const char* name, T& value) {
        if (const Json* member = find(name)) {
            read_number(name, *member, value);
        }
    }
    /// A text that is one of the names that `find_name` knows.
    template <class T, class F>
    void read_name(const char* name, T& value, const F& find_name, std::string_view names) {
        const Json* member = find(name);
        if (member == nullptr) {
            return;
        }
        const auto found =
            member->is_string() ? find_name(member->get<std::string>()) : std::nullopt;
        if (found) {
            value = *found;
        } else {
            problems_.push_back(
                fmt::format("{}: is {}; choose from {}", where(name), member->dump(), names));
        }
    }
    void read(const char* name, std::vector<std::string>& value) {
        const Json* member = find(name);
        if (member == nullptr) {
            return;
        }
        const bool texts =
            member->is_array() && std::all_of(member->begin(), member->end(),
                                              [](const Json& item) { return item.is_string(); });
        if (!texts) {
            refuse(name, "is no list of texts");
            return;
        }
        value = member->get<std::vector<std::string>>();
        if (std::find(value.begin(), value.end(), "") != value.end()) {
            refuse_empty(name);
        }
    }
    void read(const char* name, std::map<std::string, std::uint32_t>& value) {
        const Json* member = find(name);
        if (member == nullptr) {
            return;
        }
        if (!member->is_object()) {
            refuse(name, "is no object from network to number");
            return;
        }
        value.clear();
        for (const auto& [network, number] : member->items()) {
            std::uint32_t& entry = value[network];
            read_number(fmt::format("{}.{}", name, network), number, entry);
        }
    }
    template <class F>
    void read_object(const char* name, const F& read_members) {
        if (const Json* member = find(name)) {
            Members members(*member, where(name), problems_);
            read_members(members);
        }
    }

  private:
    const Json* find(const char* name) {
        known_.insert(name);
        if (!object_.is_object()) {
            return nullptr;
        }
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::string where(const std::string& name) const {
        return path_.empty() ? name : path_ + '.' + name;
    }
    void refuse(const std::string& name, std::string_view what) {
        problems_.push_back(
            fmt::format("{}: {}; see docs/SIDECAR.md for an example", where(name), what));
    }
    /// A template whose variable is not set gives this; it must not switch anything off.
    void refuse_empty(const std::string& name) {
        refuse(name,
               "is an empty text where something must stand: leave the member out, or fill "
               "it in");
    }
    template <std::unsigned_integral T>
    void read_number(const std::string& name, const Json& member, T& value) {
        if (!member.is_number_unsigned()) {
            refuse(name, "is no whole number from 0 on");
            return;
        }
        const auto number = member.get<std::uint64_t>();
        if (number > std::numeric_limits<T>::max()) {
            refuse(name, fmt::format("is {}, more than {}", number, std::numeric_limits<T>::max()));
            return;
        }
        value = static_cast<T>(number);
    }

    const Json& object_;
    const std::string path_;
    std::vector<std::string>& problems_;
    std::set<std::string> known_;
};

std::optional<model::SignaturePolicy> find_signature_policy(std::string_view name) {
    for (const auto policy : {model::SignaturePolicy::kPerLane, model::SignaturePolicy::kOnce,
                              model::SignaturePolicy::kOff}) {
        if (model::signature_policy_name(policy) == name) {
            return policy;
        }
    }
    return std::nullopt;
}

void read_verification(Members& members, VerificationSettings& settings) {
    members.read("enabled", settings.enabled);
    members.read("test_mode", settings.test_mode);
    members.read("min_transactions", settings.min_transactions);
    members.read_name("rollout", settings.rollout, &find_rollout, "under_50, under_200, all");
    members.read("max_threads", settings.max_threads);
    members.read("contracts", settings.contracts);
    members.read("candidates", settings.candidates);
    members.read("block_time_limit_ms", settings.block_time_limit_ms);
    members.read("transaction_time_limit_ms", settings.transaction_time_limit_ms);
    members.read_object("circuit_breaker", [&](Members& breaker) {
        breaker.read("failures", settings.circuit_breaker.failures);
        breaker.read("open_blocks", settings.circuit_breaker.open_blocks);
        breaker.read("trial_blocks", settings.circuit_breaker.trial_blocks);
        breaker.read("count_timeouts", settings.circuit_breaker.count_timeouts);
        breaker.read("count_mismatches", settings.circuit_breaker.count_mismatches);
    });
    members.read_object("canary", [&](Members& canary) {
        canary.read("interval_blocks", settings.canary.interval_blocks);
        canary.read("faults", settings.canary.faults);
        canary.read("alarm_within_ms", settings.canary.alarm_within_ms);
    });
}

void read_limits(Members& members, ServiceLimits& limits) {
    members.read("message_bytes", limits.message_bytes);
    members.read("block_bytes", limits.block_bytes);
    members.read("transactions", limits.transactions);
    members.read("streams", limits.streams);
    members.read("queue_blocks", limits.queue_blocks);
    members.read("queue_bytes", limits.queue_bytes);
    members.read("unread_answers", limits.unread_answers);
    members.read("unread_answer_bytes", limits.unread_answer_bytes);
    members.read("threads", limits.threads);
    members.read("connections", limits.connections);
    members.read("load_idle_ms", limits.load_idle_ms);
    members.read("retry_after_ms", limits.retry_after_ms);
}

void read_everything(Members& members, ServiceConfiguration& configuration) {
    members.read_object("chain", [&](Members& chain) {
        chain.read("network", configuration.network);
        chain.read("profile", configuration.profile);
        chain.read_name("failure_model", configuration.failure_model, &protocol::find_failure_model,
                        "reject_block, orphan_atomic, orphan_partial");
    });
    members.read("data_directory", configuration.data_directory);
    members.read("listen", configuration.listen);
    members.read_object("tls", [&](Members& tls) {
        tls.read("certificate", configuration.tls.certificate);
        tls.read("key", configuration.tls.key);
        tls.read("client_authority", configuration.tls.client_authority);
    });
    members.read("token_file", configuration.token_file);
    members.read("metrics_listen", configuration.metrics_listen);
    members.read("allow_insecure", configuration.allow_insecure);
    members.read_name("signatures", configuration.signatures, &find_signature_policy,
                      "per_lane, once, off");
    members.read("isolate", configuration.isolate);
    members.read_object("store", [&](Members& store) {
        store.read("undo_window", configuration.undo_window);
        store.read("sync", configuration.sync);
    });
    members.read_object("limits",
                        [&](Members& limits) { read_limits(limits, configuration.limits); });
    members.read_object("health", [&](Members& health) {
        health.read("stuck_seconds", configuration.health.stuck_seconds);
        health.read("inconclusive_blocks", configuration.health.inconclusive_blocks);
    });
    members.read_object("bundles", [&](Members& bundles) {
        bundles.read("count", configuration.bundles.count);
        bundles.read("bytes", configuration.bundles.bytes);
    });
    members.read_object("verification", [&](Members& verification) {
        read_verification(verification, configuration.verification);
    });
}

}  // namespace

void read_configuration(std::string_view text, ServiceConfiguration& configuration,
                        std::vector<std::string>& problems) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        problems.emplace_back("the configuration: is no JSON; check quotes, commas and braces");
        return;
    }
    Members members(json, "", problems);
    read_everything(members, configuration);
}

std::string to_json(const VerificationSettings& settings) {
    Json json = Json::object();
    json["enabled"] = settings.enabled;
    json["test_mode"] = settings.test_mode;
    json["min_transactions"] = settings.min_transactions;
    json["rollout"] = std::string(rollout_name(settings.rollout));
    json["max_threads"] = settings.max_threads;
    json["contracts"] = settings.contracts;
    json["candidates"] = settings.candidates;
    json["block_time_limit_ms"] = settings.block_time_limit_ms;
    json["transaction_time_limit_ms"] = settings.transaction_time_limit_ms;
    Json breaker = Json::object();
    breaker["failures"] = settings.circuit_breaker.failures;
    breaker["open_blocks"] = settings.circuit_breaker.open_blocks;
    breaker["trial_blocks"] = settings.circuit_breaker.trial_blocks;
    breaker["count_timeouts"] = settings.circuit_breaker.count_timeouts;
    breaker["count_mismatches"] = settings.circuit_breaker.count_mismatches;
    json["circuit_breaker"] = std::move(breaker);
    Json canary = Json::object();
    canary["interval_blocks"] = settings.canary.interval_blocks;
    canary["faults"] = settings.canary.faults;
    canary["alarm_within_ms"] = settings.canary.alarm_within_ms;
    json["canary"] = std::move(canary);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace parallax::service
