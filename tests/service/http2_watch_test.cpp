// What a client may send before the server sees any of it.
#include "verifier/service/door/http2_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace parallax::service {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint8_t kData = 0;
constexpr std::uint8_t kHeaders = 1;
constexpr std::uint8_t kReset = 3;
constexpr std::uint8_t kSettings = 4;
constexpr std::uint8_t kPing = 6;
constexpr std::uint8_t kContinuation = 9;
constexpr std::uint8_t kAcknowledges = 1;
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::uint8_t kPadded = 8;

base::Bytes operator+(base::Bytes a, const base::Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

base::Bytes text_bytes(std::string_view text) {
    return base::Bytes(text.begin(), text.end());
}

base::Bytes number(std::uint32_t value) {
    return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
            static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

base::Bytes frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  const base::Bytes& payload) {
    const base::Bytes length = number(static_cast<std::uint32_t>(payload.size()));
    return base::Bytes(length.begin() + 1, length.end()) + base::Bytes{type, flags} +
           number(stream) + payload;
}

base::Bytes preface() {
    return text_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + frame(4, 0, 0, {});
}

base::Bytes settings() {
    return frame(kSettings, 0, 0, {});
}

base::Bytes acknowledgement() {
    return frame(kSettings, kAcknowledges, 0, {});
}

base::Bytes headers(std::uint32_t stream) {
    return frame(kHeaders, kEndHeaders, stream, {0x82});
}

base::Bytes reset(std::uint32_t stream) {
    return frame(kReset, 0, stream, number(8));
}

/// The first bytes of a message of `length`, which need not follow.
base::Bytes prefix(std::uint32_t length) {
    return base::Bytes{0} + number(length);
}

class Http2WatchTest : public testing::Test {
  protected:
    /// Offers everything that has not been taken yet; true if all of it was.
    bool send(const base::Bytes& bytes) {
        waiting_ = waiting_ + bytes;
        const std::size_t taken = watch_.from_client(waiting_, now_, to_server_);
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
        watch_.tell_client(to_client_);
        return waiting_.empty();
    }
    void answer(const base::Bytes& bytes) { watch_.from_server(bytes, to_client_); }
    /// The server begins, and acknowledges what it has got: the client's settings and our own.
    void begin_server() {
        base::Bytes unheard;
        watch_.from_server(settings() + acknowledgement(), unheard);
    }
    [[nodiscard]] std::string told() const {
        return std::string(to_client_.begin(), to_client_.end());
    }

    Http2Limits limits_ = [] {
        Http2Limits limits;
        limits.calls = 4;
        limits.calls_at_first = 6;
        limits.bytes_beside = 1000;
        limits.first_message_bytes = 100;
        limits.message_bytes = 1000;
        limits.resets = 3;
        limits.resets_per_second = 1;
        limits.calls_per_second = 10;
        limits.frames_per_second = 10;
        return limits;
    }();
    Http2Watch watch_{limits_};
    nanoseconds now_ = seconds(1);
    base::Bytes waiting_;
    base::Bytes to_server_;
    base::Bytes to_client_;
};

TEST_F(Http2WatchTest, passes_what_is_within_the_limits_however_it_is_cut) {
    const base::Bytes all =
        preface() + headers(1) +
        frame(kData, kPadded, 1,
              base::Bytes{3} + prefix(4) + base::Bytes(4, 'x') + base::Bytes(3, 0)) +
        frame(kData, kEndStream, 1, prefix(0)) + headers(3) + reset(3);
    for (const std::uint8_t byte : all) {
        ASSERT_TRUE(send({byte}));
    }
    EXPECT_EQ(to_server_, all);
    EXPECT_TRUE(told().empty());
    EXPECT_EQ(watch_.open_calls(), 1U);
    answer(frame(4, 0, 0, {}) + headers(1) + frame(kHeaders, kEndStream | kEndHeaders, 1, {0x88}));
    EXPECT_EQ(watch_.open_calls(), 0U);
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, ends_what_is_not_http2_at_its_first_wrong_byte) {
    EXPECT_FALSE(send(text_bytes("PRI * HTTP/1.1\r\n")));
    EXPECT_EQ(watch_.trouble(), ConnectionEnd::kNotHttp2);
    EXPECT_FALSE(watch_.has_begun());
}

TEST_F(Http2WatchTest, refuses_a_message_by_its_length_before_it_comes) {
    ASSERT_TRUE(send(preface() + headers(1)));
    begin_server();
    ASSERT_TRUE(send(frame(kData, 0, 1, prefix(1U << 30))));
    // The server is told that the call is over, right behind the frame.
    const base::Bytes end = reset(1) + settings();
    ASSERT_GE(to_server_.size(), end.size());
    EXPECT_TRUE(std::equal(end.begin(), end.end(), to_server_.end() - 22));
    answer(acknowledgement());
    EXPECT_THAT(told(), HasSubstr("grpc-status\x01"
                                  "8"));
    EXPECT_THAT(told(), HasSubstr("1073741824 bytes"));
    EXPECT_EQ(watch_.open_calls(), 0U);
    EXPECT_EQ(watch_.take_refused_messages(), 1U);
    EXPECT_EQ(watch_.take_refused_messages(), 0U);
    EXPECT_TRUE(send(headers(3) + frame(kData, kEndStream, 3, prefix(0))));  // others go on
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, refuses_the_length_that_hides_behind_padding_or_in_two_frames) {
    begin_server();
    ASSERT_TRUE(
        send(preface() + headers(1) +
             frame(kData, kPadded, 1, base::Bytes{2} + base::Bytes{0, 0x7f} + base::Bytes{0, 0}) +
             frame(kData, 0, 1, {0xff, 0xff, 0xff})));
    answer(acknowledgement() + acknowledgement());
    EXPECT_THAT(told(), HasSubstr("2147483647 bytes"));
}

TEST_F(Http2WatchTest, never_cuts_into_a_frame_of_the_server) {
    ASSERT_TRUE(send(preface() + headers(1) + headers(3)));
    begin_server();
    ASSERT_TRUE(send(frame(kData, 0, 1, prefix(2000))));
    const base::Bytes list = frame(kHeaders, 0, 3, {0x88}) +
                             frame(kContinuation, kEndHeaders, 3, {0x88}) +
                             frame(kData, 0, 3, base::Bytes(50, 'd'));
    answer(base::Bytes(list.begin(), list.begin() + 10));
    EXPECT_THAT(told(), Not(HasSubstr("grpc-status")));
    answer(base::Bytes(list.begin() + 10, list.end()) + acknowledgement());
    EXPECT_TRUE(std::equal(list.begin(), list.end(), to_client_.begin()));
    EXPECT_THAT(told(), HasSubstr("grpc-status"));
    EXPECT_THAT(told(), HasSubstr(std::string(50, 'd')));
}

TEST_F(Http2WatchTest, refuses_a_message_once_the_server_says_no_more_of_its_call) {
    ASSERT_TRUE(send(preface() + headers(1) + headers(3)));
    begin_server();
    ASSERT_TRUE(send(settings() + frame(kData, 0, 1, prefix(2000)) +
                     frame(kData, 0, 3, prefix(2000)) + settings()));
    // What the server had begun before it learned: the first call's answer, and all of the
    // second's.
    const base::Bytes begun = frame(kHeaders, kEndHeaders, 1, {0x88});
    const base::Bytes over = frame(kHeaders, kEndHeaders | kEndStream, 3, {0x88});
    answer(acknowledgement() + begun + frame(kReset, 0, 1, number(0)) + over);
    EXPECT_EQ(to_client_, acknowledgement() + begun + over);
    to_client_.clear();
    answer(acknowledgement());
    EXPECT_THAT(told(), HasSubstr("2000 bytes"));
    EXPECT_THAT(told(), Not(HasSubstr("\x88")));  // it has its answer's beginning already
    to_client_.clear();
    answer(acknowledgement());  // ours too: the second call has its end
    EXPECT_TRUE(told().empty());
    // What the server says later is dropped, if the client can read the next lists without it.
    const base::Bytes late = {0x88, 0x00, 1, 'a', 1, 'b', 0x01, 0};
    answer(frame(kHeaders, kEndHeaders | kEndStream, 1, late) + frame(kReset, 0, 1, number(0)));
    EXPECT_TRUE(told().empty());
    const base::Bytes indexed =
        frame(kHeaders, kEndHeaders | kEndStream, 1, {0x40, 1, 'a', 1, 'b'});
    answer(indexed);
    EXPECT_EQ(to_client_, indexed);
    to_client_.clear();
    answer(acknowledgement());  // the client's last
    EXPECT_EQ(to_client_, acknowledgement());
    EXPECT_EQ(watch_.open_calls(), 0U);
}

TEST_F(Http2WatchTest, says_nothing_before_the_servers_settings) {
    ASSERT_TRUE(send(preface() + headers(1) + frame(kData, 0, 1, prefix(2000))));
    EXPECT_TRUE(told().empty());
    base::Bytes goodbye;
    watch_.tell_end("frame", goodbye);
    const base::Bytes first = settings();
    ASSERT_GT(goodbye.size(), first.size());
    EXPECT_TRUE(std::equal(first.begin(), first.end(), goodbye.begin()));
    Http2Watch other(limits_);
    base::Bytes out;
    (void)other.from_client(preface(), now_, out);
    const base::Bytes begun =
        frame(kSettings, 0, 0, base::Bytes(6, 0)) + frame(kPing, 0, 0, base::Bytes(8, 0));
    other.from_server({begun.data(), 12}, out);
    goodbye.clear();
    other.tell_end("frame", goodbye);
    EXPECT_TRUE(goodbye.empty());  // not in the middle of them
    other.from_server(std::span(begun).subspan(12), out);
    other.tell_end("frame", goodbye);
    EXPECT_EQ(goodbye[3], 7);
}

TEST_F(Http2WatchTest, lets_a_large_message_wait_until_its_call_is_let_in) {
    ASSERT_TRUE(send(preface() + headers(1) + frame(kData, 0, 1, prefix(3) + base::Bytes(3, 'h'))));
    EXPECT_FALSE(send(frame(kData, 0, 1, prefix(500) + base::Bytes(500, 'x'))));
    EXPECT_TRUE(watch_.waits_for_server());
    EXPECT_LT(to_server_.size(), 500U);
    answer(headers(1));
    EXPECT_FALSE(watch_.waits_for_server());
    EXPECT_TRUE(send({}));
    EXPECT_GT(to_server_.size(), 500U);
    // A call that the server ends instead waits no longer either.
    ASSERT_TRUE(send(headers(3) + frame(kData, 0, 3, prefix(1) + base::Bytes(1, 'h'))));
    EXPECT_FALSE(send(frame(kData, 0, 3, prefix(500)) + base::Bytes(1, 0)));
    answer(frame(kReset, 0, 3, number(0)));
    (void)send({});
    EXPECT_FALSE(watch_.waits_for_server());
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, refuses_a_large_first_message) {
    begin_server();
    ASSERT_TRUE(send(preface() + headers(1) + frame(kData, 0, 1, prefix(101))));
    answer(acknowledgement() + acknowledgement());
    EXPECT_THAT(told(), HasSubstr("the first of a call may have 100"));
}

TEST_F(Http2WatchTest, ends_who_goes_on_with_a_call_that_is_over) {
    ASSERT_TRUE(send(preface() + headers(1) + frame(kData, 0, 1, prefix(1U << 30))));
    const base::Bytes part = frame(kData, 0, 1, base::Bytes(16'384, 'x'));
    int sent = 0;
    while (sent < 200 && send(part)) {
        ++sent;
    }
    EXPECT_EQ(watch_.trouble(), ConnectionEnd::kFrame);
    EXPECT_GT(sent, 4);  // what is on its way is no fault
}

TEST_F(Http2WatchTest, ends_who_goes_on_with_a_call_that_is_over_beside_one_that_is_not) {
    ASSERT_TRUE(send(preface() + headers(1) + headers(3) + reset(3)));
    ASSERT_TRUE(send(frame(kData, 0, 1, prefix(90))));
    const base::Bytes both =
        frame(kData, 0, 3, base::Bytes(16'384, 'x')) + frame(kData, 0, 1, {'x'});
    int sent = 0;
    while (sent < 80 && send(both)) {
        ++sent;
    }
    EXPECT_EQ(watch_.trouble(), ConnectionEnd::kFrame);
    EXPECT_GT(sent, 4);
}

TEST_F(Http2WatchTest, forgets_what_came_for_calls_that_are_over) {
    ASSERT_TRUE(send(preface() + headers(1) + reset(1)));
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(send(frame(kData, 0, 1, base::Bytes(16'384, 'x'))));
        now_ += seconds(1);
    }
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, ends_a_stranger_who_sends_more_beside_a_message_that_is_not_read) {
    // What it sends may be of any kind; and the message may be whole, if nobody has read it.
    const base::Bytes unknown = frame(0xbe, 0, 0, base::Bytes(300, 0));
    const base::Bytes setting = frame(kSettings, 0, 0, base::Bytes(300, 0));
    const base::Bytes other = frame(kData, 0, 9, base::Bytes(300, 0));
    for (const std::uint32_t length : {50U, 5U}) {
        for (const base::Bytes& junk : {unknown, setting, other}) {
            Http2Rates all{{10, 10}, {100, 100}};
            Http2Watch stranger(limits_);
            stranger.share(&all);
            base::Bytes out;
            (void)stranger.from_client(
                preface() + headers(1) + frame(kData, 0, 1, prefix(length) + base::Bytes(5, 'x')),
                now_, out);
            for (int i = 0; i < 5; ++i) {
                EXPECT_EQ(stranger.trouble().has_value(), i > 3) << i;
                (void)stranger.from_client(junk, now_, out);
            }
            EXPECT_EQ(stranger.trouble(), ConnectionEnd::kFrame);
        }
    }
}

TEST_F(Http2WatchTest, does_not_mind_what_comes_beside_a_message_that_was_read_or_is_welcome) {
    const base::Bytes junk = frame(0xbe, 0, 0, base::Bytes(300, 0));
    Http2Rates all{{10, 10}, {100, 100}};
    watch_.share(&all);
    ASSERT_TRUE(send(preface() + headers(1) + frame(kData, 0, 1, prefix(5) + base::Bytes(5, 'x'))));
    answer(settings() + frame(kHeaders, kEndHeaders, 1, {0x88}));
    ASSERT_TRUE(send(headers(3) + frame(kData, kEndStream, 3, prefix(5) + base::Bytes(5, 'x'))));
    answer(frame(kHeaders, kEndHeaders | kEndStream, 3, {0x88}));
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(send(junk));
    }
    watch_.share(nullptr);
    ASSERT_TRUE(send(headers(5) + frame(kData, 0, 5, prefix(5))));
    for (int i = 0; i < 6; ++i) {
        now_ += seconds(1);
        ASSERT_TRUE(send(junk));
    }
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, lets_who_takes_calls_back_again_and_again_wait) {
    ASSERT_TRUE(send(preface()));
    for (std::uint32_t stream = 1; stream <= 5; stream += 2) {
        ASSERT_TRUE(send(headers(stream) + reset(stream)));
    }
    EXPECT_FALSE(send(headers(7) + reset(7) + headers(9)));
    EXPECT_EQ(watch_.open_calls(), 1U);
    ASSERT_TRUE(watch_.resumes_at());
    EXPECT_EQ(*watch_.resumes_at(), now_ + seconds(1));
    now_ = *watch_.resumes_at();
    EXPECT_TRUE(send({}));
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, ends_who_sends_too_large_messages_again_and_again) {
    begin_server();
    ASSERT_TRUE(send(preface()));
    for (std::uint32_t stream = 1; stream <= 7; stream += 2) {
        EXPECT_FALSE(watch_.trouble());
        (void)send(headers(stream) + frame(kData, 0, stream, prefix(1U << 30)));
        answer(acknowledgement());
    }
    EXPECT_EQ(watch_.trouble(), ConnectionEnd::kResets);
    base::Bytes goodbye;
    watch_.tell_end("resets", goodbye);
    EXPECT_THAT(std::string(goodbye.begin(), goodbye.end()), HasSubstr("resets"));
}

TEST_F(Http2WatchTest, does_not_mind_resets_of_calls_that_were_answered_or_that_come_slowly) {
    ASSERT_TRUE(send(preface()));
    for (std::uint32_t stream = 1; stream <= 19; stream += 2) {
        ASSERT_TRUE(send(headers(stream)));
        answer(frame(kHeaders, kEndStream | kEndHeaders, stream, {0x88}));
        ASSERT_TRUE(send(reset(stream)));
    }
    for (std::uint32_t stream = 21; stream <= 41; stream += 2) {
        now_ += seconds(1);
        ASSERT_TRUE(send(headers(stream) + reset(stream)));
    }
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, ends_who_opens_more_calls_than_it_may_have) {
    ASSERT_TRUE(
        send(preface() + acknowledgement() + headers(1) + headers(3) + headers(5) + headers(7)));
    (void)send(headers(9));
    EXPECT_EQ(watch_.trouble(), ConnectionEnd::kCalls);
}

TEST_F(Http2WatchTest, allows_more_calls_to_who_does_not_know_how_many_it_may_have) {
    ASSERT_TRUE(send(preface() + headers(1) + headers(3) + headers(5) + headers(7) + headers(9) +
                     headers(11)));
    EXPECT_FALSE(send(headers(13)));
    EXPECT_TRUE(watch_.waits_for_server());
    answer(settings() + frame(kHeaders, kEndHeaders | kEndStream, 5, {0x88}));
    EXPECT_TRUE(send({}));
    EXPECT_FALSE(watch_.waits_for_server());
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, gives_the_server_nothing_before_the_client_has_begun) {
    const base::Bytes all = preface();
    ASSERT_TRUE(send(base::Bytes(all.begin(), all.begin() + 23)));
    EXPECT_TRUE(to_server_.empty());
    ASSERT_TRUE(send(base::Bytes(all.begin() + 23, all.end())));
    EXPECT_EQ(to_server_, all);
}

TEST_F(Http2WatchTest, ends_frames_and_lists_of_headers_that_are_too_large) {
    const base::Bytes huge = {1, 0, 0, kData, 0, 0, 0, 0, 1};  // 65,536 bytes follow
    (void)send(preface() + huge);
    EXPECT_EQ(watch_.trouble(), ConnectionEnd::kFrame);

    Http2Watch endless(limits_);
    base::Bytes out;
    (void)endless.from_client(preface() + frame(kHeaders, 0, 1, {0x82}), now_, out);
    for (int i = 0; i < 20; ++i) {
        (void)endless.from_client(frame(kContinuation, 0, 1, {}), now_, out);
    }
    EXPECT_EQ(endless.trouble(), ConnectionEnd::kFrame);
    EXPECT_LT(out.size(), 1000U);

    Http2Watch between(limits_);
    (void)between.from_client(preface() + frame(kHeaders, 0, 1, {0x82}) + reset(1), now_, out);
    EXPECT_EQ(between.trouble(), ConnectionEnd::kFrame);
}

TEST_F(Http2WatchTest, lets_who_is_too_quick_wait_and_loses_nothing) {
    base::Bytes all = preface();
    for (int i = 0; i < 40; ++i) {
        all = all + frame(kPing, 0, 0, base::Bytes(8, static_cast<std::uint8_t>(i)));
    }
    EXPECT_FALSE(send(all));
    for (int rounds = 0; !send({}) && rounds < 100; ++rounds) {
        ASSERT_TRUE(watch_.resumes_at());
        ASSERT_GT(*watch_.resumes_at(), now_);
        now_ = *watch_.resumes_at();
    }
    EXPECT_EQ(to_server_, all);
    EXPECT_GE(now_, seconds(3));  // 41 frames, ten at once and then ten in a second
    EXPECT_FALSE(watch_.trouble());
}

TEST_F(Http2WatchTest, shares_the_limit_of_calls_with_all_connections) {
    Http2Rates shared{{1, 2}, {10, 10}};
    Http2Watch first(limits_);
    Http2Watch second(limits_);
    first.share(&shared);
    second.share(&shared);
    base::Bytes out;
    const base::Bytes words = preface() + headers(1);
    EXPECT_EQ(first.from_client(words, now_, out), words.size());
    EXPECT_EQ(second.from_client(words, now_, out), words.size());
    const base::Bytes more = headers(3);
    (void)second.from_client(more, now_, out);
    EXPECT_EQ(second.resumes_at(), now_ + seconds(1));
    second.share(nullptr);  // it is welcome now
    (void)second.from_client({}, now_, out);
    EXPECT_FALSE(second.resumes_at());
}

}  // namespace
}  // namespace parallax::service
