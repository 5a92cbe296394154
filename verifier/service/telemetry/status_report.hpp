#pragma once

#include "parallax/v1/verifier.pb.h"
#include "verifier/service/server/stream_session.hpp"

#include <chrono>
#include <cstddef>

namespace parallax::service {

/// What GetStatus answers; `started` is when the program did, by the parts' clock.
void write_status(const ServiceParts& parts, std::chrono::nanoseconds started,
                  v1::GetStatusResponse& response);

/// What GetStatistics answers about the last `count` blocks.
void write_statistics(const ServiceParts& parts, std::size_t count, bool with_blocks,
                      v1::GetStatisticsResponse& response);

}  // namespace parallax::service
