#pragma once

#include "verifier/base/tagged_bytes.hpp"
#include "verifier/service/settings/configuration.hpp"

#include "absl/status/statusor.h"

#include <memory>
#include <span>

struct ssl_ctx_st;
struct ssl_st;

namespace parallax::service {

/// One connection's encryption: turns bytes of the wire into plain ones and back, without a socket.
/// For one thread.
class TlsSession {
  public:
    explicit TlsSession(ssl_ctx_st& context);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Adds what `wire` says to `plain`, and what the other side must get for it to `answer`. False
    /// if it is no TLS, shows no certificate where one is asked for, or has ended.
    [[nodiscard]] bool receive(std::span<const std::uint8_t> wire, base::Bytes& plain,
                               base::Bytes& answer);
    /// Adds `plain` to `wire`, encrypted; only once something plain was received.
    [[nodiscard]] bool send(std::span<const std::uint8_t> plain, base::Bytes& wire);

  private:
    void drain(base::Bytes& wire);

    ssl_st* const session_;
};

/// What every session of a server shares. It outlives them. Immutable.
class ServerTls {
  public:
    /// Null without TLS. TLS 1.2 at least, HTTP/2, and mutual if the settings name an authority of
    /// clients. Errors name the file.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<ServerTls>> create(
        const TlsSettings& settings);
    ~ServerTls();
    ServerTls(const ServerTls&) = delete;
    ServerTls& operator=(const ServerTls&) = delete;

    [[nodiscard]] std::unique_ptr<TlsSession> begin() const;

  private:
    explicit ServerTls(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* const context_;
};

}  // namespace parallax::service
