#pragma once

#include "app/sidecar/sidecar_canaries.hpp"
#include "app/sidecar/sidecar_lanes.hpp"
#include "app/terminal/progress_sink.hpp"
#include "replay/bundle/bundle_folder.hpp"
#include "verifier/service/server/sidecar.hpp"
#include "verifier/service/telemetry/metrics_exposer.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <memory>

namespace parallax::app {

/// A sidecar with all that it needs of a machine: database, bundles, metrics, lanes. What
/// `parallaxd` serves, and what `parallax attach` feeds in its own process.
class SidecarHost {
  public:
    /// Opens or makes the database in the data directory. `log` outlives the host; `configuration`
    /// was found to have no problem. Errors say what, where and what to do.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<SidecarHost>> open(
        const service::ServiceConfiguration& configuration, service::EventLog& log);
    ~SidecarHost();
    SidecarHost(const SidecarHost&) = delete;
    SidecarHost& operator=(const SidecarHost&) = delete;

    [[nodiscard]] core::ChainStore& store() noexcept { return *store_; }
    [[nodiscard]] const protocol::Protocol& protocol() const noexcept { return *protocol_; }

    /// Once. From then on it answers; whether it has a state is the caller's to see to.
    [[nodiscard]] absl::Status start();
    /// Requires a start that ended well.
    [[nodiscard]] service::Sidecar& sidecar() noexcept { return *sidecar_; }
    /// Whether the loop has ended by itself.
    [[nodiscard]] const std::atomic<bool>& failed() const noexcept { return failed_; }
    /// Finishes the blocks in progress. OK, or why the loop had ended.
    [[nodiscard]] absl::Status stop();

  private:
    SidecarHost(const service::ServiceConfiguration& configuration, service::EventLog& log,
                std::unique_ptr<state::RocksDbStore> store,
                std::shared_ptr<const protocol::Protocol> protocol);

    const service::ServiceConfiguration configuration_;
    service::EventLog& log_;
    const SteadyClock clock_;
    const std::unique_ptr<state::RocksDbStore> store_;
    const std::shared_ptr<const protocol::Protocol> protocol_;
    SidecarCanaries canaries_;
    SidecarLanes lanes_;
    service::Telemetry telemetry_;
    replay::BundleFolder bundles_;
    std::atomic<bool> failed_{false};
    std::unique_ptr<service::MetricsExposer> exposer_;
    /// Last: it uses all the others until it has ended.
    std::unique_ptr<service::Sidecar> sidecar_;
};

}  // namespace parallax::app
