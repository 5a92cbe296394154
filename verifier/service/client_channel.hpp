#pragma once

#include "absl/status/statusor.h"
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace parallax {

/// Files that a client needs to reach a sidecar; empty paths for none.
struct ChannelFiles {
    /// Certificate authority of the sidecar: TLS if given.
    std::string authority;
    /// Of our own, for a sidecar that asks for a certificate.
    std::string certificate;
    std::string key;
    /// First line: the bearer token.
    std::string token;
};

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

/// Connects lazily. Errors name the file that cannot be read.
[[nodiscard]] absl::StatusOr<ClientChannel> create_client_channel(const std::string& address,
                                                                  const ChannelFiles& files);

/// A call's status as ours.
[[nodiscard]] absl::Status from_grpc(const grpc::Status& status);

}  // namespace parallax
