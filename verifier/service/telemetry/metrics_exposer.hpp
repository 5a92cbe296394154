#pragma once

#include "verifier/service/telemetry/metrics.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <string>

namespace parallax::service {

/// Answers `GET /metrics` over HTTP, on a thread of its own, until it is destroyed. Whoever comes
/// may be hostile: a connection has a few seconds for one small request and its answer, and when
/// there are too many the oldest goes.
class MetricsExposer {
  public:
    struct Options {
        /// Address to listen on. There is no password: keep it where only the scraper can reach it.
        std::string host = "127.0.0.1";
        /// 0 takes any free port.
        std::uint16_t port = 0;
    };
    /// Connections that are open at once.
    static constexpr std::size_t kMaxConnections = 16;

    /// Unavailable if it cannot listen there. The figures are kept as long as the exposer.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<MetricsExposer>> start(
        const ServiceMetrics& metrics, const Options& options);
    ~MetricsExposer();

    /// The port it listens on.
    [[nodiscard]] std::uint16_t port() const noexcept;

  private:
    class Server;
    explicit MetricsExposer(std::unique_ptr<Server> server);

    const std::unique_ptr<Server> server_;
};

}  // namespace parallax::service
