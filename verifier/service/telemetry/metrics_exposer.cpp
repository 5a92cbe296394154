#include "verifier/service/telemetry/metrics_exposer.hpp"

#include "verifier/service/door/listener.hpp"
#include "verifier/service/server/rate_limit.hpp"

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <list>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace parallax::service {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// What a client gets to say what it wants, and as long again to take the answer.
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kSweepPeriod{500};
constexpr std::size_t kMaxRequest = 8192;
/// Beyond it a scraper gets the figures of the one before.
constexpr std::uint32_t kFreshFiguresPerSecond = 20;

std::string response(std::string_view status, std::string_view body) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        status, body.size(), body);
}

/// One client: asks, gets its answer, and goes.
struct Client {
    Descriptor socket;
    Time deadline;
    std::string request;
    std::string answer;
    bool over = false;

    /// True when the request is whole, or can be none.
    [[nodiscard]] bool read() {
        std::array<char, 4096> buffer;
        const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            over = got == 0 || (errno != EAGAIN && errno != EINTR);
            return false;
        }
        request.append(buffer.data(), static_cast<std::size_t>(got));
        return request.find("\r\n\r\n") != std::string::npos || request.size() > kMaxRequest;
    }
    void write() {
        const ssize_t sent = ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            over = errno != EAGAIN && errno != EINTR;
            return;
        }
        answer.erase(0, static_cast<std::size_t>(sent));
        over = answer.empty();
    }
};

}  // namespace

class MetricsExposer::Server {
  public:
    Server(Listener listener, std::shared_ptr<prometheus::Collectable> figures)
        : listener_(std::move(listener)),
          figures_(std::move(figures)),
          wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          thread_([this] { run(); }) {
        pthread_setname_np(thread_.native_handle(), "px-scrape");
    }
    ~Server() {
        stopping_ = true;
        ::eventfd_write(wake_.get(), 1);
        thread_.join();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port; }

  private:
    void run() {
        while (!stopping_) {
            std::vector<pollfd> places = {{wake_.get(), POLLIN, 0}};
            for (const Client& client : clients_) {
                const short events = client.answer.empty() ? POLLIN : POLLOUT;
                places.push_back({client.socket.get(), events, 0});
            }
            for (const Descriptor& socket : listener_.sockets) {
                places.push_back({socket.get(), POLLIN, 0});
            }
            const auto period = static_cast<int>(kSweepPeriod.count());
            (void)::poll(places.data(), places.size(), period);  // interrupted: nothing is ready
            auto place = places.begin() + 1;
            for (Client& client : clients_) {
                serve(client, (place++)->revents != 0);
            }
            clients_.remove_if([](const Client& client) { return client.over; });
            for (const Descriptor& socket : listener_.sockets) {
                if ((place++)->revents != 0) {
                    let_in(socket);
                }
            }
        }
    }
    void serve(Client& client, bool ready) {
        const auto now = std::chrono::steady_clock::now();
        client.over = now > client.deadline;
        if (client.over || !ready) {
            return;
        }
        if (client.answer.empty() && client.read()) {
            client.answer = answer_to(client.request);
            client.deadline = now + kPatience;
        }
        if (!client.answer.empty()) {
            client.write();
        }
    }
    void let_in(const Descriptor& listening) {
        Descriptor socket = accept_from(listening);
        const bool no_descriptor = !socket.is_open() && (errno == EMFILE || errno == ENFILE);
        if (!clients_.empty() && (no_descriptor || clients_.size() == kMaxConnections)) {
            clients_.pop_front();
        } else if (no_descriptor) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));  // it stays ready
        }
        if (socket.is_open()) {
            clients_.push_back(
                {std::move(socket), std::chrono::steady_clock::now() + kPatience, {}, {}, false});
        }
    }
    std::string answer_to(const std::string& request) {
        if (request.find("\r\n\r\n") == std::string::npos) {
            return response("431 Request Header Fields Too Large", "");
        }
        const std::string_view line = std::string_view(request).substr(0, request.find("\r\n"));
        if (!line.starts_with("GET ")) {
            return response("405 Method Not Allowed", "only GET\n");
        }
        const std::string_view target = line.substr(4, line.find(' ', 4) - 4);
        if (target.substr(0, target.find('?')) != "/metrics") {
            return response("404 Not Found", "the figures are at /metrics\n");
        }
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        if (!fresh_.take(now) || text_.empty()) {
            text_ = prometheus::TextSerializer().Serialize(figures_->Collect());
        }
        return response("200 OK", text_);
    }

    const Listener listener_;
    const std::shared_ptr<prometheus::Collectable> figures_;
    const Descriptor wake_;
    std::atomic<bool> stopping_{false};

    // Of the thread. The oldest client is the first.
    std::list<Client> clients_;
    RateLimit fresh_{kFreshFiguresPerSecond, kFreshFiguresPerSecond};
    std::string text_;

    std::thread thread_;
};

absl::StatusOr<std::unique_ptr<MetricsExposer>> MetricsExposer::start(const ServiceMetrics& metrics,
                                                                      const Options& options) {
    auto listener = listen_at(fmt::format("{}:{}", options.host, options.port));
    if (!listener.ok()) {
        return absl::Status(listener.status().code(),
                            fmt::format("metrics: {}; is the port taken, or the address not of "
                                        "this machine?",
                                        std::string(listener.status().message())));
    }
    return std::unique_ptr<MetricsExposer>(
        new MetricsExposer(std::make_unique<Server>(*std::move(listener), metrics.collectable())));
}

MetricsExposer::MetricsExposer(std::unique_ptr<Server> server) : server_(std::move(server)) {}
MetricsExposer::~MetricsExposer() = default;

std::uint16_t MetricsExposer::port() const noexcept {
    return server_->port();
}

}  // namespace parallax::service
