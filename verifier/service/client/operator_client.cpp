#include "verifier/service/client/operator_client.hpp"

#include "parallax/v1/control.grpc.pb.h"
#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/service/client/client_channel.hpp"
#include "verifier/service/messages/control_conversion.hpp"
#include "verifier/service/messages/message_json.hpp"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

namespace parallax::service {
namespace {

/// The call's own code and words, and what to do about it.
absl::Status call_status(const grpc::Status& status, const std::string& address) {
    const auto code = static_cast<absl::StatusCode>(status.error_code());
    const std::string& said = status.error_message();
    switch (status.error_code()) {
        case grpc::StatusCode::UNAVAILABLE:
            return absl::Status(
                code, fmt::format("no sidecar answers at {}: is it running there, and does it use "
                                  "TLS as you do? ({})",
                                  address, said));
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            return absl::Status(
                code, fmt::format("the sidecar at {} did not answer in time ({})", address, said));
        case grpc::StatusCode::UNAUTHENTICATED:
        case grpc::StatusCode::PERMISSION_DENIED:
            return absl::Status(code, fmt::format("the sidecar at {} wants a token, or another "
                                                  "one: see --token-file ({})",
                                                  address, said));
        default:
            return absl::Status(code, fmt::format("the sidecar at {}: {}", address, said));
    }
}

}  // namespace

/// The two services over one channel, each call with its deadline and token.
class OperatorClient::Calls {
  public:
    Calls(ClientChannel client, std::string reached_at, std::chrono::milliseconds timeout)
        : address(std::move(reached_at)),
          verifier(v1::VerifierService::NewStub(client.channel)),
          control(v1::ControlService::NewStub(client.channel)),
          client_(std::move(client)),
          timeout_(timeout) {}

    void prepare(grpc::ClientContext& context) const {
        context.set_deadline(std::chrono::system_clock::now() + timeout_);
        client_.authorize(context);
    }

    template <class Stub, class Request, class Response>
    absl::Status call(Stub& stub,
                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                      const Request& request, Response& response) const {
        grpc::ClientContext context;
        prepare(context);
        const grpc::Status status = (stub.*method)(&context, request, &response);
        return status.ok() ? absl::OkStatus() : call_status(status, address);
    }

    const std::string address;
    const std::unique_ptr<v1::VerifierService::Stub> verifier;
    const std::unique_ptr<v1::ControlService::Stub> control;

  private:
    const ClientChannel client_;
    const std::chrono::milliseconds timeout_;
};

absl::StatusOr<std::unique_ptr<OperatorClient>> OperatorClient::create(
    const SidecarTarget& target, std::chrono::milliseconds timeout) {
    auto client = create_client_channel(target);
    if (!client.ok()) {
        return client.status();
    }
    return std::unique_ptr<OperatorClient>(
        new OperatorClient(std::make_unique<Calls>(*std::move(client), target.address, timeout)));
}

OperatorClient::OperatorClient(std::unique_ptr<Calls> calls) : calls_(std::move(calls)) {}

OperatorClient::~OperatorClient() = default;

absl::StatusOr<OperatorAnswer> OperatorClient::status(bool memory) {
    v1::GetStatusResponse status;
    v1::GetStatisticsResponse recent;
    using Stub = v1::VerifierService::Stub;
    if (auto done =
            calls_->call(*calls_->verifier, &Stub::GetStatus, v1::GetStatusRequest(), status);
        !done.ok()) {
        return done;
    }
    if (auto done = calls_->call(*calls_->verifier, &Stub::GetStatistics,
                                 v1::GetStatisticsRequest(), recent);
        !done.ok()) {
        return done;
    }
    return OperatorAnswer{status_text(status, recent, calls_->address, memory),
                          message_json(status) + "\n", status.serving()};
}

absl::StatusOr<OperatorAnswer> OperatorClient::statistics(const StatisticsView& view) {
    v1::GetStatisticsRequest request;
    request.set_last(view.last);
    request.set_blocks(true);
    v1::GetStatisticsResponse response;
    if (auto done = calls_->call(*calls_->verifier, &v1::VerifierService::Stub::GetStatistics,
                                 request, response);
        !done.ok()) {
        return done;
    }
    return OperatorAnswer{statistics_text(response, view), message_json(response) + "\n"};
}

absl::StatusOr<OperatorAnswer> OperatorClient::configuration() {
    v1::GetConfigurationResponse response;
    if (auto done = calls_->call(*calls_->control, &v1::ControlService::Stub::GetConfiguration,
                                 v1::GetConfigurationRequest(), response);
        !done.ok()) {
        return done;
    }
    return OperatorAnswer{configuration_text(response.configuration()),
                          message_json(response) + "\n"};
}

absl::StatusOr<OperatorAnswer> OperatorClient::change(const SettingsEdit& edit,
                                                      const std::string& reason) {
    using Stub = v1::ControlService::Stub;
    v1::GetConfigurationResponse before;
    if (replaces_objects(edit)) {
        if (auto done = calls_->call(*calls_->control, &Stub::GetConfiguration,
                                     v1::GetConfigurationRequest(), before);
            !done.ok()) {
            return done;
        }
    }
    v1::UpdateConfigurationRequest request;
    write(edit, before.configuration(), *request.mutable_change());
    request.set_reason(reason);
    v1::UpdateConfigurationResponse response;
    if (auto done = calls_->call(*calls_->control, &Stub::UpdateConfiguration, request, response);
        !done.ok()) {
        return done;
    }
    std::string changed;
    for (const std::string& field : response.changed()) {
        changed += (changed.empty() ? "" : ", ") + field;
    }
    return OperatorAnswer{
        configuration_text(response.configuration()) +
            fmt::format("  {:<13} {}\n", "changed", changed.empty() ? "nothing" : changed),
        message_json(response) + "\n"};
}

absl::StatusOr<std::string> OperatorClient::fetch_bundle(std::uint64_t topoheight) {
    v1::GetVerdictRequest which;
    which.mutable_block()->set_topoheight(topoheight);
    v1::GetVerdictResponse verdict;
    if (auto done =
            calls_->call(*calls_->verifier, &v1::VerifierService::Stub::GetVerdict, which, verdict);
        !done.ok()) {
        return done;
    }
    v1::FetchBundleRequest request;
    *request.mutable_block() = verdict.record().verdict().block();
    grpc::ClientContext context;
    calls_->prepare(context);
    const auto reader = calls_->verifier->FetchBundle(&context, request);
    std::string bundle;
    v1::FetchBundleResponse part;
    while (reader->Read(&part)) {
        bundle += part.data();
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) {
        return call_status(status, calls_->address);
    }
    return bundle;
}

absl::StatusOr<OperatorAnswer> OperatorClient::set_paused(bool paused, const std::string& reason) {
    using Stub = v1::ControlService::Stub;
    if (paused) {
        v1::PauseRequest request;
        request.set_reason(reason);
        v1::PauseResponse response;
        if (auto done = calls_->call(*calls_->control, &Stub::Pause, request, response);
            !done.ok()) {
            return done;
        }
        return OperatorAnswer{response.already() ? "parallax parallel-config: was paused already\n"
                                                 : "parallax parallel-config: paused\n",
                              message_json(response) + "\n"};
    }
    v1::ResumeRequest request;
    request.set_reason(reason);
    v1::ResumeResponse response;
    if (auto done = calls_->call(*calls_->control, &Stub::Resume, request, response); !done.ok()) {
        return done;
    }
    return OperatorAnswer{response.already() ? "parallax parallel-config: was running already\n"
                                             : "parallax parallel-config: goes on\n",
                          message_json(response) + "\n"};
}

}  // namespace parallax::service
