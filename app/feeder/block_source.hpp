#pragma once

#include "verifier/service/client/feed_client.hpp"

#include "absl/status/statusor.h"

#include <variant>

namespace parallax::app {

/// Blocks above this one are no longer in the order; what comes next lies on it.
struct SourceRewind {
    service::BlockId to;
};
/// There is nothing now; later there may be.
struct SourceIdle {};
/// There is nothing more.
struct SourceEnd {};

using SourceEvent = std::variant<service::FeedBlock, SourceRewind, SourceIdle, SourceEnd>;

/// Blocks in executed order as a feeder sends them: those of an archive, or of a node while it
/// grows. For one thread.
class BlockSource {
  public:
    virtual ~BlockSource() = default;

    /// What comes next. Waits a little where there is nothing, so that it may be asked in a loop.
    /// An error ends the source, and says all that its user needs to know.
    [[nodiscard]] virtual absl::StatusOr<SourceEvent> next_event() = 0;
};

}  // namespace parallax::app
