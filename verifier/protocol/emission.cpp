#include "verifier/protocol/emission.hpp"

#include "verifier/protocol/block_rules.hpp"

namespace parallax {

namespace {

constexpr unsigned kEmissionSpeedFactor = 20;
/// The formula is written for a target block time in milliseconds and divides by 180.
constexpr std::uint64_t kTargetBlockTimeMs = 1000;
constexpr std::uint64_t kMillisecondsPerSecond = 1000;
constexpr std::uint64_t kEmissionDivisor = 180;

constexpr std::uint64_t kFirstSideBlockPercent = 30;
constexpr std::uint64_t kMinimumSideBlockPercent = 5;
constexpr std::uint64_t kDevSharePercent = 10;
constexpr std::uint64_t kReducedDevSharePercent = 5;

Amount percent(Amount amount, std::uint64_t share) noexcept {
    // Quotient and remainder apart: exact, and no product can overflow.
    const std::uint64_t hundreds = amount.value() / 100;
    const std::uint64_t rest = amount.value() % 100;
    return Amount{hundreds * share + rest * share / 100};
}

std::uint64_t side_block_percent(std::uint32_t n) noexcept {
    if (n == 0) {
        return kFirstSideBlockPercent;
    }
    return n < 3 ? kFirstSideBlockPercent / (2ULL * n) : kMinimumSideBlockPercent;
}

}  // namespace

Amount block_reward(Amount emitted) noexcept {
    const Amount left = saturating_sub(Amount{kMaximumSupply}, emitted);
    const std::uint64_t base = left.value() >> kEmissionSpeedFactor;
    return Amount{base * kTargetBlockTimeMs / kMillisecondsPerSecond / kEmissionDivisor};
}

Amount side_block_reward(Amount reward, std::uint32_t n) noexcept {
    return percent(reward, side_block_percent(n));
}

Amount dev_share(Amount reward, BlockHeight height) noexcept {
    return percent(reward,
                   height < kReducedDevShareHeight ? kDevSharePercent : kReducedDevSharePercent);
}

}  // namespace parallax
