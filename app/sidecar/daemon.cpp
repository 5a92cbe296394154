#include "app/sidecar/daemon.hpp"

#include "app/files/open_files.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "app/sidecar/daemon_options.hpp"
#include "app/sidecar/sidecar_canaries.hpp"
#include "app/sidecar/sidecar_lanes.hpp"
#include "app/terminal/progress_sink.hpp"
#include "app/terminal/stop_signals.hpp"
#include "replay/archive/archive_reader.hpp"
#include "replay/bundle/bundle_folder.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/verify_loop.hpp"
#include "verifier/service/server/sidecar.hpp"
#include "verifier/service/telemetry/metrics_exposer.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

namespace parallax::app {
namespace {

constexpr std::chrono::milliseconds kSignalPoll{50};

int fail(const absl::Status& status) {
    fmt::print(stderr, "parallaxd: {}\n", std::string(status.message()));
    return kExitError;
}

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

absl::StatusOr<std::unique_ptr<replay::ArchiveReader>> open_archive(
    const std::string& path, const service::ServiceConfiguration& configuration) {
    auto reader = replay::ArchiveReader::open(path);
    if (!reader.ok()) {
        return reader;
    }
    const replay::ArchiveHeader& header = (*reader)->header();
    if (header.network != configuration.network || header.profile != configuration.profile ||
        header.failure_model != configuration.failure_model) {
        return absl::FailedPreconditionError(fmt::format(
            "{} is of {}, profile {}, {}; chain says {}, profile {}, {}: choose another", path,
            header.network, header.profile, protocol::failure_model_name(header.failure_model),
            configuration.network, configuration.profile,
            protocol::failure_model_name(configuration.failure_model)));
    }
    return reader;
}

/// Holds the archive's state against the one that the database began with. FailedPrecondition if
/// it was another.
absl::Status compare_beginning(const std::string& path,
                               const service::ServiceConfiguration& configuration,
                               const core::StoreBeginning& begun, replay::ArchiveReader& reader,
                               const std::atomic<bool>& stop) {
    const auto another = [&](const std::string& archive, const std::string& database) {
        return absl::FailedPreconditionError(
            fmt::format("{}: the archive's state is {}, and the database in {} began with {}; name "
                        "the archive that it began with, none, or another data directory",
                        path, archive, configuration.data_directory, database));
    };
    const replay::ArchiveHeader& header = reader.header();
    if (begun.topoheight != header.base_topoheight || begun.block_hash != header.base_hash) {
        return another(
            fmt::format("that of block {} {}", header.base_topoheight.value(),
                        header.base_hash.hex()),
            fmt::format("that of block {} {}", begun.topoheight.value(), begun.block_hash.hex()));
    }
    for (auto row = reader.next_state_row(); !row.ok() || *row; row = reader.next_state_row()) {
        if (!row.ok() || stop) {
            return row.status();
        }
    }
    const auto digest = reader.state_digest();
    return digest == begun.digest
               ? absl::OkStatus()
               : another(fmt::format("of digest {}", digest.value_or(model::Hash{}).hex()),
                         fmt::format("one of digest {}", begun.digest.hex()));
}

/// Holds the archive at `path`, if one is named, against the state that the store began with, if
/// there is one.
absl::Status check_archive(const std::string& path,
                           const service::ServiceConfiguration& configuration,
                           const core::ChainStore& store, const std::atomic<bool>& stop,
                           service::EventLog& log) {
    const auto cursor = store.cursor();
    if (path.empty() || !cursor.ok() || !*cursor) {
        return path.empty() ? absl::OkStatus() : cursor.status();
    }
    const auto not_compared = [&](const char* why) {
        log.warning("archive_not_compared", {{"archive", path}, {"why", why}});
        return absl::OkStatus();
    };
    const auto reader = open_archive(path, configuration);
    if (absl::IsNotFound(reader.status())) {
        // Its state is in the database: whoever has cleared the file away can start again.
        return not_compared("it is no longer there");
    }
    if (!reader.ok()) {
        return reader.status();
    }
    const auto began = store.beginning();
    if (!began.ok()) {
        return began.status();
    }
    if (!*began) {
        return not_compared(
            "the database does not say with what state it began, as it was made by an earlier "
            "version");
    }
    return compare_beginning(path, configuration, **began, **reader, stop);
}

/// Gives the sidecar the state of an archive, if one is named and it has none. Nothing is kept of
/// one that is not whole. Cancelled if `stop` comes before the end; nothing is loaded then.
absl::Status load_archive(const std::string& path,
                          const service::ServiceConfiguration& configuration,
                          const core::ChainStore& store, const std::atomic<bool>& stop,
                          service::VerifyLoop& loop) {
    const auto cursor = store.cursor();
    if (path.empty() || !cursor.ok() || *cursor) {
        return path.empty() ? absl::OkStatus() : cursor.status();
    }
    const auto reader = open_archive(path, configuration);
    if (!reader.ok()) {
        return reader.status();
    }
    const replay::ArchiveHeader& header = (*reader)->header();
    const auto next_row = [&]() -> absl::StatusOr<std::optional<model::DeltaEntry>> {
        if (stop) {
            return absl::CancelledError("stopped while the state was loaded; nothing was loaded");
        }
        auto row = (*reader)->next_state_row();
        if (row.ok() && !*row) {
            // The rows count once the file was read to its end.
            if (auto whole = (*reader)->check_rest(stop); !whole.ok()) {
                return whole;
            }
        }
        return row;
    };
    return loop.load_state({header.base_topoheight, header.base_hash}, next_row).status();
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

/// Until a signal or the loop's end, and then until all of it has ended.
absl::Status wait_for_end(service::Sidecar& sidecar, const StopSignals& stop,
                          const std::atomic<bool>& failed, service::EventLog& log) {
    while (!stop.requested() && !failed) {
        std::this_thread::sleep_for(kSignalPoll);
    }
    log.info("stopping", {{"why", failed ? "the loop has failed" : "a signal"}});
    return sidecar.stop();
}

absl::Status serve(const DaemonOptions& options, core::ChainStore& store, const StopSignals& stop,
                   service::EventLog& log) {
    const service::ServiceConfiguration& configuration = options.configuration;
    const SteadyClock clock;
    SidecarCanaries canaries;
    SidecarLanes lanes(store, clock, {configuration.network, configuration.isolate});
    service::Telemetry telemetry(configuration.verification.candidates);
    const auto exposer = expose(configuration, telemetry, log);
    if (!exposer.ok()) {
        return exposer.status();
    }
    replay::BundleFolder bundles(bundle_options(configuration));
    // The configuration was found to have no problem.
    const auto protocol = all_protocols().find(
        {configuration.network, configuration.profile, configuration.failure_model});
    if (!protocol.ok()) {
        return protocol.status();
    }
    std::atomic<bool> failed{false};
    const auto sidecar = service::Sidecar::start(
        {store, lanes, telemetry, log, clock, configuration.bundles.count > 0 ? &bundles : nullptr,
         &canaries, *protocol},
        configuration, [&failed] { failed = true; });
    if (!sidecar.ok()) {
        return sidecar.status();
    }
    if (auto status = load_archive(options.archive, configuration, store, stop.requested(),
                                   (*sidecar)->loop());
        !status.ok() && !stop.requested()) {
        return status;
    }
    return wait_for_end(**sidecar, stop, failed, log);
}

absl::Status run(const DaemonOptions& options) {
    const StopSignals stop;
    service::EventLog log(stderr, options.log_level);
    const service::ServiceConfiguration& configuration = options.configuration;
    if (auto status = reserve_files(configuration); !status.ok()) {
        return status;
    }
    const auto store = open_store(configuration, log);
    if (!store.ok()) {
        return store.status();
    }
    if (auto status = check_archive(options.archive, configuration, **store, stop.requested(), log);
        !status.ok()) {
        return status;
    }
    return serve(options, **store, stop, log);
}

int report_problems(const std::vector<std::string>& problems) {
    fmt::print(stderr, "parallaxd: {} problems in the configuration\n", problems.size());
    for (const std::string& problem : problems) {
        fmt::print(stderr, "  {}\n", problem);
    }
    return kExitError;
}

}  // namespace

void add_daemon_options(CLI::App& app, CommandAction& action) {
    define_daemon_options(app, [&action](const DaemonRequest& request) {
        action = [request] {
            const auto options = resolve(request, {executor_names(), SidecarCanaries().faults(),
                                                   all_protocols().profiles()});
            if (!options.problems.empty()) {
                return report_problems(options.problems);
            }
            const auto status = run(options);
            return status.ok() ? kExitEqual : fail(status);
        };
        action.stops_when_asked = true;
        action.outlives_its_log = true;
    });
}

}  // namespace parallax::app
