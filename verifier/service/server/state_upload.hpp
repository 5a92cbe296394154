#pragma once

#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/model/delta.hpp"
#include "verifier/service/server/stream_session.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace parallax::service {

/// One LoadState call: hands the rows that come in to the loop, which loads them. Lives as long as
/// the call.
class StateUpload {
  public:
    /// `loading` is true while a state comes in, by whatever call.
    StateUpload(const ServiceParts& parts, std::atomic<bool>& loading, grpc::ServerContext& context,
                grpc::ServerReader<v1::LoadStateRequest>& reader)
        : parts_(parts), loading_(loading), context_(context), reader_(reader) {}

    [[nodiscard]] grpc::Status run(v1::LoadStateResponse& response);

  private:
    [[nodiscard]] grpc::Status load(const BlockId& base, v1::LoadStateResponse& response);
    /// Waits for a message, for so long as a client may be idle.
    [[nodiscard]] bool receive();
    /// The next row; nothing after a valid end.
    [[nodiscard]] absl::StatusOr<std::optional<model::DeltaEntry>> next();
    [[nodiscard]] absl::Status check_end(const v1::LoadStateEnd& end);
    /// Why there is no message: `what` happened, or nothing did.
    [[nodiscard]] std::string silence(const std::string& what) const;

    const ServiceParts& parts_;
    std::atomic<bool>& loading_;
    grpc::ServerContext& context_;
    grpc::ServerReader<v1::LoadStateRequest>& reader_;
    std::unique_ptr<StreamRegistry::Place> place_;
    std::optional<FrontDoor::Welcome> welcome_;
    v1::LoadStateRequest request_;
    /// The next row of `request_`.
    int position_ = 0;
    std::uint64_t rows_ = 0;
    bool ended_ = false;
};

}  // namespace parallax::service
