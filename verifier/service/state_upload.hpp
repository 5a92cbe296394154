#pragma once

#include "parallax/v1/verifier.grpc.pb.h"
#include "verifier/model/delta.hpp"
#include "verifier/service/stream_session.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace parallax {

/// One LoadState call: hands the rows that come in to the loop, which loads them. Lives as long as
/// the call.
class StateUpload {
  public:
    StateUpload(const ServiceParts& parts, grpc::ServerContext& context,
                grpc::ServerReader<v1::LoadStateRequest>& reader)
        : parts_(parts), context_(context), reader_(reader) {}

    [[nodiscard]] grpc::Status run(v1::LoadStateResponse& response);

  private:
    /// The next row; nothing after a valid end.
    [[nodiscard]] absl::StatusOr<std::optional<DeltaEntry>> next();
    [[nodiscard]] absl::Status check_end(const v1::LoadStateEnd& end) const;

    const ServiceParts& parts_;
    grpc::ServerContext& context_;
    grpc::ServerReader<v1::LoadStateRequest>& reader_;
    std::unique_ptr<StreamRegistry::Place> place_;
    v1::LoadStateRequest request_;
    /// The next row of `request_`.
    int position_ = 0;
    std::uint64_t rows_ = 0;
    bool ended_ = false;
};

}  // namespace parallax
