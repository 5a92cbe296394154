#pragma once

#include "verifier/service/metrics.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <string>

namespace prometheus {
class Exposer;
}

namespace parallax {

/// Answers `GET /metrics` over HTTP, on two threads of its own, until it is destroyed.
class MetricsExposer {
  public:
    struct Options {
        /// Address to listen on. There is no password: keep it where only the scraper can reach it.
        std::string host = "127.0.0.1";
        /// 0 takes any free port.
        std::uint16_t port = 0;
    };

    /// Unavailable if it cannot listen there. The figures are kept as long as the exposer.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<MetricsExposer>> start(
        const ServiceMetrics& metrics, const Options& options);
    ~MetricsExposer();

    /// The port it listens on.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  private:
    MetricsExposer(std::shared_ptr<prometheus::Collectable> figures,
                   std::unique_ptr<prometheus::Exposer> exposer, std::uint16_t port);

    const std::shared_ptr<prometheus::Collectable> figures_;
    const std::unique_ptr<prometheus::Exposer> exposer_;
    const std::uint16_t port_;
};

}  // namespace parallax
