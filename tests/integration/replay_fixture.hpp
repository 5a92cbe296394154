#pragma once

#include "executors/batch/batch_executor.hpp"
#include "executors/runtime/lane_threads.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "replay/archive/archive_reader.hpp"
#include "replay/loop/replay_loop.hpp"
#include "testbed/workload/workload.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/state/memory_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parallax::test {

/// Runs a lane in place: no time limit, no threads.
class PlainLaneRunner final : public core::LaneRunner {
  public:
    absl::StatusOr<model::BlockOutcome> run(
        core::BlockExecutor&,
        const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        const std::atomic<bool> cancelled{false};
        return lane(cancelled);
    }
    std::vector<crypto::SignatureCheck> check_signatures(
        const protocol::AdmittedBlock& block) override {
        const protocol::SignatureSource source = protocol::SignatureSource::per_lane(block);
        std::vector<crypto::SignatureCheck> checks;
        for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
            checks.push_back(source.under_source(model::TxIndex{i}));
        }
        return checks;
    }
};

/// Time stands still.
class StoppedClock final : public base::Clock {
  public:
    [[nodiscard]] std::chrono::nanoseconds now() const override { return {}; }
};

/// An executor whose outcome is changed on the way out, or replaced by an error.
class TamperingExecutor final : public core::BlockExecutor {
  public:
    using Tamper =
        std::function<absl::Status(const protocol::AdmittedBlock&, model::BlockOutcome&)>;

    TamperingExecutor(std::string name, Tamper tamper)
        : name_(std::move(name)), tamper_(std::move(tamper)) {}

    std::string_view name() const override { return name_; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        auto outcome = inner_.execute(view, block, context);
        if (outcome.ok()) {
            if (auto status = tamper_(block, *outcome); !status.ok()) {
                return status;
            }
        }
        return outcome;
    }

  private:
    executors::sequential::SequentialExecutor inner_;
    std::string name_;
    Tamper tamper_;
};

/// Keeps what it is given; fails from record `fail_at` on, if that is set.
class CollectingSink final : public core::VerificationListener {
  public:
    absl::Status recorded(const core::LedgerRecord& record) override {
        if (fail_at && records.size() >= *fail_at) {
            return absl::UnavailableError("the sink is full");
        }
        records.push_back(record);
        return absl::OkStatus();
    }
    std::vector<core::LedgerRecord> records;
    std::optional<std::size_t> fail_at;
};

/// A small generated archive in a folder of its own, and runs over it.
class ReplayFixture : public testing::Test {
  protected:
    static constexpr std::uint32_t kBlocks = 12;

    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-replay-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        archive_ = write("blocks.pxa", 1);
    }
    void TearDown() override {
        store_.reset();  // an open database removes files of its own, at its own time
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] static testbed::WorkloadOptions workload(std::uint64_t seed) {
        testbed::WorkloadOptions options;
        options.seed = seed;
        options.accounts = 40;
        options.blocks = kBlocks;
        options.transactions_per_block = 12;
        options.signing_threads = 1;
        return options;
    }
    [[nodiscard]] std::string write(const std::string& name, std::uint64_t seed,
                                    bool outcomes = false) const {
        const std::string path = (folder_ / name).string();
        const auto summary = testbed::write_workload(workload(seed), path, outcomes);
        EXPECT_TRUE(summary.ok()) << summary.status();
        return path;
    }

    [[nodiscard]] replay::ReplayOptions options() const {
        replay::ReplayOptions options;
        options.pipeline.protocol = tos::e1::find_profile("devnet")->copy();
        options.pipeline.policy.signatures = model::SignaturePolicy::kOff;
        return options;
    }

    [[nodiscard]] absl::StatusOr<replay::ReplayResult> run(
        const std::string& archive, replay::ReplayOptions options,
        std::vector<core::BlockExecutor*> candidates) {
        auto reader = replay::ArchiveReader::open(archive);
        if (!reader.ok()) {
            return reader.status();
        }
        sink_ = CollectingSink{};
        sink_.fail_at = sink_fails_at_;
        // Plain runners have no state of their own, so the lanes can share one.
        std::vector<core::PipelineLane> lanes;
        for (core::BlockExecutor* candidate : candidates) {
            lanes.push_back({*candidate, runner_});
        }
        auto threads = executors::runtime::LaneThreadSet::create(lanes.size());
        if (!threads.ok()) {
            return threads.status();
        }
        core::ListenerList listeners;
        listeners.add(bundles_);
        listeners.add(&sink_);
        replay::ReplayLoop loop(**reader, {*store_, {*control_, runner_}, lanes, **threads, clock_},
                                listeners, std::move(options));
        return loop.run(stop_);
    }
    [[nodiscard]] absl::StatusOr<replay::ReplayResult> run(replay::ReplayOptions options) {
        return run(archive_, std::move(options), {&candidate_});
    }

    void start_over() { store_ = std::make_unique<state::MemoryStore>(); }
    [[nodiscard]] model::Hash digest() const {
        const auto digest = core::state_digest(*store_);
        EXPECT_TRUE(digest.ok()) << digest.status();
        return digest.ok() ? *digest : model::Hash{};
    }

    std::filesystem::path folder_;
    std::string archive_;
    std::unique_ptr<core::ChainStore> store_ = std::make_unique<state::MemoryStore>();
    executors::sequential::SequentialExecutor sequential_;
    core::BlockExecutor* control_ = &sequential_;
    executors::sequential::SequentialExecutor candidate_;
    PlainLaneRunner runner_;
    StoppedClock clock_;
    CollectingSink sink_;
    std::optional<std::size_t> sink_fails_at_;
    /// Hears of what is found; null for nobody.
    core::VerificationListener* bundles_ = nullptr;
    std::atomic<bool> stop_{false};
};

}  // namespace parallax::test
