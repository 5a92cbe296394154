#include "node/rpc/tls_context.hpp"

#include <fmt/format.h>

namespace parallax::node {

absl::StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const std::string& authority_file) {
    namespace ssl = boost::asio::ssl;
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    boost::system::error_code error;
    (void)context->set_options(
        ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
        error);
    (void)context->set_verify_mode(ssl::verify_peer, error);
    if (authority_file.empty()) {
        (void)context->set_default_verify_paths(error);
    } else {
        (void)context->load_verify_file(authority_file, error);
    }
    if (error) {
        return absl::NotFoundError(fmt::format("the authority of the node's certificate, {}: {}",
                                               authority_file, error.message()));
    }
    return context;
}

void name_server(SSL* connection, const std::string& host) {
    (void)SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   const_cast<char*>(host.c_str()));
}

}  // namespace parallax::node
