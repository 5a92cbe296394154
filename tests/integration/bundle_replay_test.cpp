#include "replay/bundle/bundle_writer.hpp"
#include "replay/shrink/reproduce.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "tests/support/protocols.hpp"

#include <algorithm>
#include <fstream>

namespace parallax::test {
namespace {

/// A candidate that counts some blocks' fees wrong, when `strikes` says so.
TamperingExecutor faulty(std::function<bool(const protocol::AdmittedBlock&)> strikes) {
    return TamperingExecutor(
        "batch", [strikes](const protocol::AdmittedBlock& block, model::BlockOutcome& outcome) {
            if (strikes(block)) {
                outcome.totals.fees = model::Amount{outcome.totals.fees.value() + 7};
            }
            return absl::OkStatus();
        });
}

class BundleReplay : public ReplayFixture {
  protected:
    [[nodiscard]] replay::BundleWriter::Options writer_options() const {
        replay::BundleWriter::Options options;
        options.directory = (folder_ / "bundles").string();
        options.network = "devnet";
        options.build = "test";
        options.configuration.isolated = false;
        return options;
    }

    /// Replays with `candidate`, and answers the bundles.
    std::vector<replay::WrittenBundle> replay(core::BlockExecutor& candidate,
                                              replay::BundleWriter& writer) {
        bundles_ = &writer;
        const auto result = run(archive_, options(), {&candidate});
        EXPECT_TRUE(result.ok()) << result.status();
        return writer.written();
    }

    /// A bundle of block 5 in which the candidate differs.
    replay::Bundle bundle_of_block_5() {
        TamperingExecutor wrong = faulty([](const protocol::AdmittedBlock& block) {
            return block.placement().topoheight == model::Topoheight{5};
        });
        replay::BundleWriter writer(writer_options());
        const auto written = replay(wrong, writer);
        EXPECT_EQ(written.size(), 1U);
        auto bundle = replay::read_bundle(written.front().path, test::protocols());
        EXPECT_TRUE(bundle.ok()) << bundle.status();
        return *std::move(bundle);
    }

    [[nodiscard]] replay::Reproduction again(const replay::Bundle& bundle,
                                             core::BlockExecutor& candidate, std::uint32_t runs) {
        const auto result = replay::reproduce(bundle, {*control_, &candidate, runner_}, runs);
        EXPECT_TRUE(result.ok()) << result.status();
        return result.ok() ? *result : replay::Reproduction{};
    }

    TamperingExecutor always_ = faulty([](const protocol::AdmittedBlock&) { return true; });
    TamperingExecutor never_ = faulty([](const protocol::AdmittedBlock&) { return false; });
};

TEST_F(BundleReplay, holds_all_of_the_first_run_and_reproduces_alone) {
    const replay::Bundle bundle = bundle_of_block_5();
    EXPECT_EQ(bundle.placement.topoheight, model::Topoheight{5});
    EXPECT_EQ(bundle.configuration.candidate, "batch");
    EXPECT_EQ(bundle.build, "test");
    ASSERT_TRUE(bundle.candidate);
    EXPECT_EQ(bundle.candidate->totals.fees.value(), bundle.control.totals.fees.value() + 7);
    EXPECT_TRUE(bundle.control.access_log && bundle.candidate->access_log);
    EXPECT_EQ(bundle.finding.first.path, "totals.fees");
    EXPECT_TRUE(std::any_of(bundle.pre_state.begin(), bundle.pre_state.end(),
                            [](const core::RecordedRow& row) { return !row.value; }))
        << "absent rows are read too";
    store_.reset();
    std::filesystem::remove(archive_);
    const replay::Reproduction result = again(bundle, always_, 5);
    EXPECT_EQ(result.kind, replay::Reproducibility::kDeterministic);
    EXPECT_EQ(result.reproduced, 5U);
    EXPECT_TRUE(result.control_as_recorded);
    EXPECT_GT(result.rate_low, 0.5);
    EXPECT_EQ(result.exit_code(), 2);
}

TEST_F(BundleReplay, says_that_a_fixed_candidate_does_not_reproduce_it) {
    const replay::Reproduction result = again(bundle_of_block_5(), never_, 5);
    EXPECT_EQ(result.kind, replay::Reproducibility::kNotReproduced);
    EXPECT_EQ(result.equal, 5U);
    EXPECT_EQ(result.exit_code(), 0);
}

TEST_F(BundleReplay, measures_the_rate_of_a_fault_that_comes_and_goes) {
    unsigned run = 0;
    TamperingExecutor sometimes =
        faulty([&](const protocol::AdmittedBlock&) { return ++run % 4 == 0; });
    const replay::Reproduction result = again(bundle_of_block_5(), sometimes, 40);
    EXPECT_EQ(result.kind, replay::Reproducibility::kScheduleDependent);
    EXPECT_EQ(result.reproduced, 10U);
    EXPECT_LT(result.rate_low, 0.25);
    EXPECT_GT(result.rate_high, 0.25);
    EXPECT_GT(result.rate_low, 0.1);
    EXPECT_LT(result.rate_high, 0.5);
    EXPECT_EQ(result.exit_code(), 2);
}

TEST_F(BundleReplay, is_never_green_when_it_meets_another_bug) {
    TamperingExecutor other("batch",
                            [](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
                                outcome.results.front().fee = model::Amount{99};
                                return absl::OkStatus();
                            });
    const replay::Reproduction result = again(bundle_of_block_5(), other, 3);
    EXPECT_EQ(result.kind, replay::Reproducibility::kNotReproduced);
    EXPECT_EQ(result.other, 3U);
    ASSERT_TRUE(result.other_finding);
    EXPECT_EQ(result.exit_code(), 2);
}

TEST_F(BundleReplay, meets_a_finding_again_in_another_symptom_of_its_cause) {
    replay::Bundle bundle = bundle_of_block_5();
    bundle.finding.fingerprint.mutable_bytes()[model::Hash::kSize - 1] ^= 1;
    EXPECT_EQ(again(bundle, always_, 3).reproduced, 3U);
    bundle.finding.fingerprint.mutable_bytes()[0] ^= 1;
    const replay::Reproduction another = again(bundle, always_, 3);
    EXPECT_EQ(another.reproduced, 0U);
    EXPECT_EQ(another.other, 3U);
}

TEST_F(BundleReplay, calls_a_control_that_disagrees_with_itself_environmental) {
    const replay::Bundle bundle = bundle_of_block_5();
    unsigned run = 0;
    TamperingExecutor unstable("sequential",
                               [&](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
                                   outcome.totals.burned_supply = model::Amount{++run};
                                   return absl::OkStatus();
                               });
    control_ = &unstable;
    const replay::Reproduction result = again(bundle, always_, 3);
    EXPECT_EQ(result.kind, replay::Reproducibility::kEnvironmental);
    EXPECT_EQ(result.exit_code(), 3);
}

TEST_F(BundleReplay, is_inconclusive_for_any_row_that_is_not_in_the_bundle) {
    const replay::Bundle bundle = bundle_of_block_5();
    unsigned asked = 0;
    for (std::size_t i = 0; i < bundle.pre_state.size(); ++i) {
        replay::Bundle poorer = bundle;
        poorer.pre_state.erase(poorer.pre_state.begin() + static_cast<std::ptrdiff_t>(i));
        // Rows that were only foretold may not be asked for.
        const replay::Reproduction result = again(poorer, always_, 1);
        if (result.missing) {
            ++asked;
            EXPECT_EQ(result.missing, bundle.pre_state[i].key);
            EXPECT_EQ(result.kind, replay::Reproducibility::kInconclusive);
            EXPECT_EQ(result.exit_code(), 3);
        } else {
            EXPECT_EQ(result.kind, replay::Reproducibility::kDeterministic);
        }
    }
    EXPECT_GT(asked, bundle.pre_state.size() / 4);
}

TEST_F(BundleReplay, writes_one_bundle_for_each_group_and_says_how_many_it_left_out) {
    TamperingExecutor two("batch", [](const protocol::AdmittedBlock& block,
                                      model::BlockOutcome& outcome) {
        if (block.placement().topoheight.value() % 2 == 0) {
            outcome.totals.fees = model::Amount{outcome.totals.fees.value() + 1};
        } else {
            outcome.totals.burned_supply = model::Amount{outcome.totals.burned_supply.value() + 1};
        }
        return absl::OkStatus();
    });
    replay::BundleWriter writer(writer_options());
    EXPECT_EQ(replay(two, writer).size(), 2U);
    start_over();
    replay::BundleWriter::Options few = writer_options();
    few.limit = 1;
    replay::BundleWriter limited(few);
    EXPECT_EQ(replay(two, limited).size(), 1U);
    EXPECT_EQ(limited.beyond_limit(), 1U);
}

TEST_F(BundleReplay, keeps_a_candidate_that_fails_and_reproduces_its_failure) {
    TamperingExecutor failing("batch",
                              [](const protocol::AdmittedBlock& block, model::BlockOutcome&) {
                                  return block.placement().topoheight == model::Topoheight{3}
                                             ? absl::InternalError("it broke")
                                             : absl::OkStatus();
                              });
    replay::BundleWriter writer(writer_options());
    const auto written = replay(failing, writer);
    ASSERT_EQ(written.size(), 1U);
    const auto bundle = replay::read_bundle(written.front().path, test::protocols());
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    EXPECT_FALSE(bundle->candidate);
    EXPECT_EQ(again(*bundle, failing, 2).kind, replay::Reproducibility::kDeterministic);
    EXPECT_EQ(again(*bundle, never_, 2).exit_code(), 0);
}

TEST_F(BundleReplay, can_be_read_whatever_a_broken_candidate_gives) {
    TamperingExecutor disordered(
        "batch", [](const protocol::AdmittedBlock&, model::BlockOutcome& outcome) {
            std::reverse(outcome.delta.entries.begin(), outcome.delta.entries.end());
            return absl::OkStatus();
        });
    replay::BundleWriter writer(writer_options());
    const auto written = replay(disordered, writer);
    ASSERT_FALSE(written.empty());
    const auto bundle = replay::read_bundle(written.front().path, test::protocols());
    ASSERT_TRUE(bundle.ok()) << bundle.status();
    EXPECT_FALSE(bundle->candidate);
    EXPECT_EQ(again(*bundle, disordered, 2).kind, replay::Reproducibility::kDeterministic);
}

TEST_F(BundleReplay, keeps_the_first_run_before_the_control_runs_again) {
    std::vector<std::string> events;
    TamperingExecutor control(
        "sequential", [&](const protocol::AdmittedBlock& block, model::BlockOutcome&) {
            if (block.placement().topoheight == model::Topoheight{2}) {
                const bool kept = std::filesystem::exists(folder_ / "bundles");
                events.emplace_back(kept ? "control after" : "control before");
            }
            return absl::OkStatus();
        });
    control_ = &control;
    TamperingExecutor wrong = faulty([](const protocol::AdmittedBlock& block) {
        return block.placement().topoheight == model::Topoheight{2};
    });
    replay::BundleWriter writer(writer_options());
    EXPECT_EQ(replay(wrong, writer).size(), 1U);
    EXPECT_EQ(events, (std::vector<std::string>{"control before", "control after"}));
}

TEST_F(BundleReplay, ends_the_run_with_an_error_when_a_bundle_cannot_be_written) {
    std::ofstream(folder_ / "bundles") << "a file where the folder should be";
    replay::BundleWriter writer(writer_options());
    bundles_ = &writer;
    const auto result = run(archive_, options(), {&always_});
    EXPECT_FALSE(result.ok());
    EXPECT_NE(std::string(result.status().message()).find("bundles"), std::string::npos);
}

}  // namespace
}  // namespace parallax::test
