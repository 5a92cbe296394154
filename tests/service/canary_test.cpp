// The canary by itself, with sound and with broken detectors, and in a whole sidecar.
#include "verifier/service/lanes/canary.hpp"

#include "app/protocols.hpp"
#include "app/sidecar/sidecar_canaries.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "replay/bundle/bundle_folder.hpp"
#include "testbed/faults/prepared_chain.hpp"
#include "tests/service/health_check.hpp"
#include "tests/service/sidecar_fixture.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <gmock/gmock.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <atomic>

namespace parallax::service {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Goes on by a step with every look at it.
class SteppingClock final : public base::Clock {
  public:
    explicit SteppingClock(std::chrono::nanoseconds step) : step_(step) {}
    std::chrono::nanoseconds now() const override { return step_ * ++looks_; }

  private:
    const std::chrono::nanoseconds step_;
    mutable std::int64_t looks_ = 0;
};

/// A lane of a fault that runs another executor instead.
class SwappedLane final : public CanaryLane {
  public:
    SwappedLane(std::unique_ptr<CanaryLane> inner, std::unique_ptr<core::BlockExecutor> executor)
        : inner_(std::move(inner)), executor_(std::move(executor)) {}
    core::PipelineLane lane() override { return {*executor_, inner_->lane().runner}; }
    std::vector<CanaryScene> minimal_chain() override { return inner_->minimal_chain(); }
    std::vector<model::FindingClass> expected() const override { return inner_->expected(); }

  private:
    const std::unique_ptr<CanaryLane> inner_;
    const std::unique_ptr<core::BlockExecutor> executor_;
};

class FailingExecutor final : public core::BlockExecutor {
  public:
    std::string_view name() const override { return "failing"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView&,
                                                const protocol::AdmittedBlock&,
                                                const core::ExecutionContext&) override {
        return absl::InternalError("no memory");
    }
};

/// The real faults, but for lanes that a test swaps: `sound` is for a verifier that compares the
/// control with itself.
class SwappingCanaries final : public CanaryFactory {
  public:
    std::vector<std::string> faults() const override { return real_.faults(); }
    absl::StatusOr<std::unique_ptr<CanaryLane>> create(const std::string& fault,
                                                       std::uint64_t time_limit_ms) override {
        auto lane = real_.create(fault, time_limit_ms);
        if (!lane.ok() || swap_left == 0) {
            return lane;
        }
        --swap_left;
        std::unique_ptr<core::BlockExecutor> executor =
            std::make_unique<executors::sequential::SequentialExecutor>();
        if (fails) {
            executor = std::make_unique<FailingExecutor>();
        }
        return std::make_unique<SwappedLane>(*std::move(lane), std::move(executor));
    }

    /// How many of the next lanes are swapped.
    std::atomic<std::uint32_t> swap_left{0};
    bool fails = false;

  private:
    app::SidecarCanaries real_;
};

/// A verifier that does not say what `is_dropped` picks.
Canary::Detector without(bool (*is_dropped)(const model::Finding&)) {
    return [is_dropped](const protocol::StateView& view, const protocol::AdmittedBlock& block,
                        const protocol::Protocol& profile, core::BlockExecutor& control,
                        std::span<core::BlockExecutor* const> candidates,
                        const model::Recording& recorded, const core::VerifyPolicy& policy,
                        core::LaneRunner& runner) {
        core::Verification verification =
            core::verify_block(view, block, profile, control, candidates, recorded, policy, runner);
        std::erase_if(verification.verdict.findings, is_dropped);
        if (verification.verdict.findings.empty()) {
            verification.verdict.kind = model::VerdictKind::kMatch;
        }
        return verification;
    };
}

protocol::AdmittedBlock empty_block(const tos::e1::Profile& profile) {
    tos::e1::Block block;
    block.placement.topoheight = model::Topoheight{9};
    block.hash = tos::e1::block_hash(block.header);
    return *profile.admit(std::move(block));
}

class CanaryTest : public testing::Test {
  protected:
    CanaryTest() {
        settings_.canary.interval_blocks = 3;
        settings_.canary.faults = {"reward-twice"};
    }
    CanaryReport run(std::size_t block = 0, Canary::Detector detector = &core::verify_block) {
        Canary canary(&factory_, *clock_, settings_, std::move(detector));
        return canary.run({*chain_->blocks[block].view, *chain_->blocks[block].block,
                           chain_->chain.profile, chain_->controls[block]},
                          model::SignaturePolicy::kPerLane);
    }

    std::unique_ptr<const testbed::PreparedChain> chain_ =
        testbed::prepare_chain("executed_before");
    SwappingCanaries factory_;
    std::unique_ptr<base::Clock> clock_ =
        std::make_unique<SteppingClock>(std::chrono::nanoseconds(1));
    VerificationSettings settings_;
};

TEST_F(CanaryTest, is_due_on_the_first_transaction_then_at_its_interval) {
    Canary canary(&factory_, *clock_, settings_);
    const protocol::AdmittedBlock empty = empty_block(chain_->chain.profile);
    const protocol::AdmittedBlock& full = *chain_->blocks[0].block;
    EXPECT_FALSE(canary.is_due(empty));
    EXPECT_TRUE(canary.is_due(full));
    EXPECT_FALSE(canary.is_due(full));
    EXPECT_FALSE(canary.is_due(full));
    EXPECT_TRUE(canary.is_due(full));
    for (int waited = 1; waited < 6; ++waited) {
        EXPECT_FALSE(canary.is_due(empty)) << waited;
    }
    EXPECT_TRUE(canary.is_due(empty)) << "a quiet chain is no reason for silence";
    EXPECT_FALSE(canary.is_due(full));
}

TEST_F(CanaryTest, is_never_due_while_it_is_off_and_at_once_when_it_is_changed) {
    const protocol::AdmittedBlock& full = *chain_->blocks[0].block;
    EXPECT_FALSE(Canary(nullptr, *clock_, settings_).is_due(full));
    Canary canary(&factory_, *clock_, {});
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(canary.is_due(full));
    }
    canary.configure(settings_);
    EXPECT_TRUE(canary.is_due(full));
    settings_.max_threads = 7;
    canary.configure(settings_);
    EXPECT_FALSE(canary.is_due(full)) << "nothing of the canary has changed";
    settings_.enabled = false;
    canary.configure(settings_);
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(canary.is_due(full)) << "nothing is verified";
    }
}

TEST_F(CanaryTest, is_detected_on_the_live_block_where_the_fault_shows) {
    const CanaryReport report = run();
    EXPECT_EQ(report.result, CanaryResult::kDetected) << report.detail;
    EXPECT_EQ(report.ground, CanaryGround::kLive);
    EXPECT_EQ(report.block.topoheight, chain_->blocks[0].block->placement().topoheight);
    EXPECT_EQ(found_by_text(report), "divergence,invariant_broken,not_serializable");
    EXPECT_THAT(report.detail, HasSubstr("batch+reward-twice"));
    EXPECT_EQ(report.time.count(), 1);
}

TEST_F(CanaryTest, faults_take_turns_by_topoheight) {
    settings_.canary.interval_blocks = 1;
    settings_.canary.faults = {"reward-twice", "fee-not-charged"};
    EXPECT_EQ(run(0).fault, "reward-twice");
    EXPECT_EQ(run(1).fault, "fee-not-charged");
    settings_.canary.faults = {"all"};
    const auto all = factory_.faults();
    EXPECT_EQ(run(1).fault, all[51 % all.size()]);
}

TEST_F(CanaryTest, every_fault_is_found_on_its_minimal_chain) {
    const auto faults = factory_.faults();
    EXPECT_GT(faults.size(), 60U);
    for (const std::string& fault : faults) {
        settings_.canary.faults = {fault};
        factory_.swap_left = 1;  // the live block shows nothing
        const CanaryReport report = run();
        EXPECT_EQ(report.ground, CanaryGround::kMinimal) << fault;
        EXPECT_EQ(report.result, CanaryResult::kDetected) << fault << ": " << report.detail;
        EXPECT_FALSE(report.detail.empty()) << fault;
    }
}

TEST_F(CanaryTest, is_silent_where_the_verifier_compares_nothing) {
    const auto deaf = without([](const model::Finding&) { return true; });
    for (const std::string& fault : factory_.faults()) {
        settings_.canary.faults = {fault};
        const CanaryReport report = run(0, deaf);
        EXPECT_EQ(report.result, CanaryResult::kSilent) << fault;
        EXPECT_TRUE(report.found_by.empty()) << fault;
        EXPECT_FALSE(report.detail.empty()) << fault;
    }
    settings_.canary.faults = {"reward-twice"};
    const CanaryReport live = run(0, deaf);
    EXPECT_EQ(live.ground, CanaryGround::kLive) << "the fault did show there";
    EXPECT_THAT(live.detail, HasSubstr("another than the control's"));
}

TEST_F(CanaryTest, is_silent_where_findings_do_not_become_a_mismatch) {
    const Canary::Detector meek =
        [](const protocol::StateView& view, const protocol::AdmittedBlock& block,
           const protocol::Protocol& profile, core::BlockExecutor& control,
           std::span<core::BlockExecutor* const> candidates, const model::Recording& recorded,
           const core::VerifyPolicy& policy, core::LaneRunner& runner) {
            core::Verification verification = core::verify_block(
                view, block, profile, control, candidates, recorded, policy, runner);
            EXPECT_FALSE(verification.verdict.findings.empty());
            verification.verdict.kind = model::VerdictKind::kMatch;
            return verification;
        };
    EXPECT_EQ(run(0, meek).result, CanaryResult::kSilent);
}

TEST_F(CanaryTest, is_silent_where_one_part_of_the_verifier_is_blind) {
    struct Blindness {
        model::FindingClass what;
        std::string fault;
        Canary::Detector detector;
    };
    const Blindness all[] = {
        {model::FindingClass::kDivergence, "reward-twice", without([](const model::Finding& f) {
             return f.finding_class == model::FindingClass::kDivergence;
         })},
        {model::FindingClass::kInvariantBroken, "fee-not-charged",
         without([](const model::Finding& f) {
             return f.finding_class == model::FindingClass::kInvariantBroken;
         })},
        {model::FindingClass::kNotSerializable, "reward-twice",
         without([](const model::Finding& f) {
             return f.finding_class == model::FindingClass::kNotSerializable;
         })},
    };
    for (const Blindness& blind : all) {
        settings_.canary.faults = {blind.fault};
        factory_.swap_left = 1;  // to its minimal chain, where everything must find it
        const CanaryReport report = run(0, blind.detector);
        EXPECT_EQ(report.result, CanaryResult::kSilent) << model::finding_class_name(blind.what);
        EXPECT_EQ(report.found_by.size(), 2U);
        EXPECT_THAT(report.detail, HasSubstr(std::string(model::finding_class_name(blind.what))));
    }
}

TEST_F(CanaryTest, that_comes_too_late_is_silent) {
    clock_ = std::make_unique<SteppingClock>(std::chrono::hours(1));
    const CanaryReport report = run();
    EXPECT_EQ(report.result, CanaryResult::kSilent);
    EXPECT_THAT(report.detail, HasSubstr("more than 10000 ms"));
    EXPECT_FALSE(report.found_by.empty());
}

TEST_F(CanaryTest, whose_lane_fails_is_not_detected_unless_that_is_the_fault) {
    factory_.fails = true;
    factory_.swap_left = 1;
    const CanaryReport failed = run();
    EXPECT_EQ(failed.result, CanaryResult::kSilent);
    EXPECT_THAT(failed.detail, HasSubstr("no memory"));
    settings_.canary.faults = {"gives-no-outcome"};
    const CanaryReport wanted = run();
    EXPECT_EQ(wanted.result, CanaryResult::kDetected) << wanted.detail;
    EXPECT_EQ(found_by_text(wanted), "executor_failed");
}

TEST_F(CanaryTest, ends_the_health_of_a_service_until_one_is_detected) {
    LoopStatus status;
    status.state = LoopState::kRunning;
    EXPECT_TRUE(judge_health(status, {}, {}).serving);
    status.last_canary.emplace();
    status.last_canary->block.topoheight = model::Topoheight{7};
    status.last_canary->fault = "reward-twice";
    const HealthAnswer red = judge_health(status, {}, {});
    EXPECT_FALSE(red.serving);
    EXPECT_THAT(red.reason, HasSubstr("reward-twice on block 7 was silent"));
    status.last_canary->result = CanaryResult::kDetected;
    EXPECT_TRUE(judge_health(status, {}, {}).serving);
}

class SidecarCanary : public SidecarFixture {
  protected:
    static void SetUpTestSuite() { generate_chain(kBlocks, 20); }

    void SetUp() override {
        SidecarFixture::SetUp();
        auto canaries = std::make_unique<SwappingCanaries>();
        planted_ = canaries.get();
        canaries_ = std::move(canaries);
        configuration_.verification.canary.interval_blocks = 3;
        configuration_.verification.canary.faults = {"reward-twice", "fee-not-charged"};
    }
    /// Verifies blocks from `first` up to `end`; what ran after the last one is done then, too.
    v1::Finished feed_blocks(std::size_t first, std::size_t end) {
        grpc::ClientContext context;
        const auto stream = attach(context, first + 1);
        for (std::size_t i = first; i < end; ++i) {
            const auto response = ask(*stream, block(i));
            EXPECT_EQ(response.verdict().record().verdict().kind(), v1::VERDICT_KIND_MATCH)
                << response.ShortDebugString();
        }
        v1::StreamBlocksRequest request;
        request.mutable_end_of_history();
        const auto response = ask(*stream, request);
        stream->WritesDone();
        EXPECT_TRUE(stream->Finish().ok());
        return response.finished();
    }
    [[nodiscard]] v1::GetStatisticsResponse statistics() const {
        grpc::ClientContext context;
        v1::GetStatisticsRequest request;
        request.set_blocks(true);
        v1::GetStatisticsResponse response;
        EXPECT_TRUE(verifier_->GetStatistics(&context, request, &response).ok());
        return response;
    }
    grpc::Status change(const v1::CanaryConfiguration& canary,
                        v1::UpdateConfigurationResponse& response) const {
        grpc::ClientContext context;
        v1::UpdateConfigurationRequest request;
        *request.mutable_change()->mutable_canary() = canary;
        request.set_reason("a drill");
        return control_->UpdateConfiguration(&context, request, &response);
    }
    [[nodiscard]] std::string scrape() const {
        return prometheus::TextSerializer().Serialize(
            telemetry_->metrics().collectable()->Collect());
    }
    static std::size_t count(const std::string& text, const std::string& part) {
        std::size_t found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
            ++found;
        }
        return found;
    }

    SwappingCanaries* planted_ = nullptr;
};

TEST_F(SidecarCanary, is_marked_as_one_everywhere_and_leaves_no_trace_in_verdicts) {
    configuration_.verification.canary.interval_blocks = 0;
    start_loaded();
    const v1::Finished without_canaries = feed_blocks(0, 7);
    EXPECT_EQ(status().canaries().detected(), 0U);
    EXPECT_EQ(file("journal.jsonl").find("\"canary\","), std::string::npos);
    stop();
    std::filesystem::remove_all(folder_ / "state");
    std::filesystem::remove(folder_ / "journal.jsonl");

    configuration_.verification.canary.interval_blocks = 3;
    replay::BundleFolder::Options bundles;
    bundles.protocols = &app::all_protocols();
    bundles.directory = (folder_ / "bundles").string();
    bundles_ = std::make_unique<replay::BundleFolder>(bundles);
    start_loaded();
    const v1::Finished finished = feed_blocks(0, 7);
    EXPECT_EQ(finished.ledger_head(), without_canaries.ledger_head());
    EXPECT_EQ(finished.state_digest(), without_canaries.state_digest());

    const auto now = status();
    EXPECT_TRUE(now.serving()) << now.not_serving_reason();
    EXPECT_EQ(now.canaries().detected(), 3U);
    EXPECT_EQ(now.canaries().silent(), 0U);
    EXPECT_EQ(now.last_canary().block().topoheight(), 7U);
    EXPECT_EQ(now.last_canary().result(), v1::CANARY_RESULT_DETECTED);
    EXPECT_EQ(now.last_canary().ground(), v1::CANARY_GROUND_LIVE);
    EXPECT_THAT(now.last_canary().found_by(), Contains(v1::FINDING_CLASS_DIVERGENCE));
    EXPECT_GT(now.last_canary().nanoseconds(), 0U);
    EXPECT_EQ(now.verdicts().match(), 7U);
    EXPECT_EQ(now.findings_size(), 0);
    EXPECT_EQ(now.candidates_size(), 1) << "it is no candidate";
    EXPECT_EQ(now.candidates(0).circuit(), v1::CIRCUIT_STATE_CLOSED);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "bundles"));

    const auto recent = statistics();
    EXPECT_EQ(recent.canaries().detected(), 3U);
    EXPECT_EQ(recent.lanes_size(), 2) << "the control and the candidate";
    EXPECT_EQ(recent.findings_size(), 0);
    std::vector<std::string> ran;
    for (const auto& one : recent.blocks()) {
        if (one.has_canary()) {
            ran.push_back(std::to_string(one.block().topoheight()) + one.canary().fault());
        }
    }
    EXPECT_THAT(ran, ElementsAre("1reward-twice", "4fee-not-charged", "7reward-twice"));

    const std::string figures = scrape();
    for (const char* line :
         {"parallax_canary_runs_total{ground=\"live\",result=\"detected\"} 3\n",
          "parallax_canary_runs_total{ground=\"live\",result=\"silent\"} 0\n",
          "parallax_canary_alarms_total{class=\"divergence\"} 3\n", "parallax_canary_silent 0\n",
          "parallax_canary_interval_blocks 3\n", "parallax_canary_alarm_seconds_count 3\n",
          "parallax_findings_total{class=\"divergence\"} 0\n",
          "parallax_blocks_total{verdict=\"mismatch\"} 0\n"}) {
        EXPECT_THAT(figures, HasSubstr(line));
    }
    EXPECT_EQ(count(file("journal.jsonl"), "\"event\":\"canary\""), 3U);
    EXPECT_EQ(count(file("log"), "canary_detected "), 3U);
    EXPECT_THAT(file("log"), Not(HasSubstr("verdict=mismatch")));
}

TEST_F(SidecarCanary, that_is_silent_turns_health_red_until_one_is_detected) {
    start_loaded();
    planted_->swap_left = 2;  // on the live block, and on the minimal chain
    (void)feed_blocks(0, 1);
    while (health(*channel_, "") != kNotServing) {  // brought up to date on a thread of its own
    }
    const auto red = status();
    EXPECT_FALSE(red.serving());
    EXPECT_THAT(red.not_serving_reason(), HasSubstr("canary reward-twice on block 1 was silent"));
    EXPECT_EQ(red.canaries().silent(), 1U);
    EXPECT_EQ(red.last_canary().result(), v1::CANARY_RESULT_SILENT);
    EXPECT_EQ(red.last_canary().ground(), v1::CANARY_GROUND_MINIMAL);
    EXPECT_EQ(red.verdicts().match(), 1U);
    EXPECT_THAT(scrape(), HasSubstr("parallax_canary_silent 1\n"));
    EXPECT_EQ(count(file("log"), "canary_silent level=error "), 1U);
    EXPECT_THAT(file("journal.jsonl"), HasSubstr("\"result\":\"silent\""));

    (void)feed_blocks(1, 3);
    EXPECT_EQ(health(*channel_, "parallax.v1.VerifierService"), kNotServing);
    (void)feed_blocks(3, 4);
    while (health(*channel_, "parallax.v1.VerifierService") != kServing) {
    }
    EXPECT_EQ(status().canaries().detected(), 1U);
    EXPECT_THAT(scrape(), HasSubstr("parallax_canary_silent 0\n"));
}

TEST_F(SidecarCanary, is_changed_while_the_sidecar_runs_and_every_problem_is_named) {
    configuration_.verification.canary = {};
    start_loaded();
    (void)feed_blocks(0, 2);
    EXPECT_EQ(status().canaries().detected(), 0U);
    v1::CanaryConfiguration canary;
    canary.set_interval_blocks(2);
    canary.add_faults("magic");
    canary.add_faults("no-validation");
    v1::UpdateConfigurationResponse response;
    const auto refused = change(canary, response);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    for (const char* part :
         {"canary.alarm_within_ms: is 0", "'magic' is no fault that a canary can run",
          "'no-validation' is no fault", "reward-twice"}) {
        EXPECT_THAT(refused.error_message(), HasSubstr(part));
    }
    canary.clear_faults();
    canary.add_faults("all");
    canary.set_alarm_within_ms(60'000);
    ASSERT_TRUE(change(canary, response).ok());
    EXPECT_THAT(response.changed(), ElementsAre("canary"));
    EXPECT_EQ(response.configuration().canary().interval_blocks(), 2U);
    EXPECT_THAT(file("journal.jsonl"), HasSubstr("\"changed\":[\"canary\"]"));
    EXPECT_THAT(file("log"), HasSubstr("changed=canary reason=\"a drill\""));
    (void)feed_blocks(2, 5);
    EXPECT_EQ(status().canaries().detected(), 2U) << status().last_canary().ShortDebugString();
    EXPECT_THAT(scrape(), HasSubstr("parallax_canary_interval_blocks 2\n"));
}

TEST_F(SidecarCanary, is_due_again_at_once_after_a_restart) {
    start_loaded();
    (void)feed_blocks(0, 2);
    EXPECT_EQ(status().canaries().detected(), 1U);
    stop();
    start();
    // What the last one came to is remembered; the next does not wait for its interval.
    EXPECT_EQ(status().last_canary().block().topoheight(), 1U);
    (void)feed_blocks(2, 3);
    EXPECT_EQ(status().last_canary().block().topoheight(), 3U);
    EXPECT_EQ(count(file("journal.jsonl"), "\"event\":\"canary\""), 2U);
}

}  // namespace
}  // namespace parallax::service
