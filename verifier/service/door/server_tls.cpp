#include "verifier/service/door/server_tls.hpp"

#include "verifier/service/loop/small_file.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <string>

namespace parallax::service {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

std::unique_ptr<BIO, FreeBio> reader_of(const std::string& text) {
    return std::unique_ptr<BIO, FreeBio>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Every certificate of a file in PEM.
std::vector<Certificate> certificates_of(const std::string& text) {
    std::vector<Certificate> found;
    const auto reader = reader_of(text);
    while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)) {
        found.emplace_back(next);
    }
    ERR_clear_error();  // the end of the file is one
    return found;
}

absl::Status use_certificate(const TlsSettings& settings, SSL_CTX* context) {
    const auto text = read_small_file(settings.certificate, "tls.certificate");
    if (!text.ok()) {
        return text.status();
    }
    const auto chain = certificates_of(*text);
    if (chain.empty() || SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
        return absl::InvalidArgumentError(fmt::format(
            "tls.certificate: {} holds no certificate in PEM; check it", settings.certificate));
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
            return absl::InternalError("tls.certificate: its chain cannot be kept");
        }
    }
    return absl::OkStatus();
}

absl::Status use_key(const TlsSettings& settings, SSL_CTX* context) {
    const auto text = read_small_file(settings.key, "tls.key");
    if (!text.ok()) {
        return text.status();
    }
    // A daemon has nobody to ask for a password: none is given.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    const std::unique_ptr<EVP_PKEY, FreeKey> key(
        PEM_read_bio_PrivateKey(reader_of(*text).get(), nullptr, no_password, nullptr));
    if (!key) {
        return absl::InvalidArgumentError(fmt::format(
            "tls.key: {} holds no key in PEM without a password; check it", settings.key));
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return absl::InvalidArgumentError(
            fmt::format("tls.key: {} does not belong to the certificate in {}; are certificate and "
                        "key a pair?",
                        settings.key, settings.certificate));
    }
    return absl::OkStatus();
}

absl::Status use_authority(const TlsSettings& settings, SSL_CTX* context) {
    const auto text = read_small_file(settings.client_authority, "tls.client_authority");
    if (!text.ok()) {
        return text.status();
    }
    const auto authorities = certificates_of(*text);
    if (authorities.empty()) {
        return absl::InvalidArgumentError(
            fmt::format("tls.client_authority: {} holds no certificate in PEM; check it",
                        settings.client_authority));
    }
    for (const Certificate& authority : authorities) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
            SSL_CTX_add_client_CA(context, authority.get()) != 1) {
            return absl::InternalError("tls.client_authority: its certificates cannot be kept");
        }
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return absl::OkStatus();
}

/// HTTP/2 is what we speak.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* offered, unsigned offered_length, void*) {
    static constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
    unsigned char* out = nullptr;
    if (SSL_select_next_proto(&out, chosen_length, kHttp2.data(), kHttp2.size(), offered,
                              offered_length) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = out;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsSession::TlsSession(ssl_ctx_st& context) : session_(SSL_new(&context)) {
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(session_, in, out);  // owns both
    SSL_set_accept_state(session_);
}

TlsSession::~TlsSession() {
    SSL_free(session_);
}

bool TlsSession::receive(std::span<const std::uint8_t> wire, base::Bytes& plain,
                         base::Bytes& answer) {
    ERR_clear_error();  // of another session: the queue is the thread's
    BIO_write(SSL_get_rbio(session_), wire.data(), static_cast<int>(wire.size()));
    std::array<std::uint8_t, 16'384> buffer;
    for (;;) {
        const int got = SSL_read(session_, buffer.data(), static_cast<int>(buffer.size()));
        if (got <= 0) {
            const int error = SSL_get_error(session_, got);
            drain(answer);
            return error == SSL_ERROR_WANT_READ;
        }
        plain.insert(plain.end(), buffer.begin(), buffer.begin() + got);
    }
}

bool TlsSession::send(std::span<const std::uint8_t> plain, base::Bytes& wire) {
    ERR_clear_error();
    const bool written =
        plain.empty() || SSL_write(session_, plain.data(), static_cast<int>(plain.size())) ==
                             static_cast<int>(plain.size());
    drain(wire);
    return written;
}

void TlsSession::drain(base::Bytes& wire) {
    BIO* const out = SSL_get_wbio(session_);
    const std::size_t waiting = BIO_ctrl_pending(out);
    const std::size_t before = wire.size();
    wire.resize(before + waiting);
    if (waiting > 0) {
        BIO_read(out, wire.data() + before, static_cast<int>(waiting));
    }
}

absl::StatusOr<std::unique_ptr<ServerTls>> ServerTls::create(const TlsSettings& settings) {
    if (!settings.enabled()) {
        return std::unique_ptr<ServerTls>();
    }
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) {
        return absl::InternalError("tls: the library gives no context");
    }
    std::unique_ptr<ServerTls> tls(new ServerTls(context));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // No session is resumed: one that is would be refused where clients show certificates, and a
    // feeder connects once.
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    if (auto status = use_certificate(settings, context); !status.ok()) {
        return status;
    }
    if (auto status = use_key(settings, context); !status.ok()) {
        return status;
    }
    if (!settings.client_authority.empty()) {
        if (auto status = use_authority(settings, context); !status.ok()) {
            return status;
        }
    }
    return tls;
}

ServerTls::~ServerTls() {
    SSL_CTX_free(context_);
}

std::unique_ptr<TlsSession> ServerTls::begin() const {
    return std::make_unique<TlsSession>(*context_);
}

}  // namespace parallax::service
