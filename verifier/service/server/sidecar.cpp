#include "verifier/service/server/sidecar.hpp"

#include "verifier/service/door/call_limiter.hpp"
#include "verifier/service/door/front_door.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/journal.hpp"
#include "verifier/service/loop/recollection.hpp"
#include "verifier/service/loop/verify_loop.hpp"
#include "verifier/service/server/stream_registry.hpp"
#include "verifier/service/server/verifier_service.hpp"
#include "verifier/service/telemetry/monitor.hpp"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_posix.h>

#include <chrono>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace parallax::service {
namespace {

/// How often health and the gauges are brought up to date.
constexpr std::chrono::milliseconds kTickPeriod{250};
/// What calls get to end by themselves when the server stops.
constexpr std::chrono::milliseconds kStopPatience{1000};
/// A peer that answers no ping for this long is gone.
constexpr int kPingPeriodMs = 20'000;
constexpr int kPingTimeoutMs = 10'000;
constexpr int kMinPingPeriodMs = 5'000;
/// A connection without a call is kept for so long.
constexpr int kIdlePatienceMs = 300'000;
/// What a call may send ahead of the server's reading, and in one frame: HTTP/2's own defaults.
constexpr int kWindow = 65'535;
constexpr int kMaxFrame = 16'384;
/// What gRPC may hold of messages: above it, it reads no more. Not reached within the limits.
constexpr std::size_t kServerMemory = 256U << 20;

/// Once for the process: reflection and health belong to every server that is built after it.
void enable_server_extensions() {
    static std::once_flag once;
    std::call_once(once, [] {
        grpc::EnableDefaultHealthCheckService(true);
        grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    });
}

void set_limits(const ServiceLimits& limits, OpenCalls& calls, grpc::ServerBuilder& builder) {
    builder.SetMaxReceiveMessageSize(static_cast<int>(limits.message_bytes));
    for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
        // What is small on the wire would be unpacked whole before anybody asks how large it is.
        builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
    }
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                               static_cast<int>(calls_of_a_connection(limits)));
    // Windows that grow with the speed of a connection would be memory that a stranger chooses.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindow);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kMaxFrame);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingPeriodMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kMinPingPeriodMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdlePatienceMs);
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> limiters;
    limiters.push_back(std::make_unique<CallLimiter>(calls));
    builder.experimental().SetInterceptorCreators(std::move(limiters));
    grpc::ResourceQuota quota("parallaxd");
    quota.SetMaxThreads(static_cast<int>(limits.threads));
    quota.Resize(kServerMemory);
    builder.SetResourceQuota(quota);
}

FrontDoor::Options door_options(const ServiceConfiguration& configuration) {
    const ServiceLimits& limits = configuration.limits;
    FrontDoor::Options options;
    options.listen = configuration.listen;
    options.tls = configuration.tls;
    options.connections = limits.connections;
    options.limits = http2_limits(limits);
    return options;
}

}  // namespace

/// Everything that runs, in the order of construction.
class Sidecar::Running {
  public:
    Running(const SidecarParts& parts, const ServiceConfiguration& configuration)
        : parts_(parts),
          configuration_(configuration),
          streams_(configuration.limits.streams),
          calls_({}, parts.clock, parts.telemetry) {}
    ~Running() { (void)stop(); }  // who wants the reason has asked before

    absl::Status start(std::function<void()> on_failure) {
        if (auto status = open_records(); !status.ok()) {
            return status;
        }
        if (!configuration_.token_file.empty()) {
            auto guard = TokenGuard::from_file(configuration_.token_file);
            if (!guard.ok()) {
                return guard.status();
            }
            guard_ = *std::move(guard);
        }
        if (auto status = create_loop(std::move(on_failure)); !status.ok()) {
            return status;
        }
        if (auto status = start_server(); !status.ok()) {
            return status;
        }
        loop_->start();
        tick();
        ticker_ = std::thread([this] { tick_until_stopped(); });
        pthread_setname_np(ticker_.native_handle(), "px-health");
        return absl::OkStatus();
    }

    absl::Status stop() {
        if (loop_) {
            loop_->request_stop();
        }
        if (door_) {
            door_->close();
        }
        if (server_) {
            // Loads wait for their clients; feeders end with the loop.
            server_->Shutdown(std::chrono::system_clock::now() + kStopPatience);
        }
        if (door_) {
            door_->stop();
        }
        absl::Status end = loop_ ? loop_->wait() : absl::OkStatus();
        {
            base::MutexLock lock(mutex_);
            stopping_ = true;
            stop_asked_.notify_all();
        }
        if (ticker_.joinable()) {
            ticker_.join();
        }
        return end;
    }

    [[nodiscard]] const std::string& address() const noexcept { return door_->address(); }
    [[nodiscard]] VerifyLoop& loop() noexcept { return *loop_; }

  private:
    absl::Status open_records() {
        const std::string& folder = configuration_.data_directory;
        auto acknowledged = AcknowledgedFile::open(folder + "/acknowledged");
        if (!acknowledged.ok()) {
            return acknowledged.status();
        }
        acknowledged_ = *std::move(acknowledged);
        if (acknowledged_->has_damaged_place()) {
            parts_.log.warning("acknowledged_damaged",
                               {{"file", acknowledged_->path()},
                                {"why", "one of its two places does not read; the other is used"}});
        }
        past_.emplace(acknowledged_->last());
        auto journal = AuditLog::open(folder + "/journal.jsonl",
                                      [this](std::string_view line) { return past_->take(line); });
        if (!journal.ok()) {
            return journal.status();
        }
        journal_ = *std::move(journal);
        return absl::OkStatus();
    }

    absl::Status create_loop(std::function<void()> on_failure) {
        LoopOptions options;
        options.protocol = parts_.protocol;
        options.policy.signatures = configuration_.signatures;
        options.settings = configuration_.verification;
        options.queue.max_blocks = configuration_.limits.queue_blocks;
        options.queue.max_bytes = configuration_.limits.queue_bytes;
        options.sync = configuration_.sync;
        options.on_failure = std::move(on_failure);
        auto loop = VerifyLoop::create(
            {parts_.store, parts_.lanes, *journal_, *acknowledged_, *past_, parts_.telemetry,
             parts_.log, parts_.clock, parts_.bundles, parts_.canaries},
            std::move(options));
        if (!loop.ok()) {
            return loop.status();
        }
        loop_ = *std::move(loop);
        return absl::OkStatus();
    }

    absl::Status start_server() {
        auto door = FrontDoor::open(door_options(configuration_), parts_.log, parts_.telemetry,
                                    parts_.clock);
        if (!door.ok()) {
            return door.status();
        }
        door_ = *std::move(door);
        enable_server_extensions();
        service_parts_.emplace(ServiceParts{*loop_, parts_.store, parts_.telemetry, streams_,
                                            parts_.log, parts_.clock, configuration_,
                                            *parts_.protocol, parts_.bundles, *door_, strangers_});
        verifier_.emplace(*service_parts_, guard_);
        control_.emplace(*service_parts_, guard_);
        // It listens nowhere: the door does, and hands it one connection after the other.
        grpc::ServerBuilder builder;
        builder.RegisterService(&*verifier_);
        builder.RegisterService(&*control_);
        set_limits(configuration_.limits, calls_, builder);
        server_ = builder.BuildAndStart();
        if (!server_) {
            return absl::InternalError("the gRPC server does not start");
        }
        door_->start([this](int socket) { grpc::AddInsecureChannelFromFd(server_.get(), socket); });
        return absl::OkStatus();
    }

    void tick_until_stopped() {
        for (;;) {
            const auto deadline = std::chrono::steady_clock::now() + kTickPeriod;
            {
                base::MutexLock lock(mutex_);
                while (!stopping_ && stop_asked_.wait_until(mutex_, deadline)) {
                }
                if (stopping_) {
                    return;
                }
            }
            tick();
        }
    }

    void tick() {
        calls_.sweep();
        for (auto ended = streams_.end_overdue(parts_.clock.now()); ended > 0; --ended) {
            parts_.telemetry.count_refused_call(Telemetry::CallRefusal::kIdle);
        }
        const LoopStatus status = parts_.telemetry.status();
        const auto now = parts_.clock.now();
        const HealthAnswer health = judge_health(status, configuration_.health, now);
        auto* const service = server_->GetHealthCheckService();
        for (const char* name : {"", "parallax.v1.VerifierService", "parallax.v1.ControlService"}) {
            service->SetServingStatus(name, health.serving);
        }
        if (health.serving != serving_ || health.reason != health_reason_) {
            parts_.log.write(
                health.serving ? LogLevel::kInfo : LogLevel::kWarning, "health_changed",
                {{"serving", health.serving ? "yes" : "no"}, {"reason", health.reason}});
            serving_ = health.serving;
            health_reason_ = health.reason;
        }
        const IngestQueue::State queue = loop_->queue().state();
        parts_.telemetry.set_queue(queue.blocks, queue.bytes);
        const auto feeder = streams_.feeder();
        const std::uint64_t tip = status.cursor ? status.cursor->topoheight.value() : 0;
        const std::uint64_t last = feeder && feeder->last ? feeder->last->topoheight.value() : tip;
        const auto waited = queue.oldest ? now - *queue.oldest : std::chrono::nanoseconds(0);
        parts_.telemetry.set_lag(last > tip ? last - tip : 0,
                                 std::chrono::duration_cast<std::chrono::milliseconds>(waited));
    }

    const SidecarParts parts_;
    const ServiceConfiguration configuration_;

    StreamRegistry streams_;
    OpenCalls calls_;
    LogSieve strangers_;
    TokenGuard guard_;
    std::unique_ptr<AcknowledgedFile> acknowledged_;
    std::optional<Recollection> past_;
    std::unique_ptr<AuditLog> journal_;
    std::unique_ptr<VerifyLoop> loop_;
    std::optional<ServiceParts> service_parts_;
    std::optional<VerifierServiceImplementation> verifier_;
    std::optional<ControlServiceImplementation> control_;
    std::unique_ptr<FrontDoor> door_;
    std::unique_ptr<grpc::Server> server_;

    // Of the ticking thread.
    bool serving_ = true;
    std::string health_reason_;

    base::Mutex mutex_;
    base::ConditionVariable stop_asked_;
    bool stopping_ VERIFIER_GUARDED_BY(mutex_) = false;
    std::thread ticker_;
};

absl::StatusOr<std::unique_ptr<Sidecar>> Sidecar::start(const SidecarParts& parts,
                                                        const ServiceConfiguration& configuration,
                                                        std::function<void()> on_failure) {
    auto running = std::make_unique<Running>(parts, configuration);
    if (auto status = running->start(std::move(on_failure)); !status.ok()) {
        return status;
    }
    parts.log.info("sidecar_started", {{"address", running->address()},
                                       {"network", configuration.network},
                                       {"profile", configuration.profile},
                                       {"settings", to_json(configuration.verification)}});
    return std::unique_ptr<Sidecar>(new Sidecar(std::move(running)));
}

Sidecar::Sidecar(std::unique_ptr<Running> running) : running_(std::move(running)) {}
Sidecar::~Sidecar() = default;

const std::string& Sidecar::address() const noexcept {
    return running_->address();
}

VerifyLoop& Sidecar::loop() noexcept {
    return running_->loop();
}

absl::Status Sidecar::stop() {
    return running_->stop();
}

}  // namespace parallax::service
