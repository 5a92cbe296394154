#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <cstddef>
#include <memory>

namespace parallax {

/// Bounds the streaming calls that hold a thread of the server for as long as their client likes,
/// and that no StreamRegistry knows: reflection, and bundles that are fetched. At most `max_calls`
/// are open at once; another one ends the oldest. So nobody takes all threads with calls that say
/// or read nothing. Safe from any thread.
class CallLimiter final : public grpc::experimental::ServerInterceptorFactoryInterface {
  public:
    explicit CallLimiter(std::size_t max_calls);
    ~CallLimiter() override;

    /// Owned by the caller, gRPC; lives as long as the call.
    grpc::experimental::Interceptor* CreateServerInterceptor(
        grpc::experimental::ServerRpcInfo* info) override;

  private:
    class Calls;
    class Place;
    const std::shared_ptr<Calls> calls_;
};

/// How many such calls a sidecar allows.
inline constexpr std::size_t kMaxUnregisteredCalls = 2;

}  // namespace parallax
