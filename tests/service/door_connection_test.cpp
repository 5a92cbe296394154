// One connection between a client and a server that does not listen.
#include "verifier/service/door/door_connection.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace parallax::service {
namespace {

using std::chrono::seconds;

/// Two sockets, each the other's peer.
std::array<Descriptor, 2> make_pair() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()), 0);
    return {Descriptor(pair[0]), Descriptor(pair[1])};
}

/// The preface, settings, and more pings than may come at once.
std::string too_quick_words() {
    std::string words = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\4\0\0\0\0\0", 9);
    for (int i = 0; i < 5; ++i) {
        words += std::string("\0\0\x08\6\0\0\0\0\0", 9) + "12345678";
    }
    return words;
}

class DoorConnectionTest : public testing::Test {
  protected:
    DoorConnectionTest() {
        limits_.frames_per_second = 2;
        // The server has been sent all that it takes.
        const std::string filling(4096, 'x');
        while (::send(server_[0].get(), filling.data(), filling.size(), MSG_NOSIGNAL) > 0) {
        }
        const std::string words = too_quick_words();
        EXPECT_EQ(::send(client_[1].get(), words.data(), words.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(words.size()));
    }
    void serve(DoorConnection& connection, seconds now, short server_events) {
        connection.serve({0, POLLIN, POLLIN}, {0, POLLOUT, server_events}, now);
        if (connection.wants_server()) {
            connection.give_server(std::move(server_[0]), now);
        }
        connection.end_if_overdue(now);
    }

    Http2Limits limits_;
    Http2Rates strangers_{{100, 100}, {100, 100}};
    std::array<Descriptor, 2> client_ = make_pair();
    std::array<Descriptor, 2> server_ = make_pair();
};

TEST_F(DoorConnectionTest, does_not_go_on_by_itself_while_the_server_does_not_listen) {
    DoorConnection connection(std::move(client_[0]), nullptr, limits_, seconds(1));
    connection.share(&strangers_);
    serve(connection, seconds(1), 0);
    EXPECT_FALSE(connection.resumes_at());
    std::array<char, 4096> buffer;
    while (::read(server_[1].get(), buffer.data(), buffer.size()) > 0) {
    }
    serve(connection, seconds(1), POLLOUT);
    EXPECT_TRUE(connection.resumes_at());
}

TEST_F(DoorConnectionTest, of_a_stranger_ends_when_the_server_does_not_listen_for_long) {
    DoorConnection connection(std::move(client_[0]), nullptr, limits_, seconds(1));
    connection.share(&strangers_);
    for (const seconds now : {seconds(1), seconds(2), seconds(11)}) {
        serve(connection, now, 0);
        EXPECT_FALSE(connection.is_over()) << now.count();
    }
    serve(connection, seconds(12), 0);
    EXPECT_EQ(connection.why(), ConnectionEnd::kWaited);
}

TEST_F(DoorConnectionTest, that_is_welcome_is_kept_when_the_server_does_not_listen) {
    DoorConnection connection(std::move(client_[0]), nullptr, limits_, seconds(1));
    connection.share(nullptr);
    for (const seconds now : {seconds(1), seconds(2), seconds(100)}) {
        serve(connection, now, 0);
    }
    EXPECT_FALSE(connection.is_over());
}

}  // namespace
}  // namespace parallax::service
