#include "verifier/service/metrics_exposer.hpp"

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <exception>
#include <utility>

namespace parallax {

absl::StatusOr<std::unique_ptr<MetricsExposer>> MetricsExposer::start(const ServiceMetrics& metrics,
                                                                      const Options& options) {
    const std::string address = fmt::format("{}:{}", options.host, options.port);
    // The library throws when it cannot listen; nothing of it leaves this function.
    try {
        auto exposer = std::make_unique<prometheus::Exposer>(address, 2);
        const auto ports = exposer->GetListeningPorts();
        if (ports.empty()) {
            return absl::UnavailableError(
                fmt::format("metrics: nothing listens on {} after a start without error", address));
        }
        auto figures = metrics.collectable();
        exposer->RegisterCollectable(figures);
        return std::unique_ptr<MetricsExposer>(new MetricsExposer(
            std::move(figures), std::move(exposer), static_cast<std::uint16_t>(ports.front())));
    } catch (const std::exception& failure) {
        return absl::UnavailableError(fmt::format(
            "metrics: cannot listen on {} ({}): is the port taken, or the address not of this "
            "machine?",
            address, failure.what()));
    }
}

MetricsExposer::MetricsExposer(std::shared_ptr<prometheus::Collectable> figures,
                               std::unique_ptr<prometheus::Exposer> exposer, std::uint16_t port)
    : figures_(std::move(figures)), exposer_(std::move(exposer)), port_(port) {}

MetricsExposer::~MetricsExposer() = default;

}  // namespace parallax
