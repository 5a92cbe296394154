#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace parallax::test {

/// Random bytes of a test, the same on every run unless PARALLAX_TEST_SEED says otherwise. A test
/// that uses it puts `seed_text` into a SCOPED_TRACE, so that a failure can be repeated.
class RandomBytes {
  public:
    RandomBytes() : RandomBytes(seed_from_environment()) {}
    explicit RandomBytes(std::uint64_t seed) : seed_(seed), engine_(seed) {}

    [[nodiscard]] std::string seed_text() const {
        return "PARALLAX_TEST_SEED=" + std::to_string(seed_);
    }
    [[nodiscard]] std::uint64_t number() { return engine_(); }
    /// Below `limit`, which is not 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    template <std::size_t N>
    [[nodiscard]] std::array<std::uint8_t, N> array() {
        std::array<std::uint8_t, N> bytes;
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(engine_());
        }
        return bytes;
    }
    [[nodiscard]] std::vector<std::uint8_t> bytes(std::size_t size) {
        std::vector<std::uint8_t> bytes(size);
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(engine_());
        }
        return bytes;
    }

  private:
    static std::uint64_t seed_from_environment() {
        constexpr std::uint64_t kDefaultSeed = 20'260'213;
        const char* const text = std::getenv("PARALLAX_TEST_SEED");
        return text != nullptr ? std::strtoull(text, nullptr, 10) : kDefaultSeed;
    }

    std::uint64_t seed_;
    std::mt19937_64 engine_;
};

}  // namespace parallax::test
