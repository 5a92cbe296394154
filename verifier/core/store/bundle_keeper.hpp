#pragma once

#include "verifier/core/store/first_run.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace parallax::core {

/// How the candidates of a run are set, as a bundle says it.
struct LaneConditions {
    std::uint32_t threads = 1;
    /// For a block; 0 is no limit.
    std::uint64_t time_limit_ms = 0;
};

/// Keeps files that reproduce what was found, and gives them again.
class BundleKeeper {
  public:
    virtual ~BundleKeeper() = default;
    /// Names of the bundles that are new with this run; none if what it found has one already, or
    /// if there is no more room. One call at a time.
    [[nodiscard]] virtual absl::StatusOr<std::vector<std::string>> keep(
        const FirstRun& run, const LaneConditions& conditions) = 0;
    /// The file of the first finding of a block; NotFound if none is kept. From any thread.
    [[nodiscard]] virtual absl::StatusOr<std::string> find(model::Topoheight topoheight,
                                                           const model::Hash& hash) const = 0;
};

}  // namespace parallax::core
