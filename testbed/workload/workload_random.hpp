#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace parallax::testbed {

/// SplitMix64: the same numbers from the same seed on every machine and library, which the
/// distributions of <random> do not promise. Not for secrets.
class WorkloadRandom {
  public:
    explicit WorkloadRandom(std::uint64_t seed) noexcept : state_(seed) {}

    [[nodiscard]] std::uint64_t next() noexcept {
        state_ += 0x9E37'79B9'7F4A'7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9U;
        z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBU;
        return z ^ (z >> 31);
    }
    /// 0 .. bound-1; `bound` at least 1. The bias of the multiplication is below 2^-32 for the
    /// bounds in use, and does not matter here.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
    }
    /// first .. last.
    [[nodiscard]] std::uint64_t between(std::uint64_t first, std::uint64_t last) noexcept {
        return first + below(last - first + 1);
    }
    [[nodiscard]] bool percent(std::uint32_t share) noexcept { return below(100) < share; }
    void fill(std::span<std::uint8_t> out) noexcept {
        for (std::uint8_t& byte : out) {
            byte = static_cast<std::uint8_t>(next());
        }
    }
    [[nodiscard]] std::array<std::uint8_t, 32> bytes32() noexcept {
        std::array<std::uint8_t, 32> bytes{};
        fill(bytes);
        return bytes;
    }

  private:
    std::uint64_t state_;
};

}  // namespace parallax::testbed
