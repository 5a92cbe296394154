#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::base {

/// Raw bytes of unknown meaning. A domain value never crosses a function boundary as `Bytes`
/// unless the chain itself treats it as opaque (extra data, module code, proofs).
using Bytes = std::vector<std::uint8_t>;

/// Lower-case hex of `bytes`, without a prefix.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

/// Parses strict hex (even length, no prefix, no white space; either case). Nothing on any other
/// character (protocol notes, 2.3).
[[nodiscard]] std::optional<Bytes> parse_hex(std::string_view text);

/// Whether N bytes are equal, word by word and inline: keys are compared for equality so often that
/// a call of memcmp for each shows in profiles.
template <std::size_t N>
[[nodiscard]] inline bool equal_bytes(const std::uint8_t* a, const std::uint8_t* b) noexcept {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    std::uint64_t differing = 0;
    for (std::size_t i = 0; i + kWord <= N; i += kWord) {
        std::uint64_t x;
        std::uint64_t y;
        std::memcpy(&x, a + i, kWord);
        std::memcpy(&y, b + i, kWord);
        differing |= x ^ y;
    }
    for (std::size_t i = N - N % kWord; i < N; ++i) {
        differing |= static_cast<std::uint64_t>(a[i] ^ b[i]);
    }
    return differing == 0;
}

/// A fixed number of bytes with a meaning. Types with different tags neither convert nor compare.
/// Ordered lexicographically. The default value is all zero.
template <class Tag, std::size_t N>
class TaggedBytes {
  public:
    static constexpr std::size_t kSize = N;

    constexpr TaggedBytes() noexcept = default;

    /// The named ways in: from an array, or from exactly N bytes.
    [[nodiscard]] static constexpr TaggedBytes from_array(
        const std::array<std::uint8_t, N>& bytes) noexcept {
        TaggedBytes value;
        value.bytes_ = bytes;
        return value;
    }
    /// Requires `bytes.size() == N`; the caller has checked the length.
    [[nodiscard]] static TaggedBytes from_span(std::span<const std::uint8_t, N> bytes) noexcept {
        TaggedBytes value;
        std::memcpy(value.bytes_.data(), bytes.data(), N);
        return value;
    }
    /// Parses 2*N hex digits; nothing if the text is anything else.
    [[nodiscard]] static std::optional<TaggedBytes> from_hex(std::string_view text) {
        const auto bytes = parse_hex(text);
        if (!bytes || bytes->size() != N) {
            return std::nullopt;
        }
        return from_span(std::span<const std::uint8_t, N>(bytes->data(), N));
    }

    [[nodiscard]] constexpr const std::array<std::uint8_t, N>& bytes() const noexcept {
        return bytes_;
    }
    [[nodiscard]] constexpr std::array<std::uint8_t, N>& mutable_bytes() noexcept { return bytes_; }
    [[nodiscard]] std::string hex() const { return to_hex(bytes_); }
    [[nodiscard]] constexpr bool is_zero() const noexcept {
        return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t b) { return b == 0; });
    }

    friend bool operator==(const TaggedBytes& a, const TaggedBytes& b) noexcept {
        return equal_bytes<N>(a.bytes_.data(), b.bytes_.data());
    }
    friend std::strong_ordering operator<=>(const TaggedBytes& a, const TaggedBytes& b) noexcept {
        return std::memcmp(a.bytes_.data(), b.bytes_.data(), N) <=> 0;
    }
    template <typename H>
    friend H AbslHashValue(H h, const TaggedBytes& value) {
        return H::combine_contiguous(std::move(h), value.bytes_.data(), N);
    }

  private:
    std::array<std::uint8_t, N> bytes_{};
};

}  // namespace parallax::base
