// Strangers at the door of the real program: raw connections that keep to no protocol. Whatever
// they do, it stays small and serves everybody else.
#include "tests/service/daemon_process.hpp"
#include "tests/service/http_get.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string_view>

namespace parallax::service {
namespace {

using testing::HasSubstr;

/// More than an attack may add to what the program holds, in MiB.
constexpr std::uint64_t kMostGrowth = 150;

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    std::string text;
    for (const std::uint32_t byte :
         {length >> 16, length >> 8, length, std::uint32_t{type}, std::uint32_t{flags},
          stream >> 24, stream >> 16, stream >> 8, stream}) {
        text += static_cast<char>(byte);
    }
    return text.append(payload);
}

std::string header(std::string_view name, std::string_view value) {
    std::string text(1, '\0');
    text += static_cast<char>(name.size());
    text.append(name);
    text += static_cast<char>(value.size());
    return text.append(value);
}

std::string call_headers(std::uint32_t stream, std::string_view method) {
    const std::string list =
        header(":method", "POST") + header(":scheme", "http") +
        header(":path", "/parallax.v1.VerifierService/" + std::string(method)) +
        header(":authority", "x") + header("content-type", "application/grpc") +
        header("te", "trailers");
    return frame(1, 4, stream, list);
}

std::string preface(std::string_view settings) {
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, settings);
}

/// A connection that says what it is told to.
class Stranger {
  public:
    explicit Stranger(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // The socket interface takes every address family through this one type.
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~Stranger() { ::close(socket_); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

    [[nodiscard]] bool is_connected() const { return connected_; }
    /// False once the other side has had enough.
    bool say(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// What of it is taken without waiting.
    void offer(std::string_view text) const {
        (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    /// Everything until the other side ends the connection, or until `last` has come.
    [[nodiscard]] std::string hear(std::string_view last) const {
        std::string text;
        std::array<char, 4096> buffer;
        for (ssize_t got = 0; text.find(last) == std::string::npos &&
                              (got = ::recv(socket_, buffer.data(), buffer.size(), 0)) > 0;) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }

  private:
    const int socket_;
    bool connected_ = false;
};

class HostileDaemon : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-hostile-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        ASSERT_EQ(
            run("generate --quiet --seed 3 --blocks 20 --transactions-per-block 5 " + archive()),
            0);
        std::ofstream(token()) << "a-token-of-more-than-16-letters\n";
        std::filesystem::permissions(token(), std::filesystem::perms::owner_read);
        // As a service is often started.
        const std::vector<std::string> shell = {"sh", "-c", "ulimit -n 1024; exec \"$0\" \"$@\""};
        const std::vector<std::string> arguments = {"--data",       folder_ / "data", "--listen",
                                                    "127.0.0.1:0",  "--metrics",      "127.0.0.1:0",
                                                    "--no-isolate", "--archive",      archive(),
                                                    "--token-file", token()};
        daemon_ = std::make_unique<DaemonProcess>(arguments, 0, shell);
        metrics_port_ = port_of(daemon_->wait_for_value("metrics_exposed", "address"));
        port_ = port_of(daemon_->wait_for_value("sidecar_started", "address"));
        ASSERT_NE(daemon_->wait_for_value("state_loaded", "digest"), "");
        ASSERT_TRUE(is_served()) << daemon_->log();
        before_ = resident();
    }
    void TearDown() override {
        daemon_.reset();
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] static std::uint16_t port_of(const std::string& address) {
        return static_cast<std::uint16_t>(
            std::strtoul(address.substr(address.rfind(':') + 1).c_str(), nullptr, 10));
    }
    [[nodiscard]] int run(const std::string& arguments) const {
        const std::string command = std::string(PARALLAX_PROGRAM) + " " + arguments + " > " +
                                    (folder_ / "out").string() + " 2>&1";
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    [[nodiscard]] std::string sidecar() const {
        return " --sidecar 127.0.0.1:" + std::to_string(port_);
    }
    /// A new client is answered, whatever the answer says of health.
    [[nodiscard]] bool is_served() const {
        const int code = run("parallel-status --timeout-ms 60000" + sidecar());
        return code == 0 || code == 3;
    }
    /// A feeder gets every block verified.
    [[nodiscard]] bool feeds() const {
        return run("feed --quiet --token-file " + token() + sidecar() + " " + archive()) == 0;
    }
    [[nodiscard]] std::uint64_t resident() const {
        std::ifstream file("/proc/" + std::to_string(daemon_->process()) + "/status");
        for (std::string word; file >> word;) {
            if (word == "VmRSS:") {
                std::uint64_t kilobytes = 0;
                file >> kilobytes;
                return kilobytes / 1024;
            }
        }
        return 0;
    }
    void expect_small() const { EXPECT_LT(resident(), before_ + kMostGrowth); }
    [[nodiscard]] std::string metric(const std::string& series) const {
        const std::string text = http_get(metrics_port_, "/metrics");
        const auto at = text.find("\n" + series + " ");
        return at == std::string::npos
                   ? ""
                   : text.substr(at + series.size() + 2,
                                 text.find('\n', at + 1) - at - series.size() - 2);
    }
    [[nodiscard]] std::string crowded_out() const {
        return metric("parallax_refused_calls_total{reason=\"crowded_out\"}");
    }
    [[nodiscard]] std::string archive() const { return (folder_ / "chain.pxa").string(); }
    [[nodiscard]] std::string token() const { return (folder_ / "token").string(); }

    std::filesystem::path folder_;
    std::unique_ptr<DaemonProcess> daemon_;
    std::uint16_t port_ = 0;
    std::uint16_t metrics_port_ = 0;
    std::uint64_t before_ = 0;
};

TEST_F(HostileDaemon, survives_calls_that_are_taken_back_at_once) {
    std::string calls;
    for (std::uint32_t stream = 1; stream < 4000; stream += 2) {
        calls += call_headers(stream, "ListVerdicts") +
                 frame(3, 0, stream, std::string_view("\0\0\0\x08", 4));
    }
    std::vector<std::unique_ptr<Stranger>> strangers;
    for (int i = 0; i < 60; ++i) {
        strangers.push_back(std::make_unique<Stranger>(port_));
        strangers.back()->offer(preface("") + calls);  // as far as it is taken
    }
    EXPECT_TRUE(is_served());
    EXPECT_TRUE(feeds());
    expect_small();
    // An honest client whose deadlines have passed looks the same: nobody is ended for it.
    EXPECT_EQ(metric("parallax_ended_connections_total{reason=\"resets\"}"), "0");
}

TEST_F(HostileDaemon, answers_who_begins_in_two_words) {
    const std::string words =
        preface("") + call_headers(1, "GetStatus") + frame(0, 1, 1, std::string(5, '\0'));
    const Stranger stranger(port_);
    ASSERT_TRUE(stranger.say(words.substr(0, 10)));
    ASSERT_TRUE(is_served());  // the first have been read by now
    ASSERT_TRUE(stranger.say(words.substr(10)));
    EXPECT_THAT(stranger.hear("grpc-status"), HasSubstr("grpc-status"));
}

TEST_F(HostileDaemon, answers_a_hundred_calls_of_who_does_not_know_how_many_it_may_have) {
    std::string words = preface("");
    for (std::uint32_t stream = 1; stream < 200; stream += 2) {
        words += call_headers(stream, "GetStatus");
    }
    for (std::uint32_t stream = 1; stream < 200; stream += 2) {
        words += frame(0, 1, stream, std::string(5, '\0'));
    }
    const Stranger stranger(port_);
    ASSERT_TRUE(stranger.say(words + frame(6, 0, 0, "the last")));
    EXPECT_THAT(stranger.hear("the last"), HasSubstr("the last"));
    EXPECT_TRUE(is_served());
    EXPECT_EQ(metric("parallax_ended_connections_total{reason=\"calls\"}"), "0");
}

TEST_F(HostileDaemon, keeps_no_buffers_for_the_slices_of_messages) {
    std::vector<std::unique_ptr<Stranger>> strangers;
    const std::string beside = frame(0xbe, 0, 0, std::string(8'100, '\0'));
    for (int i = 0; i < 4; ++i) {
        strangers.push_back(std::make_unique<Stranger>(port_));
        const Stranger& stranger = *strangers.back();
        ASSERT_TRUE(stranger.say(preface("") + call_headers(1, "GetStatus") +
                                 frame(0, 1, 1, std::string(5, '\0'))));
        EXPECT_THAT(stranger.hear("grpc-status"), HasSubstr("grpc-status"));
        for (std::uint32_t stream = 3; stream < 33; stream += 2) {
            (void)stranger.say(call_headers(stream, "GetStatus") +
                               frame(0, 0, stream, std::string_view("\0\0\0\xfd\xe8", 5)));
        }
        bool goes_on = true;
        for (int slice = 0; slice < 1'000 && goes_on; ++slice) {
            for (std::uint32_t stream = 3; stream < 33 && goes_on; stream += 2) {
                goes_on = stranger.say(frame(0, 0, stream, std::string(24, '\0')) + beside);
            }
        }
        EXPECT_FALSE(goes_on);
    }
    expect_small();
    EXPECT_TRUE(feeds());
    EXPECT_EQ(metric("parallax_ended_connections_total{reason=\"frame\"}"), "4");
}

TEST_F(HostileDaemon, serves_while_nobody_reads_the_answers_of_calls) {
    const std::string no_window("\0\4\0\0\0\0", 6);
    std::string calls;
    for (std::uint32_t stream = 1; stream < 29; stream += 2) {
        calls += call_headers(stream, "GetStatus") + frame(0, 1, stream, std::string(5, '\0'));
    }
    std::vector<std::unique_ptr<Stranger>> strangers;
    for (int i = 0; i < 12; ++i) {
        strangers.push_back(std::make_unique<Stranger>(port_));
        EXPECT_TRUE(strangers.back()->say(preface(no_window) + calls));
    }
    EXPECT_TRUE(is_served());
    EXPECT_TRUE(feeds());
    for (int i = 0; i < 100'000 && crowded_out() == "0"; ++i) {
        std::this_thread::yield();  // the oldest get a moment to read first
    }
    EXPECT_NE(crowded_out(), "0");
    expect_small();
}

TEST_F(HostileDaemon, refuses_messages_before_they_come) {
    for (const std::string_view method : {"GetStatus", "StreamBlocks", "LoadState"}) {
        const Stranger stranger(port_);
        // 1 GiB follows, it says; and as much of it comes as is taken.
        ASSERT_TRUE(stranger.say(preface("") + call_headers(1, method) +
                                 frame(0, 0, 1, std::string_view("\0\x40\0\0\0", 5))));
        EXPECT_THAT(stranger.hear("1073741824 bytes"), HasSubstr("1073741824 bytes"));
        const std::string part = frame(0, 0, 1, std::string(16'384, 'x'));
        for (int i = 0; i < 4096 && stranger.say(part); ++i) {
        }
    }
    expect_small();
    EXPECT_TRUE(is_served());
    EXPECT_EQ(metric("parallax_refused_calls_total{reason=\"message_too_large\"}"), "3");
}

TEST_F(HostileDaemon, ends_a_call_with_a_message_that_is_too_large_once) {
    for (const std::string_view method : {"GetStatus", "LoadState"}) {
        const Stranger stranger(port_);
        ASSERT_TRUE(stranger.say(preface("") + call_headers(1, method) +
                                 frame(0, 0, 1, std::string_view("\0\x40\0\0\0", 5))));
        EXPECT_THAT(stranger.hear("1073741824 bytes"), HasSubstr("1073741824 bytes"));
        ASSERT_TRUE(stranger.say(call_headers(3, "GetStatus") + frame(0, 1, 3, std::string(5, 0))));
        EXPECT_THAT(stranger.hear("grpc-status"),
                    testing::Not(HasSubstr("CANCELLED")));  // gRPC's word on the first
    }
}

TEST_F(HostileDaemon, serves_while_connections_say_nothing) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    std::vector<std::unique_ptr<Stranger>> strangers;
    for (int i = 0; i < 1100; ++i) {
        strangers.push_back(std::make_unique<Stranger>(port_));
        ASSERT_TRUE(strangers.back()->is_connected()) << i;
        if (i % 2 == 0) {
            strangers.back()->say(preface(""));
        }
    }
    EXPECT_TRUE(is_served());
    EXPECT_TRUE(feeds());
    expect_small();
    strangers.clear();
    EXPECT_TRUE(is_served());
    EXPECT_NE(metric("parallax_ended_connections_total{reason=\"crowded_out\"}"), "0");
}

TEST_F(HostileDaemon, is_scraped_while_others_say_nothing_to_the_metrics) {
    std::vector<std::unique_ptr<Stranger>> strangers;
    for (int i = 0; i < 200; ++i) {
        strangers.push_back(std::make_unique<Stranger>(metrics_port_));
        strangers.back()->say(i % 2 == 0 ? "" : "GET /metrics HTTP/1.1\r\nHost: x\r\n");
    }
    EXPECT_THAT(http_get(metrics_port_, "/metrics"), HasSubstr("parallax_connections"));
    const Stranger endless(metrics_port_);
    endless.say("GET /metrics HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
    EXPECT_THAT(endless.hear("431 "), testing::AnyOf(HasSubstr("431 "), testing::IsEmpty()));
    EXPECT_THAT(http_get(metrics_port_, "/metrics"), HasSubstr("parallax_connections"));
    EXPECT_THAT(http_get(metrics_port_, "/"), HasSubstr("/metrics"));
}

TEST_F(HostileDaemon, logs_and_counts_who_has_no_token) {
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(run("parallel-config --max-threads 1" + sidecar()), 1);
    }
    EXPECT_EQ(metric("parallax_refused_calls_total{reason=\"unauthenticated\"}"), "30");
    const std::string log = daemon_->log();
    EXPECT_THAT(log, HasSubstr("authentication_failed"));
    EXPECT_THAT(log, HasSubstr("call=UpdateConfiguration peer=127.0.0.1:"));
}

TEST_F(HostileDaemon, is_fed_at_no_rate_that_is_no_number) {
    for (const char* rate : {"nan", "-nan", "inf", "-1", "1e-300", "1e300", "1e7"}) {
        EXPECT_EQ(run("feed --quiet --rate " + std::string(rate) + " --token-file " + token() +
                      sidecar() + " " + archive()),
                  1)
            << rate;
    }
    EXPECT_TRUE(feeds());
}

TEST(DaemonWithoutState, writes_nothing_down_for_a_load_that_only_begins) {
    std::string pattern = testing::TempDir() + "parallax-begins-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    DaemonProcess daemon({"--data", pattern + "/data", "--listen", "127.0.0.1:0", "--no-isolate"});
    const std::string address = daemon.wait_for_value("sidecar_started", "address");
    const Stranger stranger(static_cast<std::uint16_t>(
        std::strtoul(address.substr(address.rfind(':') + 1).c_str(), nullptr, 10)));
    // LoadStateRequest.begin: the chain, and a block of no height.
    const std::string chain =
        "\x0a\x06"
        "devnet\x12\x02"
        "e1\x18\x02";
    const std::string base = "\x12\x20" + std::string(32, 'h');
    const std::string begin = "\x0a" + std::string(1, static_cast<char>(chain.size())) + chain +
                              "\x12" + std::string(1, static_cast<char>(base.size())) + base;
    const std::string message = "\x0a" + std::string(1, static_cast<char>(begin.size())) + begin;
    const std::string prefix = std::string(4, '\0') + static_cast<char>(message.size());
    ASSERT_TRUE(stranger.say(preface("") + call_headers(1, "LoadState") +
                             frame(0, 1, 1, prefix + message)));
    EXPECT_THAT(stranger.hear("after 0 rows"), HasSubstr("after 0 rows"));
    daemon.kill();
    std::ifstream file(pattern + "/data/journal.jsonl");
    const std::string journal(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(journal, HasSubstr("started"));
    EXPECT_THAT(journal, testing::Not(HasSubstr("state_load")));
    std::filesystem::remove_all(pattern);
}

TEST(DaemonOpenFiles, says_that_there_are_too_few_for_its_connections) {
    DaemonProcess daemon(
        {"--data", testing::TempDir() + "parallax-never-made", "--listen", "127.0.0.1:0"}, 0,
        {"sh", "-c", "ulimit -n 100; exec \"$0\" \"$@\""});
    EXPECT_EQ(daemon.wait(), 1);
    EXPECT_THAT(daemon.log(), HasSubstr("at most 100 files can be open here, and it takes 352"));
    EXPECT_THAT(daemon.log(), HasSubstr("limits.connections, which is 64"));
    EXPECT_FALSE(std::filesystem::exists(testing::TempDir() + "parallax-never-made"));
}

}  // namespace
}  // namespace parallax::service
