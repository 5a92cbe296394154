#include "verifier/service/state_upload.hpp"

#include "verifier/service/chain_conversion.hpp"

#include <fmt/format.h>

namespace parallax {

grpc::Status StateUpload::run(v1::LoadStateResponse& response) {
    place_ = parts_.streams.enter([this] { context_.TryCancel(); });
    if (!place_) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "limits.streams: too many streams are open"};
    }
    if (!reader_.Read(&request_) || !request_.has_begin()) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "the first message must be begin"};
    }
    parts_.streams.introduce(*place_);
    const ServiceConfiguration& own = parts_.configuration;
    const auto& chain = request_.begin().chain();
    if (chain.network() != own.network || chain.profile() != own.profile ||
        from_wire(chain.failure_model()) != own.failure_model) {
        return {grpc::StatusCode::FAILED_PRECONDITION,
                fmt::format("begin.chain: this sidecar verifies {} of profile {} with {}",
                            own.network, own.profile, failure_model_name(own.failure_model))};
    }
    const auto base = read(request_.begin().base(), "begin.base");
    if (!base.ok()) {
        return to_grpc(base.status());
    }
    request_.Clear();
    const auto loaded = parts_.loop.load_state(*base, [this] { return next(); });
    if (!loaded.ok()) {
        return to_grpc(loaded.status());
    }
    write(*base, *response.mutable_base());
    response.set_rows(loaded->rows);
    response.set_state_digest(as_text(loaded->digest.bytes()));
    return grpc::Status::OK;
}

absl::StatusOr<std::optional<DeltaEntry>> StateUpload::next() {
    while (!ended_ && position_ == request_.rows().rows_size()) {
        position_ = 0;
        if (!reader_.Read(&request_)) {
            return absl::InvalidArgumentError(
                fmt::format("the stream has ended after {} rows, without end", rows_));
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
        return std::optional<DeltaEntry>();
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

absl::Status StateUpload::check_end(const v1::LoadStateEnd& end) const {
    return end.rows() == rows_ ? absl::OkStatus()
                               : absl::InvalidArgumentError(fmt::format(
                                     "end.rows is {}, {} rows came", end.rows(), rows_));
}

}  // namespace parallax
