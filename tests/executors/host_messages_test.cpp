#include "executors/isolated/frame.hpp"
#include "executors/isolated/messages.hpp"
#include "tests/support/chain.hpp"
#include "verifier/codec/canonical.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace parallax {
namespace {

using test::account;
using test::transfer;

/// Every proper beginning of `payload`, and `payload` with a byte more, is refused.
template <class Decode>
void expect_strict(const Bytes& payload, Decode decode) {
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_FALSE(decode(std::span(payload).first(size))) << "cut to " << size << " bytes";
    }
    Bytes longer = payload;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer)) << "a byte too many";
}

TEST(HostMessages, a_request_arrives_as_it_was_sent_and_is_decoded_strictly) {
    Profile profile = *e1_profile("devnet");
    profile.failure_model = FailureModel::kOrphanPartial;
    profile.dev_key = account(3);
    const auto block = test::chain_block({transfer(0, 0, 1, 2), transfer(1, 0, 2, 3)}, 9, profile);
    ASSERT_TRUE(block.ok());
    const auto signatures =
        SignatureSource::once(*block, {SignatureCheck::kBadPublicKey, SignatureCheck::kInvalid});
    const std::atomic<bool> cancelled{false};
    const Bytes payload =
        encode_request(*block, ExecutionContext{profile, signatures, cancelled, false});

    HostRequest request;
    ASSERT_TRUE(decode_request(payload, request).ok());
    EXPECT_EQ(request.profile, profile);
    EXPECT_EQ(request.block->hash(), block->hash());
    EXPECT_EQ(request.block->placement(), block->placement());
    EXPECT_EQ(request.block->transactions()[1].hash, block->transactions()[1].hash);
    EXPECT_EQ(request.signatures->policy(), SignaturePolicy::kOnce);
    EXPECT_EQ(request.signatures->under_source(TxIndex{0}), SignatureCheck::kBadPublicKey);
    EXPECT_EQ(request.signatures->under_source(TxIndex{1}), SignatureCheck::kInvalid);
    EXPECT_FALSE(request.record_accesses);
    expect_strict(payload, [](std::span<const std::uint8_t> bytes) {
        HostRequest other;
        return decode_request(bytes, other).ok();
    });
}

TEST(HostMessages, a_request_with_a_byte_changed_is_refused_or_decodes_to_something_else) {
    const Profile profile = *e1_profile("devnet");
    const auto block = test::chain_block({transfer(0, 0, 1, 2)}, 9, profile);
    ASSERT_TRUE(block.ok());
    const auto signatures = SignatureSource::off(*block);
    const std::atomic<bool> cancelled{false};
    const Bytes payload =
        encode_request(*block, ExecutionContext{profile, signatures, cancelled, true});
    for (std::size_t i = 0; i < payload.size(); ++i) {
        Bytes changed = payload;
        changed[i] ^= 0x80;
        HostRequest request;
        if (decode_request(changed, request).ok()) {
            const ExecutionContext context{request.profile, *request.signatures, cancelled,
                                           request.record_accesses};
            EXPECT_EQ(encode_request(*request.block, context), changed) << "byte " << i;
        }
    }
}

TEST(HostMessages, keys_and_rows_arrive_as_they_were_sent_and_are_decoded_strictly) {
    const std::vector<StateKey> keys = {account_key(account(0)), balance_key(account(1), kTosAsset),
                                        energy_key(account(2))};
    std::vector<StateKey> sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    const Bytes question = encode_read(sorted);
    const auto read = decode_read(question);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, sorted);
    expect_strict(question, [](auto bytes) { return decode_read(bytes).ok(); });

    EnergyRecord energy;
    energy.frozen = 8;
    const std::vector<std::optional<StateValue>> values = {AccountRecord{Nonce{4}, Topoheight{5}},
                                                           std::nullopt, Boxed(energy)};
    const Bytes answer = encode_values(values);
    std::vector<std::optional<StateValue>> rows;
    ASSERT_TRUE(decode_values(answer, sorted, rows).ok());
    EXPECT_EQ(rows, values);
    expect_strict(answer, [&](auto bytes) { return decode_values(bytes, sorted, rows).ok(); });
}

TEST(HostMessages, keys_must_be_some_ascending_and_distinct) {
    const StateKey low = account_key(account(0));
    const StateKey high = counter_key(Counter::kGasFee);
    EXPECT_TRUE(decode_read(encode_read(std::array{low, high})).ok());
    EXPECT_FALSE(decode_read(encode_read(std::array{high, low})).ok());
    EXPECT_FALSE(decode_read(encode_read(std::array{low, low})).ok());
    EXPECT_FALSE(decode_read(encode_read({})).ok());
}

TEST(HostMessages, an_outcome_arrives_with_its_notes_and_is_decoded_strictly) {
    BlockOutcome outcome;
    outcome.results.push_back({Hash::from_array({1}), TransactionStatus::kFailed,
                               ErrorCode::kNonceTooLow, Amount{0}, Amount{0}});
    outcome.notes.text = {{"mode", "quick\x1b[31m"}};
    outcome.notes.counters = {{"batches", 3}};
    const Bytes payload = encode_host_outcome(outcome);
    const auto found = decode_host_outcome(payload);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(encode_outcome(*found), encode_outcome(outcome));
    EXPECT_EQ(found->notes.counters, outcome.notes.counters);
    EXPECT_EQ(found->notes.text.at("mode"), "quick?[31m") << "no text of a host reaches a terminal";
    expect_strict(payload, [](auto bytes) { return decode_host_outcome(bytes).ok(); });
}

TEST(HostMessages, an_error_is_bounded_printable_and_never_ok) {
    const Bytes payload = encode_error(absl::DataLossError("bad\nblock"));
    const auto error = decode_error(payload);
    ASSERT_TRUE(error.ok());
    EXPECT_EQ(error->status, absl::DataLossError("bad?block"));
    expect_strict(payload, [](auto bytes) { return decode_error(bytes).ok(); });
    EXPECT_FALSE(decode_error(encode_error(absl::OkStatus())).ok());
    Bytes unknown = payload;
    unknown[0] = 200;
    EXPECT_FALSE(decode_error(unknown).ok());
    const auto longest = decode_error(encode_error(absl::InternalError(std::string(9'000, 'x'))));
    ASSERT_TRUE(longest.ok());
    EXPECT_EQ(std::string(longest->status.message()).size(), kMaxErrorText);
}

/// Two channels that face each other; a test that writes raw bytes does so at `ends[0]`.
class FrameChannelTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    }
    void TearDown() override {
        close_end(0);
        close_end(1);
    }
    void close_end(std::size_t end) {
        if (ends[end] >= 0) {
            close(ends[end]);
            ends[end] = -1;
        }
    }
    void write_raw(const std::string& bytes) const {
        ASSERT_EQ(write(ends[0], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    std::array<int, 2> ends{-1, -1};
};

TEST_F(FrameChannelTest, carries_frames_of_every_size_in_order) {
    FrameChannel sender(ends[0], kMaxFrameBytes);
    FrameChannel receiver(ends[1], kMaxFrameBytes);
    const std::vector<std::size_t> sizes = {0, 1, 7, 65'530, 65'536, 65'541, 3'000'000, 2};
    std::thread sending([&] {
        for (const std::size_t size : sizes) {
            const Bytes payload(size, static_cast<std::uint8_t>(size));
            EXPECT_TRUE(sender.send(FrameType::kValues, payload, nullptr).ok());
        }
    });
    for (const std::size_t size : sizes) {
        const auto frame = receiver.receive(nullptr);
        ASSERT_TRUE(frame.ok()) << frame.status();
        EXPECT_EQ(frame->type, FrameType::kValues);
        EXPECT_EQ(frame->payload, Bytes(size, static_cast<std::uint8_t>(size)));
    }
    sending.join();
}

TEST_F(FrameChannelTest, tells_an_end_between_frames_from_one_inside) {
    FrameChannel receiver(ends[1], kMaxFrameBytes);
    write_raw(std::string("\x00\x00\x00\x02\x01", 5) + "ab" + std::string("\x00\x00", 2));
    close_end(0);
    ASSERT_TRUE(receiver.receive(nullptr).ok());
    EXPECT_EQ(receiver.receive(nullptr).status().code(), absl::StatusCode::kDataLoss);
    FrameChannel again(ends[1], kMaxFrameBytes);
    EXPECT_EQ(again.receive(nullptr).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(again.send(FrameType::kRead, {}, nullptr).code(), absl::StatusCode::kUnavailable)
        << "and no SIGPIPE";
}

TEST_F(FrameChannelTest, refuses_unknown_types_and_lengths_beyond_the_limit) {
    for (const char type : {'\x00', '\x06', '\x7f'}) {
        FrameChannel receiver(ends[1], 100);
        write_raw(std::string("\x00\x00\x00\x00", 4) + type);
        EXPECT_EQ(receiver.receive(nullptr).status().code(), absl::StatusCode::kInvalidArgument);
    }
    FrameChannel receiver(ends[1], 100);
    write_raw(std::string("\x00\x00\x00\x65\x02", 5));
    EXPECT_EQ(receiver.receive(nullptr).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(receiver.send(FrameType::kRead, Bytes(101), nullptr).code(),
              absl::StatusCode::kResourceExhausted);
}

TEST_F(FrameChannelTest, stops_waiting_when_cancelled) {
    const std::atomic<bool> cancelled{true};
    FrameChannel channel(ends[1], kMaxFrameBytes);
    EXPECT_EQ(channel.receive(&cancelled).status().code(), absl::StatusCode::kDeadlineExceeded);
    const Bytes larger_than_the_socket(8'000'000);
    EXPECT_EQ(channel.send(FrameType::kRead, larger_than_the_socket, &cancelled).code(),
              absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace parallax
