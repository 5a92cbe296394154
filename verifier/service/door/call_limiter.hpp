#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/service/telemetry/telemetry.hpp"

#include <grpcpp/support/server_interceptor.h>

#include <cstddef>
#include <memory>

namespace parallax::service {

/// The calls that cost something for as long as their client likes, and that no StreamRegistry
/// knows. Two kinds, each with a bound; one more ends the oldest:
///
/// - streams, each of which holds a thread: reflection, and bundles that are fetched;
/// - answers that are not read, each of which holds its memory: what is said to a client that opens
///   no window for it. One that is younger than `kReadingTime` is left alone.
///
/// So nobody takes all threads, or all memory, with calls that say or read nothing. Safe from any
/// thread.
class OpenCalls {
  public:
    struct Bounds {
        std::size_t streams = 2;
        std::size_t answers = 16;
    };
    static constexpr std::chrono::milliseconds kReadingTime{100};

    OpenCalls(const Bounds& bounds, const base::Clock& clock, Telemetry& telemetry);
    ~OpenCalls();
    OpenCalls(const OpenCalls&) = delete;
    OpenCalls& operator=(const OpenCalls&) = delete;

    /// Ends what is too much. To be called now and then: who was too young when the last one came
    /// is old enough some time.
    void sweep();

  private:
    friend class CallLimiter;
    struct State;
    const std::unique_ptr<State> state_;
};

/// Enters the calls of a server into an `OpenCalls`, which outlives it.
class CallLimiter final : public grpc::experimental::ServerInterceptorFactoryInterface {
  public:
    explicit CallLimiter(OpenCalls& calls) : calls_(calls) {}

    /// Owned by the caller, gRPC; lives as long as the call.
    grpc::experimental::Interceptor* CreateServerInterceptor(
        grpc::experimental::ServerRpcInfo* info) override;

  private:
    class Place;
    OpenCalls& calls_;
};

}  // namespace parallax::service
