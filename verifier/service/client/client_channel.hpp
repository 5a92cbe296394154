#pragma once

#include "verifier/service/client/sidecar_target.hpp"

#include "absl/status/statusor.h"
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace parallax::service {

/// A channel to a sidecar, and what each call over it carries.
struct ClientChannel {
    std::shared_ptr<grpc::Channel> channel;
    /// `Bearer TOKEN`; empty without one.
    std::string authorization;

    /// Adds the token to a call.
    void authorize(grpc::ClientContext& context) const {
        if (!authorization.empty()) {
            context.AddMetadata("authorization", authorization);
        }
    }
};

/// Reads the files of `target` and connects with the first call. InvalidArgument or NotFound names
/// the file that is no good; the token itself is in no error.
[[nodiscard]] absl::StatusOr<ClientChannel> create_client_channel(const SidecarTarget& target);

/// A call's status as ours.
[[nodiscard]] absl::Status from_grpc(const grpc::Status& status);

}  // namespace parallax::service
