#pragma once

#include "replay/shrink/reproduce.hpp"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace parallax::replay {

/// Lanes for a configuration; valid until the next call.
using BundleLaneFactory =
    std::function<absl::StatusOr<BundleLanes>(const BundleConfiguration& configuration)>;

/// Answers the one question that shrinking asks: does this bundle still show the same finding? The
/// fingerprint must be equal: another bug is no answer. One thread at a time.
class ShrinkOracle {
  public:
    struct Options {
        /// The most runs that measure how often the finding comes; at least 1.
        std::uint32_t measure_runs = 200;
        /// The most runs in all.
        std::uint64_t max_runs = 20'000;
        /// Told after each run how many were done; may be empty.
        std::function<void(std::uint64_t runs)> progress = {};
    };
    ShrinkOracle(const model::Hash& fingerprint, BundleLaneFactory lanes, Options options);
    virtual ~ShrinkOracle() = default;
    ShrinkOracle(const ShrinkOracle&) = delete;
    ShrinkOracle& operator=(const ShrinkOracle&) = delete;

    /// Measures the rate of the finding, from which follows how often a question is asked.
    /// FailedPrecondition if it was never met.
    [[nodiscard]] virtual absl::Status measure(const Bundle& bundle);

    /// A run that met the finding, out of as many as it takes to miss it with at most 1 %
    /// probability at the measured rate; nothing if none did, the budget is spent, or `status` is
    /// an error.
    [[nodiscard]] virtual std::optional<BundleRun> find_failure(const Bundle& bundle);

    [[nodiscard]] bool exhausted() const noexcept {
        return runs_ >= options_.max_runs || !status_.ok();
    }
    [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }
    /// Measured rate, and the runs for one question.
    [[nodiscard]] double rate() const noexcept { return rate_; }
    [[nodiscard]] std::uint32_t attempts() const noexcept { return attempts_; }
    /// What went wrong with the environment, if anything did.
    [[nodiscard]] const absl::Status& status() const noexcept { return status_; }

  protected:
    [[nodiscard]] const model::Hash& fingerprint() const noexcept { return fingerprint_; }
    void count_run();
    void fail(absl::Status status) { status_ = std::move(status); }
    /// Measures by `ask`, which is one run. A finding that was `seen` otherwise may be met by none.
    [[nodiscard]] absl::Status measure_by(const std::function<bool()>& ask, bool seen);

  private:
    [[nodiscard]] std::optional<BundleRun> run(const Bundle& bundle);

    const model::Hash fingerprint_;
    const BundleLaneFactory lanes_;
    const Options options_;
    double rate_ = 1;
    std::uint32_t attempts_ = 1;
    std::uint64_t runs_ = 0;
    absl::Status status_;
};

/// ceil(ln 0.01 / ln(1 - rate)): so many runs miss a fault of that rate with at most 1 %.
/// 1 for a rate of 1; at most `kMaxAttempts`.
[[nodiscard]] std::uint32_t attempts_for(double rate) noexcept;
inline constexpr std::uint32_t kMaxAttempts = 1000;

}  // namespace parallax::replay
