#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace parallax::crypto {

/// The duplex of STROBE-128 v1.0.2 over Keccak-f[1600], with just the operations that Merlin is
/// made of. Not thread-safe; one per transcript.
class Strobe128 {
  public:
    explicit Strobe128(std::string_view protocol) noexcept;

    /// Whether an operation goes on where the one before, of the same kind, ended.
    enum class Continuation : std::uint8_t { kNew, kMore };

    void meta_additional_data(std::span<const std::uint8_t> data,
                              Continuation continuation) noexcept;
    void additional_data(std::span<const std::uint8_t> data) noexcept;
    /// Fills `output` with pseudo-random bytes that depend on everything before.
    void pseudo_random(std::span<std::uint8_t> output) noexcept;

  private:
    void begin(std::uint8_t flags) noexcept;
    void absorb(std::span<const std::uint8_t> data) noexcept;
    void run_permutation() noexcept;
    void xor_byte(std::size_t position, std::uint8_t value) noexcept;

    /// Byte i of the state is byte i % 8, little-endian, of lane i / 8.
    std::array<std::uint64_t, 25> lanes_{};
    std::uint8_t position_ = 0;
    std::uint8_t begin_position_ = 0;
};

/// A Merlin v1.0 transcript: the Fiat-Shamir challenge of the chain's proofs (protocol notes,
/// 3.3). Labels and messages are bytes of the protocol; all lengths are below 2^32. Not
/// thread-safe; one per proof.
class MerlinTranscript {
  public:
    explicit MerlinTranscript(std::string_view label) noexcept;

    void append_message(std::string_view label, std::span<const std::uint8_t> message) noexcept;
    void append_message(std::string_view label, std::string_view message) noexcept;
    /// Draws as many bytes as `output` has; what follows depends on the drawing.
    void challenge_bytes(std::string_view label, std::span<std::uint8_t> output) noexcept;

  private:
    void frame(std::string_view label, std::size_t size) noexcept;

    Strobe128 strobe_;
};

}  // namespace parallax::crypto
