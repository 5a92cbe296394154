#pragma once

#include "verifier/base/tagged_bytes.hpp"

#include "absl/status/status.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace parallax::base {

/// Reads big-endian fields from hostile bytes. The first failure sticks: from then on every read
/// answers zero or nothing, and `status` names the field and its offset. So a decoder reads field
/// by field and asks `ok` in loops and before it trusts a count. Borrows the bytes and the field
/// names; for one thread.
class ByteReader {
  public:
    /// `root` begins every field's path, as `transaction`.
    ByteReader(std::span<const std::uint8_t> bytes, const char* root) noexcept
        : bytes_(bytes), root_(root) {}
    ByteReader(const ByteReader&) = delete;
    ByteReader& operator=(const ByteReader&) = delete;

    /// Adds a part to the path of the fields that are read while it lives.
    class Scope {
      public:
        Scope(ByteReader& reader, const char* name) noexcept : Scope(reader, name, kNoIndex) {}
        Scope(ByteReader& reader, const char* name, std::size_t index) noexcept : reader_(reader) {
            if (reader_.depth_ < kMaxPath) {
                reader_.path_[reader_.depth_] = {name, index};
            }
            ++reader_.depth_;
        }
        ~Scope() { --reader_.depth_; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        ByteReader& reader_;
    };

    [[nodiscard]] bool ok() const noexcept { return !failed_; }
    [[nodiscard]] std::size_t offset() const noexcept { return position_; }
    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - position_; }
    /// What was read since `offset`.
    [[nodiscard]] std::span<const std::uint8_t> since(std::size_t offset) const noexcept {
        return bytes_.subspan(offset, position_ - offset);
    }

    template <std::unsigned_integral T>
    [[nodiscard]] T integer(const char* field) {
        const std::uint8_t* at = take(sizeof(T), field);
        if (at == nullptr) {
            return 0;
        }
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            value = (value << 8) | at[i];
        }
        return static_cast<T>(value);
    }
    [[nodiscard]] std::uint8_t u8(const char* field) { return integer<std::uint8_t>(field); }
    [[nodiscard]] std::uint16_t u16(const char* field) { return integer<std::uint16_t>(field); }
    [[nodiscard]] std::uint32_t u32(const char* field) { return integer<std::uint32_t>(field); }
    [[nodiscard]] std::uint64_t u64(const char* field) { return integer<std::uint64_t>(field); }
    /// One byte, strictly 0 or 1.
    [[nodiscard]] bool boolean(const char* field);

    /// A `TaggedNumber`.
    template <class T>
    [[nodiscard]] T number(const char* field) {
        return T{integer<typename T::Rep>(field)};
    }
    /// A `TaggedBytes`.
    template <class T>
    [[nodiscard]] T tagged(const char* field) {
        const std::uint8_t* at = take(T::kSize, field);
        return at == nullptr ? T{}
                             : T::from_span(std::span<const std::uint8_t, T::kSize>(at, T::kSize));
    }
    /// `count` bytes that stay where they are.
    [[nodiscard]] std::span<const std::uint8_t> view(std::size_t count, const char* field) {
        const std::uint8_t* at = take(count, field);
        return at == nullptr ? std::span<const std::uint8_t>{} : std::span(at, count);
    }
    [[nodiscard]] Bytes bytes(std::size_t count, const char* field) {
        const auto seen = view(count, field);
        return Bytes(seen.begin(), seen.end());
    }

    /// Fails unless `low <= count <= high` and `count` items of at least `item_size` bytes can
    /// still follow: ask before taking memory for them. Answers `ok`.
    bool check_count(std::uint64_t count, std::uint64_t low, std::uint64_t high,
                     std::size_t item_size, const char* field);
    /// Fails if a byte is left. Answers `ok`.
    bool finish();
    /// Records the first problem, at the offset of the field that was read last.
    void fail(const char* field, const std::string& problem);

    /// Requires `!ok()`. InvalidArgument.
    [[nodiscard]] absl::Status status() const { return absl::InvalidArgumentError(message_); }

  private:
    static constexpr std::size_t kMaxPath = 16;
    static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
    struct PathPart {
        const char* name = nullptr;
        std::size_t index = kNoIndex;
    };

    const std::uint8_t* take(std::size_t count, const char* field) {
        if (failed_) {
            return nullptr;
        }
        field_offset_ = position_;
        if (count > remaining()) {
            fail_short(count, field);
            return nullptr;
        }
        position_ += count;
        return bytes_.data() + field_offset_;
    }
    void fail_short(std::size_t count, const char* field);

    std::span<const std::uint8_t> bytes_;
    const char* root_;
    std::size_t position_ = 0;
    std::size_t field_offset_ = 0;
    std::size_t depth_ = 0;
    std::array<PathPart, kMaxPath> path_;
    bool failed_ = false;
    std::string message_;
};

}  // namespace parallax::base
