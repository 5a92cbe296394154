#include "verifier/service/lanes/circuit_breaker.hpp"
#include "verifier/service/settings/configuration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace parallax::service {
namespace {

const KnownNames kKnown = {
    {"sequential", "batch", "staged"}, {"reward-twice", "pay-twice"}, {"e1"}};

model::LaneReport lane(model::VerdictKind kind,
                       std::optional<model::InconclusiveReason> reason = std::nullopt) {
    model::LaneReport report;
    report.kind = kind;
    report.reason = reason;
    return report;
}
const model::LaneReport kGood = lane(model::VerdictKind::kMatch);
const model::LaneReport kFailed =
    lane(model::VerdictKind::kInconclusive, model::InconclusiveReason::kExecutorFailed);
const model::LaneReport kLate =
    lane(model::VerdictKind::kInconclusive, model::InconclusiveReason::kTimedOut);
const model::LaneReport kWrong = lane(model::VerdictKind::kMismatch);

CircuitBreakerSettings breaker_settings() {
    CircuitBreakerSettings settings;
    settings.failures = 2;
    settings.open_blocks = 3;
    settings.trial_blocks = 2;
    return settings;
}

bool has(const std::vector<std::string>& problems, const std::string& part) {
    return std::any_of(problems.begin(), problems.end(), [&](const std::string& problem) {
        return problem.find(part) != std::string::npos;
    });
}

TEST(CircuitBreaker, opens_after_failures_in_a_row_only) {
    CircuitBreaker breaker(breaker_settings());
    for (const model::LaneReport& report : {kFailed, kGood, kFailed}) {
        EXPECT_TRUE(breaker.allows_block());
        breaker.record(report);
    }
    EXPECT_EQ(breaker.state(), CircuitState::kClosed);
    EXPECT_TRUE(breaker.allows_block());
    breaker.record(kLate);
    EXPECT_EQ(breaker.state(), CircuitState::kOpen);
    EXPECT_EQ(breaker.opened(), 1U);
}

TEST(CircuitBreaker, skips_its_blocks_then_tries_and_closes) {
    CircuitBreaker breaker(breaker_settings());
    breaker.record(kFailed);
    breaker.record(kFailed);
    for (int block = 0; block < 3; ++block) {
        EXPECT_FALSE(breaker.allows_block()) << block;
    }
    EXPECT_TRUE(breaker.allows_block());
    EXPECT_EQ(breaker.state(), CircuitState::kHalfOpen);
    breaker.record(kGood);
    EXPECT_EQ(breaker.state(), CircuitState::kHalfOpen);
    EXPECT_TRUE(breaker.allows_block());
    breaker.record(kGood);
    EXPECT_EQ(breaker.state(), CircuitState::kClosed);
}

TEST(CircuitBreaker, one_failure_on_trial_opens_it_again) {
    CircuitBreaker breaker(breaker_settings());
    breaker.record(kFailed);
    breaker.record(kFailed);
    while (!breaker.allows_block()) {
    }
    breaker.record(kFailed);
    EXPECT_EQ(breaker.state(), CircuitState::kOpen);
    EXPECT_EQ(breaker.opened(), 2U);
    EXPECT_EQ(breaker.blocks_left(), 3U);
}

TEST(CircuitBreaker, counts_mismatches_and_timeouts_as_configured) {
    CircuitBreakerSettings settings = breaker_settings();
    settings.count_timeouts = false;
    CircuitBreaker breaker(settings);
    for (int i = 0; i < 5; ++i) {
        breaker.record(kWrong);
        breaker.record(kLate);
    }
    EXPECT_EQ(breaker.state(), CircuitState::kClosed);
    settings.count_mismatches = true;
    breaker.configure(settings);
    breaker.record(kWrong);
    breaker.record(kWrong);
    EXPECT_EQ(breaker.state(), CircuitState::kOpen);
}

TEST(CircuitBreaker, is_off_with_no_failures_allowed_for) {
    CircuitBreaker breaker(breaker_settings());
    breaker.record(kFailed);
    breaker.record(kFailed);
    CircuitBreakerSettings off = breaker_settings();
    off.failures = 0;
    breaker.configure(off);
    EXPECT_TRUE(breaker.allows_block());
    breaker.record(kFailed);
    EXPECT_EQ(breaker.state(), CircuitState::kClosed);
}

TEST(Configuration, has_no_problem_by_default) {
    ServiceConfiguration configuration;
    configuration.data_directory = "data";
    EXPECT_EQ(find_problems(configuration, kKnown), std::vector<std::string>());
    EXPECT_TRUE(is_loopback(configuration.listen));
}

TEST(Configuration, refuses_times_that_no_clock_can_add) {
    ServiceConfiguration configuration;
    configuration.data_directory = "data";
    configuration.verification.block_time_limit_ms = 1ULL << 63;
    configuration.verification.transaction_time_limit_ms = ~0ULL;
    configuration.limits.load_idle_ms = ~0U;
    configuration.limits.connections = 0;
    const auto problems = find_problems(configuration, kKnown);
    ASSERT_EQ(problems.size(), 4U);
    EXPECT_NE(problems[0].find("verification.block_time_limit_ms: is 9223372036854775808"),
              std::string::npos);
}

TEST(Configuration, reads_every_member) {
    ServiceConfiguration configuration;
    std::vector<std::string> problems;
    read_configuration(R"({
        "chain": {"network": "testnet", "profile": "e1", "failure_model": "orphan_partial"},
        "data_directory": "d", "listen": "127.0.0.1:1", "metrics_listen": "127.0.0.1:2",
        "tls": {"certificate": "c", "key": "k", "client_authority": "a"},
        "token_file": "t", "allow_insecure": true, "signatures": "once", "isolate": false,
        "store": {"undo_window": 9, "sync": true},
        "limits": {"message_bytes": 2000000, "block_bytes": 1000, "transactions": 5, "streams": 3,
                   "queue_blocks": 4, "queue_bytes": 5000, "unread_answers": 100,
                   "unread_answer_bytes": 70000, "threads": 9, "connections": 17,
                   "load_idle_ms": 900, "retry_after_ms": 7},
        "health": {"stuck_seconds": 6, "inconclusive_blocks": 8},
        "bundles": {"count": 3, "bytes": 5000},
        "verification": {"enabled": false, "test_mode": true, "min_transactions": {"testnet": 20},
            "rollout": "under_50", "max_threads": 3, "contracts": false,
            "candidates": ["staged"], "block_time_limit_ms": 11, "transaction_time_limit_ms": 12,
            "circuit_breaker": {"failures": 1, "open_blocks": 2, "trial_blocks": 3,
                                "count_timeouts": false, "count_mismatches": true},
            "canary": {"interval_blocks": 7, "faults": ["pay-twice", "reward-twice"],
                       "alarm_within_ms": 250}}})",
                       configuration, problems);
    EXPECT_EQ(problems, std::vector<std::string>());
    EXPECT_EQ(find_problems(configuration, kKnown), std::vector<std::string>());
    EXPECT_EQ(configuration.limits.connections, 17U);
    EXPECT_EQ(configuration.limits.load_idle_ms, 900U);
    EXPECT_EQ(configuration.network, "testnet");
    EXPECT_EQ(configuration.failure_model, protocol::FailureModel::kOrphanPartial);
    EXPECT_EQ(configuration.tls.client_authority, "a");
    EXPECT_EQ(configuration.signatures, model::SignaturePolicy::kOnce);
    EXPECT_FALSE(configuration.isolate);
    EXPECT_EQ(configuration.undo_window, 9U);
    EXPECT_EQ(configuration.limits.unread_answer_bytes, 70'000U);
    EXPECT_EQ(configuration.health.inconclusive_blocks, 8U);
    EXPECT_EQ(configuration.bundles.count, 3U);
    EXPECT_EQ(configuration.bundles.bytes, 5000U);
    VerificationSettings expected;
    expected.enabled = false;
    expected.min_transactions = {{"testnet", 20}};
    expected.rollout = Rollout::kUnder50;
    expected.max_threads = 3;
    expected.contracts = false;
    expected.candidates = {"staged"};
    expected.block_time_limit_ms = 11;
    expected.transaction_time_limit_ms = 12;
    expected.circuit_breaker = {1, 2, 3, false, true};
    expected.canary = {7, {"pay-twice", "reward-twice"}, 250};
    EXPECT_EQ(configuration.verification, expected);
}

TEST(Configuration, reports_every_problem_of_the_text_at_once) {
    ServiceConfiguration configuration;
    std::vector<std::string> problems;
    read_configuration(R"({"listen": 7, "store": [], "isolate": "yes", "colour": 1,
        "limits": {"streams": -1, "queue_blocks": 5000000000},
        "verification": {"rollout": "half", "candidates": [1]}})",
                       configuration, problems);
    EXPECT_EQ(problems.size(), 8U);
    for (const char* part :
         {"listen: is no text", "store: is no object", "isolate: is no true", "colour: is unknown",
          "limits.streams: is no whole", "limits.queue_blocks: is 5000000000",
          "verification.rollout: is", "verification.candidates: is no list"}) {
        EXPECT_TRUE(has(problems, part)) << part;
    }
    problems.clear();
    read_configuration("{", configuration, problems);
    EXPECT_TRUE(has(problems, "is no JSON"));
}

TEST(Configuration, an_empty_text_is_refused_by_name) {
    // Every member that is a text, or holds texts.
    const std::vector<std::pair<const char*, const char*>> members = {
        {"chain.network", R"({"chain": {"network": ""}})"},
        {"chain.profile", R"({"chain": {"profile": ""}})"},
        {"chain.failure_model", R"({"chain": {"failure_model": ""}})"},
        {"data_directory", R"({"data_directory": ""})"},
        {"listen", R"({"listen": ""})"},
        {"tls.certificate", R"({"tls": {"certificate": ""}})"},
        {"tls.key", R"({"tls": {"key": ""}})"},
        {"tls.client_authority", R"({"tls": {"client_authority": ""}})"},
        {"token_file", R"({"token_file": ""})"},
        {"metrics_listen", R"({"metrics_listen": ""})"},
        {"signatures", R"({"signatures": ""})"},
        {"verification.rollout", R"({"verification": {"rollout": ""}})"},
        {"verification.candidates", R"({"verification": {"candidates": ["batch", ""]}})"},
        {"verification.canary.faults", R"({"verification": {"canary": {"faults": [""]}}})"},
    };
    for (const auto& [name, text] : members) {
        ServiceConfiguration configuration;
        std::vector<std::string> problems;
        read_configuration(text, configuration, problems);
        EXPECT_TRUE(has(problems, std::string(name) + ": is ")) << name;
    }
}

TEST(Configuration, reports_every_problem_of_the_values_at_once) {
    ServiceConfiguration configuration;
    configuration.network = "moon";
    configuration.profile = "e9";
    configuration.listen = "0.0.0.0:1";
    configuration.metrics_listen = "everywhere";
    configuration.tls.key = "k";
    configuration.undo_window = 0;
    configuration.limits.message_bytes = 4096;
    configuration.limits.threads = 5;
    configuration.verification.test_mode = false;
    configuration.verification.max_threads = 0;
    configuration.verification.candidates = {"batch", "batch", "magic"};
    configuration.verification.min_transactions = {{"mars", 1}};
    configuration.verification.canary = {2'000'000'000, {"all", "reward-twice", "gremlin"}, 0};
    const auto problems = find_problems(configuration, kKnown);
    for (const char* part :
         {"chain.network", "chain.profile", "data_directory: is missing", "other machines",
          "metrics_listen", "tls: has only one", "store.undo_window", "limits.message_bytes",
          "limits.threads", "verification.test_mode", "verification.max_threads", "named twice",
          "'magic' is no executor", "min_transactions.mars",
          "canary.interval_blocks: is 2000000000", "canary.alarm_within_ms: is 0",
          "'all' is no fault", "'gremlin' is no fault that a canary can run"}) {
        EXPECT_TRUE(has(problems, part)) << part;
    }
}

TEST(Configuration, refuses_canaries_where_there_is_no_fault_to_run) {
    VerificationSettings settings;
    const KnownNames no_faults = {kKnown.executors, {}, kKnown.profiles};
    EXPECT_TRUE(find_problems(settings, no_faults).empty());
    settings.canary.interval_blocks = 5;
    EXPECT_TRUE(has(find_problems(settings, no_faults), "no fault to run"));
    EXPECT_TRUE(find_problems(settings, kKnown).empty());
    settings.canary.faults.clear();
    EXPECT_TRUE(has(find_problems(settings, kKnown), "canary.faults: is empty"));
}

TEST(Configuration, knows_addresses_of_this_machine) {
    for (const char* listen : {"127.0.0.1:0", "127.1.2.3:9", "[::1]:9", "localhost:9", "unix:s"}) {
        EXPECT_TRUE(is_loopback(listen)) << listen;
    }
    for (const char* listen : {"0.0.0.0:0", "127.evil.example:1", "[::]:9", "10.0.0.1:9", ""}) {
        EXPECT_FALSE(is_loopback(listen)) << listen;
    }
}

TEST(Configuration, names_what_has_changed) {
    VerificationSettings before;
    VerificationSettings after = before;
    EXPECT_TRUE(changed_members(before, after).empty());
    after.enabled = false;
    after.circuit_breaker.failures = 9;
    after.canary.faults = {"reward-twice"};
    EXPECT_EQ(changed_members(before, after),
              (std::vector<std::string>{"enabled", "circuit_breaker", "canary"}));
    EXPECT_NE(to_json(before), to_json(after));
}

}  // namespace
}  // namespace parallax::service
