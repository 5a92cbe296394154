#pragma once

#include "parallax/v1/control.grpc.pb.h"
#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/service/door/authentication.hpp"
#include "verifier/service/server/stream_session.hpp"

#include <atomic>
#include <chrono>
#include <string_view>

namespace parallax::service {

/// The calls that only ask are answered without a thread that waits until the client has read the
/// answer: nobody can take all threads by not reading.
using AskedVerifierService = v1::VerifierService::WithCallbackMethod_GetStatus<
    v1::VerifierService::WithCallbackMethod_GetStatistics<
        v1::VerifierService::WithCallbackMethod_ListVerdicts<
            v1::VerifierService::WithCallbackMethod_GetVerdict<
                v1::VerifierService::WithCallbackMethod_ListFindings<
                    v1::VerifierService::Service>>>>>;
using AskedControlService =
    v1::ControlService::WithCallbackMethod_GetConfiguration<v1::ControlService::Service>;

/// `VerifierService`: each call converts, asks, and answers. The parts and the guard outlive it.
class VerifierServiceImplementation final : public AskedVerifierService {
  public:
    VerifierServiceImplementation(const ServiceParts& parts, const TokenGuard& guard)
        : parts_(parts), guard_(guard), started_(parts.clock.now()) {}

    grpc::Status StreamBlocks(grpc::ServerContext* context,
                              grpc::ServerReaderWriter<v1::StreamBlocksResponse,
                                                       v1::StreamBlocksRequest>* stream) override;
    grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                        const v1::GetStatusRequest* request,
                                        v1::GetStatusResponse* response) override;
    grpc::ServerUnaryReactor* GetStatistics(grpc::CallbackServerContext* context,
                                            const v1::GetStatisticsRequest* request,
                                            v1::GetStatisticsResponse* response) override;
    grpc::ServerUnaryReactor* ListVerdicts(grpc::CallbackServerContext* context,
                                           const v1::ListVerdictsRequest* request,
                                           v1::ListVerdictsResponse* response) override;
    grpc::ServerUnaryReactor* GetVerdict(grpc::CallbackServerContext* context,
                                         const v1::GetVerdictRequest* request,
                                         v1::GetVerdictResponse* response) override;
    grpc::ServerUnaryReactor* ListFindings(grpc::CallbackServerContext* context,
                                           const v1::ListFindingsRequest* request,
                                           v1::ListFindingsResponse* response) override;
    grpc::Status FetchBundle(grpc::ServerContext* context, const v1::FetchBundleRequest* request,
                             grpc::ServerWriter<v1::FetchBundleResponse>* writer) override;
    grpc::Status LoadState(grpc::ServerContext* context,
                           grpc::ServerReader<v1::LoadStateRequest>* reader,
                           v1::LoadStateResponse* response) override;

  private:
    [[nodiscard]] grpc::Status list(const v1::ListVerdictsRequest& request,
                                    v1::ListVerdictsResponse& response) const;
    [[nodiscard]] grpc::Status find(const v1::GetVerdictRequest& request,
                                    v1::GetVerdictResponse& response) const;
    [[nodiscard]] grpc::Status list(const v1::ListFindingsRequest& request,
                                    v1::ListFindingsResponse& response) const;

    const ServiceParts& parts_;
    const TokenGuard& guard_;
    const std::chrono::nanoseconds started_;
    /// A state comes in: one at a time.
    std::atomic<bool> loading_{false};
};

/// `ControlService`. The parts and the guard outlive it.
class ControlServiceImplementation final : public AskedControlService {
  public:
    ControlServiceImplementation(const ServiceParts& parts, const TokenGuard& guard)
        : parts_(parts), guard_(guard) {}

    grpc::ServerUnaryReactor* GetConfiguration(grpc::CallbackServerContext* context,
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

/// UNAUTHENTICATED unless the call carries the token that `guard` wants; counted, and logged now
/// and then.
[[nodiscard]] grpc::Status authenticate(const grpc::ServerContextBase& context,
                                        const TokenGuard& guard, const ServiceParts& parts,
                                        std::string_view call);

}  // namespace parallax::service
