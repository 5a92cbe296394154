#pragma once

#include "verifier/base/tagged_bytes.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace parallax::base {

/// Appends big-endian fields to a byte string.
class ByteWriter {
  public:
    ByteWriter() = default;
    explicit ByteWriter(std::size_t expected_size) { bytes_.reserve(expected_size); }

    template <std::unsigned_integral T>
    void integer(T value) {
        std::array<std::uint8_t, sizeof(T)> field{};
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            field[i] = static_cast<std::uint8_t>(value >> (8 * (sizeof(T) - 1 - i)));
        }
        raw(field);
    }
    void u8(std::uint8_t value) { bytes_.push_back(value); }
    void u16(std::uint16_t value) { integer(value); }
    void u32(std::uint32_t value) { integer(value); }
    void u64(std::uint64_t value) { integer(value); }
    void boolean(bool value) { u8(value ? 1 : 0); }
    void raw(std::span<const std::uint8_t> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    /// A `TaggedBytes`.
    template <class T>
    void tagged(const T& value) {
        raw(value.bytes());
    }
    /// A `TaggedNumber`.
    template <class T>
    void number(const T& value) {
        integer(value.value());
    }

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] Bytes take() && { return std::move(bytes_); }

  private:
    Bytes bytes_;
};

}  // namespace parallax::base
