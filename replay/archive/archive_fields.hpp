#pragma once

#include "replay/archive/archive.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace parallax::replay {

/// The fields of archive records: integers are big-endian.

[[nodiscard]] inline std::uint32_t load_u32(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8) | bytes[i];
    }
    return value;
}

[[nodiscard]] inline std::uint64_t load_u64(std::span<const std::uint8_t> bytes) {
    return (std::uint64_t{load_u32(bytes)} << 32) | load_u32(bytes.subspan(4));
}

inline void append_u32(base::Bytes& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

inline void append_u64(base::Bytes& out, std::uint64_t value) {
    append_u32(out, static_cast<std::uint32_t>(value >> 32));
    append_u32(out, static_cast<std::uint32_t>(value));
}

inline void append_bytes(base::Bytes& out, std::span<const std::uint8_t> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Takes fields off the front of a payload. Once something did not fit, `ok()` is false and every
/// field is zero.
class PayloadParser {
  public:
    explicit PayloadParser(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    std::span<const std::uint8_t> take(std::size_t count) {
        static constexpr std::array<std::uint8_t, 64> kZeros{};
        if (count > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return std::span(kZeros).first(std::min(count, kZeros.size()));
        }
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    std::uint8_t take_u8() { return take(1)[0]; }
    std::uint32_t take_u32() { return load_u32(take(4)); }
    std::uint64_t take_u64() { return load_u64(take(8)); }
    model::Hash take_hash() {
        return model::Hash::from_span(std::span<const std::uint8_t, 32>(take(32).data(), 32));
    }
    bool take_bool() {
        const std::uint8_t byte = take_u8();
        ok_ = ok_ && byte <= 1;
        return byte == 1;
    }
    std::string take_text() {
        const std::size_t high = take_u8();
        const std::size_t size = (high << 8) | take_u8();
        if (size > kMaxHeaderText || size > rest_.size()) {
            ok_ = false;
            return {};
        }
        const auto bytes = take(size);
        // These texts are shown on terminals.
        ok_ = ok_ && std::none_of(bytes.begin(), bytes.end(),
                                  [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7F; });
        return {bytes.begin(), bytes.end()};
    }
    std::optional<model::Topoheight> take_optional_topoheight() {
        return take_bool() ? std::optional(model::Topoheight{take_u64()}) : std::nullopt;
    }

    [[nodiscard]] std::span<const std::uint8_t> rest() const { return rest_; }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool complete() const { return ok_ && rest_.empty(); }

  private:
    std::span<const std::uint8_t> rest_;
    bool ok_ = true;
};

}  // namespace parallax::replay
