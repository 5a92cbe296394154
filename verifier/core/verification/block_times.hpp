#pragma once

#include "verifier/model/identifiers.hpp"

#include "absl/status/status.h"

#include <chrono>
#include <vector>

namespace parallax::core {

/// How long the lanes of one block took. No verdict depends on it, and it is kept apart from them.
struct BlockTimes {
    model::Topoheight topoheight;
    std::chrono::microseconds control{};
    /// In the order of the candidates; of a lane that failed or declined, too.
    std::vector<std::chrono::microseconds> candidates;
    friend bool operator==(const BlockTimes&, const BlockTimes&) = default;
};

/// Takes the times of blocks, as `VerdictSink` takes their verdicts: after the commit, in order,
/// from the loop's thread. Blocks that are not compared have none.
class TimesSink {
  public:
    virtual ~TimesSink() = default;
    [[nodiscard]] virtual absl::Status accept(const BlockTimes& times) = 0;
};

}  // namespace parallax::core
