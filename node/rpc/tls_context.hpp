#pragma once

#include "absl/status/statusor.h"
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <memory>
#include <string>

namespace parallax::node {

/// A client's TLS: at least 1.2, and the server must show a certificate of an authority in the PEM
/// file, or of one that the system trusts if none is named. NotFound if the file cannot be read.
[[nodiscard]] absl::StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const std::string& authority_file);

/// Server name indication; one that cannot be set shows in the handshake.
void name_server(SSL* connection, const std::string& host);

/// Checks that the certificate is of `host`, and tells a front that serves several which is meant.
template <class Stream>
void expect_host(Stream& stream, const std::string& host) {
    stream.set_verify_callback(boost::asio::ssl::host_name_verification(host));
    name_server(stream.native_handle(), host);
}

}  // namespace parallax::node
