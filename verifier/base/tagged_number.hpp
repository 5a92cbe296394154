#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <utility>

namespace parallax::base {

/// A number with a meaning: explicit construction, ordering, hashing, and no arithmetic beyond
/// what its own type offers. Types with different tags neither convert nor compare.
template <class Tag, std::unsigned_integral T>
class TaggedNumber {
  public:
    using Rep = T;

    constexpr TaggedNumber() noexcept = default;
    constexpr explicit TaggedNumber(T value) noexcept : value_(value) {}

    [[nodiscard]] constexpr T value() const noexcept { return value_; }

    friend constexpr auto operator<=>(const TaggedNumber&, const TaggedNumber&) noexcept = default;
    template <typename H>
    friend H AbslHashValue(H h, const TaggedNumber& n) {
        return H::combine(std::move(h), n.value_);
    }

  private:
    T value_ = 0;
};

}  // namespace parallax::base
