#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace parallax {

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

/// Money in atomic units (10^-8 of a coin for the native asset). There is no `+`: overflow is an
/// outcome of the chain's rules, so every sum is checked.
using Amount = TaggedNumber<struct AmountTag, std::uint64_t>;
/// A transaction's position in its account's sequence.
using Nonce = TaggedNumber<struct NonceTag, std::uint64_t>;
/// Position of a block in the executed order.
using Topoheight = TaggedNumber<struct TopoheightTag, std::uint64_t>;
/// A block's height in the DAG: 1 + the largest height among its tips.
using BlockHeight = TaggedNumber<struct BlockHeightTag, std::uint64_t>;
/// A transaction's position inside its block, from 0.
using TxIndex = TaggedNumber<struct TxIndexTag, std::uint32_t>;
/// Milliseconds since the Unix epoch.
using TimestampMs = TaggedNumber<struct TimestampMsTag, std::uint64_t>;

[[nodiscard]] constexpr std::optional<Amount> checked_add(Amount a, Amount b) noexcept {
    if (a.value() > std::numeric_limits<std::uint64_t>::max() - b.value()) {
        return std::nullopt;
    }
    return Amount{a.value() + b.value()};
}
[[nodiscard]] constexpr std::optional<Amount> checked_sub(Amount a, Amount b) noexcept {
    if (a.value() < b.value()) {
        return std::nullopt;
    }
    return Amount{a.value() - b.value()};
}
[[nodiscard]] constexpr Amount saturating_add(Amount a, Amount b) noexcept {
    const auto sum = checked_add(a, b);
    return sum ? *sum : Amount{std::numeric_limits<std::uint64_t>::max()};
}
[[nodiscard]] constexpr Amount saturating_sub(Amount a, Amount b) noexcept {
    const auto difference = checked_sub(a, b);
    return difference ? *difference : Amount{0};
}

[[nodiscard]] constexpr Nonce next(Nonce nonce) noexcept {
    return Nonce{nonce.value() + 1};
}
[[nodiscard]] constexpr Topoheight next(Topoheight t) noexcept {
    return Topoheight{t.value() + 1};
}

}  // namespace parallax
