#pragma once

#include "parallax/v1/control.grpc.pb.h"
#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/service/authentication.hpp"
#include "verifier/service/stream_session.hpp"

#include <atomic>
#include <chrono>

namespace parallax {

/// `VerifierService`: each call converts, asks, and answers. The parts and the guard outlive it.
class VerifierServiceImplementation final : public v1::VerifierService::Service {
  public:
    VerifierServiceImplementation(const ServiceParts& parts, const TokenGuard& guard)
        : parts_(parts), guard_(guard), started_(parts.clock.now()) {}

    grpc::Status StreamBlocks(grpc::ServerContext* context,
                              grpc::ServerReaderWriter<v1::StreamBlocksResponse,
                                                       v1::StreamBlocksRequest>* stream) override;
    grpc::Status GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest* request,
                           v1::GetStatusResponse* response) override;
    grpc::Status GetStatistics(grpc::ServerContext* context,
                               const v1::GetStatisticsRequest* request,
                               v1::GetStatisticsResponse* response) override;
    grpc::Status ListVerdicts(grpc::ServerContext* context, const v1::ListVerdictsRequest* request,
                              v1::ListVerdictsResponse* response) override;
    grpc::Status GetVerdict(grpc::ServerContext* context, const v1::GetVerdictRequest* request,
                            v1::GetVerdictResponse* response) override;
    grpc::Status ListFindings(grpc::ServerContext* context, const v1::ListFindingsRequest* request,
                              v1::ListFindingsResponse* response) override;
    grpc::Status FetchBundle(grpc::ServerContext* context, const v1::FetchBundleRequest* request,
                             grpc::ServerWriter<v1::FetchBundleResponse>* writer) override;
    grpc::Status LoadState(grpc::ServerContext* context,
                           grpc::ServerReader<v1::LoadStateRequest>* reader,
                           v1::LoadStateResponse* response) override;

  private:
    const ServiceParts& parts_;
    const TokenGuard& guard_;
    const std::chrono::nanoseconds started_;
    /// A state comes in: one at a time.
    std::atomic<bool> loading_{false};
};

/// `ControlService`. The parts and the guard outlive it.
class ControlServiceImplementation final : public v1::ControlService::Service {
  public:
    ControlServiceImplementation(const ServiceParts& parts, const TokenGuard& guard)
        : parts_(parts), guard_(guard) {}

    grpc::Status GetConfiguration(grpc::ServerContext* context,
                                  const v1::GetConfigurationRequest* request,
                                  v1::GetConfigurationResponse* response) override;
    grpc::Status UpdateConfiguration(grpc::ServerContext* context,
                                     const v1::UpdateConfigurationRequest* request,
                                     v1::UpdateConfigurationResponse* response) override;
    grpc::Status Pause(grpc::ServerContext* context, const v1::PauseRequest* request,
                       v1::PauseResponse* response) override;
    grpc::Status Resume(grpc::ServerContext* context, const v1::ResumeRequest* request,
                        v1::ResumeResponse* response) override;

  private:
    const ServiceParts& parts_;
    const TokenGuard& guard_;
};

/// UNAUTHENTICATED unless the call carries the token that `guard` wants.
[[nodiscard]] grpc::Status authenticate(const grpc::ServerContext& context,
                                        const TokenGuard& guard);

}  // namespace parallax
