#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/service/door/door_connection.hpp"
#include "verifier/service/door/listener.hpp"
#include "verifier/service/server/log_sieve.hpp"
#include "verifier/service/telemetry/event_log.hpp"
#include "verifier/service/telemetry/telemetry.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace parallax::service {

/// Where clients come in: listens, decrypts, looks at what they send (`Http2Watch`), and hands each
/// one that speaks HTTP/2 to the gRPC server as a socket of its own. Debian's gRPC bounds neither
/// the memory nor the threads that a stranger costs; nothing reaches it here that is not bounded.
///
/// When there are too many connections the one that would be missed least goes: who never spoke
/// HTTP/2, then who has no call, then who has been silent for longest; never one that has been
/// welcomed, as a feeder is. One thread moves all bytes; calls come from any thread.
class FrontDoor {
  public:
    struct Options {
        /// `host:port`, or `unix:path`.
        std::string listen;
        TlsSettings tls;
        /// Connections that are open at once.
        std::size_t connections = 64;
        Http2Limits limits;
        /// As in `limits`, of all connections together but those that are welcome.
        std::uint32_t calls_per_second = 2'000;
        std::uint32_t frames_per_second = 4'000;
    };
    /// Gives a connected socket to the server, which owns it from then on.
    using HandOver = std::function<void(int)>;

    /// Listens; nobody is let in yet. What is handed in outlives the door.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<FrontDoor>> open(const Options& options,
                                                                         EventLog& log,
                                                                         Telemetry& telemetry,
                                                                         const base::Clock& clock);
    ~FrontDoor();
    FrontDoor(const FrontDoor&) = delete;
    FrontDoor& operator=(const FrontDoor&) = delete;

    /// With the port that it really has.
    [[nodiscard]] const std::string& address() const noexcept { return listener_.address; }

    void start(HandOver hand_over);
    /// Lets nobody in any more. Those that are in go on.
    void close() noexcept { closed_ = true; }
    /// Ends every connection. Nothing runs any more when this returns.
    void stop();

    /// The address of a client, which the server knows by `peer` only.
    [[nodiscard]] std::string name_of(const std::string& peer) const;

    /// While it lives, the connection of one call is not given up for another.
    class Welcome {
      public:
        Welcome(FrontDoor& door, std::string peer);
        ~Welcome();
        Welcome(const Welcome&) = delete;
        Welcome& operator=(const Welcome&) = delete;

      private:
        FrontDoor& door_;
        const std::string peer_;
        /// The guest's number; 0 if it had gone already.
        std::uint64_t guest_ = 0;
    };

  private:
    struct Guest {
        std::uint64_t number = 0;
        std::string name;
        int welcomes = 0;
    };

    FrontDoor(const Options& options, Listener listener, std::unique_ptr<ServerTls> tls,
              EventLog& log, Telemetry& telemetry, const base::Clock& clock);

    void run();
    /// Sleeps until there is something to do, and lets every connection do it.
    void serve_all();
    [[nodiscard]] int patience_ms(std::chrono::nanoseconds now) const;
    void accept_all(const Descriptor& socket);
    /// Ends the connection that is worth least; false if there is none to end.
    [[nodiscard]] bool make_room();
    void lead_in(DoorConnection& connection);
    void note_end(DoorConnection& connection);
    [[nodiscard]] bool is_welcome(const DoorConnection& connection) const;

    const Options options_;
    const Listener listener_;
    const std::unique_ptr<ServerTls> tls_;
    EventLog& log_;
    Telemetry& telemetry_;
    const base::Clock& clock_;

    // Thread-safe by themselves.
    std::atomic<bool> closed_{false};
    std::atomic<bool> stopping_{false};
    LogSieve sieve_;
    /// Written to wake the thread.
    Descriptor wake_;

    // Of the thread.
    HandOver hand_over_;
    Http2Rates strangers_;
    std::vector<std::unique_ptr<DoorConnection>> connections_;
    /// The one whose turn is first: when all wait for the same, each gets it some time.
    std::size_t first_ = 0;
    std::uint64_t guests_ = 0;
    /// No descriptor was left: nobody is let in until then.
    std::chrono::nanoseconds rests_until_{0};

    mutable base::Mutex mutex_;
    std::map<std::string, Guest> guests_by_peer_ VERIFIER_GUARDED_BY(mutex_);

    std::thread thread_;
};

}  // namespace parallax::service
