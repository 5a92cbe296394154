#include "replay/shrink/shrink_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace parallax::replay {

std::uint32_t attempts_for(double rate) noexcept {
    if (rate >= 1) {
        return 1;
    }
    if (rate <= 0) {
        return kMaxAttempts;
    }
    const double attempts = std::ceil(std::log(0.01) / std::log1p(-rate));
    return static_cast<std::uint32_t>(std::clamp(attempts, 1.0, double{kMaxAttempts}));
}

ShrinkOracle::ShrinkOracle(const model::Hash& fingerprint, BundleLaneFactory lanes, Options options)
    : fingerprint_(fingerprint), lanes_(std::move(lanes)), options_(std::move(options)) {}

absl::Status ShrinkOracle::measure(const Bundle& bundle) {
    return measure_by([&] { return run(bundle).has_value(); }, false);
}

absl::Status ShrinkOracle::measure_by(const std::function<bool()>& ask, bool seen) {
    std::uint32_t met = 0;
    std::uint32_t asked = 0;
    // A steady finding is known after a few runs; a rare one is waited for.
    constexpr std::uint32_t kEnough = 10;
    const auto decided = [&] { return asked >= kEnough && (met == asked || met >= kEnough); };
    while (asked < options_.measure_runs && status_.ok() && !decided()) {
        met += ask() ? 1U : 0U;
        ++asked;
    }
    if (!status_.ok()) {
        return status_;
    }
    if (met == 0 && !seen) {
        return absl::FailedPreconditionError(
            "the finding is not reproduced: what cannot be seen again cannot be shrunk. If the "
            "candidate keeps something from block to block, it needs the blocks before this one, "
            "and a bundle holds one: parallax replay --from, a few blocks earlier, shows whether "
            "it comes back");
    }
    rate_ = static_cast<double>(met) / asked;
    attempts_ = attempts_for(rate_);
    return absl::OkStatus();
}

std::optional<BundleRun> ShrinkOracle::find_failure(const Bundle& bundle) {
    for (std::uint32_t i = 0; i < attempts_ && !exhausted(); ++i) {
        if (auto found = run(bundle)) {
            return found;
        }
    }
    return std::nullopt;
}

void ShrinkOracle::count_run() {
    ++runs_;
    if (options_.progress) {
        options_.progress(runs_);
    }
}

std::optional<BundleRun> ShrinkOracle::run(const Bundle& bundle) {
    count_run();
    const auto lanes = lanes_(bundle.configuration);
    if (!lanes.ok()) {
        fail(lanes.status());
        return std::nullopt;
    }
    auto result = run_bundle(bundle, *lanes);
    // A block that cannot be admitted is one that was cut wrongly: of no interest.
    if (!result.ok() || !result->meets(fingerprint_)) {
        return std::nullopt;
    }
    return *std::move(result);
}

}  // namespace parallax::replay
