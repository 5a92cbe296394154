#pragma once

#include "verifier/base/clock.hpp"
#include "verifier/core/verification/verify_pipeline.hpp"
#include "verifier/service/lanes/canary_report.hpp"
#include "verifier/service/settings/configuration.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parallax::service {

/// A block to run a canary on, and what the control made of it.
struct CanaryScene {
    const protocol::StateView& view;
    const protocol::AdmittedBlock& block;
    const protocol::Protocol& protocol;
    const model::BlockOutcome& control;
};

/// An executor with a seeded fault, for one run.
class CanaryLane {
  public:
    virtual ~CanaryLane() = default;
    /// Refers to this object. Its runner ends the executor when the time is up.
    [[nodiscard]] virtual core::PipelineLane lane() = 0;
    /// The smallest chain on which the fault shows, block by block; of this object.
    [[nodiscard]] virtual std::vector<CanaryScene> minimal_chain() = 0;
    /// What must find it there.
    [[nodiscard]] virtual std::vector<model::FindingClass> expected() const = 0;
};

/// Makes lanes with faults: whoever knows faults implements it. Called by the loop's thread only,
/// but for `faults`; must outlive the loop.
class CanaryFactory {
  public:
    virtual ~CanaryFactory() = default;
    /// Names of the faults that show on their minimal chain in every run. From any thread.
    [[nodiscard]] virtual std::vector<std::string> faults() const = 0;
    /// `fault` is one of them; its executor gets `time_limit_ms` for a block.
    [[nodiscard]] virtual absl::StatusOr<std::unique_ptr<CanaryLane>> create(
        const std::string& fault, std::uint64_t time_limit_ms) = 0;
};

/// Runs a seeded fault now and then, to see whether the alarm is raised: the test button of the
/// verifier. It works after a block is committed and answered, on what is left of it, so there is
/// nothing of the block that it could touch.
///
/// A fault is run on the feeder's block. If nothing finds it there although its outcome is another
/// than the control's, it is silent. If its outcome is the control's, the block gave it no place to
/// show, and it runs on its minimal chain, where everything that must find it has to. So silence
/// always means that the verifier is blind, and never that the block was a dull one.
///
/// For the loop's thread. Factory and clock outlive it.
class Canary {
  public:
    /// What judges a lane; the verifier's own unless a test of this class gives a broken one.
    using Detector = std::function<decltype(core::verify_block)>;

    /// `factory` null for no canaries at all.
    Canary(CanaryFactory* factory, const base::Clock& clock, const VerificationSettings& settings,
           Detector detector = &core::verify_block);

    /// A change of the canary makes it due at once.
    void configure(const VerificationSettings& settings);
    /// Told of every block that is committed; true if a canary is to be run on it: on the first one
    /// with a transaction, then every `interval_blocks`. It waits as long again for a block with a
    /// transaction, and no longer.
    [[nodiscard]] bool is_due(const protocol::AdmittedBlock& block);
    [[nodiscard]] CanaryReport run(const CanaryScene& live, model::SignaturePolicy signatures);

  private:
    struct Trial;

    /// Whose turn it is: it goes by the topoheight, so that restarts do not begin with the first
    /// one again.
    [[nodiscard]] std::string fault_for(model::Topoheight topoheight) const;
    void run_on_live(const CanaryScene& live, model::SignaturePolicy signatures,
                     CanaryReport& report);
    void run_on_minimal(CanaryReport& report);
    [[nodiscard]] Trial try_on(const CanaryScene& scene, CanaryLane& lane,
                               model::SignaturePolicy signatures) const;

    CanaryFactory* const factory_;
    const base::Clock& clock_;
    const Detector detector_;
    bool enabled_ = false;
    CanarySettings settings_;
    /// Blocks since the last one.
    std::uint64_t blocks_ = 0;
};

}  // namespace parallax::service
