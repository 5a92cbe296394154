#include "verifier/crypto/merlin.hpp"

#include <bit>

namespace parallax::crypto {
namespace {

/// STROBE's rate at 128-bit security: 200 - 128/4 bytes, less two of padding.
constexpr std::uint8_t kRate = 166;

/// Operation flags of STROBE, section 6.2.
constexpr std::uint8_t kInbound = 1;
constexpr std::uint8_t kApplication = 2;
constexpr std::uint8_t kCipher = 4;
constexpr std::uint8_t kMeta = 16;

constexpr std::array<std::uint64_t, 24> kRoundConstants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

/// Rho's rotations and pi's destinations, along the one cycle that pi makes of lanes 1..24.
constexpr std::array<int, 24> kRotations{1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                         27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constexpr std::array<std::size_t, 24> kDestinations{10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                                    15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

/// Keccak-f[1600] of FIPS 202, section 3. Own, since OpenSSL gives no bare permutation.
void keccak_f1600(std::array<std::uint64_t, 25>& lanes) noexcept {
    for (const std::uint64_t round_constant : kRoundConstants) {
        std::array<std::uint64_t, 5> row;
        for (std::size_t x = 0; x < 5; ++x) {
            row[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
        }
        for (std::size_t x = 0; x < 5; ++x) {
            const std::uint64_t theta = row[(x + 4) % 5] ^ std::rotl(row[(x + 1) % 5], 1);
            for (std::size_t y = 0; y < 25; y += 5) {
                lanes[y + x] ^= theta;
            }
        }
        std::uint64_t carried = lanes[1];
        for (std::size_t i = 0; i < kDestinations.size(); ++i) {
            const std::uint64_t replaced = lanes[kDestinations[i]];
            lanes[kDestinations[i]] = std::rotl(carried, kRotations[i]);
            carried = replaced;
        }
        for (std::size_t y = 0; y < 25; y += 5) {
            for (std::size_t x = 0; x < 5; ++x) {
                row[x] = lanes[y + x];
            }
            for (std::size_t x = 0; x < 5; ++x) {
                lanes[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
        lanes[0] ^= round_constant;
    }
}

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Strobe128::Strobe128(std::string_view protocol) noexcept {
    // STROBE, section 5: cSHAKE's padding of an empty function name and of "STROBEv1.0.2".
    constexpr std::array<std::uint8_t, 6> kHeader{1, kRate + 2, 1, 0, 1, 96};
    constexpr std::string_view kVersion = "STROBEv1.0.2";
    std::size_t at = 0;
    for (const std::uint8_t byte : kHeader) {
        xor_byte(at++, byte);
    }
    for (const std::uint8_t byte : bytes_of(kVersion)) {
        xor_byte(at++, byte);
    }
    keccak_f1600(lanes_);
    meta_additional_data(bytes_of(protocol), Continuation::kNew);
}

void Strobe128::meta_additional_data(std::span<const std::uint8_t> data,
                                     Continuation continuation) noexcept {
    if (continuation == Continuation::kNew) {
        begin(kMeta | kApplication);
    }
    absorb(data);
}

void Strobe128::additional_data(std::span<const std::uint8_t> data) noexcept {
    begin(kApplication);
    absorb(data);
}

void Strobe128::pseudo_random(std::span<std::uint8_t> output) noexcept {
    begin(kInbound | kApplication | kCipher);
    // An operation with the cipher flag starts on a fresh block, at position 0 (STROBE, 7.2).
    if (position_ != 0) {
        run_permutation();
    }
    for (std::uint8_t& byte : output) {
        const std::size_t shift = std::size_t{8} * (position_ % 8U);
        std::uint64_t& lane = lanes_[position_ / 8U];
        byte = static_cast<std::uint8_t>(lane >> shift);
        // What was given out is wiped from the state: no way back to earlier output.
        lane &= ~(std::uint64_t{0xFF} << shift);
        if (++position_ == kRate) {
            run_permutation();
        }
    }
}

void Strobe128::begin(std::uint8_t flags) noexcept {
    const std::array<std::uint8_t, 2> frame{begin_position_, flags};
    begin_position_ = static_cast<std::uint8_t>(position_ + 1);
    absorb(frame);
}

void Strobe128::absorb(std::span<const std::uint8_t> data) noexcept {
    for (const std::uint8_t byte : data) {
        xor_byte(position_, byte);
        if (++position_ == kRate) {
            run_permutation();
        }
    }
}

void Strobe128::run_permutation() noexcept {
    xor_byte(position_, begin_position_);
    xor_byte(position_ + std::size_t{1}, 0x04);
    xor_byte(kRate + std::size_t{1}, 0x80);
    keccak_f1600(lanes_);
    position_ = 0;
    begin_position_ = 0;
}

void Strobe128::xor_byte(std::size_t position, std::uint8_t value) noexcept {
    lanes_[position / 8] ^= std::uint64_t{value} << (8 * (position % 8));
}

MerlinTranscript::MerlinTranscript(std::string_view label) noexcept : strobe_("Merlin v1.0") {
    append_message("dom-sep", label);
}

void MerlinTranscript::append_message(std::string_view label,
                                      std::span<const std::uint8_t> message) noexcept {
    frame(label, message.size());
    strobe_.additional_data(message);
}

void MerlinTranscript::append_message(std::string_view label, std::string_view message) noexcept {
    append_message(label, bytes_of(message));
}

void MerlinTranscript::challenge_bytes(std::string_view label,
                                       std::span<std::uint8_t> output) noexcept {
    frame(label, output.size());
    strobe_.pseudo_random(output);
}

/// Every Merlin operation is framed by its label and the length of its data, little-endian.
void MerlinTranscript::frame(std::string_view label, std::size_t size) noexcept {
    std::array<std::uint8_t, 4> length;
    for (std::size_t i = 0; i < length.size(); ++i) {
        length[i] = static_cast<std::uint8_t>(size >> (8 * i));
    }
    strobe_.meta_additional_data(bytes_of(label), Strobe128::Continuation::kNew);
    strobe_.meta_additional_data(length, Strobe128::Continuation::kMore);
}

}  // namespace parallax::crypto
