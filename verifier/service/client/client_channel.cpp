#include "verifier/service/client/client_channel.hpp"

#include "verifier/service/loop/small_file.hpp"

#include <fmt/format.h>

#include <tuple>

namespace parallax::service {
namespace {

/// More than any answer has: the largest are statistics of 10,000 blocks, and pages of verdicts.
constexpr int kMaxMessageBytes = 256 << 20;

absl::StatusOr<std::string> read_token(const std::string& path) {
    auto text = read_small_file(path, "token file");
    if (!text.ok()) {
        return text;
    }
    const auto last = text->find_last_not_of(" \t\r\n");
    text->erase(last == std::string::npos ? 0 : last + 1);
    for (const char letter : *text) {
        if (letter <= ' ' || letter > '~') {
            return absl::InvalidArgumentError(
                fmt::format("token file: {} holds characters that no token has", path));
        }
    }
    if (text->empty()) {
        return absl::InvalidArgumentError(fmt::format("token file: there is no token in {}", path));
    }
    return text;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials(const SidecarTarget& target) {
    if (target.tls_certificate_file.empty() != target.tls_key_file.empty()) {
        return absl::InvalidArgumentError("a certificate needs its key, and a key its certificate");
    }
    if (target.tls_authority_file.empty()) {
        if (!target.tls_key_file.empty()) {
            return absl::InvalidArgumentError(
                "a certificate of our own needs the authority of the sidecar's, too");
        }
        return grpc::InsecureChannelCredentials();
    }
    grpc::SslCredentialsOptions options;
    for (const auto& [path, text, what] :
         {std::tuple{&target.tls_authority_file, &options.pem_root_certs, "authority file"},
          std::tuple{&target.tls_certificate_file, &options.pem_cert_chain, "certificate file"},
          std::tuple{&target.tls_key_file, &options.pem_private_key, "key file"}}) {
        if (path->empty()) {
            continue;
        }
        auto read = read_small_file(*path, what);
        if (!read.ok()) {
            return read.status();
        }
        *text = *std::move(read);
    }
    return grpc::SslCredentials(options);
}

}  // namespace

absl::Status from_grpc(const grpc::Status& status) {
    // Both libraries use the canonical codes.
    return status.ok() ? absl::OkStatus()
                       : absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                                      status.error_message());
}

absl::StatusOr<ClientChannel> create_client_channel(const SidecarTarget& target) {
    ClientChannel client;
    if (!target.token_file.empty()) {
        const auto token = read_token(target.token_file);
        if (!token.ok()) {
            return token.status();
        }
        client.authorization = "Bearer " + *token;
    }
    const auto channel_credentials = credentials(target);
    if (!channel_credentials.ok()) {
        return channel_credentials.status();
    }
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
    client.channel = grpc::CreateCustomChannel(target.address, *channel_credentials, arguments);
    return client;
}

}  // namespace parallax::service
