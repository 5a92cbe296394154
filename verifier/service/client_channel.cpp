#include "verifier/service/client_channel.hpp"

#include "verifier/service/server_credentials.hpp"

#include <limits>

namespace parallax {

absl::Status from_grpc(const grpc::Status& status) {
    // Both libraries use the canonical codes.
    return status.ok() ? absl::OkStatus()
                       : absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                                      status.error_message());
}

absl::StatusOr<ClientChannel> create_client_channel(const std::string& address,
                                                    const ChannelFiles& files) {
    ClientChannel client;
    if (!files.token.empty()) {
        auto token = read_small_file(files.token, "token file");
        if (!token.ok()) {
            return token.status();
        }
        client.authorization = "Bearer " + token->substr(0, token->find_first_of("\r\n"));
    }
    std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
    if (!files.authority.empty()) {
        grpc::SslCredentialsOptions options;
        for (const auto& [path, text, what] :
             {std::tuple{&files.authority, &options.pem_root_certs, "authority file"},
              std::tuple{&files.certificate, &options.pem_cert_chain, "certificate file"},
              std::tuple{&files.key, &options.pem_private_key, "key file"}}) {
            if (path->empty()) {
                continue;
            }
            auto read = read_small_file(*path, what);
            if (!read.ok()) {
                return read.status();
            }
            *text = *std::move(read);
        }
        credentials = grpc::SslCredentials(options);
    }
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(std::numeric_limits<int>::max());
    client.channel = grpc::CreateCustomChannel(address, credentials, arguments);
    return client;
}

}  // namespace parallax
