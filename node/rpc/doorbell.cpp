#include "node/rpc/doorbell.hpp"

#include "node/rpc/tls_context.hpp"
#include "verifier/base/mutex.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <pthread.h>
#include <string_view>
#include <thread>
#include <utility>

namespace parallax::node {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// What tells of a new block, a changed order, or a changed depth of what is settled.
constexpr std::array kEvents = {"new_block", "block_ordered", "block_orphaned",
                                "stable_topo_height_changed"};
constexpr std::chrono::seconds kConnectTime{10};
/// A node pings every five seconds.
constexpr std::chrono::seconds kSilence{60};
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{10'000};
/// An event is a block without its transactions.
constexpr std::size_t kMessageBytes = std::size_t{4} << 20;

}  // namespace

/// One connection after another, each in callbacks on one thread.
class Doorbell::Listener {
  public:
    Listener(NodeAddress address, std::string authority_file)
        : address_(std::move(address)),
          authority_file_(std::move(authority_file)),
          resolver_(context_),
          pause_timer_(context_),
          work_(asio::make_work_guard(context_)),
          thread_([this] { run(); }) {
        pthread_setname_np(thread_.native_handle(), "px-doorbell");
    }
    ~Listener() {
        asio::post(context_, [this] {
            stopped_ = true;
            context_.stop();
        });
        thread_.join();
    }

    bool wait(std::chrono::milliseconds patience) {
        const auto until = std::chrono::steady_clock::now() + patience;
        base::MutexLock lock(mutex_);
        while (!rang_ && std::chrono::steady_clock::now() < until) {
            changed_.wait_until(mutex_, until);
        }
        return std::exchange(rang_, false);
    }
    bool listening() const noexcept { return listening_; }

  private:
    using Plain = websocket::stream<beast::tcp_stream>;
    using Tls = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

    void run() {
        begin();
        for (;;) {
            try {
                context_.run();
                return;
            } catch (const std::exception&) {
                // A bell that is broken rings no more; the chain is read without it.
                if (stopped_) {
                    return;
                }
                again();
            }
        }
    }

    void ring() {
        base::MutexLock lock(mutex_);
        rang_ = true;
        changed_.notify_all();
    }

    void begin() {
        resolver_.async_resolve(address_.host, std::to_string(address_.port),
                                [this](ErrorCode error, const tcp::resolver::results_type& found) {
                                    if (error) {
                                        again();
                                    } else if (address_.tls) {
                                        begin_tls(found);
                                    } else {
                                        plain_ = std::make_unique<Plain>(context_);
                                        connect(*plain_, found, [this] { shake(*plain_); });
                                    }
                                });
    }

    void begin_tls(const tcp::resolver::results_type& found) {
        auto context = make_tls_context(authority_file_);
        if (!context.ok()) {
            return again();
        }
        tls_context_ = *std::move(context);
        secure_ = std::make_unique<Tls>(context_, *tls_context_);
        auto& tls = secure_->next_layer();
        expect_host(tls, address_.host);
        connect(*secure_, found, [this, &tls] {
            tls.async_handshake(asio::ssl::stream_base::client,
                                [this](ErrorCode error) { error ? again() : shake(*secure_); });
        });
    }

    template <class Stream, class Then>
    void connect(Stream& stream, const tcp::resolver::results_type& found, Then then) {
        auto& lowest = beast::get_lowest_layer(stream);
        lowest.expires_after(kConnectTime);
        lowest.async_connect(found, [this, then](ErrorCode error, const tcp::endpoint&) {
            error ? again() : then();
        });
    }

    template <class Stream>
    void shake(Stream& stream) {
        beast::get_lowest_layer(stream).expires_never();
        websocket::stream_base::timeout limits{kConnectTime, kSilence, false};
        stream.set_option(limits);
        stream.set_option(websocket::stream_base::decorator([this](auto& request) {
            if (const std::string value = address_.authorization(); !value.empty()) {
                request.set(beast::http::field::authorization, value);
            }
        }));
        stream.read_message_max(kMessageBytes);
        stream.async_handshake(
            address_.authority(), address_.path,
            [this, &stream](ErrorCode error) { error ? again() : subscribe(stream, 0); });
    }

    template <class Stream>
    void subscribe(Stream& stream, std::size_t event) {
        if (event == kEvents.size()) {
            pause_ = kFirstPause;
            listening_ = true;
            ring();  // what happened before nobody has told
            return read(stream);
        }
        request_ = R"({"jsonrpc":"2.0","id":)" + std::to_string(event + 1) +
                   R"(,"method":"subscribe","params":{"notify":")" + kEvents[event] + R"("}})";
        stream.async_write(asio::buffer(request_),
                           [this, &stream, event](ErrorCode error, std::size_t) {
                               error ? again() : subscribe(stream, event + 1);
                           });
    }

    template <class Stream>
    void read(Stream& stream) {
        buffer_.clear();
        stream.async_read(buffer_, [this, &stream](ErrorCode error, std::size_t) {
            if (error) {
                return again();
            }
            ring();
            read(stream);
        });
    }

    /// The connection is gone, or never was: another one after a pause that grows.
    void again() {
        listening_ = false;
        plain_.reset();
        secure_.reset();
        pause_timer_.expires_after(pause_);
        pause_ = std::min(2 * pause_, kLongestPause);
        pause_timer_.async_wait([this](ErrorCode error) {
            if (!error) {
                begin();
            }
        });
    }

    const NodeAddress address_;
    const std::string authority_file_;
    asio::io_context context_;
    tcp::resolver resolver_;
    asio::steady_timer pause_timer_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::unique_ptr<asio::ssl::context> tls_context_;
    std::unique_ptr<Plain> plain_;
    std::unique_ptr<Tls> secure_;
    beast::flat_buffer buffer_;
    std::string request_;
    std::chrono::milliseconds pause_ = kFirstPause;
    std::atomic<bool> listening_{false};
    bool stopped_ = false;

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    bool rang_ VERIFIER_GUARDED_BY(mutex_) = false;
    /// Last: it uses all the others.
    std::thread thread_;
};

Doorbell::Doorbell(NodeAddress address, std::string authority_file)
    : listener_(std::make_unique<Listener>(std::move(address), std::move(authority_file))) {}

Doorbell::~Doorbell() = default;

bool Doorbell::wait(std::chrono::milliseconds patience) {
    return listener_->wait(patience);
}

bool Doorbell::listening() const {
    return listener_->listening();
}

}  // namespace parallax::node
