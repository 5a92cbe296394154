#pragma once

#include "replay/bundle/bundle.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::replay {

/// Who runs a bundle: its owner builds them from the bundle's configuration. References outlive
/// every call; one thread at a time.
struct BundleLanes {
    core::BlockExecutor& control;
    /// Null for a bundle whose finding needs no candidate.
    core::BlockExecutor* candidate = nullptr;
    core::LaneRunner& runner;
};

/// One run of a bundle.
struct BundleRun {
    core::Verification verification;
    /// The finding that heads the lane the bundle is about, if it found anything.
    std::optional<model::Finding> finding;
    /// A row that was asked for and never recorded: nothing that the run says is to be believed.
    std::optional<model::StateKey> missing;
    /// Every row that was read.
    std::vector<core::RecordedRow> rows;
    /// Under which the candidate ran; nothing if the machine decided.
    std::optional<core::Schedule> schedule = {};

    /// It met `fingerprint`, with all that it needed at hand.
    [[nodiscard]] bool meets(const model::Hash& fingerprint) const noexcept {
        return !missing && finding && finding->fingerprint == fingerprint;
    }
};

/// Runs the bundle's block on the bundle's rows once; the control is not run again. InvalidArgument
/// if its block cannot be admitted.
[[nodiscard]] absl::StatusOr<BundleRun> run_bundle(const Bundle& bundle, const BundleLanes& lanes);

/// What came of running a bundle again.
enum class Reproducibility : std::uint8_t {
    /// Every run met the expected finding, or another symptom of its cause (`group_of`).
    kDeterministic = 0,
    /// Some did.
    kScheduleDependent = 1,
    /// The control disagrees with itself: the machine, not the candidate.
    kEnvironmental = 2,
    /// No run did.
    kNotReproduced = 3,
    /// Runs that could not be judged leave it open.
    kInconclusive = 4,
};
[[nodiscard]] std::string_view reproducibility_name(Reproducibility value) noexcept;

struct Reproduction {
    Reproducibility kind = Reproducibility::kInconclusive;
    std::uint32_t runs = 0;
    std::uint32_t reproduced = 0;
    /// Runs in which something else was found, that compared equal, and that gave no verdict.
    std::uint32_t other = 0;
    std::uint32_t equal = 0;
    std::uint32_t inconclusive = 0;
    /// The rate at which the finding comes lies between these with 95 % confidence (Wilson).
    double rate_low = 0;
    double rate_high = 1;
    std::optional<model::StateKey> missing;
    /// The first other finding.
    std::optional<model::Finding> other_finding;
    /// The control's outcome is the one that the bundle holds.
    bool control_as_recorded = false;
    /// Why runs were inconclusive, for people.
    std::string why;

    /// 2 a finding was met, the expected one or another; 3 inconclusive or environmental; 0 every
    /// run compared equal.
    [[nodiscard]] int exit_code() const noexcept;
};

/// Asked before each further run, with the number of those that are done: whether to go on.
using GoOn = std::function<bool(std::uint32_t done)>;

/// Runs the bundle `runs` times (at least 1), or until `go_on`, if given, says no; and the control
/// twice against itself first.
[[nodiscard]] absl::StatusOr<Reproduction> reproduce(const Bundle& bundle, const BundleLanes& lanes,
                                                     std::uint32_t runs, const GoOn& go_on = {});

/// Bounds of a rate after `hits` of `runs`, 95 % confidence (Wilson).
struct RateBounds {
    double low = 0;
    double high = 1;
};
[[nodiscard]] RateBounds rate_bounds(std::uint32_t hits, std::uint32_t runs) noexcept;

}  // namespace parallax::replay
