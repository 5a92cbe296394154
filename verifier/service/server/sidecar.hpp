#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/core/store/bundle_keeper.hpp"
#include "verifier/core/store/chain_store.hpp"
#include "verifier/service/lanes/canary.hpp"
#include "verifier/service/lanes/service_lanes.hpp"
#include "verifier/service/settings/configuration.hpp"
#include "verifier/service/telemetry/event_log.hpp"
#include "verifier/service/telemetry/telemetry.hpp"

#include "absl/status/statusor.h"

#include <functional>
#include <memory>
#include <string>

namespace parallax::service {

class VerifyLoop;

/// What a sidecar is made from. All of it outlives the sidecar.
struct SidecarParts {
    core::ChainStore& store;
    LaneFactory& lanes;
    Telemetry& telemetry;
    EventLog& log;
    const base::Clock& clock;
    /// Keeps bundles of mismatches; null for none.
    core::BundleKeeper* bundles = nullptr;
    /// Makes canaries; null for none, whatever the configuration says.
    CanaryFactory* canaries = nullptr;
    /// The rules that the configuration names.
    std::shared_ptr<const protocol::Protocol> protocol;
};

/// The whole service: verify loop, gRPC server with reflection and health, and the thread that
/// keeps health and telemetry true. The only thing that `parallaxd` and tests need to know of gRPC.
class Sidecar {
  public:
    /// Everything is up when this returns. `configuration` was found to have no problem.
    /// `on_failure` is called once if the loop ends by itself; it must only note it.
    ///
    /// Errors say what, where and what to do: the address is taken, a certificate or token cannot
    /// be read, the journal is damaged or not ours to write.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<Sidecar>> start(
        const SidecarParts& parts, const ServiceConfiguration& configuration,
        std::function<void()> on_failure);
    ~Sidecar();
    Sidecar(const Sidecar&) = delete;
    Sidecar& operator=(const Sidecar&) = delete;

    /// Where it can be reached, with the port that it really has.
    [[nodiscard]] const std::string& address() const noexcept;
    [[nodiscard]] VerifyLoop& loop() noexcept;

    /// Finishes the blocks in progress, ends streams and server. OK, or why the loop had ended.
    [[nodiscard]] absl::Status stop();

  private:
    class Running;
    explicit Sidecar(std::unique_ptr<Running> running);
    std::unique_ptr<Running> running_;
};

}  // namespace parallax::service
