#pragma once

#include "verifier/core/verification/verify_block.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::core {

struct Comparison;
struct FindingSource;

/// What a verification is made of. References and pointers outlive it.
struct VerificationInput {
    const protocol::StateView& view;
    const protocol::AdmittedBlock& block;
    const protocol::Protocol& protocol;
    BlockExecutor& control;
    std::span<BlockExecutor* const> candidates;
    /// What nodes themselves recorded.
    const model::Recording& recorded;
    VerifyPolicy policy;
};

/// One verification in three steps, for a caller that runs its lanes on several threads;
/// `verify_block` runs them one after another. The verdict depends on the outcomes alone, never on
/// when or where a lane ran.
///
/// Order: `run_control` once; if it left an outcome, `run_candidate` once for each candidate, from
/// any thread, at the same time if wanted; when all of them have returned, `finish` once. Handing
/// the object from one thread to another is the caller's to synchronise.
class BlockVerification {
  public:
    explicit BlockVerification(const VerificationInput& input);
    ~BlockVerification();
    BlockVerification(const BlockVerification&) = delete;
    BlockVerification& operator=(const BlockVerification&) = delete;

    void run_control(LaneRunner& runner);
    /// Nothing if the control failed: no candidate is to be run then. Valid until `finish`.
    [[nodiscard]] const model::BlockOutcome* control() const noexcept;
    /// What the state advances by, of a control that left an outcome. Valid until `finish`.
    [[nodiscard]] const model::Delta& state_delta() noexcept { return result_.state_delta(); }
    [[nodiscard]] std::size_t candidates() const noexcept { return input_.candidates.size(); }

    void run_candidate(std::size_t candidate, LaneRunner& runner);

    /// Runs the control again if there is a mismatch and the policy wants it, so no other block
    /// may be in the control at that time.
    [[nodiscard]] Verification finish(LaneRunner& control_runner);

  private:
    struct Lane;

    [[nodiscard]] absl::StatusOr<protocol::SignatureSource> prepare_signatures(
        LaneRunner& runner) const;
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> run_lane(BlockExecutor& executor,
                                                               LaneRunner& runner) const;
    [[nodiscard]] FindingSource source(model::FindingClass finding_class,
                                       std::string_view lane) const;
    void give_up(const absl::Status& status);
    void judge_control();
    void compare_recorded();
    void compare_observed(const model::Observation& observation);
    void hold_against_recorded(std::string lane, model::BlockOutcome recorded);
    void finish_recorded(Lane& lane) const;
    static void count_as_equal(Lane& lane);
    void report_failure(const absl::Status& status, Lane& lane) const;
    void compare_candidate(const model::BlockOutcome& outcome, Lane& lane) const;
    bool judge(const model::BlockOutcome& outcome, Comparison comparison, std::string_view lane,
               std::vector<model::Finding>& findings,
               std::vector<model::UnjudgedInvariant>& unjudged) const;
    /// `control` is null where one outcome was judged alone.
    void add_summary(const model::BlockOutcome& other, model::Finding& finding) const;
    [[nodiscard]] model::Finding with_evidence(model::Finding finding,
                                               const model::BlockOutcome* control,
                                               const model::BlockOutcome& candidate) const;
    [[nodiscard]] std::string describe_unsupported(const std::vector<std::size_t>& candidate,
                                                   std::string_view lane) const;
    void rerun_control(LaneRunner& runner);

    const VerificationInput input_;
    Verification result_;
    // Written by `run_control`, read-only after it.
    std::optional<protocol::SignatureSource> signatures_;
    std::vector<std::size_t> control_unsupported_;
    bool recorded_compared_ = false;
    /// Why something that was recorded was not compared; empty if it was.
    std::string recorded_problem_;
    // One per candidate; each is written by the thread that runs that candidate alone.
    std::vector<Lane> lanes_;
};

}  // namespace parallax::core
