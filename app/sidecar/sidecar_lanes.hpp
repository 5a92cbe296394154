#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/service/lanes/service_lanes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parallax::app {

/// The executors of this program as lanes of a sidecar: those of any run, each candidate behind a
/// guard. Store and clock outlive it and its lanes.
class SidecarLanes final : public service::LaneFactory {
  public:
    struct Options {
        /// Whose minimum of transactions applies.
        std::string network;
        /// Each candidate in a process of its own.
        bool isolate = true;
    };
    SidecarLanes(core::ChainStore& store, const base::Clock& clock, Options options)
        : store_(store), clock_(clock), options_(std::move(options)) {}

    [[nodiscard]] std::vector<std::string> executors() const override;
    [[nodiscard]] absl::StatusOr<std::unique_ptr<service::ServiceLanes>> create(
        const service::VerificationSettings& settings) override;

  private:
    core::ChainStore& store_;
    const base::Clock& clock_;
    const Options options_;
};

}  // namespace parallax::app
