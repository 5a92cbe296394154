#include "verifier/service/messages/control_conversion.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace parallax::service {
namespace {

wire::Rollout to_wire(Rollout rollout) {
    switch (rollout) {
        case Rollout::kUnder50:
            return wire::ROLLOUT_UNDER_50;
        case Rollout::kUnder200:
            return wire::ROLLOUT_UNDER_200;
        case Rollout::kAll:
            return wire::ROLLOUT_ALL;
    }
    return wire::ROLLOUT_UNSPECIFIED;
}

/// Nothing for a number that no version of the contract knows.
std::optional<Rollout> from_wire(wire::Rollout rollout) {
    for (const Rollout known : {Rollout::kUnder50, Rollout::kUnder200, Rollout::kAll}) {
        if (to_wire(known) == rollout) {
            return known;
        }
    }
    return std::nullopt;
}

CircuitBreakerSettings read(const wire::CircuitBreakerConfiguration& message) {
    CircuitBreakerSettings settings;
    settings.failures = message.failures();
    settings.open_blocks = message.open_blocks();
    settings.trial_blocks = message.trial_blocks();
    settings.count_timeouts = message.count_timeouts();
    settings.count_mismatches = message.count_mismatches();
    return settings;
}

CanarySettings read(const wire::CanaryConfiguration& message) {
    CanarySettings settings;
    settings.interval_blocks = message.interval_blocks();
    settings.faults.assign(message.faults().begin(), message.faults().end());
    settings.alarm_within_ms = message.alarm_within_ms();
    return settings;
}

void apply(const wire::ConfigurationChange& message, const std::string& network,
           VerificationSettings& settings) {
    if (message.has_enabled()) {
        settings.enabled = message.enabled();
    }
    if (message.has_test_mode()) {
        settings.test_mode = message.test_mode();
    }
    if (message.has_min_transactions()) {
        settings.min_transactions[network] = message.min_transactions();
    }
    settings.rollout = from_wire(message.rollout()).value_or(settings.rollout);
    if (message.has_max_threads()) {
        settings.max_threads = message.max_threads();
    }
    if (message.has_contracts()) {
        settings.contracts = message.contracts();
    }
    if (message.candidates_size() > 0) {
        settings.candidates.assign(message.candidates().begin(), message.candidates().end());
    }
    if (message.has_block_time_limit_ms()) {
        settings.block_time_limit_ms = message.block_time_limit_ms();
    }
    if (message.has_transaction_time_limit_ms()) {
        settings.transaction_time_limit_ms = message.transaction_time_limit_ms();
    }
    if (message.has_circuit_breaker()) {
        settings.circuit_breaker = read(message.circuit_breaker());
    }
    if (message.has_canary()) {
        settings.canary = read(message.canary());
    }
}

}  // namespace

void write(const VerificationSettings& settings, const std::string& network,
           wire::Configuration& message) {
    message.set_enabled(settings.enabled);
    message.set_test_mode(settings.test_mode);
    const auto least = settings.min_transactions.find(network);
    message.set_min_transactions(least == settings.min_transactions.end() ? 0 : least->second);
    message.set_rollout(to_wire(settings.rollout));
    message.set_max_threads(settings.max_threads);
    message.set_contracts(settings.contracts);
    for (const std::string& candidate : settings.candidates) {
        message.add_candidates(candidate);
    }
    message.set_block_time_limit_ms(settings.block_time_limit_ms);
    message.set_transaction_time_limit_ms(settings.transaction_time_limit_ms);
    auto& breaker = *message.mutable_circuit_breaker();
    breaker.set_failures(settings.circuit_breaker.failures);
    breaker.set_open_blocks(settings.circuit_breaker.open_blocks);
    breaker.set_trial_blocks(settings.circuit_breaker.trial_blocks);
    breaker.set_count_timeouts(settings.circuit_breaker.count_timeouts);
    breaker.set_count_mismatches(settings.circuit_breaker.count_mismatches);
    auto& canary = *message.mutable_canary();
    canary.set_interval_blocks(settings.canary.interval_blocks);
    for (const std::string& fault : settings.canary.faults) {
        canary.add_faults(fault);
    }
    canary.set_alarm_within_ms(settings.canary.alarm_within_ms);
}

absl::StatusOr<std::function<void(VerificationSettings&)>> read(
    const wire::ConfigurationChange& message, const std::string& network) {
    if (message.rollout() != wire::ROLLOUT_UNSPECIFIED && !from_wire(message.rollout())) {
        return absl::InvalidArgumentError(fmt::format(
            "verification.rollout: {} is unknown; choose ROLLOUT_UNDER_50, ROLLOUT_UNDER_200 or "
            "ROLLOUT_ALL",
            static_cast<int>(message.rollout())));
    }
    return
        [message, network](VerificationSettings& settings) { apply(message, network, settings); };
}

}  // namespace parallax::service
