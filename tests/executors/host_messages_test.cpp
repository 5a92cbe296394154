#include "executors/isolated/frame.hpp"
#include "executors/isolated/messages.hpp"
#include "tests/support/chain.hpp"
#include "tests/support/protocols.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/codec/canonical.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace parallax::executors {
namespace {

using test::account;
using test::transfer;

/// Every proper beginning of `payload`, and `payload` with a byte more, is refused.
template <class Decode>
void expect_strict(const base::Bytes& payload, Decode decode) {
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_FALSE(decode(std::span(payload).first(size))) << "cut to " << size << " bytes";
    }
    base::Bytes longer = payload;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer)) << "a byte too many";
}

TEST(HostMessages, a_request_arrives_as_it_was_sent_and_is_decoded_strictly) {
    tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    profile.failure_model = protocol::FailureModel::kOrphanPartial;
    profile.dev_key = account(3);
    const auto block = test::chain_block({transfer(0, 0, 1, 2), transfer(1, 0, 2, 3)}, 9, profile);
    ASSERT_TRUE(block.ok());
    const auto signatures = protocol::SignatureSource::once(
        *block, {crypto::SignatureCheck::kBadPublicKey, crypto::SignatureCheck::kInvalid});
    const std::atomic<bool> cancelled{false};
    const base::Bytes payload = isolated::encode_request(
        *block, core::ExecutionContext{profile, signatures, cancelled, false});

    isolated::HostRequest request;
    ASSERT_TRUE(isolated::decode_request(payload, test::protocols(), request).ok());
    EXPECT_EQ(request.protocol->id(), profile.id());
    base::ByteWriter sent;
    base::ByteWriter arrived;
    profile.write(sent);
    request.protocol->write(arrived);
    EXPECT_EQ(std::move(arrived).take(), std::move(sent).take());
    EXPECT_EQ(request.block->hash(), block->hash());
    EXPECT_EQ(request.block->placement(), block->placement());
    EXPECT_EQ(request.block->transactions()[1].hash, block->transactions()[1].hash);
    EXPECT_EQ(request.signatures->policy(), model::SignaturePolicy::kOnce);
    EXPECT_EQ(request.signatures->under_source(model::TxIndex{0}),
              crypto::SignatureCheck::kBadPublicKey);
    EXPECT_EQ(request.signatures->under_source(model::TxIndex{1}),
              crypto::SignatureCheck::kInvalid);
    EXPECT_FALSE(request.record_accesses);
    expect_strict(payload, [](std::span<const std::uint8_t> bytes) {
        isolated::HostRequest other;
        return isolated::decode_request(bytes, test::protocols(), other).ok();
    });
}

TEST(HostMessages, a_request_with_a_byte_changed_is_refused_or_decodes_to_something_else) {
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const auto block = test::chain_block({transfer(0, 0, 1, 2)}, 9, profile);
    ASSERT_TRUE(block.ok());
    const auto signatures = protocol::SignatureSource::off(*block);
    const std::atomic<bool> cancelled{false};
    const base::Bytes payload = isolated::encode_request(
        *block, core::ExecutionContext{profile, signatures, cancelled, true});
    for (std::size_t i = 0; i < payload.size(); ++i) {
        base::Bytes changed = payload;
        changed[i] ^= 0x80;
        isolated::HostRequest request;
        if (isolated::decode_request(changed, test::protocols(), request).ok()) {
            const core::ExecutionContext context{*request.protocol, *request.signatures, cancelled,
                                                 request.record_accesses};
            EXPECT_EQ(isolated::encode_request(*request.block, context), changed) << "byte " << i;
        }
    }
}

TEST(HostMessages, keys_and_rows_arrive_as_they_were_sent_and_are_decoded_strictly) {
    const std::vector<model::StateKey> keys = {model::account_key(account(0)),
                                               model::balance_key(account(1), model::kTosAsset),
                                               model::energy_key(account(2))};
    std::vector<model::StateKey> sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    const base::Bytes question = isolated::encode_read(sorted);
    const auto read = isolated::decode_read(question);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, sorted);
    expect_strict(question, [](auto bytes) { return isolated::decode_read(bytes).ok(); });

    model::EnergyRecord energy;
    energy.frozen = 8;
    const std::vector<std::optional<model::StateValue>> values = {
        model::AccountRecord{model::Nonce{4}, model::Topoheight{5}}, std::nullopt,
        base::Boxed(energy)};
    const base::Bytes answer = isolated::encode_values(values);
    std::vector<std::optional<model::StateValue>> rows;
    ASSERT_TRUE(isolated::decode_values(answer, sorted, rows).ok());
    EXPECT_EQ(rows, values);
    expect_strict(answer,
                  [&](auto bytes) { return isolated::decode_values(bytes, sorted, rows).ok(); });
}

TEST(HostMessages, keys_must_be_some_ascending_and_distinct) {
    const model::StateKey low = model::account_key(account(0));
    const model::StateKey high = model::counter_key(model::Counter::kGasFee);
    EXPECT_TRUE(isolated::decode_read(isolated::encode_read(std::array{low, high})).ok());
    EXPECT_FALSE(isolated::decode_read(isolated::encode_read(std::array{high, low})).ok());
    EXPECT_FALSE(isolated::decode_read(isolated::encode_read(std::array{low, low})).ok());
    EXPECT_FALSE(isolated::decode_read(isolated::encode_read({})).ok());
}

TEST(HostMessages, an_outcome_arrives_with_its_notes_and_is_decoded_strictly) {
    model::BlockOutcome outcome;
    outcome.results.push_back({model::Hash::from_array({1}), model::TransactionStatus::kFailed,
                               model::ErrorCode::kNonceTooLow, model::Amount{0}, model::Amount{0}});
    outcome.notes.text = {{"mode", "quick\x1b[31m"}};
    outcome.notes.counters = {{"batches", 3}};
    const base::Bytes payload = isolated::encode_host_outcome(outcome);
    const auto found = isolated::decode_host_outcome(payload);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(codec::encode_outcome(*found), codec::encode_outcome(outcome));
    EXPECT_EQ(found->notes.counters, outcome.notes.counters);
    EXPECT_EQ(found->notes.text.at("mode"), "quick?[31m") << "no text of a host reaches a terminal";
    expect_strict(payload, [](auto bytes) { return isolated::decode_host_outcome(bytes).ok(); });
}

TEST(HostMessages, an_error_is_bounded_printable_and_never_ok) {
    const base::Bytes payload = isolated::encode_error(absl::DataLossError("bad\nblock"));
    const auto error = isolated::decode_error(payload);
    ASSERT_TRUE(error.ok());
    EXPECT_EQ(error->status, absl::DataLossError("bad?block"));
    expect_strict(payload, [](auto bytes) { return isolated::decode_error(bytes).ok(); });
    EXPECT_FALSE(isolated::decode_error(isolated::encode_error(absl::OkStatus())).ok());
    base::Bytes unknown = payload;
    unknown[0] = 200;
    EXPECT_FALSE(isolated::decode_error(unknown).ok());
    const auto longest = isolated::decode_error(
        isolated::encode_error(absl::InternalError(std::string(9'000, 'x'))));
    ASSERT_TRUE(longest.ok());
    EXPECT_EQ(std::string(longest->status.message()).size(), isolated::kMaxErrorText);
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
    isolated::FrameChannel sender(ends[0], isolated::kMaxFrameBytes);
    isolated::FrameChannel receiver(ends[1], isolated::kMaxFrameBytes);
    const std::vector<std::size_t> sizes = {0, 1, 7, 65'530, 65'536, 65'541, 3'000'000, 2};
    std::thread sending([&] {
        for (const std::size_t size : sizes) {
            const base::Bytes payload(size, static_cast<std::uint8_t>(size));
            EXPECT_TRUE(sender.send(isolated::FrameType::kValues, payload, nullptr).ok());
        }
    });
    for (const std::size_t size : sizes) {
        const auto frame = receiver.receive(nullptr);
        ASSERT_TRUE(frame.ok()) << frame.status();
        EXPECT_EQ(frame->type, isolated::FrameType::kValues);
        EXPECT_EQ(frame->payload, base::Bytes(size, static_cast<std::uint8_t>(size)));
    }
    sending.join();
}

TEST_F(FrameChannelTest, tells_an_end_between_frames_from_one_inside) {
    isolated::FrameChannel receiver(ends[1], isolated::kMaxFrameBytes);
    write_raw(std::string("\x00\x00\x00\x02\x01", 5) + "ab" + std::string("\x00\x00", 2));
    close_end(0);
    ASSERT_TRUE(receiver.receive(nullptr).ok());
    EXPECT_EQ(receiver.receive(nullptr).status().code(), absl::StatusCode::kDataLoss);
    isolated::FrameChannel again(ends[1], isolated::kMaxFrameBytes);
    EXPECT_EQ(again.receive(nullptr).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(again.send(isolated::FrameType::kRead, {}, nullptr).code(),
              absl::StatusCode::kUnavailable)
        << "and no SIGPIPE";
}

TEST_F(FrameChannelTest, refuses_unknown_types_and_lengths_beyond_the_limit) {
    for (const char type : {'\x00', '\x06', '\x7f'}) {
        isolated::FrameChannel receiver(ends[1], 100);
        write_raw(std::string("\x00\x00\x00\x00", 4) + type);
        EXPECT_EQ(receiver.receive(nullptr).status().code(), absl::StatusCode::kInvalidArgument);
    }
    isolated::FrameChannel receiver(ends[1], 100);
    write_raw(std::string("\x00\x00\x00\x65\x02", 5));
    EXPECT_EQ(receiver.receive(nullptr).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(receiver.send(isolated::FrameType::kRead, base::Bytes(101), nullptr).code(),
              absl::StatusCode::kResourceExhausted);
}

TEST_F(FrameChannelTest, stops_waiting_when_cancelled) {
    const std::atomic<bool> cancelled{true};
    isolated::FrameChannel channel(ends[1], isolated::kMaxFrameBytes);
    EXPECT_EQ(channel.receive(&cancelled).status().code(), absl::StatusCode::kDeadlineExceeded);
    const base::Bytes larger_than_the_socket(8'000'000);
    EXPECT_EQ(channel.send(isolated::FrameType::kRead, larger_than_the_socket, &cancelled).code(),
              absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace parallax::executors
