#include "verifier/core/verification/verify_block.hpp"

#include "tests/core/valid_block.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/comparison/compare.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace parallax::core {
namespace {

using namespace test;  // NOLINT: the sample block is this test's language

class EmptyView final : public protocol::StateView {
  public:
    absl::StatusOr<std::optional<model::StateValue>> get(const model::StateKey&) const override {
        return std::nullopt;
    }
};

/// Answers with what it was told, run after run; the last answer repeats.
class ScriptedExecutor final : public BlockExecutor {
  public:
    using Answer = std::function<absl::StatusOr<model::BlockOutcome>(const ExecutionContext&)>;

    ScriptedExecutor(std::string name, model::BlockOutcome outcome)
        : ScriptedExecutor(std::move(name),
                           std::vector<Answer>{[outcome = std::move(outcome)](
                                                   const ExecutionContext&) { return outcome; }}) {}
    ScriptedExecutor(std::string name, absl::Status status)
        : ScriptedExecutor(
              std::move(name),
              std::vector<Answer>{[status = std::move(status)](const ExecutionContext&) {
                  return absl::StatusOr<model::BlockOutcome>(status);
              }}) {}
    ScriptedExecutor(std::string name, std::vector<Answer> answers)
        : name_(std::move(name)), answers_(std::move(answers)) {}

    std::string_view name() const override { return name_; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView&,
                                                const protocol::AdmittedBlock&,
                                                const ExecutionContext& context) override {
        const std::size_t run = runs_++;
        return answers_[std::min(run, answers_.size() - 1)](context);
    }
    [[nodiscard]] std::size_t runs() const { return runs_; }

  private:
    std::string name_;
    std::vector<Answer> answers_;
    std::size_t runs_ = 0;
};

class DirectRunner final : public LaneRunner {
  public:
    absl::StatusOr<model::BlockOutcome> run(
        BlockExecutor& /*executor*/,
        const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        const std::atomic<bool> cancelled{false};
        try {
            return lane(cancelled);
        } catch (const std::exception& error) {
            return absl::InternalError(std::string("exception: ") + error.what());
        }
    }
    std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) override {
        ++signature_runs;
        return std::vector<crypto::SignatureCheck>(block.transactions().size() - missing_answers,
                                                   crypto::SignatureCheck::kInvalid);
    }
    std::size_t signature_runs = 0;
    std::size_t missing_answers = 0;
};

class VerifyBlock : public ::testing::Test {
  protected:
    Verification verify(BlockExecutor& control, std::vector<BlockExecutor*> candidates,
                        const model::Recording& recorded = {}) {
        return verify_block(view_, block_, profile_, control, candidates, recorded, policy_,
                            runner_);
    }
    Verification verify_one(model::BlockOutcome outcome, const model::Recording& recorded = {}) {
        ScriptedExecutor control("sequential", valid_);
        ScriptedExecutor candidate("batch", std::move(outcome));
        return verify(control, {&candidate}, recorded);
    }
    model::BlockOutcome wrong() const {
        model::BlockOutcome outcome = valid_;
        set_entry(outcome, model::balance_key(kBob, model::kTosAsset), amount(10), amount(49));
        return outcome;
    }
    std::size_t count(const model::Verdict& verdict, model::FindingClass finding_class) {
        return static_cast<std::size_t>(std::count_if(
            verdict.findings.begin(), verdict.findings.end(),
            [&](const model::Finding& finding) { return finding.finding_class == finding_class; }));
    }
    void expect_inconclusive(const model::Verdict& verdict, model::InconclusiveReason reason) {
        EXPECT_EQ(verdict.kind, model::VerdictKind::kInconclusive);
        EXPECT_EQ(verdict.reason, reason);
    }

    EmptyView view_;
    protocol::AdmittedBlock block_ = valid_block();
    tos::e1::Profile profile_ = chain_profile();
    VerifyPolicy policy_;
    DirectRunner runner_;
    model::BlockOutcome valid_ = valid_outcome(block_);
};

TEST_F(VerifyBlock, equal_outcomes_match_with_every_section_compared) {
    const Verification result = verify_one(valid_);
    const model::Verdict& verdict = result.verdict;
    EXPECT_EQ(verdict.kind, model::VerdictKind::kMatch);
    EXPECT_FALSE(verdict.reason);
    EXPECT_TRUE(verdict.findings.empty());
    EXPECT_EQ(verdict.topoheight, model::Topoheight{812});
    EXPECT_EQ(verdict.block_hash, block_.hash());
    EXPECT_EQ(verdict.transactions, 4U);
    EXPECT_EQ(verdict.executed, 3U);
    EXPECT_EQ(verdict.failed, 1U);
    EXPECT_EQ(verdict.keys, valid_.delta.entries.size());
    ASSERT_EQ(verdict.lanes.size(), 1U);
    EXPECT_EQ(verdict.lanes[0].executor, "batch");
    EXPECT_EQ(verdict.lanes[0].kind, model::VerdictKind::kMatch);
    std::vector<model::Section> sections(kRequiredSections.begin(), kRequiredSections.end());
    sections.push_back(model::Section::kSerializability);
    EXPECT_EQ(verdict.lanes[0].compared, sections);
    ASSERT_TRUE(result.control);
    EXPECT_EQ(result.control->delta, valid_.delta);
    ASSERT_TRUE(result.candidates.at(0));
}

TEST_F(VerifyBlock, required_sections_are_all_that_can_be_compared) {
    std::vector<model::Section> sections(comparable_sections().begin(),
                                         comparable_sections().end());
    sections.push_back(model::Section::kInvariants);
    EXPECT_EQ(sections,
              std::vector<model::Section>(kRequiredSections.begin(), kRequiredSections.end()));
}

TEST_F(VerifyBlock, a_lane_that_skipped_any_section_cannot_match) {
    for (std::size_t skipped = 0; skipped < kRequiredSections.size(); ++skipped) {
        model::LaneReport lane;
        lane.kind = model::VerdictKind::kMatch;
        lane.compared.assign(kRequiredSections.begin(), kRequiredSections.end());
        EXPECT_EQ(conclude_lane(lane.compared, false), model::VerdictKind::kMatch);
        lane.compared.erase(lane.compared.begin() + static_cast<std::ptrdiff_t>(skipped));
        EXPECT_EQ(conclude_lane(lane.compared, false), model::VerdictKind::kInconclusive);
        EXPECT_EQ(conclude_lane(lane.compared, true), model::VerdictKind::kMismatch);
        model::Verdict verdict;
        verdict.lanes = {lane};
        conclude_verdict(verdict);
        EXPECT_EQ(verdict.kind, model::VerdictKind::kInconclusive)
            << model::section_name(kRequiredSections[skipped]);
        EXPECT_TRUE(verdict.reason);
    }
}

TEST_F(VerifyBlock, a_difference_is_a_mismatch_and_the_control_stands) {
    const Verification result = verify_one(wrong());
    EXPECT_EQ(result.verdict.kind, model::VerdictKind::kMismatch);
    EXPECT_FALSE(result.verdict.reason);
    EXPECT_EQ(result.verdict.lanes[0].kind, model::VerdictKind::kMismatch);
    EXPECT_EQ(result.verdict.lanes[0].detail, "control re-run: same outcome");
    EXPECT_EQ(count(result.verdict, model::FindingClass::kDivergence), 1U);
    // One unit was lost, which is a broken invariant as well.
    EXPECT_EQ(count(result.verdict, model::FindingClass::kInvariantBroken), 1U);
    EXPECT_EQ(count(result.verdict, model::FindingClass::kControlUnstable), 0U);
    EXPECT_EQ(result.control->delta, valid_.delta);
    EXPECT_EQ(result.candidates[0]->delta, wrong().delta);
}

TEST_F(VerifyBlock, one_wrong_lane_of_several_is_a_mismatch) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor good("staged", valid_);
    ScriptedExecutor bad("batch", wrong());
    ScriptedExecutor broken("speculative", absl::InternalError("oops"));
    const Verification result = verify(control, {&good, &broken, &bad});
    EXPECT_EQ(result.verdict.kind, model::VerdictKind::kMismatch);
    EXPECT_EQ(result.verdict.lanes[0].kind, model::VerdictKind::kMatch);
    EXPECT_EQ(result.verdict.lanes[1].kind, model::VerdictKind::kInconclusive);
    EXPECT_EQ(result.verdict.lanes[2].kind, model::VerdictKind::kMismatch);
    EXPECT_TRUE(result.candidates[0]);
    EXPECT_FALSE(result.candidates[1]);
    EXPECT_TRUE(result.candidates[2]);
}

TEST_F(VerifyBlock, a_control_without_candidates_is_inconclusive) {
    ScriptedExecutor control("sequential", valid_);
    const Verification result = verify(control, {});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kNoCandidate);
    EXPECT_TRUE(result.control);
}

TEST_F(VerifyBlock, a_failed_control_runs_no_candidate) {
    ScriptedExecutor control("sequential", absl::DataLossError("bad row"));
    ScriptedExecutor candidate("batch", valid_);
    const Verification result = verify(control, {&candidate});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kControlFailed);
    EXPECT_FALSE(result.control);
    ASSERT_EQ(result.candidates.size(), 1U);
    EXPECT_FALSE(result.candidates[0]);
    EXPECT_EQ(candidate.runs(), 0U);
    EXPECT_EQ(result.verdict.lanes[0].detail, "control: DATA_LOSS: bad row");
    ASSERT_EQ(result.verdict.findings.size(), 1U);
    EXPECT_EQ(result.verdict.findings[0].lane, "control");
}

TEST_F(VerifyBlock, a_control_out_of_time_has_timed_out) {
    ScriptedExecutor control("sequential", absl::DeadlineExceededError("5 s"));
    ScriptedExecutor candidate("batch", valid_);
    expect_inconclusive(verify(control, {&candidate}).verdict,
                        model::InconclusiveReason::kTimedOut);
    expect_inconclusive(verify(control, {}).verdict, model::InconclusiveReason::kTimedOut);
}

TEST_F(VerifyBlock, a_failed_candidate_is_a_finding_and_inconclusive) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor candidate("batch", absl::InternalError("index out of range"));
    const Verification result = verify(control, {&candidate});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kExecutorFailed);
    EXPECT_EQ(result.verdict.lanes[0].reason, model::InconclusiveReason::kExecutorFailed);
    EXPECT_EQ(result.verdict.lanes[0].detail, "INTERNAL: index out of range");
    EXPECT_TRUE(result.verdict.lanes[0].compared.empty());
    ASSERT_EQ(count(result.verdict, model::FindingClass::kExecutorFailed), 1U);
    EXPECT_EQ(result.verdict.findings[0].lane, "batch");
    EXPECT_EQ(result.control->delta, valid_.delta);
    EXPECT_EQ(control.runs(), 1U);
}

TEST_F(VerifyBlock, an_exception_in_a_candidate_is_a_finding) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor candidate(
        "batch", std::vector<ScriptedExecutor::Answer>{
                     [](const ExecutionContext&) -> absl::StatusOr<model::BlockOutcome> {
                         throw std::runtime_error("vector::at");
                     }});
    const Verification result = verify(control, {&candidate});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kExecutorFailed);
    EXPECT_EQ(result.verdict.findings.at(0).first.candidate, "INTERNAL: exception: vector::at");
}

TEST_F(VerifyBlock, a_candidate_out_of_time_leaves_the_control_alone) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor candidate("batch", absl::DeadlineExceededError("5 s"));
    const Verification result = verify(control, {&candidate});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kTimedOut);
    EXPECT_TRUE(result.verdict.findings.empty());
    EXPECT_EQ(result.control->delta, valid_.delta);
}

/// A candidate that is not to be asked.
class DecliningExecutor final : public BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "batch"; }
    [[nodiscard]] std::optional<Declined> declines(const protocol::AdmittedBlock&) override {
        return Declined{model::InconclusiveReason::kCircuitOpen, "open for 3 blocks"};
    }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView&,
                                                              const protocol::AdmittedBlock&,
                                                              const ExecutionContext&) override {
        ADD_FAILURE() << "executed a block that it had declined";
        return absl::InternalError("declined");
    }
};

TEST_F(VerifyBlock, a_candidate_that_declines_is_inconclusive_and_no_finding) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor equal("staged", valid_);
    DecliningExecutor declining;
    const Verification result = verify(control, {&equal, &declining});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kCircuitOpen);
    EXPECT_TRUE(result.verdict.findings.empty());
    ASSERT_EQ(result.verdict.lanes.size(), 2U);
    EXPECT_EQ(result.verdict.lanes[0].kind, model::VerdictKind::kMatch);
    EXPECT_EQ(result.verdict.lanes[1].reason, model::InconclusiveReason::kCircuitOpen);
    EXPECT_EQ(result.verdict.lanes[1].detail, "open for 3 blocks");
    EXPECT_TRUE(result.verdict.lanes[1].compared.empty());
    EXPECT_EQ(result.candidates.size(), 2U);
    EXPECT_EQ(result.control->delta, valid_.delta);
}

TEST_F(VerifyBlock, a_mismatch_beats_a_candidate_that_declines) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor different("staged", wrong());
    DecliningExecutor declining;
    EXPECT_EQ(verify(control, {&different, &declining}).verdict.kind,
              model::VerdictKind::kMismatch);
}

TEST_F(VerifyBlock, an_unsupported_transaction_is_never_a_match) {
    valid_.results[3].status = model::TransactionStatus::kUnsupported;
    valid_.results[3].code = model::ErrorCode::kNotImplemented;
    valid_.orphans.clear();
    const Verification both = verify_one(valid_);
    expect_inconclusive(both.verdict, model::InconclusiveReason::kUnsupportedTransaction);
    EXPECT_NE(both.verdict.lanes[0].detail.find(block_.transactions()[3].hash.hex()),
              std::string::npos);
    EXPECT_NE(both.verdict.lanes[0].detail.find("transfers"), std::string::npos);
    EXPECT_TRUE(both.control);
    // What can be compared is: a difference elsewhere is not hidden by it.
    EXPECT_EQ(verify_one(wrong()).verdict.kind, model::VerdictKind::kMismatch);
}

TEST_F(VerifyBlock, outcomes_that_support_different_transactions_are_not_compared) {
    model::BlockOutcome unsupported = wrong();
    unsupported.results[1].status = model::TransactionStatus::kUnsupported;
    const Verification in_candidate = verify_one(unsupported);
    expect_inconclusive(in_candidate.verdict, model::InconclusiveReason::kUnsupportedTransaction);
    EXPECT_TRUE(in_candidate.verdict.lanes[0].compared.empty());
    EXPECT_NE(in_candidate.verdict.lanes[0].detail.find("type burn is unsupported in batch"),
              std::string::npos)
        << in_candidate.verdict.lanes[0].detail;
}

TEST_F(VerifyBlock, a_record_of_the_node_is_a_third_opinion) {
    const Verification agrees = verify_one(valid_, {valid_, {}});
    EXPECT_EQ(agrees.verdict.kind, model::VerdictKind::kMatch);
    EXPECT_EQ(agrees.verdict.lanes[0].compared.back(), model::Section::kRecorded);

    const model::BlockOutcome recorded = wrong();
    const Verification differs = verify_one(valid_, {recorded, {}});
    EXPECT_EQ(differs.verdict.kind, model::VerdictKind::kMismatch);
    EXPECT_EQ(differs.verdict.lanes[0].kind, model::VerdictKind::kMatch);
    ASSERT_EQ(count(differs.verdict, model::FindingClass::kRecordedDivergence), 1U);
    const model::Finding& finding = differs.verdict.findings[0];
    EXPECT_EQ(finding.lane, "recorded");
    EXPECT_EQ(finding.first.control, "50");
    EXPECT_EQ(finding.first.candidate, "49");
}

TEST_F(VerifyBlock, a_record_that_leaves_a_transaction_out_is_no_match) {
    model::BlockOutcome recorded = wrong();
    recorded.results[0].status = model::TransactionStatus::kUnsupported;
    const Verification result = verify_one(valid_, {recorded, {}});
    EXPECT_EQ(result.verdict.kind, model::VerdictKind::kInconclusive);
    EXPECT_EQ(result.verdict.lanes[0].reason, model::InconclusiveReason::kNotCompared);
    EXPECT_NE(result.verdict.lanes[0].detail.find("transaction 0 is unsupported"),
              std::string::npos)
        << result.verdict.lanes[0].detail;
}

model::Observation observed_balance(const model::PublicKey& owner, std::uint64_t value) {
    model::Observation observation;
    observation.rows = {{model::balance_key(owner, model::kTosAsset), amount(value)}};
    return observation;
}

TEST_F(VerifyBlock, what_a_node_was_seen_to_say_is_compared_and_counted) {
    const Verification agrees = verify_one(valid_, {std::nullopt, {observed_balance(kBob, 50)}});
    EXPECT_EQ(agrees.verdict.kind, model::VerdictKind::kMatch);
    EXPECT_EQ(agrees.verdict.lanes[0].compared.back(), model::Section::kRecorded);
    ASSERT_EQ(agrees.verdict.observed.size(), 1U);
    EXPECT_EQ(agrees.verdict.observed[0].accounts, 1U);
    EXPECT_EQ(agrees.verdict.observed[0].touched, 5U);

    model::Observation other = observed_balance(kBob, 49);
    other.source = "parallel";
    const Verification differs =
        verify_one(valid_, {std::nullopt, {observed_balance(kBob, 50), other}});
    EXPECT_EQ(differs.verdict.kind, model::VerdictKind::kMismatch);
    EXPECT_EQ(differs.verdict.lanes[0].kind, model::VerdictKind::kMatch);
    ASSERT_EQ(count(differs.verdict, model::FindingClass::kRecordedDivergence), 1U);
    const model::Finding& finding = differs.verdict.findings[0];
    EXPECT_EQ(finding.lane, "recorded:parallel");
    EXPECT_EQ(finding.first.control, "50");
    EXPECT_EQ(finding.first.candidate, "49");
    EXPECT_TRUE(finding.derived.empty()) << "nothing else was seen";
    ASSERT_EQ(differs.recorded.size(), 2U);
    EXPECT_EQ(differs.recorded[1].lane, finding.lane);
}

TEST_F(VerifyBlock, a_node_that_was_not_seen_to_say_anything_is_not_compared) {
    const Verification result = verify_one(valid_, {std::nullopt, {model::Observation{}}});
    EXPECT_EQ(result.verdict.kind, model::VerdictKind::kMatch);
    EXPECT_NE(result.verdict.lanes[0].compared.back(), model::Section::kRecorded);
    ASSERT_EQ(result.verdict.observed.size(), 1U);
    EXPECT_FALSE(saw_something(result.verdict.observed[0]));
}

TEST_F(VerifyBlock, an_observation_of_another_block_is_no_match) {
    model::Observation observation = observed_balance(kBob, 50);
    observation.executed.resize(1);
    const Verification result = verify_one(valid_, {std::nullopt, {observation}});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kNotCompared);
    EXPECT_NE(result.verdict.lanes[0].detail.find("1 results were observed"), std::string::npos)
        << result.verdict.lanes[0].detail;
}

TEST_F(VerifyBlock, rows_that_a_node_shows_become_the_state_where_the_control_cannot_tell) {
    valid_.results[3].status = model::TransactionStatus::kUnsupported;
    valid_.results[3].code = model::ErrorCode::kNotImplemented;
    valid_.orphans.clear();
    Verification result = verify_one(valid_, {std::nullopt, {observed_balance(kDave, 1)}});
    expect_inconclusive(result.verdict, model::InconclusiveReason::kUnsupportedTransaction);
    ASSERT_EQ(result.verdict.observed.size(), 1U);
    EXPECT_TRUE(result.verdict.observed[0].adopted);
    EXPECT_TRUE(result.verdict.findings.empty()) << "nothing was compared";
    ASSERT_TRUE(result.adopted);
    EXPECT_EQ(result.state_delta().entries.size(), valid_.delta.entries.size() + 1);
    EXPECT_EQ(result.control->delta, valid_.delta) << "what the control made stays what it was";

    model::Observation other = observed_balance(kDave, 1);
    other.source = "parallel";
    const Verification foreign = verify_one(valid_, {std::nullopt, {other}});
    EXPECT_FALSE(foreign.adopted) << "only the node that the blocks come from is believed";
}

TEST_F(VerifyBlock, a_control_that_breaks_a_law_is_a_mismatch_although_lanes_agree) {
    ScriptedExecutor control("sequential", wrong());
    ScriptedExecutor candidate("batch", wrong());
    const Verification result = verify(control, {&candidate});
    EXPECT_EQ(result.verdict.kind, model::VerdictKind::kMismatch);
    ASSERT_EQ(count(result.verdict, model::FindingClass::kInvariantBroken), 2U);
    EXPECT_EQ(result.verdict.findings[0].lane, "control");
    EXPECT_EQ(result.verdict.findings.back().lane, "batch");
    ScriptedExecutor alone("sequential", wrong());
    EXPECT_EQ(verify(alone, {}).verdict.kind, model::VerdictKind::kMismatch);
}

TEST_F(VerifyBlock, a_wrong_read_is_a_mismatch_although_its_value_was_right) {
    model::BlockOutcome silent = valid_;
    // Says that it read its marker as the epilogue left it: absent, as it should be.
    silent.access_log->accesses.insert(
        silent.access_log->accesses.begin(),
        {model::TxIndex{0}, model::AccessKind::kRead,
         model::executed_transaction_key(silent.results[0].hash), 2, 0});
    const Verification result = verify_one(silent);
    EXPECT_EQ(result.verdict.kind, model::VerdictKind::kMismatch);
    ASSERT_EQ(result.verdict.findings.size(), 1U);
    const model::Finding& finding = result.verdict.findings[0];
    EXPECT_EQ(finding.finding_class, model::FindingClass::kNotSerializable);
    EXPECT_EQ(finding.lane, "batch");
    EXPECT_EQ(finding.first.section, model::Section::kSerializability);
    EXPECT_NE(finding.sentence.find("future read in batch: transaction 0 (transfers"),
              std::string::npos)
        << finding.sentence;
    EXPECT_NE(finding.sentence.find("block order demands as before the block: absent, the log has "
                                    "as transaction 2 left it: absent."),
              std::string::npos)
        << finding.sentence;
    // The control is judged in the same way.
    ScriptedExecutor control("sequential", silent);
    ScriptedExecutor candidate("batch", valid_);
    const Verification of_control = verify(control, {&candidate});
    EXPECT_EQ(of_control.verdict.kind, model::VerdictKind::kMismatch);
    EXPECT_EQ(count(of_control.verdict, model::FindingClass::kNotSerializable), 1U);
}

TEST_F(VerifyBlock, a_missing_access_log_is_not_a_match) {
    model::BlockOutcome silent = valid_;
    silent.access_log.reset();
    const Verification result = verify_one(silent);
    // The executor has not failed: it has another word.
    expect_inconclusive(result.verdict, model::InconclusiveReason::kNotCompared);
    EXPECT_EQ(result.verdict.lanes[0].detail, "there is no access log to hold against block order");
    valid_.access_log.reset();
    expect_inconclusive(verify_one(valid_).verdict, model::InconclusiveReason::kNotCompared);
    // Unless nobody asked for it: then the verdict does not name the section.
    policy_.record_accesses = false;
    const Verification unasked = verify_one(valid_);
    EXPECT_EQ(unasked.verdict.kind, model::VerdictKind::kMatch);
    EXPECT_EQ(unasked.verdict.lanes[0].compared,
              std::vector<model::Section>(kRequiredSections.begin(), kRequiredSections.end()));
}

TEST_F(VerifyBlock, a_control_that_differs_on_its_second_run_is_unstable) {
    const auto answer = [](model::BlockOutcome outcome) {
        return [outcome = std::move(outcome)](const ExecutionContext&) { return outcome; };
    };
    ScriptedExecutor control(
        "sequential", std::vector<ScriptedExecutor::Answer>{answer(valid_), answer(wrong())});
    ScriptedExecutor candidate("batch", wrong());
    const Verification result = verify(control, {&candidate});
    EXPECT_EQ(control.runs(), 2U);
    EXPECT_EQ(candidate.runs(), 1U);
    ASSERT_EQ(count(result.verdict, model::FindingClass::kControlUnstable), 1U);
    const model::Finding& finding = result.verdict.findings.back();
    EXPECT_EQ(finding.lane, "control");
    EXPECT_NE(finding.sentence.find("its first run 50, its second run 49"), std::string::npos)
        << finding.sentence;
    EXPECT_EQ(result.verdict.lanes[0].detail, "control re-run: another outcome");
    // The first run stands.
    EXPECT_EQ(result.control->delta, valid_.delta);
}

TEST_F(VerifyBlock, a_second_run_that_fails_is_unstable_but_a_slow_one_is_not) {
    const auto first = [this](const ExecutionContext&) -> absl::StatusOr<model::BlockOutcome> {
        return valid_;
    };
    const auto failing = [](const ExecutionContext&) -> absl::StatusOr<model::BlockOutcome> {
        return absl::InternalError("gone");
    };
    const auto slow = [](const ExecutionContext&) -> absl::StatusOr<model::BlockOutcome> {
        return absl::DeadlineExceededError("5 s");
    };
    ScriptedExecutor candidate("batch", wrong());
    ScriptedExecutor unstable("sequential", std::vector<ScriptedExecutor::Answer>{first, failing});
    const model::Verdict failed = verify(unstable, {&candidate}).verdict;
    EXPECT_EQ(count(failed, model::FindingClass::kControlUnstable), 1U);
    EXPECT_EQ(failed.lanes[0].detail, "control re-run: INTERNAL: gone");
    ScriptedExecutor late("sequential", std::vector<ScriptedExecutor::Answer>{first, slow});
    const model::Verdict timed_out = verify(late, {&candidate}).verdict;
    EXPECT_EQ(count(timed_out, model::FindingClass::kControlUnstable), 0U);
    EXPECT_EQ(timed_out.lanes[0].detail, "control re-run: DEADLINE_EXCEEDED: 5 s");
}

TEST_F(VerifyBlock, the_control_runs_again_only_on_a_mismatch_and_by_policy) {
    ScriptedExecutor control("sequential", valid_);
    ScriptedExecutor good("batch", valid_);
    EXPECT_EQ(verify(control, {&good}).verdict.kind, model::VerdictKind::kMatch);
    EXPECT_EQ(control.runs(), 1U);
    ScriptedExecutor bad("batch", wrong());
    policy_.rerun_control_on_mismatch = false;
    EXPECT_EQ(verify(control, {&bad}).verdict.kind, model::VerdictKind::kMismatch);
    EXPECT_EQ(control.runs(), 2U);
}

TEST_F(VerifyBlock, the_signature_policy_reaches_every_lane_and_the_verdict) {
    for (const model::SignaturePolicy policy :
         {model::SignaturePolicy::kPerLane, model::SignaturePolicy::kOnce,
          model::SignaturePolicy::kOff}) {
        policy_.signatures = policy;
        runner_.signature_runs = 0;
        std::size_t lanes = 0;
        const auto answer =
            [&](const ExecutionContext& context) -> absl::StatusOr<model::BlockOutcome> {
            EXPECT_EQ(context.signatures.policy(), policy);
            EXPECT_TRUE(context.record_accesses);
            const crypto::SignatureCheck check = context.signatures.under_source(model::TxIndex{0});
            // The runner calls all signatures invalid, and the sample's are not signed at all.
            EXPECT_EQ(check == crypto::SignatureCheck::kValid,
                      policy == model::SignaturePolicy::kOff);
            ++lanes;
            return valid_;
        };
        ScriptedExecutor control("sequential", std::vector<ScriptedExecutor::Answer>{answer});
        ScriptedExecutor candidate("batch", std::vector<ScriptedExecutor::Answer>{answer});
        EXPECT_EQ(verify(control, {&candidate}).verdict.signatures, policy);
        EXPECT_EQ(lanes, 2U);
        EXPECT_EQ(runner_.signature_runs, policy == model::SignaturePolicy::kOnce ? 1U : 0U);
    }
}

TEST_F(VerifyBlock, missing_signature_answers_are_not_guessed) {
    policy_.signatures = model::SignaturePolicy::kOnce;
    runner_.missing_answers = 1;
    const Verification result = verify_one(valid_);
    expect_inconclusive(result.verdict, model::InconclusiveReason::kControlFailed);
    EXPECT_EQ(result.verdict.lanes[0].detail,
              "control: INTERNAL: 3 signature answers for 4 transactions");
}

}  // namespace
}  // namespace parallax::core
