// What a sidecar does with candidates that fail, are late, or are wrong.
#include "app/lanes/lane_set.hpp"
#include "app/protocols.hpp"
#include "replay/bundle/bundle_folder.hpp"
#include "tests/service/health_check.hpp"
#include "tests/service/sidecar_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <sys/wait.h>

namespace parallax::service {
namespace {

/// A sound executor, or one with a seeded fault, that gives up on some blocks.
class ScriptedExecutor final : public core::BlockExecutor {
  public:
    ScriptedExecutor(core::BlockExecutor& inner, const std::set<std::uint64_t>& failing)
        : inner_(inner), failing_(failing) {}
    std::string_view name() const override { return inner_.name(); }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        if (failing_.count(block.placement().topoheight.value()) != 0) {
            return absl::InternalError("the script says so");
        }
        return inner_.execute(view, block, context);
    }

  private:
    core::BlockExecutor& inner_;
    const std::set<std::uint64_t>& failing_;
};

/// A clock that goes on by a step with every look at it.
class SteppingClock final : public base::Clock {
  public:
    explicit SteppingClock(std::chrono::nanoseconds step) : step_(step) {}
    std::chrono::nanoseconds now() const override { return step_ * ++looks_; }

  private:
    const std::chrono::nanoseconds step_;
    mutable std::atomic<std::int64_t> looks_{0};
};

class ScriptedLanes final : public ServiceLanes {
  public:
    ScriptedLanes(std::unique_ptr<app::LaneSet> lanes, core::ChainStore& store,
                  const base::Clock& clock, const VerificationSettings& settings,
                  const std::set<std::uint64_t>& failing)
        : lanes_(std::move(lanes)),
          store_(store),
          executor_(lanes_->parts(store).candidates.front().executor, failing),
          guard_(executor_, clock, GuardedExecutor::Options{"devnet", settings}) {}
    core::PipelineParts parts() const override {
        const core::PipelineParts bare = lanes_->parts(store_);
        return {bare.store,
                bare.control,
                {{guard_, bare.candidates.front().runner}},
                bare.threads,
                bare.clock};
    }
    std::vector<GuardedExecutor*> guards() const override { return {&guard_}; }

  private:
    const std::unique_ptr<app::LaneSet> lanes_;
    core::ChainStore& store_;
    ScriptedExecutor executor_;
    mutable GuardedExecutor guard_;
};

/// What tests want of the one candidate.
struct Script {
    std::set<std::uint64_t> failing;
    std::string fault;
    std::chrono::nanoseconds clock_step{1};
};

class ScriptedFactory final : public LaneFactory {
  public:
    ScriptedFactory(core::ChainStore& store, const Script& script)
        : store_(store), script_(script), clock_(script.clock_step) {}
    std::vector<std::string> executors() const override { return app::executor_names(); }
    absl::StatusOr<std::unique_ptr<ServiceLanes>> create(
        const VerificationSettings& settings) override {
        app::LaneOptions options;
        options.candidates = {"batch"};
        options.isolate = false;
        options.fault = script_.fault;
        auto lanes = app::LaneSet::create(options);
        if (!lanes.ok()) {
            return lanes.status();
        }
        return std::make_unique<ScriptedLanes>(*std::move(lanes), store_, clock_, settings,
                                               script_.failing);
    }

  private:
    core::ChainStore& store_;
    const Script& script_;
    const SteppingClock clock_;
};

class SidecarCandidates : public SidecarFixture {
  protected:
    static void SetUpTestSuite() { generate_chain(kBlocks, 40, true); }

    std::unique_ptr<LaneFactory> create_lanes() override {
        return std::make_unique<ScriptedFactory>(*store_, script_);
    }
    v1::Verdict verify(Stream& stream, std::size_t index) const {
        const auto response = ask(stream, block(index));
        EXPECT_TRUE(response.has_verdict()) << response.ShortDebugString();
        return response.verdict().record().verdict();
    }
    /// Runs `parallax ARGUMENTS`, as an operator does, and gives the exit code.
    int parallax(const std::string& arguments) const {
        const std::string command = std::string(PARALLAX_PROGRAM) + " " + arguments + " >" +
                                    (folder_ / "out").string() + " 2>&1";
        const int end = std::system(command.c_str());
        return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
    }
    replay::BundleFolder::Options bundle_options() const {
        replay::BundleFolder::Options options;
        options.protocols = &app::all_protocols();
        options.directory = (folder_ / "bundles").string();
        options.network = "devnet";
        options.configuration.isolated = false;
        options.configuration.fault = script_.fault;
        return options;
    }
    std::vector<std::string> bundle_names() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / "bundles")) {
            names.push_back(entry.path().filename().string());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    grpc::Status fetch(const BlockId& id, std::string& bundle) const {
        grpc::ClientContext context;
        v1::FetchBundleRequest request;
        write(id, *request.mutable_block());
        const auto reader = verifier_->FetchBundle(&context, request);
        v1::FetchBundleResponse part;
        while (reader->Read(&part)) {
            bundle += part.data();
        }
        return reader->Finish();
    }

    Script script_;
};

TEST_F(SidecarCandidates, open_a_circuit_that_closes_again_after_its_trial) {
    script_.failing = {2, 3};
    auto& breaker = configuration_.verification.circuit_breaker;
    breaker.failures = 2;
    breaker.open_blocks = 3;
    breaker.trial_blocks = 2;
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    EXPECT_EQ(verify(*stream, 0).kind(), v1::VERDICT_KIND_MATCH);
    for (const std::size_t failed : {1U, 2U}) {
        const auto verdict = verify(*stream, failed);
        EXPECT_EQ(verdict.kind(), v1::VERDICT_KIND_INCONCLUSIVE);
        EXPECT_EQ(verdict.reason(), v1::INCONCLUSIVE_REASON_EXECUTOR_FAILED);
    }
    EXPECT_EQ(status().candidates(0).circuit(), v1::CIRCUIT_STATE_OPEN);
    for (const std::size_t skipped : {3U, 4U, 5U}) {
        const auto verdict = verify(*stream, skipped);
        EXPECT_EQ(verdict.kind(), v1::VERDICT_KIND_INCONCLUSIVE);
        EXPECT_EQ(verdict.reason(), v1::INCONCLUSIVE_REASON_CIRCUIT_OPEN);
    }
    EXPECT_EQ(verify(*stream, 6).kind(), v1::VERDICT_KIND_MATCH);
    EXPECT_EQ(status().candidates(0).circuit(), v1::CIRCUIT_STATE_HALF_OPEN);
    EXPECT_EQ(verify(*stream, 7).kind(), v1::VERDICT_KIND_MATCH);
    const auto after = status();
    EXPECT_EQ(after.candidates(0).circuit(), v1::CIRCUIT_STATE_CLOSED);
    EXPECT_EQ(after.verdicts().match(), 3U);
    EXPECT_EQ(after.verdicts().inconclusive(), 5U);
    std::map<std::string, std::uint64_t> reasons;
    for (const auto& reason : after.inconclusive()) {
        reasons[reason.name()] = reason.count();
    }
    EXPECT_EQ(reasons,
              (std::map<std::string, std::uint64_t>{{"circuit_open", 3}, {"executor_failed", 2}}));
}

TEST_F(SidecarCandidates, that_fail_block_after_block_end_the_health_of_the_service) {
    script_.failing = {1, 2, 3};
    configuration_.health.inconclusive_blocks = 3;
    start_loaded();
    while (health(*channel_, "") != kServing) {  // brought up to date on a thread of its own
    }
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    for (const std::size_t failed : {0U, 1U, 2U}) {
        EXPECT_EQ(verify(*stream, failed).kind(), v1::VERDICT_KIND_INCONCLUSIVE);
    }
    while (health(*channel_, "parallax.v1.VerifierService") != kNotServing) {
    }
    EXPECT_EQ(verify(*stream, 3).kind(), v1::VERDICT_KIND_MATCH);
    while (health(*channel_, "") != kServing) {
    }
}

TEST_F(SidecarCandidates, that_take_too_long_for_their_transactions_have_timed_out) {
    configuration_.verification.transaction_time_limit_ms = 1;
    script_.clock_step = std::chrono::hours(1);
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    const auto late = verify(*stream, 0);
    EXPECT_EQ(late.kind(), v1::VERDICT_KIND_INCONCLUSIVE);
    EXPECT_EQ(late.reason(), v1::INCONCLUSIVE_REASON_TIMED_OUT);

    grpc::ClientContext call;
    v1::UpdateConfigurationRequest request;
    request.mutable_change()->set_transaction_time_limit_ms(0);
    v1::UpdateConfigurationResponse response;
    ASSERT_TRUE(control_->UpdateConfiguration(&call, request, &response).ok());
    EXPECT_EQ(verify(*stream, 1).kind(), v1::VERDICT_KIND_MATCH);
}

TEST_F(SidecarCandidates, and_the_control_are_held_against_what_the_node_recorded) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    const auto with_recorded = [&](std::size_t index, const model::BlockOutcome& outcome) {
        auto request = block(index);
        write(outcome, *request.mutable_block()->mutable_recorded_outcome());
        const auto response = ask(*stream, request);
        EXPECT_TRUE(response.has_verdict()) << response.ShortDebugString();
        return response.verdict().record().verdict();
    };
    ASSERT_TRUE(blocks_[0].recorded.outcome && blocks_[1].recorded.outcome);
    EXPECT_EQ(with_recorded(0, *blocks_[0].recorded.outcome).kind(), v1::VERDICT_KIND_MATCH);
    model::BlockOutcome wrong = *blocks_[1].recorded.outcome;
    wrong.delta.entries.pop_back();
    const auto verdict = with_recorded(1, wrong);
    EXPECT_EQ(verdict.kind(), v1::VERDICT_KIND_MISMATCH);
    ASSERT_GT(verdict.findings_size(), 0);
    EXPECT_EQ(verdict.findings(0).finding_class(), v1::FINDING_CLASS_RECORDED_DIVERGENCE);
    EXPECT_EQ(status().verdicts().mismatch(), 1U);
}

TEST_F(SidecarCandidates, that_are_wrong_leave_a_bundle_that_reproduces_it) {
    script_.fault = "receiver-overwritten";
    bundles_ = std::make_unique<replay::BundleFolder>(bundle_options());
    start_loaded();
    const app::FeedResult result = feed(app::FeedOptions{});
    ASSERT_EQ(result.exit_code(), 2) << result.incomplete;
    const auto names = bundle_names();
    ASSERT_FALSE(names.empty());
    std::fflush(log_file_);
    std::set<std::string> groups;
    for (const std::string& name : names) {
        EXPECT_NE(file("log").find("bundle=" + name), std::string::npos) << name;
        EXPECT_TRUE(groups.insert(name.substr(name.find('-'))).second) << name;
    }

    const std::uint64_t topoheight = std::stoull(names.front());
    const BlockId& id = blocks_[topoheight - 1].id;
    std::string fetched;
    ASSERT_TRUE(fetch(id, fetched).ok());
    const std::string path = (folder_ / "fetched.pxb").string();
    const std::string sidecar = " --sidecar " + sidecar_->address();
    const std::string number = std::to_string(topoheight);
    ASSERT_EQ(parallax("fetch-bundle " + number + sidecar + " -o " + path), 0) << file("out");
    EXPECT_EQ(file("fetched.pxb"), fetched);
    EXPECT_EQ(file("bundles/" + names.front()), fetched);
    EXPECT_EQ(parallax("reproduce " + path), 2) << file("out");
    EXPECT_NE(file("out").find("REPRODUCED, deterministic"), std::string::npos) << file("out");

    BlockId other = id;
    other.hash.mutable_bytes()[0] ^= 1;
    EXPECT_EQ(fetch(other, fetched).error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(parallax("fetch-bundle 4711" + sidecar + " -o " + path), 1);

    // The same groups again, after a restart: they have their bundles.
    stop();
    std::filesystem::remove_all(folder_ / "state");
    std::filesystem::remove(folder_ / "journal.jsonl");
    start_loaded();
    EXPECT_EQ(feed(app::FeedOptions{}).exit_code(), 2);
    EXPECT_EQ(bundle_names(), names);
}

TEST_F(SidecarCandidates, leave_no_bundle_beyond_the_limits) {
    script_.fault = "receiver-overwritten";
    auto options = bundle_options();
    options.bytes = 100;  // less than any bundle has
    bundles_ = std::make_unique<replay::BundleFolder>(options);
    start_loaded();
    ASSERT_EQ(feed(app::FeedOptions{}).exit_code(), 2);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "bundles"));
    std::string bundle;
    EXPECT_EQ(fetch(blocks_[0].id, bundle).error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_TRUE(bundle.empty());
}

}  // namespace
}  // namespace parallax::service
