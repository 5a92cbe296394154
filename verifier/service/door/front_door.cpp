#include "verifier/service/door/front_door.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utility>

namespace parallax::service {
namespace {

/// New connections that are taken before those that are in get their turn.
constexpr int kMaxAccepted = 16;
/// How often overdue connections are looked for.
constexpr std::chrono::milliseconds kSweepPeriod{500};
/// How long nobody is let in when there is no descriptor left.
constexpr std::chrono::milliseconds kRest{100};

}  // namespace

absl::StatusOr<std::unique_ptr<FrontDoor>> FrontDoor::open(const Options& options, EventLog& log,
                                                           Telemetry& telemetry,
                                                           const base::Clock& clock) {
    auto tls = ServerTls::create(options.tls);
    if (!tls.ok()) {
        return tls.status();
    }
    auto listener = listen_at(options.listen);
    if (!listener.ok()) {
        return absl::Status(listener.status().code(),
                            fmt::format("listen: {}; is another program there?",
                                        std::string(listener.status().message())));
    }
    std::unique_ptr<FrontDoor> door(
        new FrontDoor(options, *std::move(listener), *std::move(tls), log, telemetry, clock));
    if (!door->wake_.is_open()) {
        return absl::UnavailableError("listen: there is no descriptor left; allow more open files");
    }
    return door;
}

FrontDoor::FrontDoor(const Options& options, Listener listener, std::unique_ptr<ServerTls> tls,
                     EventLog& log, Telemetry& telemetry, const base::Clock& clock)
    : options_(options),
      listener_(std::move(listener)),
      tls_(std::move(tls)),
      log_(log),
      telemetry_(telemetry),
      clock_(clock),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      strangers_{{options.calls_per_second, options.calls_per_second},
                 {options.frames_per_second, options.frames_per_second}} {}

FrontDoor::~FrontDoor() {
    stop();
}

void FrontDoor::start(HandOver hand_over) {
    hand_over_ = std::move(hand_over);
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "px-door");
}

void FrontDoor::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        ::eventfd_write(wake_.get(), 1);
        thread_.join();
    }
}

void FrontDoor::run() {
    while (!stopping_) {
        serve_all();
        const auto over =
            std::stable_partition(connections_.begin(), connections_.end(),
                                  [](const auto& connection) { return !connection->is_over(); });
        std::for_each(over, connections_.end(),
                      [this](const auto& connection) { note_end(*connection); });
        connections_.erase(over, connections_.end());
        telemetry_.set_connections(connections_.size());
    }
    connections_.clear();
}

void FrontDoor::serve_all() {
    auto now = clock_.now();
    const std::size_t doors = listener_.sockets.size();
    std::vector<pollfd> places(1 + doors + 2 * connections_.size());
    places[0] = {wake_.get(), POLLIN, 0};
    const bool lets_in = !closed_ && now >= rests_until_;
    for (std::size_t i = 0; i < doors; ++i) {
        places[1 + i] = {lets_in ? listener_.sockets[i].get() : -1, POLLIN, 0};
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        pollfd* const pair = &places[1 + doors + 2 * i];
        connections_[i]->wait_for(now, pair[0], pair[1]);
    }
    // Interrupted, or nothing to do: both are rounds in which nothing is ready.
    (void)::poll(places.data(), places.size(), patience_ms(now));
    now = clock_.now();
    ++first_;
    for (std::size_t turn = 0; turn < connections_.size(); ++turn) {
        const std::size_t i = (first_ + turn) % connections_.size();
        DoorConnection& connection = *connections_[i];
        connection.share(is_welcome(connection) ? nullptr : &strangers_);
        connection.serve(places[1 + doors + 2 * i], places[1 + doors + 2 * i + 1], now);
        if (connection.wants_server()) {
            lead_in(connection);
        }
        connection.end_if_overdue(now);
        for (auto refused = connection.take_refused_messages(); refused > 0; --refused) {
            telemetry_.count_refused_call(Telemetry::CallRefusal::kMessageTooLarge);
        }
    }
    for (std::size_t i = 0; i < doors; ++i) {
        if ((places[1 + i].revents & POLLIN) != 0) {
            accept_all(listener_.sockets[i]);
        }
    }
}

int FrontDoor::patience_ms(std::chrono::nanoseconds now) const {
    std::chrono::nanoseconds patience = kSweepPeriod;
    for (const auto& connection : connections_) {
        if (const auto resumes_at = connection->resumes_at()) {
            patience = std::min(patience, *resumes_at - now);
        }
    }
    // Rounded up, or the last millisecond would be spent in turns that do nothing.
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(whole, 0));
}

void FrontDoor::accept_all(const Descriptor& socket) {
    for (int i = 0; i < kMaxAccepted; ++i) {
        Descriptor client = accept_from(socket);
        const auto now = clock_.now();
        if (!client.is_open()) {
            if (errno == EMFILE || errno == ENFILE) {
                (void)make_room();  // its descriptors are the ones that are missing
                rests_until_ = now + kRest;
            }
            return;
        }
        auto& connection = *connections_.emplace_back(std::make_unique<DoorConnection>(
            std::move(client), tls_ ? tls_->begin() : nullptr, options_.limits, now));
        const auto open = std::count_if(connections_.begin(), connections_.end(),
                                        [](const auto& other) { return !other->is_over(); });
        if (static_cast<std::size_t>(open) > options_.connections && !make_room()) {
            connection.end(ConnectionEnd::kNoRoom);
        }
    }
}

bool FrontDoor::make_room() {
    DoorConnection* least = nullptr;
    // The newest is the last: it is not given up for itself.
    for (std::size_t i = 0; i + 1 < connections_.size(); ++i) {
        DoorConnection& other = *connections_[i];
        if (other.is_over() || is_welcome(other)) {
            continue;
        }
        if (least == nullptr || std::pair(other.worth(), other.last_heard()) <
                                    std::pair(least->worth(), least->last_heard())) {
            least = &other;
        }
    }
    if (least != nullptr) {
        least->end(ConnectionEnd::kCrowdedOut);
    }
    return least != nullptr;
}

void FrontDoor::lead_in(DoorConnection& connection) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        connection.end(ConnectionEnd::kNoRoom);
        rests_until_ = clock_.now() + kRest;
        return;
    }
    // As gRPC names connections that it is given.
    connection.key = fmt::format("fd:{}", pair[1]);
    {
        base::MutexLock lock(mutex_);
        connection.number = ++guests_;
        guests_by_peer_[connection.key] = {connection.number, connection.name(), 0};
    }
    hand_over_(pair[1]);
    connection.give_server(Descriptor(pair[0]), clock_.now());
}

void FrontDoor::note_end(DoorConnection& connection) {
    if (!connection.key.empty()) {
        base::MutexLock lock(mutex_);
        const auto found = guests_by_peer_.find(connection.key);
        // The server may have closed its socket already, and the number be another guest's.
        if (found != guests_by_peer_.end() && found->second.number == connection.number) {
            guests_by_peer_.erase(found);
        }
    }
    if (!connection.why()) {
        return;
    }
    telemetry_.count_ended_connection(*connection.why());
    if (const auto left_out = sieve_.admit(clock_.now())) {
        log_.warning("connection_ended",
                     {{"peer", connection.name()},
                      {"why", std::string(connection_end_name(*connection.why()))},
                      {"left_out", std::to_string(*left_out)}});
    }
}

bool FrontDoor::is_welcome(const DoorConnection& connection) const {
    base::MutexLock lock(mutex_);
    const auto found = guests_by_peer_.find(connection.key);
    return found != guests_by_peer_.end() && found->second.number == connection.number &&
           found->second.welcomes > 0;
}

std::string FrontDoor::name_of(const std::string& peer) const {
    base::MutexLock lock(mutex_);
    const auto found = guests_by_peer_.find(peer);
    return found == guests_by_peer_.end() ? peer : found->second.name;
}

FrontDoor::Welcome::Welcome(FrontDoor& door, std::string peer)
    : door_(door), peer_(std::move(peer)) {
    base::MutexLock lock(door_.mutex_);
    const auto found = door_.guests_by_peer_.find(peer_);
    if (found != door_.guests_by_peer_.end()) {
        guest_ = found->second.number;
        ++found->second.welcomes;
    }
}

FrontDoor::Welcome::~Welcome() {
    base::MutexLock lock(door_.mutex_);
    const auto found = door_.guests_by_peer_.find(peer_);
    if (found != door_.guests_by_peer_.end() && found->second.number == guest_) {
        --found->second.welcomes;
    }
}

}  // namespace parallax::service
