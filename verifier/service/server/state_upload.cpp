#include "verifier/service/server/state_upload.hpp"

#include "verifier/service/messages/chain_conversion.hpp"

#include <fmt/format.h>

#include <chrono>

namespace parallax::service {

grpc::Status StateUpload::run(v1::LoadStateResponse& response) {
    place_ = parts_.streams.enter([this] { context_.TryCancel(); });
    if (!place_) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "limits.streams: too many streams are open"};
    }
    // The server's word that it may send large messages.
    reader_.SendInitialMetadata();
    if (!receive() || !request_.has_begin()) {
        return {grpc::StatusCode::INVALID_ARGUMENT, silence("the first message must be begin")};
    }
    parts_.streams.introduce(*place_);
    const ServiceConfiguration& own = parts_.configuration;
    const auto& chain = request_.begin().chain();
    if (chain.network() != own.network || chain.profile() != own.profile ||
        from_wire(chain.failure_model()) != own.failure_model) {
        return {
            grpc::StatusCode::FAILED_PRECONDITION,
            fmt::format("begin.chain: this sidecar verifies {} of profile {} with {}", own.network,
                        own.profile, protocol::failure_model_name(own.failure_model))};
    }
    const auto base = read(request_.begin().base(), "begin.base");
    if (!base.ok()) {
        return to_grpc(base.status());
    }
    request_.Clear();
    // Only now: who says nothing keeps nobody else from loading.
    if (loading_.exchange(true)) {
        return {grpc::StatusCode::FAILED_PRECONDITION, "another state comes in already"};
    }
    welcome_.emplace(parts_.door, context_.peer());
    auto status = load(*base, response);
    loading_ = false;
    return status;
}

grpc::Status StateUpload::load(const BlockId& base, v1::LoadStateResponse& response) {
    const auto loaded = parts_.loop.load_state(base, [this] { return next(); });
    if (!loaded.ok()) {
        return to_grpc(loaded.status());
    }
    write(base, *response.mutable_base());
    response.set_rows(loaded->rows);
    response.set_state_digest(as_text(loaded->digest.bytes()));
    return grpc::Status::OK;
}

absl::StatusOr<std::optional<model::DeltaEntry>> StateUpload::next() {
    while (!ended_ && position_ == request_.rows().rows_size()) {
        position_ = 0;
        if (!receive()) {
            return absl::InvalidArgumentError(
                silence(fmt::format("the stream has ended after {} rows, without end", rows_)));
        }
        if (request_.has_end()) {
            if (auto status = check_end(request_.end()); !status.ok()) {
                return status;
            }
            ended_ = true;
        } else if (!request_.has_rows()) {
            return absl::InvalidArgumentError("after begin come rows, then end");
        }
    }
    if (ended_) {
        return std::optional<model::DeltaEntry>();
    }
    auto row = read(request_.rows().rows(position_));
    if (!row.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("row {}: {}", rows_, std::string(row.status().message())));
    }
    ++position_;
    ++rows_;
    return std::optional(*std::move(row));
}

absl::Status StateUpload::check_end(const v1::LoadStateEnd& end) {
    if (end.rows() != rows_) {
        return absl::InvalidArgumentError(
            fmt::format("end.rows is {}, {} rows came", end.rows(), rows_));
    }
    if (receive()) {
        return absl::InvalidArgumentError(
            "a message came after end: end is the last, and nothing was taken");
    }
    if (context_.IsCancelled()) {
        return absl::CancelledError(silence("the client has left without closing its side"));
    }
    return absl::OkStatus();
}

bool StateUpload::receive() {
    const std::chrono::milliseconds patience(parts_.configuration.limits.load_idle_ms);
    parts_.streams.expect(*place_, parts_.clock.now() + patience);
    const bool got = reader_.Read(&request_);
    parts_.streams.expect(*place_, std::nullopt);
    return got;
}

std::string StateUpload::silence(const std::string& what) const {
    return parts_.streams.is_overdue(*place_)
               ? fmt::format("nothing came for {} ms (limits.load_idle_ms)",
                             parts_.configuration.limits.load_idle_ms)
               : what;
}

}  // namespace parallax::service
