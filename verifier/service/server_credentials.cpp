#include "verifier/service/server_credentials.hpp"

#include "verifier/service/small_file.hpp"

namespace parallax {

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const TlsSettings& settings) {
    if (!settings.enabled()) {
        return grpc::InsecureServerCredentials();
    }
    const auto certificate = read_small_file(settings.certificate, "tls.certificate");
    if (!certificate.ok()) {
        return certificate.status();
    }
    const auto key = read_small_file(settings.key, "tls.key");
    if (!key.ok()) {
        return key.status();
    }
    const bool mutual = !settings.client_authority.empty();
    grpc::SslServerCredentialsOptions options(
        mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
               : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    options.pem_key_cert_pairs.push_back({*key, *certificate});
    if (mutual) {
        auto authority = read_small_file(settings.client_authority, "tls.client_authority");
        if (!authority.ok()) {
            return authority.status();
        }
        options.pem_root_certs = *std::move(authority);
    }
    return grpc::SslServerCredentials(options);
}

}  // namespace parallax
