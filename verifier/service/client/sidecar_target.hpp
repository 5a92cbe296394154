#pragma once

#include <string>

namespace parallax::service {

/// Where a sidecar is, and what a client of ours needs to reach it. Empty paths for none.
struct SidecarTarget {
    /// `host:port`, or `unix:PATH`.
    std::string address = "127.0.0.1:9470";
    /// File that holds the bearer token; calls that change something need it.
    std::string token_file;
    /// PEM file of the authority that signed the sidecar's certificate. Empty for no encryption.
    std::string tls_authority_file;
    /// PEM files of our own certificate, where the sidecar asks for one. Both or neither.
    std::string tls_certificate_file;
    std::string tls_key_file;
};

}  // namespace parallax::service
