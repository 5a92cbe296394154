// What the door's encryption gives a client that comes back.
#include "verifier/service/door/server_tls.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace parallax::service {
namespace {

struct FreeContext {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct FreeTicket {
    void operator()(SSL_SESSION* ticket) const noexcept { SSL_SESSION_free(ticket); }
};
struct FreeClient {
    void operator()(SSL* client) const noexcept { SSL_free(client); }
};
using Ticket = std::unique_ptr<SSL_SESSION, FreeTicket>;

class ServerTlsTest : public testing::TestWithParam<int> {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-tls-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        ASSERT_EQ(std::system(("cd " + folder_.string() +
                               " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
                               " -nodes -days 2 -subj /CN=x -keyout key -out pem 2>/dev/null")
                                  .c_str()),
                  0);
        const std::string certificate = (folder_ / "pem").string();
        const std::string key = (folder_ / "key").string();
        auto server = ServerTls::create({certificate, key, certificate});
        ASSERT_TRUE(server.ok()) << server.status();
        server_ = *std::move(server);
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_max_proto_version(context_.get(), GetParam());
        ASSERT_EQ(SSL_CTX_use_certificate_file(context_.get(), certificate.c_str(), 1), 1);
        ASSERT_EQ(SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), 1), 1);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Whether a client that offers `ticket` gets in and an answer; then `ticket` is what it would
    /// offer next.
    bool visit(Ticket& ticket) {
        const std::unique_ptr<SSL, FreeClient> client(SSL_new(context_.get()));
        BIO* const in = BIO_new(BIO_s_mem());
        BIO* const out = BIO_new(BIO_s_mem());
        SSL_set_bio(client.get(), in, out);  // owns both
        SSL_set_connect_state(client.get());
        if (ticket) {
            SSL_set_session(client.get(), ticket.get());
        }
        const auto session = server_->begin();
        std::array<std::uint8_t, 16'384> buffer;
        bool said = false;
        for (int i = 0; i < 10; ++i) {
            said = said || SSL_write(client.get(), "hello", 5) == 5;
            const int sent = BIO_read(out, buffer.data(), buffer.size());
            base::Bytes plain;
            base::Bytes wire;
            if (sent > 0 &&
                !session->receive({buffer.data(), static_cast<std::size_t>(sent)}, plain, wire)) {
                return false;
            }
            if (!plain.empty() && !session->send(plain, wire)) {
                return false;
            }
            BIO_write(in, wire.data(), static_cast<int>(wire.size()));
            if (said && SSL_read(client.get(), buffer.data(), buffer.size()) == 5) {
                SSL_set_quiet_shutdown(client.get(), 1);
                SSL_shutdown(client.get());  // else the session could not be offered again
                ticket.reset(SSL_get1_session(client.get()));
                return true;
            }
        }
        return false;
    }

    std::filesystem::path folder_;
    std::unique_ptr<ServerTls> server_;
    std::unique_ptr<SSL_CTX, FreeContext> context_;
};

TEST_P(ServerTlsTest, lets_in_who_comes_back_with_its_certificate) {
    Ticket ticket;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(visit(ticket)) << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, ServerTlsTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

}  // namespace
}  // namespace parallax::service
