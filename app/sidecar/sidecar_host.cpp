#include "app/sidecar/sidecar_host.hpp"

#include "app/files/open_files.hpp"
#include "app/protocols.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace parallax::app {
namespace {

/// Whether the witness in `folder` was written before the machine's last start. Without a word of
/// it nothing explains damage.
bool has_machine_restarted(const std::string& folder) {
    const auto witness = service::AcknowledgedFile::open(folder + "/acknowledged");
    return witness.ok() && (*witness)->last() &&
           (*witness)->last()->boot != service::boot_identity();
}

absl::StatusOr<std::unique_ptr<state::RocksDbStore>> open_store(
    const service::ServiceConfiguration& configuration, service::EventLog& log) {
    std::error_code error;
    std::filesystem::create_directories(configuration.data_directory, error);
    if (error) {
        return absl::UnavailableError(fmt::format("data_directory: {} cannot be made: {}",
                                                  configuration.data_directory, error.message()));
    }
    state::RocksDbStore::Options options;
    options.undo_window = configuration.undo_window;
    options.sync = configuration.sync;
    const std::string folder = configuration.data_directory + "/state";
    auto store = state::RocksDbStore::create(folder, configuration.store_identity(), options);
    if (!absl::IsDataLoss(store.status()) || options.sync ||
        !has_machine_restarted(configuration.data_directory)) {
        return store;
    }
    // The machine went down with writes that nobody had waited for. What was acknowledged is held
    // against what is left of them, as at every start.
    options.cut_log = true;
    auto cut = state::RocksDbStore::create(folder, configuration.store_identity(), options);
    if (!cut.ok()) {
        return store;
    }
    log.error("log_of_database_cut",
              {{"why",
                "the machine was started again meanwhile, and store.sync is off: the "
                "database goes on before the first write that does not read"},
               {"error", std::string(store.status().message())}});
    return cut;
}

absl::StatusOr<std::unique_ptr<service::MetricsExposer>> expose(
    const service::ServiceConfiguration& configuration, const service::Telemetry& telemetry,
    service::EventLog& log) {
    if (configuration.metrics_listen.empty()) {
        return std::unique_ptr<service::MetricsExposer>();
    }
    service::MetricsExposer::Options options;
    const auto colon = configuration.metrics_listen.rfind(':');
    options.host = configuration.metrics_listen.substr(0, colon);
    options.port =
        static_cast<std::uint16_t>(std::stoul(configuration.metrics_listen.substr(colon + 1)));
    auto exposer = service::MetricsExposer::start(telemetry.metrics(), options);
    if (exposer.ok()) {
        log.info("metrics_exposed",
                 {{"address", fmt::format("{}:{}", options.host, (*exposer)->port())}});
    }
    return exposer;
}

replay::BundleFolder::Options bundle_options(const service::ServiceConfiguration& configuration) {
    replay::BundleFolder::Options options;
    options.directory = configuration.data_directory + "/bundles";
    options.count = configuration.bundles.count;
    options.bytes = configuration.bundles.bytes;
    options.network = configuration.network;
    options.build = PARALLAX_VERSION;
    options.configuration.isolated = configuration.isolate;
    options.protocols = &all_protocols();
    return options;
}

absl::Status reserve_files(const service::ServiceConfiguration& configuration) {
    const std::uint32_t connections = configuration.limits.connections;
    const auto status = reserve_open_files(open_files_of_sidecar(connections));
    return status.ok() ? status
                       : absl::FailedPreconditionError(
                             fmt::format("{}, or limits.connections, which is {}, may be lower",
                                         std::string(status.message()), connections));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SidecarHost>> SidecarHost::open(
    const service::ServiceConfiguration& configuration, service::EventLog& log) {
    if (auto status = reserve_files(configuration); !status.ok()) {
        return status;
    }
    // The configuration was found to have no problem.
    auto protocol = all_protocols().find(
        {configuration.network, configuration.profile, configuration.failure_model});
    if (!protocol.ok()) {
        return protocol.status();
    }
    auto store = open_store(configuration, log);
    if (!store.ok()) {
        return store.status();
    }
    return std::unique_ptr<SidecarHost>(
        new SidecarHost(configuration, log, *std::move(store), *std::move(protocol)));
}

SidecarHost::SidecarHost(const service::ServiceConfiguration& configuration, service::EventLog& log,
                         std::unique_ptr<state::RocksDbStore> store,
                         std::shared_ptr<const protocol::Protocol> protocol)
    : configuration_(configuration),
      log_(log),
      store_(std::move(store)),
      protocol_(std::move(protocol)),
      lanes_(*store_, clock_, {configuration.network, configuration.isolate}),
      telemetry_(configuration.verification.candidates),
      bundles_(bundle_options(configuration)) {}

SidecarHost::~SidecarHost() = default;

absl::Status SidecarHost::start() {
    auto exposer = expose(configuration_, telemetry_, log_);
    if (!exposer.ok()) {
        return exposer.status();
    }
    exposer_ = *std::move(exposer);
    auto sidecar = service::Sidecar::start(
        {*store_, lanes_, telemetry_, log_, clock_,
         configuration_.bundles.count > 0 ? &bundles_ : nullptr, &canaries_, protocol_},
        configuration_, [this] { failed_ = true; });
    if (!sidecar.ok()) {
        return sidecar.status();
    }
    sidecar_ = *std::move(sidecar);
    return absl::OkStatus();
}

absl::Status SidecarHost::stop() {
    return sidecar_->stop();
}

}  // namespace parallax::app
