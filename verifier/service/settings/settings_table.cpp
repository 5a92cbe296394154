#include "verifier/service/settings/settings_table.hpp"

#include "verifier/base/enum_names.hpp"
#include "verifier/service/settings/setting_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <type_traits>

namespace parallax::service {
namespace {

using All = ServiceConfiguration;
using Live = VerificationSettings;

/// The member that one comes to from a configuration through `Members`, one after the other.
template <auto... Members>
SettingField at(ServiceConfiguration& configuration) {
    return &(configuration.*....*Members);
}
template <auto... Members>
constexpr auto kLimit = &at<&All::limits, Members...>;
template <auto... Members>
constexpr auto kLive = &at<&All::verification, Members...>;

constexpr std::string_view kLivePrefix = "verification.";
constexpr std::uint64_t kBillion = 1'000'000'000;
constexpr std::uint64_t kHourMs = 3'600'000;
/// What is longer is no limit, which is 0.
constexpr std::uint64_t kDayMs = 86'400'000;

bool breaks_circuits(const ServiceConfiguration& configuration) {
    return configuration.verification.circuit_breaker.failures > 0;
}

// clang-format off
constexpr Setting kSettings[] = {
    {.path = "chain.network", .field = &at<&All::network>,
     .help = "mainnet, testnet, stagenet or devnet",
     .flag = "--network", .check = check_network},
    {.path = "chain.profile", .field = &at<&All::profile>,
     .help = "Epoch of the chain's rules", .check = check_profile},
    {.path = "chain.failure_model", .field = &at<&All::failure_model>,
     .help = "What a failing transaction leaves behind",
     .flag = "--failure-model"},
    {.path = "data_directory", .field = &at<&All::data_directory>,
     .help = "Folder of state and journal; made if missing",
     .flag = "--data", .check = check_data_directory, .default_text = "none: it must be given"},
    {.path = "listen", .field = &at<&All::listen>,
     .help = "Where feeders connect, as 127.0.0.1:9470; port 0 takes a free one",
     .flag = "--listen", .check = check_listen},
    {.path = "tls.certificate", .field = &at<&All::tls, &TlsSettings::certificate>,
     .help = "Certificate: TLS if given",
     .flag = "--tls-certificate", .check = check_certificate},
    {.path = "tls.key", .field = &at<&All::tls, &TlsSettings::key>,
     .help = "Its key",
     .flag = "--tls-key"},
    {.path = "tls.client_authority", .field = &at<&All::tls, &TlsSettings::client_authority>,
     .help = "Authority whose certificate clients must show",
     .flag = "--tls-client-authority", .check = check_client_authority},
    {.path = "token_file", .field = &at<&All::token_file>,
     .help = "File with the token that calls need which change something",
     .flag = "--token-file"},
    {.path = "metrics_listen", .field = &at<&All::metrics_listen>,
     .help = "Where Prometheus reads, as 127.0.0.1:9464; nowhere unless given",
     .flag = "--metrics", .check = check_metrics_listen},
    {.path = "allow_insecure", .field = &at<&All::allow_insecure>,
     .help = "Allows an address beyond this machine without TLS"},
    {.path = "signatures", .field = &at<&All::signatures>,
     .help = "Verified in each lane, once for all lanes, or not at all",
     .flag = "--signatures"},
    {.path = "isolate", .field = &at<&All::isolate>,
     .help = "Each candidate in a process of its own",
     .flag = "--isolate,!--no-isolate"},
    {.path = "store.undo_window", .field = &at<&All::undo_window>,
     .unit = "blocks", .range = {1, 1'000'000},
     .help = "How many blocks a rewind can take back"},
    {.path = "store.sync", .field = &at<&All::sync>,
     .help = "Whether each commit waits for the disk"},
    {.path = "limits.message_bytes", .field = kLimit<&ServiceLimits::message_bytes>,
     .unit = "bytes", .range = {4096, 1U << 30},
     .help = "Of one message", .check = check_message_bytes},
    {.path = "limits.block_bytes", .field = kLimit<&ServiceLimits::block_bytes>,
     .unit = "bytes", .range = {1, 1'310'720},
     .help = "Of one block on the wire"},
    {.path = "limits.transactions", .field = kLimit<&ServiceLimits::transactions>,
     .range = {1, 10'000},
     .help = "Transactions of one block"},
    {.path = "limits.streams", .field = kLimit<&ServiceLimits::streams>,
     .range = {2, 1024},
     .help = "Streams that are open at once"},
    {.path = "limits.queue_blocks", .field = kLimit<&ServiceLimits::queue_blocks>,
     .unit = "blocks", .range = {1, 1'000'000},
     .help = "How many wait to be verified"},
    {.path = "limits.queue_bytes", .field = kLimit<&ServiceLimits::queue_bytes>,
     .unit = "bytes", .range = {1, 1ULL << 40},
     .help = "Of the blocks that wait"},
    {.path = "limits.unread_answers", .field = kLimit<&ServiceLimits::unread_answers>,
     .range = {16, 1'000'000},
     .help = "Answers that a feeder has not read"},
    {.path = "limits.unread_answer_bytes", .field = kLimit<&ServiceLimits::unread_answer_bytes>,
     .unit = "bytes", .range = {65'536, 1ULL << 40},
     .help = "Of these answers"},
    {.path = "limits.threads", .field = kLimit<&ServiceLimits::threads>,
     .range = {6, 4096},
     .help = "Threads that serve calls", .check = check_threads},
    {.path = "limits.connections", .field = kLimit<&ServiceLimits::connections>,
     .range = {4, 4096},
     .help = "Connections that are open at once"},
    {.path = "limits.load_idle_ms", .field = kLimit<&ServiceLimits::load_idle_ms>,
     .unit = "ms", .range = {100, kHourMs},
     .help = "How long a load may say nothing"},
    {.path = "limits.retry_after_ms", .field = kLimit<&ServiceLimits::retry_after_ms>,
     .unit = "ms", .range = {1, kHourMs},
     .help = "What a feeder is told to wait when there is no room"},
    {.path = "health.stuck_seconds",
     .field = &at<&All::health, &HealthSettings::stuck_seconds>,
     .unit = "s", .range = {1, 86'400},
     .help = "A block at work for so long: NOT_SERVING"},
    {.path = "health.inconclusive_blocks",
     .field = &at<&All::health, &HealthSettings::inconclusive_blocks>,
     .unit = "blocks",
     .help = "So many in a row that were not compared: NOT_SERVING; 0 for never"},
    {.path = "bundles.count", .field = &at<&All::bundles, &BundleSettings::count>,
     .range = {0, 10'000},
     .help = "How many bundles are kept; 0 for none"},
    {.path = "bundles.bytes", .field = &at<&All::bundles, &BundleSettings::bytes>,
     .unit = "bytes",
     .help = "Of all of them"},
    {.path = "verification.enabled", .field = kLive<&Live::enabled>,
     .help = "Whether candidates are asked at all: true or false",
     .flag = "--enabled", .line = {.label = "enabled"}},
    {.path = "verification.test_mode", .field = kLive<&Live::test_mode>,
     .help = "Compare, and the control always wins: there is no other mode",
     .check = check_test_mode},
    {.path = "verification.min_transactions", .field = kLive<&Live::min_transactions>,
     .range = {0, 10'000},
     .help = "Fewest transactions of a block for which candidates are asked",
     .flag = "--min-batch-size,--min-transactions",
     .line = {.label = "transactions", .text = "{} at least"},
     .check = check_min_transactions},
    {.path = "verification.rollout", .field = kLive<&Live::rollout>,
     .help = "Sizes of blocks, in transactions, for which candidates are asked",
     .flag = "--rollout", .line = {.label = "rollout"}},
    {.path = "verification.max_threads", .field = kLive<&Live::max_threads>,
     .range = {1, 256},
     .help = "Threads of each parallel executor",
     .flag = "--max-threads", .line = {.label = "threads", .text = "{} at most"},
     .default_text = "the machine's cores"},
    {.path = "verification.contracts", .field = kLive<&Live::contracts>,
     .help = "Whether candidates are asked for blocks that touch contracts: true or false",
     .flag = "--contracts", .line = {.label = "contracts"}},
    {.path = "verification.candidates", .field = kLive<&Live::candidates>,
     .help = "Executor under test; repeat it for several",
     .flag = "--candidate", .line = {.label = "candidates"},
     .check = check_candidates},
    {.path = "verification.block_time_limit_ms", .field = kLive<&Live::block_time_limit_ms>,
     .unit = "ms", .range = {0, kDayMs},
     .help = "Milliseconds that a candidate may take for a block; 0 is no limit",
     .flag = "--block-time-limit-ms",
     .line = {.label = "block", .text = "time limit {} ms", .at_zero = "time limit none"}},
    {.path = "verification.transaction_time_limit_ms",
     .field = kLive<&Live::transaction_time_limit_ms>,
     .unit = "ms", .range = {0, kDayMs},
     .help = "Milliseconds for each transaction of a block, on average; 0 is no limit",
     .flag = "--transaction-time-limit-ms",
     .line = {.label = "transaction", .text = "time limit {} ms", .at_zero = "time limit none"}},
    {.path = "verification.circuit_breaker.failures",
     .field = kLive<&Live::circuit_breaker, &CircuitBreakerSettings::failures>,
     .help = "Failures in a row that open a candidate's circuit; 0 turns the breaker off",
     .flag = "--circuit-failures",
     .line = {.label = "circuit",
              .text = "opens after {} failures, for {open_blocks} blocks; {trial_blocks} blocks "
                      "on trial",
              .at_zero = "off"}},
    {.path = "verification.circuit_breaker.open_blocks",
     .field = kLive<&Live::circuit_breaker, &CircuitBreakerSettings::open_blocks>,
     .unit = "blocks", .range = {1, kBillion},
     .help = "Blocks that an open circuit skips",
     .flag = "--circuit-open-blocks", .counts = breaks_circuits},
    {.path = "verification.circuit_breaker.trial_blocks",
     .field = kLive<&Live::circuit_breaker, &CircuitBreakerSettings::trial_blocks>,
     .unit = "blocks", .range = {1, kBillion},
     .help = "Blocks without failure that close it again",
     .flag = "--circuit-trial-blocks", .counts = breaks_circuits},
    {.path = "verification.circuit_breaker.count_timeouts",
     .field = kLive<&Live::circuit_breaker, &CircuitBreakerSettings::count_timeouts>,
     .help = "Whether a time limit that passed is a failure"},
    {.path = "verification.circuit_breaker.count_mismatches",
     .field = kLive<&Live::circuit_breaker, &CircuitBreakerSettings::count_mismatches>,
     .help = "Whether a mismatch is a failure"},
    {.path = "verification.canary.interval_blocks",
     .field = kLive<&Live::canary, &CanarySettings::interval_blocks>,
     .unit = "blocks", .range = {0, kBillion},
     .help = "Blocks from one canary to the next; 0 for none",
     .flag = "--canary-interval-blocks",
     .line = {.label = "canary",
              .text = "every {} blocks, alarm within {alarm_within_ms} ms, faults: {faults}",
              .at_zero = "off"},
     .check = check_canary_interval},
    {.path = "verification.canary.faults", .field = kLive<&Live::canary, &CanarySettings::faults>,
     .help = "Fault that a canary runs, as selftest --list names it; repeat it for several that "
             "take turns; all for every one",
     .flag = "--canary-fault", .check = check_canary_faults},
    {.path = "verification.canary.alarm_within_ms",
     .field = kLive<&Live::canary, &CanarySettings::alarm_within_ms>,
     .unit = "ms", .range = {1, kHourMs},
     .help = "Milliseconds within which a canary's alarm must be raised",
     .flag = "--canary-alarm-within-ms"},
};
// clang-format on

base::NameOf<protocol::FailureModel> namer(protocol::FailureModel /*type*/) {
    return &protocol::failure_model_name;
}
base::NameOf<model::SignaturePolicy> namer(model::SignaturePolicy /*type*/) {
    return &model::signature_policy_name;
}
base::NameOf<Rollout> namer(Rollout /*type*/) {
    return &rollout_name;
}

template <class Value>
std::string text_of(const Value& value) {
    if constexpr (std::is_enum_v<Value>) {
        return std::string(namer(value)(value));
    } else {
        return fmt::format("{}", value);
    }
}
std::string text_of(const std::vector<std::string>& names) {
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}
std::string text_of(const std::map<std::string, std::uint32_t>& numbers) {
    std::string text;
    for (const auto& [network, number] : numbers) {
        text += text.empty() ? "" : ", ";
        text +=
            network.empty() ? fmt::format("{}", number) : fmt::format("{} on {}", number, network);
    }
    return text.empty() ? "0" : text;
}

}  // namespace

bool Setting::is_live() const noexcept {
    return path.substr(0, kLivePrefix.size()) == kLivePrefix;
}

std::string_view Setting::name() const noexcept {
    return path.substr(path.rfind('.') + 1);
}

std::string_view Setting::group() const noexcept {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string_view Setting::wire_path() const noexcept {
    return path.substr(kLivePrefix.size());
}

std::span<const Setting> all_settings() noexcept {
    return kSettings;
}

const Setting* find_setting(std::string_view path) noexcept {
    const auto* const found =
        std::find_if(std::begin(kSettings), std::end(kSettings),
                     [path](const Setting& setting) { return setting.path == path; });
    return found == std::end(kSettings) ? nullptr : found;
}

std::vector<std::string> choices(const SettingField& field) {
    return std::visit(
        [](const auto* value) -> std::vector<std::string> {
            if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(*value)>>) {
                return base::all_names(namer(*value));
            } else {
                return {};
            }
        },
        field);
}

bool choose(const SettingField& field, std::string_view name) {
    return std::visit(
        [name](auto* value) {
            if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(*value)>>) {
                const auto found = base::find_named(namer(*value), name);
                *value = found.value_or(*value);
                return found.has_value();
            } else {
                return false;
            }
        },
        field);
}

std::optional<SettingRange> range_of(const Setting& setting) {
    ServiceConfiguration any;
    const SettingField field = setting.field(any);
    const bool large = std::holds_alternative<std::uint64_t*>(field);
    if (!large && !std::holds_alternative<std::uint32_t*>(field) &&
        !std::holds_alternative<std::map<std::string, std::uint32_t>*>(field)) {
        return std::nullopt;
    }
    SettingRange range = setting.range;
    if (range.high == 0) {
        range.high = large ? std::numeric_limits<std::uint64_t>::max()
                           : std::numeric_limits<std::uint32_t>::max();
    }
    return range;
}

void check_range(const Setting& setting, ServiceConfiguration& configuration,
                 SettingProblems& problems) {
    const auto range = range_of(setting);
    const SettingField field = setting.field(configuration);
    if (const auto* const small = std::get_if<std::uint32_t*>(&field)) {
        problems.demand_range(setting.path, **small, range->low, range->high);
    } else if (const auto* const large = std::get_if<std::uint64_t*>(&field)) {
        problems.demand_range(setting.path, **large, range->low, range->high);
    } else if (const auto* const by_network =
                   std::get_if<std::map<std::string, std::uint32_t>*>(&field)) {
        for (const auto& [network, value] : **by_network) {
            const auto where = network.empty() ? std::string(setting.path)
                                               : fmt::format("{}.{}", setting.path, network);
            problems.demand_range(where, value, range->low, range->high);
        }
    }
}

std::string value_text(const SettingField& field) {
    return std::visit([](const auto* value) { return text_of(*value); }, field);
}

std::string line_text(const Setting& setting, ServiceConfiguration& configuration) {
    const std::string own = value_text(setting.field(configuration));
    if (own == "0" && !setting.line.at_zero.empty()) {
        return std::string(setting.line.at_zero);
    }
    std::string text;
    std::string_view rest = setting.line.text;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        const auto close = rest.find('}', open);
        const std::string_view name = rest.substr(open + 1, close - open - 1);
        text += rest.substr(0, open);
        text += name.empty() ? own
                             : value_text(find_setting(fmt::format("{}.{}", setting.group(), name))
                                              ->field(configuration));
        rest = rest.substr(close + 1);
    }
    return text.append(rest);
}

}  // namespace parallax::service
