#include "verifier/chains/tos/emission.hpp"

namespace parallax::tos {

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

model::Amount percent(model::Amount amount, std::uint64_t share) noexcept {
    // Quotient and remainder apart: exact, and no product can overflow.
    const std::uint64_t hundreds = amount.value() / 100;
    const std::uint64_t rest = amount.value() % 100;
    return model::Amount{hundreds * share + rest * share / 100};
}

std::uint64_t side_block_percent(std::uint32_t n) noexcept {
    if (n == 0) {
        return kFirstSideBlockPercent;
    }
    return n < 3 ? kFirstSideBlockPercent / (2ULL * n) : kMinimumSideBlockPercent;
}

}  // namespace

model::Amount block_reward(model::Amount emitted) noexcept {
    const model::Amount left = model::saturating_sub(model::Amount{model::kMaximumSupply}, emitted);
    const std::uint64_t base = left.value() >> kEmissionSpeedFactor;
    return model::Amount{base * kTargetBlockTimeMs / kMillisecondsPerSecond / kEmissionDivisor};
}

model::Amount side_block_reward(model::Amount reward, std::uint32_t n) noexcept {
    return percent(reward, side_block_percent(n));
}

model::Amount dev_share(model::Amount reward, model::BlockHeight height) noexcept {
    return percent(reward,
                   height < kReducedDevShareHeight ? kDevSharePercent : kReducedDevSharePercent);
}

}  // namespace parallax::tos
