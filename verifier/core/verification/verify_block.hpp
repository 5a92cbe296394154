#pragma once

#include "verifier/core/diagnosis/finding_source.hpp"
#include "verifier/core/verification/block_executor.hpp"
#include "verifier/core/verification/verifier_fault.hpp"
#include "verifier/model/observation.hpp"
#include "verifier/model/verdict.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace parallax::core {

/// The sections that must have been compared before a lane can be a match.
inline constexpr std::array kRequiredSections = {
    model::Section::kBlockStatus, model::Section::kResults, model::Section::kOrphans,
    model::Section::kTotals,      model::Section::kState,   model::Section::kInvariants,
};

/// Whether a finding of this class alone makes a block a mismatch. A failed executor has shown no
/// difference.
[[nodiscard]] bool is_mismatch(model::FindingClass finding_class) noexcept;

/// How a lane ends whose outcome was looked at: a mismatch if anything differs, a match only if
/// every required section is among `compared`, and inconclusive otherwise.
[[nodiscard]] model::VerdictKind conclude_lane(std::span<const model::Section> compared,
                                               bool differs) noexcept;

/// Sets kind and reason of a verdict from its lanes and findings, which must be complete: mismatch
/// if a lane is or a finding says so, else inconclusive if a lane is or there is none, else match.
void conclude_verdict(model::Verdict& verdict) noexcept;

struct Verification;

/// How a verification is to be done.
struct VerifyPolicy {
    model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane;
    /// Run the control again on a mismatch, to tell an unstable control from a wrong candidate.
    bool rerun_control_on_mismatch = true;
    bool record_accesses = true;
    /// Called, if set, when all lanes are judged and something was found, before anything is run
    /// again: what a later run shows cannot touch what this one is kept as. The verdict's kind is
    /// not concluded yet.
    std::function<void(const Verification&)> on_findings;
    /// Only `parallax selftest` breaks the verifier, to see that it notices.
    VerifierFault verifier_fault = VerifierFault::kNone;
};

/// Runs one lane under a time limit. The owner of clocks and threads supplies it; `verify_block`
/// itself has neither. It sets `cancelled` when the limit passes and returns what the executor
/// returned; an exception becomes an Internal status that says what was thrown.
class LaneRunner {
  public:
    virtual ~LaneRunner() = default;
    [[nodiscard]] virtual absl::StatusOr<model::BlockOutcome> run(
        BlockExecutor& executor, const std::function<absl::StatusOr<model::BlockOutcome>(
                                     const std::atomic<bool>& cancelled)>& lane) = 0;
    /// Signature answers for every transaction of the block, for policy `kOnce`.
    [[nodiscard]] virtual std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) = 0;
};

/// What a verification gives: the verdict, and the outcomes it was made from. The control's delta
/// is what the state advances by, whatever the candidates did.
struct Verification {
    model::Verdict verdict;
    /// Nothing if the control failed; the block then cannot be committed.
    std::optional<model::BlockOutcome> control;
    /// In the order of the candidates; nothing where a lane failed.
    std::vector<std::optional<model::BlockOutcome>> candidates;
    /// What was compared as recorded, by lane: an outcome as it was given, or the control's with
    /// what was observed in it.
    struct Recorded {
        std::string lane;
        model::BlockOutcome outcome;
    };
    std::vector<Recorded> recorded;
    /// What the state advances by instead of the control's delta, where the control could not
    /// execute every transaction and a node showed what became of the rows.
    std::optional<model::Delta> adopted;
    /// Requires a control.
    [[nodiscard]] model::Delta& state_delta() { return adopted ? *adopted : control->delta; }
};

/// The heart: runs the control and the candidates on the same view, compares section by section,
/// judges each outcome by the invariants, and answers. `recorded` is what the node itself
/// recorded, if known: one more outcome to compare with the control, or what was observed of one;
/// section `recorded` of each compared lane says that it was, and `Verdict::observed` how much.
/// No clock, log, file, thread or RocksDB in it.
///
/// Outcomes are compared only where both call the same transactions unsupported, and a lane with
/// an unsupported transaction is never a match. A failed or unstable control and a failed candidate
/// are findings; a failed candidate alone makes the block inconclusive, not a mismatch.
[[nodiscard]] Verification verify_block(const protocol::StateView& view,
                                        const protocol::AdmittedBlock& block,
                                        const protocol::Protocol& protocol, BlockExecutor& control,
                                        std::span<BlockExecutor* const> candidates,
                                        const model::Recording& recorded,
                                        const VerifyPolicy& policy, LaneRunner& runner);

}  // namespace parallax::core
