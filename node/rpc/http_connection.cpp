#include "node/rpc/http_connection.hpp"

#include "node/rpc/asio_waiting.hpp"
#include "node/rpc/tls_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <optional>
#include <utility>
#include <variant>

namespace parallax::node {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kHeaderBytes = 64UL * 1024;

using PlainSocket = beast::tcp_stream;
using TlsSocket = beast::ssl_stream<beast::tcp_stream>;

/// What is said of a node whose answer is HTTP, but not the one that was asked for.
absl::Status refused_by_http(const NodeAddress& address, unsigned status) {
    const std::string where = address.text();
    switch (status) {
        case 401:
        case 403:
            return absl::FailedPreconditionError(
                fmt::format("{} answers HTTP {}: it wants other credentials; give them as "
                            "http://user:secret@host:port",
                            where, status));
        case 404:
            return absl::FailedPreconditionError(
                fmt::format("{} answers HTTP 404: no node answers under {}", where, address.path));
        default:
            break;
    }
    const auto message = fmt::format("{} answers HTTP {}", where, status);
    return status >= 300 && status < 500 && status != 408 && status != 429
               ? absl::FailedPreconditionError(message)
               : absl::UnavailableError(message);
}

/// A node that sends the head of an answer and its body apart waits with the second until the first
/// is acknowledged, which the system puts off by 40 ms unless it is told not to. It forgets that.
void acknowledge_at_once(tcp::socket& socket) {
    const int on = 1;
    (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/// Requests are small and wait for nothing.
void send_at_once(tcp::socket& socket) {
    ErrorCode ignored;
    (void)socket.set_option(tcp::no_delay(true), ignored);
}

}  // namespace

class HttpConnection::Stream {
  public:
    Stream(NodeAddress address, ConnectionLimits limits, std::string authority_file,
           const std::atomic<bool>& stop)
        : address_(std::move(address)),
          limits_(limits),
          authority_file_(std::move(authority_file)),
          stop_(stop) {}

    absl::StatusOr<std::string> post(const std::string& body) {
        const bool kept = socket_.index() != 0;
        auto answer = post_once(body);
        if (kept && absl::IsUnavailable(answer.status()) && !stop_) {
            forget();
            answer = post_once(body);
        }
        if (!answer.ok()) {
            forget();
        }
        return answer;
    }

    const NodeAddress& address() const noexcept { return address_; }

  private:
    /// Waits for one operation that `start` begins with a handler.
    template <class Start>
    absl::Status run(std::string_view what, std::chrono::milliseconds patience, Start&& start) {
        bool done = false;
        ErrorCode error;
        start([&](ErrorCode result, auto&&...) {
            error = result;
            done = true;
        });
        auto waited = wait_until_done(context_, done, patience, stop_);
        if (!waited.ok()) {
            abort();
            while (!done) {
                context_.restart();
                context_.run_one();
            }
            return absl::IsCancelled(waited) ? waited
                                             : absl::DeadlineExceededError(fmt::format(
                                                   "{} took longer than {} ms to {}",
                                                   address_.text(), patience.count(), what));
        }
        return error ? failed(what, error) : absl::OkStatus();
    }

    absl::Status failed(std::string_view what, const ErrorCode& error) const {
        const std::string message =
            fmt::format("{}: cannot {}: {}", address_.text(), what, error.message());
        if (error == http::error::body_limit || error == http::error::header_limit) {
            return too_large();
        }
        // The handshake failed for what the certificate says, and not for a connection that ended.
        if (error.category() == asio::error::get_ssl_category()) {
            return absl::FailedPreconditionError(message);
        }
        return absl::UnavailableError(message);
    }

    absl::Status too_large() const {
        return absl::ResourceExhaustedError(fmt::format("{} answers with more than {} bytes",
                                                        address_.text(), limits_.answer_bytes));
    }

    absl::Status connect() {
        tcp::resolver resolver(context_);
        tcp::resolver::results_type found;
        bool done = false;
        ErrorCode error;
        resolver.async_resolve(address_.host, std::to_string(address_.port),
                               [&](ErrorCode result, tcp::resolver::results_type results) {
                                   error = result;
                                   found = std::move(results);
                                   done = true;
                               });
        if (auto waited = wait_until_done(context_, done, limits_.connect, stop_); !waited.ok()) {
            resolver.cancel();
            while (!done) {
                context_.restart();
                context_.run_one();
            }
            return absl::IsCancelled(waited) ? waited
                                             : failed("find the host", asio::error::timed_out);
        }
        if (error) {
            return failed("find the host", error);
        }
        return address_.tls ? connect_tls(found) : connect_plain(found);
    }

    absl::Status connect_plain(const tcp::resolver::results_type& found) {
        auto socket = std::make_unique<PlainSocket>(context_);
        PlainSocket& stream = *socket;
        socket_ = std::move(socket);
        return run("connect", limits_.connect,
                   [&](auto handler) { stream.async_connect(found, handler); });
    }

    absl::Status connect_tls(const tcp::resolver::results_type& found) {
        auto tls = make_tls_context(authority_file_);
        if (!tls.ok()) {
            return tls.status();
        }
        tls_ = *std::move(tls);
        auto socket = std::make_unique<TlsSocket>(context_, *tls_);
        TlsSocket& stream = *socket;
        expect_host(stream, address_.host);
        socket_ = std::move(socket);
        if (auto status = run("connect", limits_.connect,
                              [&](auto handler) {
                                  beast::get_lowest_layer(stream).async_connect(found, handler);
                              });
            !status.ok()) {
            return status;
        }
        return run("agree on TLS", limits_.connect, [&](auto handler) {
            stream.async_handshake(asio::ssl::stream_base::client, handler);
        });
    }

    absl::StatusOr<std::string> post_once(const std::string& body) {
        if (socket_.index() == 0) {
            if (auto status = connect(); !status.ok()) {
                return status;
            }
        }
        if (auto* plain = std::get_if<std::unique_ptr<PlainSocket>>(&socket_)) {
            return exchange(**plain, body);
        }
        return exchange(*std::get<std::unique_ptr<TlsSocket>>(socket_), body);
    }

    template <class Socket>
    absl::StatusOr<std::string> exchange(Socket& socket, const std::string& body) {
        http::request<http::string_body> request(http::verb::post, address_.path, 11);
        request.set(http::field::host, address_.authority());
        request.set(http::field::user_agent, "parallax");
        request.set(http::field::content_type, "application/json");
        if (const std::string value = address_.authorization(); !value.empty()) {
            request.set(http::field::authorization, value);
        }
        request.body() = body;
        request.prepare_payload();
        send_at_once(beast::get_lowest_layer(socket).socket());
        const auto begun = std::chrono::steady_clock::now();
        if (auto status = run("send a request", limits_.answer,
                              [&](auto handler) { http::async_write(socket, request, handler); });
            !status.ok()) {
            return status;
        }
        acknowledge_at_once(beast::get_lowest_layer(socket).socket());
        return read_answer(socket, begun + limits_.answer);
    }

    template <class Socket>
    absl::StatusOr<std::string> read_answer(Socket& socket,
                                            std::chrono::steady_clock::time_point until) {
        // Not a string: that one takes all memory that a length announces, before any limit is
        // looked at. This body is held to its limit only as it arrives, so the length is looked at
        // here: no time is spent on what is refused in the end.
        http::response_parser<http::basic_dynamic_body<beast::flat_buffer>> parser;
        parser.body_limit(limits_.answer_bytes);
        parser.header_limit(kHeaderBytes);
        if (auto status = run(
                "read the answer", time_left(until),
                [&](auto handler) { http::async_read_header(socket, buffer_, parser, handler); });
            !status.ok()) {
            return status;
        }
        if (const auto length = parser.content_length();
            length.has_value() && *length > limits_.answer_bytes) {
            return too_large();
        }
        if (auto status =
                run("read the answer", time_left(until),
                    [&](auto handler) { http::async_read(socket, buffer_, parser, handler); });
            !status.ok()) {
            return status;
        }
        const bool keep = parser.get().keep_alive();
        const unsigned status = parser.get().result_int();
        std::string answer = beast::buffers_to_string(parser.get().body().data());
        if (!keep) {
            forget();
        }
        if (status != 200) {
            return refused_by_http(address_, status);
        }
        return answer;
    }

    static std::chrono::milliseconds time_left(std::chrono::steady_clock::time_point until) {
        return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(
                            until - std::chrono::steady_clock::now()),
                        std::chrono::milliseconds(1));
    }

    /// Ends what is at work on the connection, which stays until its handlers have run.
    void abort() {
        ErrorCode ignored;
        if (auto* plain = std::get_if<std::unique_ptr<PlainSocket>>(&socket_)) {
            (*plain)->socket().close(ignored);
        } else if (auto* tls = std::get_if<std::unique_ptr<TlsSocket>>(&socket_)) {
            beast::get_lowest_layer(**tls).socket().close(ignored);
        }
    }
    /// The next request makes a new one. Nothing is at work.
    void forget() {
        socket_ = std::monostate{};
        buffer_.clear();
    }

    using Socket =
        std::variant<std::monostate, std::unique_ptr<PlainSocket>, std::unique_ptr<TlsSocket>>;

    const NodeAddress address_;
    const ConnectionLimits limits_;
    const std::string authority_file_;
    const std::atomic<bool>& stop_;
    asio::io_context context_;
    std::unique_ptr<asio::ssl::context> tls_;
    Socket socket_;
    beast::flat_buffer buffer_;
};

HttpConnection::HttpConnection(NodeAddress address, ConnectionLimits limits,
                               std::string authority_file, const std::atomic<bool>& stop)
    : stream_(
          std::make_unique<Stream>(std::move(address), limits, std::move(authority_file), stop)) {}

HttpConnection::~HttpConnection() = default;

absl::StatusOr<std::string> HttpConnection::post(const std::string& body) {
    try {
        return stream_->post(body);
    } catch (const std::exception& error) {
        return absl::InternalError(fmt::format("{}: {}", address().text(), error.what()));
    }
}

const NodeAddress& HttpConnection::address() const noexcept {
    return stream_->address();
}

}  // namespace parallax::node
