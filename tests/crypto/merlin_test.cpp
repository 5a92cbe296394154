#include "verifier/crypto/merlin.hpp"

#include "verifier/base/tagged_bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace parallax::crypto {
namespace {

std::string challenge(MerlinTranscript& transcript, std::size_t size = 32) {
    std::vector<std::uint8_t> bytes(size);
    transcript.challenge_bytes("challenge", bytes);
    return base::to_hex(bytes);
}

TEST(MerlinTranscript, gives_the_published_challenge) {
    MerlinTranscript transcript("test protocol");
    transcript.append_message("some label", "some data");
    EXPECT_EQ(challenge(transcript),
              "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615");
}

// Merlin's own equivalence test for long transcripts: 1024-byte messages cross the rate of 166
// bytes many times, and every round both draws and absorbs.
TEST(MerlinTranscript, gives_the_published_challenge_of_a_long_transcript) {
    MerlinTranscript transcript("test protocol");
    transcript.append_message("step1", "some data");
    const std::vector<std::uint8_t> data(1024, 99);
    std::array<std::uint8_t, 32> drawn{};
    for (int round = 0; round < 32; ++round) {
        transcript.challenge_bytes("challenge", drawn);
        transcript.append_message("bigdata", data);
        transcript.append_message("challengedata", drawn);
    }
    EXPECT_EQ(base::to_hex(drawn),
              "a8c933f54fae76e3f9bea93648c1308e7dfa2152dd51674ff3ca438351cf003c");
}

TEST(MerlinTranscript, depends_on_protocol_label_message_and_their_border) {
    MerlinTranscript base("protocol");
    base.append_message("ab", "cd");
    MerlinTranscript other_protocol("protocoL");
    other_protocol.append_message("ab", "cd");
    MerlinTranscript other_border("protocol");
    other_border.append_message("abc", "d");
    MerlinTranscript other_message("protocol");
    other_message.append_message("ab", "ce");
    const std::string expected = challenge(base);
    EXPECT_NE(challenge(other_protocol), expected);
    EXPECT_NE(challenge(other_border), expected);
    EXPECT_NE(challenge(other_message), expected);
}

TEST(MerlinTranscript, draws_differently_each_time) {
    MerlinTranscript transcript("protocol");
    const std::string first = challenge(transcript);
    EXPECT_NE(challenge(transcript), first);
}

// The length is part of the frame, so a long challenge does not begin with the short one.
TEST(MerlinTranscript, depends_on_the_length_that_is_drawn) {
    MerlinTranscript transcript("protocol");
    MerlinTranscript twin("protocol");
    EXPECT_NE(challenge(transcript, 64).substr(0, 64), challenge(twin, 32));
}

TEST(MerlinTranscript, draws_more_than_one_block) {
    MerlinTranscript transcript("protocol");
    const std::string drawn = challenge(transcript, 400);
    EXPECT_EQ(drawn.size(), 800U);
    EXPECT_NE(drawn.substr(0, 332), drawn.substr(332, 332));
}

}  // namespace
}  // namespace parallax::crypto
