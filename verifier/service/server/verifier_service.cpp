#include "verifier/service/server/verifier_service.hpp"

#include "verifier/service/messages/chain_conversion.hpp"
#include "verifier/service/messages/control_conversion.hpp"
#include "verifier/service/messages/verdict_conversion.hpp"
#include "verifier/service/server/ledger_pages.hpp"
#include "verifier/service/server/state_upload.hpp"
#include "verifier/service/telemetry/status_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace parallax::service {
namespace {

constexpr std::uint32_t kDefaultStatistics = 100;
/// A page ends before it grows beyond this: clients take 4 MiB unless told otherwise.
constexpr std::size_t kMaxPageBytes = 1U << 20;
/// Bytes of a bundle in one message.
constexpr std::size_t kBundleChunk = 256 * 1024;
constexpr std::size_t kMaxReason = 200;

template <class Request>
LedgerPageRequest page_of(const Request& request) {
    LedgerPageRequest page;
    if (request.has_first()) {
        page.first = model::Topoheight{request.first()};
    }
    if (request.has_last()) {
        page.last = model::Topoheight{request.last()};
    }
    page.page_size = request.page_size();
    page.page_token = request.page_token();
    return page;
}

/// Answers, and returns without waiting for the client to read it.
grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext& context, const grpc::Status& status) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    reactor->Finish(status);
    return reactor;
}

grpc::Status check_reason(const std::string& reason) {
    return reason.size() <= kMaxReason
               ? grpc::Status::OK
               : grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                              fmt::format("reason: more than {} characters", kMaxReason));
}

}  // namespace

grpc::Status authenticate(const grpc::ServerContextBase& context, const TokenGuard& guard,
                          const ServiceParts& parts, std::string_view call) {
    const auto& metadata = context.client_metadata();
    const auto found = metadata.find("authorization");
    const std::string_view value =
        found == metadata.end() ? std::string_view()
                                : std::string_view(found->second.data(), found->second.size());
    if (guard.admits(value)) {
        return grpc::Status::OK;
    }
    parts.telemetry.count_refused_call(Telemetry::CallRefusal::kUnauthenticated);
    if (const auto left_out = parts.strangers.admit(parts.clock.now())) {
        parts.log.warning("authentication_failed",
                          {{"call", std::string(call)},
                           {"peer", parts.door.name_of(context.peer())},
                           {"token", found == metadata.end() ? "none" : "wrong"},
                           {"left_out", std::to_string(*left_out)}});
    }
    return {grpc::StatusCode::UNAUTHENTICATED,
            "this call needs metadata authorization: Bearer TOKEN, with the sidecar's token"};
}

grpc::Status VerifierServiceImplementation::StreamBlocks(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::StreamBlocksResponse, v1::StreamBlocksRequest>* stream) {
    if (auto status = authenticate(*context, guard_, parts_, "StreamBlocks"); !status.ok()) {
        return status;
    }
    StreamSession session(parts_, *context, *stream);
    return session.run();
}

grpc::ServerUnaryReactor* VerifierServiceImplementation::GetStatus(
    grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
    v1::GetStatusResponse* response) {
    write_status(parts_, started_, *response);
    return finish(*context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* VerifierServiceImplementation::GetStatistics(
    grpc::CallbackServerContext* context, const v1::GetStatisticsRequest* request,
    v1::GetStatisticsResponse* response) {
    const std::uint32_t last = request->last() == 0 ? kDefaultStatistics : request->last();
    write_statistics(parts_, last, request->blocks(), *response);
    return finish(*context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* VerifierServiceImplementation::ListVerdicts(
    grpc::CallbackServerContext* context, const v1::ListVerdictsRequest* request,
    v1::ListVerdictsResponse* response) {
    return finish(*context, list(*request, *response));
}

grpc::Status VerifierServiceImplementation::list(const v1::ListVerdictsRequest& request,
                                                 v1::ListVerdictsResponse& response) const {
    std::set<model::VerdictKind> kinds;
    for (const int number : request.kinds()) {
        const auto kind = from_wire(static_cast<v1::VerdictKind>(number));
        if (!kind) {
            return {grpc::StatusCode::INVALID_ARGUMENT,
                    fmt::format("kinds: {} is unknown", number)};
        }
        kinds.insert(*kind);
    }
    std::size_t bytes = 0;
    auto token = read_page(parts_.store, page_of(request), [&](const core::LedgerRecord& record) {
        if (!kinds.empty() && kinds.count(record.verdict.kind) == 0) {
            return PageStep::kLeftOut;
        }
        auto& message = *response.add_records();
        write(record, Canonical::kIncluded, message);
        bytes += message.ByteSizeLong();
        return bytes < kMaxPageBytes ? PageStep::kTaken : PageStep::kTakenAndFull;
    });
    if (!token.ok()) {
        return to_grpc(token.status());
    }
    response.set_next_page_token(*std::move(token));
    return grpc::Status::OK;
}

grpc::ServerUnaryReactor* VerifierServiceImplementation::GetVerdict(
    grpc::CallbackServerContext* context, const v1::GetVerdictRequest* request,
    v1::GetVerdictResponse* response) {
    return finish(*context, find(*request, *response));
}

grpc::Status VerifierServiceImplementation::find(const v1::GetVerdictRequest& request,
                                                 v1::GetVerdictResponse& response) const {
    const model::Topoheight topoheight{request.block().topoheight()};
    const auto record = read_ledger_record(parts_.store, topoheight);
    if (!record.ok()) {
        return to_grpc(record.status());
    }
    const std::string& hash = request.block().hash();
    if (!*record || (!hash.empty() && hash != as_text((*record)->verdict.block_hash.bytes()))) {
        return {grpc::StatusCode::NOT_FOUND,
                fmt::format("there is no verdict of block {}{}", topoheight.value(),
                            *record ? " with this hash" : "")};
    }
    write(**record, Canonical::kIncluded, *response.mutable_record());
    return grpc::Status::OK;
}

grpc::ServerUnaryReactor* VerifierServiceImplementation::ListFindings(
    grpc::CallbackServerContext* context, const v1::ListFindingsRequest* request,
    v1::ListFindingsResponse* response) {
    return finish(*context, list(*request, *response));
}

grpc::Status VerifierServiceImplementation::list(const v1::ListFindingsRequest& request,
                                                 v1::ListFindingsResponse& response) const {
    std::size_t bytes = 0;
    auto token = read_page(parts_.store, page_of(request), [&](const core::LedgerRecord& record) {
        auto step = PageStep::kLeftOut;
        for (const model::Finding& finding : record.verdict.findings) {
            if (!request.fingerprint().empty() &&
                request.fingerprint() != as_text(finding.fingerprint.bytes())) {
                continue;
            }
            auto& message = *response.add_findings();
            write(BlockId{record.verdict.topoheight, record.verdict.block_hash},
                  *message.mutable_block());
            write(finding, *message.mutable_finding());
            bytes += message.ByteSizeLong();
            step = bytes < kMaxPageBytes ? PageStep::kTaken : PageStep::kTakenAndFull;
        }
        return step;
    });
    if (!token.ok()) {
        return to_grpc(token.status());
    }
    response.set_next_page_token(*std::move(token));
    return grpc::Status::OK;
}

grpc::Status VerifierServiceImplementation::FetchBundle(
    grpc::ServerContext*, const v1::FetchBundleRequest* request,
    grpc::ServerWriter<v1::FetchBundleResponse>* writer) {
    const auto block = read(request->block(), "block");
    if (!block.ok()) {
        return to_grpc(block.status());
    }
    if (parts_.bundles == nullptr) {
        return {grpc::StatusCode::NOT_FOUND, "this sidecar keeps no bundles: bundles.count is 0"};
    }
    const auto bundle = parts_.bundles->find(block->topoheight, block->hash);
    if (!bundle.ok()) {
        return to_grpc(bundle.status());
    }
    for (std::size_t at = 0; at < bundle->size(); at += kBundleChunk) {
        v1::FetchBundleResponse response;
        response.set_data(bundle->data() + at, std::min(kBundleChunk, bundle->size() - at));
        if (!writer->Write(response)) {
            return grpc::Status::CANCELLED;
        }
    }
    return grpc::Status::OK;
}

grpc::Status VerifierServiceImplementation::LoadState(
    grpc::ServerContext* context, grpc::ServerReader<v1::LoadStateRequest>* reader,
    v1::LoadStateResponse* response) {
    if (auto status = authenticate(*context, guard_, parts_, "LoadState"); !status.ok()) {
        return status;
    }
    return StateUpload(parts_, loading_, *context, *reader).run(*response);
}

grpc::ServerUnaryReactor* ControlServiceImplementation::GetConfiguration(
    grpc::CallbackServerContext* context, const v1::GetConfigurationRequest*,
    v1::GetConfigurationResponse* response) {
    write(parts_.loop.settings(), parts_.configuration.network, *response->mutable_configuration());
    return finish(*context, grpc::Status::OK);
}

grpc::Status ControlServiceImplementation::UpdateConfiguration(
    grpc::ServerContext* context, const v1::UpdateConfigurationRequest* request,
    v1::UpdateConfigurationResponse* response) {
    if (auto status = authenticate(*context, guard_, parts_, "UpdateConfiguration"); !status.ok()) {
        return status;
    }
    if (auto status = check_reason(request->reason()); !status.ok()) {
        return status;
    }
    const auto edit = read(request->change(), parts_.configuration.network);
    if (!edit.ok()) {
        return to_grpc(edit.status());
    }
    const auto change = parts_.loop.change_settings(*edit, request->reason());
    if (!change.ok()) {
        return to_grpc(change.status());
    }
    write(change->settings, parts_.configuration.network, *response->mutable_configuration());
    for (const std::string& name : change->changed) {
        response->add_changed(name);
    }
    return grpc::Status::OK;
}

grpc::Status ControlServiceImplementation::Pause(grpc::ServerContext* context,
                                                 const v1::PauseRequest* request,
                                                 v1::PauseResponse* response) {
    if (auto status = authenticate(*context, guard_, parts_, "Pause"); !status.ok()) {
        return status;
    }
    if (auto status = check_reason(request->reason()); !status.ok()) {
        return status;
    }
    const auto already = parts_.loop.set_paused(true, request->reason());
    response->set_already(already.ok() && *already);
    return to_grpc(already.status());
}

grpc::Status ControlServiceImplementation::Resume(grpc::ServerContext* context,
                                                  const v1::ResumeRequest* request,
                                                  v1::ResumeResponse* response) {
    if (auto status = authenticate(*context, guard_, parts_, "Resume"); !status.ok()) {
        return status;
    }
    if (auto status = check_reason(request->reason()); !status.ok()) {
        return status;
    }
    const auto already = parts_.loop.set_paused(false, request->reason());
    response->set_already(already.ok() && *already);
    return to_grpc(already.status());
}

}  // namespace parallax::service
