#pragma once

#include <cstdint>
#include <string>

namespace parallax::v1 {
class Configuration;
class GetStatisticsResponse;
class GetStatusResponse;
}  // namespace parallax::v1

namespace parallax::service {

/// What of a sidecar's statistics the text shows. The JSON has all of it.
struct StatisticsView {
    std::uint32_t last = 100;
    /// Errors, and of the blocks only those that are no match.
    bool errors = false;
    bool memory = false;
};

/// Answers of a sidecar as text for a terminal. Pure functions. What the other side wrote is
/// printed with everything but plain characters replaced, so that it cannot steer a terminal.
[[nodiscard]] std::string status_text(const v1::GetStatusResponse& status,
                                      const v1::GetStatisticsResponse& recent,
                                      const std::string& address, bool memory);
[[nodiscard]] std::string statistics_text(const v1::GetStatisticsResponse& statistics,
                                          const StatisticsView& view);
[[nodiscard]] std::string configuration_text(const v1::Configuration& configuration);

}  // namespace parallax::service
