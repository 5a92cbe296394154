#pragma once

#include "verifier/core/verification/verify_pipeline.hpp"
#include "verifier/service/lanes/guarded_executor.hpp"

#include "absl/status/statusor.h"

#include <memory>
#include <string>
#include <vector>

namespace parallax::service {

/// The executors that a live loop works with, for one set of settings. Owned by the loop.
class ServiceLanes {
  public:
    virtual ~ServiceLanes() = default;
    /// The executors of the candidates are `guards`, in the order of the settings. Refers to this
    /// object.
    [[nodiscard]] virtual core::PipelineParts parts() const = 0;
    [[nodiscard]] virtual std::vector<GuardedExecutor*> guards() const = 0;
};

/// Makes lanes: whoever knows the executors implements it. Called by the loop's thread only; must
/// outlive the loop.
class LaneFactory {
  public:
    virtual ~LaneFactory() = default;
    /// Names that a candidate can have. From any thread.
    [[nodiscard]] virtual std::vector<std::string> executors() const = 0;
    /// `settings` were found to have no problem.
    [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<ServiceLanes>> create(
        const VerificationSettings& settings) = 0;
};

}  // namespace parallax::service
