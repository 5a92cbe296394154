#pragma once

#include "verifier/service/client/operator_client.hpp"

#include <string>

namespace parallax::v1 {
class Configuration;
class GetStatisticsResponse;
class GetStatusResponse;
}  // namespace parallax::v1

namespace parallax::service {

/// Answers of a sidecar as text for a terminal. Pure functions. What the other side wrote is
/// printed with everything but plain characters replaced, so that it cannot steer a terminal.
[[nodiscard]] std::string status_text(const v1::GetStatusResponse& status,
                                      const v1::GetStatisticsResponse& recent,
                                      const std::string& address, bool memory);
[[nodiscard]] std::string statistics_text(const v1::GetStatisticsResponse& statistics,
                                          const StatisticsView& view);
[[nodiscard]] std::string configuration_text(const v1::Configuration& configuration);

}  // namespace parallax::service
