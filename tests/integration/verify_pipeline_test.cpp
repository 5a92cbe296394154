#include "verifier/core/verification/verify_pipeline.hpp"

#include "executors/runtime/lane_threads.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "verifier/chains/tos/e1/admitted_body.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"

#include <gtest/gtest.h>

#include <latch>

namespace parallax::test {
namespace {

/// Keeps what left the pipeline; answers with an error once `fails_at` blocks were accepted.
class CollectingObserver final : public core::VerificationListener {
  public:
    absl::Status finished(const core::FinishedBlock& block) override {
        if (fails_at && blocks.size() >= *fails_at) {
            return absl::UnavailableError("nobody reads any more");
        }
        blocks.push_back(block.record.verdict);
        committed = block.committed;
        delta_keys =
            block.verification.control ? block.verification.control->delta.entries.size() : 0;
        return absl::OkStatus();
    }
    std::vector<model::Verdict> blocks;
    bool committed = false;
    std::size_t delta_keys = 0;
    std::optional<std::size_t> fails_at;
};

/// The control's rules, but the first block is held until the test lets it go.
class HeldExecutor final : public core::BlockExecutor {
  public:
    std::string_view name() const override { return "held"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        released_.wait();
        return inner_.execute(view, block, context);
    }
    void release() { released_.count_down(); }

  private:
    executors::sequential::SequentialExecutor inner_;
    std::latch released_{1};
};

/// Fails on one block.
class FailingExecutor final : public core::BlockExecutor {
  public:
    explicit FailingExecutor(model::Topoheight fails_on) : fails_on_(fails_on) {}
    std::string_view name() const override { return "failing"; }
    absl::StatusOr<model::BlockOutcome> execute(const protocol::StateView& view,
                                                const protocol::AdmittedBlock& block,
                                                const core::ExecutionContext& context) override {
        if (block.placement().topoheight == fails_on_) {
            return absl::InternalError("no more");
        }
        return inner_.execute(view, block, context);
    }

  private:
    executors::sequential::SequentialExecutor inner_;
    model::Topoheight fails_on_;
};

class VerifyPipelineTest : public ReplayFixture {
  protected:
    void SetUp() override {
        ReplayFixture::SetUp();
        auto reader = replay::ArchiveReader::open(archive_);
        ASSERT_TRUE(reader.ok()) << reader.status();
        start_ =
            core::Cursor{(*reader)->header().base_topoheight, (*reader)->header().base_hash, {}};
        ASSERT_TRUE(store_->load(start_, [&] { return (*reader)->next_state_row(); }).ok());
        while (true) {
            auto block = (*reader)->next_block();
            ASSERT_TRUE(block.ok()) << block.status();
            if (!*block) {
                break;
            }
            auto decoded = tos::e1::decode_block((*block)->wire, (*block)->placement);
            ASSERT_TRUE(decoded.ok()) << decoded.status();
            auto admitted = profile_.admit(*std::move(decoded));
            ASSERT_TRUE(admitted.ok()) << admitted.status();
            blocks_.push_back(*std::move(admitted));
        }
        ASSERT_EQ(blocks_.size(), kBlocks);
        auto threads = executors::runtime::LaneThreadSet::create(1);
        ASSERT_TRUE(threads.ok()) << threads.status();
        threads_ = *std::move(threads);
    }

    [[nodiscard]] std::unique_ptr<core::VerifyPipeline> pipeline(core::BlockExecutor& control,
                                                                 core::BlockExecutor& candidate,
                                                                 std::size_t in_flight) {
        core::PipelineOptions options;
        options.protocol = profile_.copy();
        options.policy.signatures = model::SignaturePolicy::kOff;
        options.blocks_in_flight = in_flight;
        return std::make_unique<core::VerifyPipeline>(
            core::PipelineParts{
                *store_, {control, runner_}, {{candidate, runner_}}, *threads_, clock_},
            observer_, start_, options);
    }
    [[nodiscard]] model::Topoheight stored() const { return (**store_->cursor()).topoheight; }

    const tos::e1::Profile profile_ = *tos::e1::find_profile("devnet");
    core::Cursor start_;
    std::vector<protocol::AdmittedBlock> blocks_;
    CollectingObserver observer_;
    std::unique_ptr<executors::runtime::LaneThreadSet> threads_;
};

TEST_F(VerifyPipelineTest, control_goes_on_while_the_candidate_is_at_work) {
    HeldExecutor held;
    const auto piped = pipeline(sequential_, held, 4);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(piped->push(blocks_[i], {}, true).ok());
    }
    // Four blocks executed by the control, none of them compared: none is committed.
    EXPECT_EQ(piped->in_flight(), 4U);
    EXPECT_EQ(piped->head(), blocks_[3].placement().topoheight);
    EXPECT_EQ(stored(), start_.topoheight);
    EXPECT_TRUE(observer_.blocks.empty());

    held.release();
    ASSERT_TRUE(piped->drain().ok());
    ASSERT_EQ(observer_.blocks.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(observer_.blocks[i].topoheight, blocks_[i].placement().topoheight);
        EXPECT_EQ(observer_.blocks[i].kind, model::VerdictKind::kMatch);
    }
    EXPECT_EQ(stored(), blocks_[3].placement().topoheight);
    EXPECT_GT(observer_.delta_keys, 0U) << "the observer sees the outcome whole";
}

TEST_F(VerifyPipelineTest, abandoned_blocks_leave_no_trace) {
    HeldExecutor held;
    const model::Hash before = digest();
    {
        const auto piped = pipeline(sequential_, held, 8);
        for (std::size_t i = 0; i < 3; ++i) {
            ASSERT_TRUE(piped->push(blocks_[i], {}, true).ok());
        }
        held.release();
        piped->abandon();
        EXPECT_EQ(piped->head(), start_.topoheight);
        EXPECT_EQ(piped->in_flight(), 0U);
        // The same blocks again, as if they had never been there.
        ASSERT_TRUE(piped->push(blocks_[0], {}, true).ok());
        piped->abandon();
    }
    EXPECT_EQ(stored(), start_.topoheight);
    EXPECT_EQ(digest(), before);
    EXPECT_TRUE(observer_.blocks.empty());
}

TEST_F(VerifyPipelineTest, a_failed_control_ends_it_after_the_blocks_before) {
    FailingExecutor control(blocks_[2].placement().topoheight);
    const auto piped = pipeline(control, candidate_, 8);
    for (std::size_t i = 0; i < 3; ++i) {
        ASSERT_FALSE(piped->halted());
        ASSERT_TRUE(piped->push(blocks_[i], {}, true).ok());
    }
    EXPECT_TRUE(piped->halted());
    ASSERT_EQ(observer_.blocks.size(), 3U);
    EXPECT_EQ(observer_.blocks[1].kind, model::VerdictKind::kMatch);
    EXPECT_EQ(observer_.blocks[2].kind, model::VerdictKind::kInconclusive);
    EXPECT_EQ(observer_.blocks[2].reason, model::InconclusiveReason::kControlFailed);
    EXPECT_FALSE(observer_.committed);
    EXPECT_EQ(stored(), blocks_[1].placement().topoheight);
    EXPECT_FALSE(piped->push(blocks_[3], {}, true).ok());
}

TEST_F(VerifyPipelineTest, refuses_a_block_that_does_not_follow) {
    const auto piped = pipeline(sequential_, candidate_, 2);
    const auto status = piped->push(blocks_[1], {}, true);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(std::string(status.message()).find("block 1 was expected"), std::string::npos)
        << status;
    EXPECT_TRUE(piped->push(blocks_[0], {}, true).ok());
    EXPECT_FALSE(piped->push(blocks_[0], {}, true).ok()) << "twice";
}

/// One block has one place in the order, whether it is committed or still in flight.
TEST_F(VerifyPipelineTest, refuses_a_block_that_has_a_place_already) {
    executors::sequential::SequentialExecutor control;
    HeldExecutor candidate;
    const auto parts = pipeline(control, candidate, 4);
    ASSERT_TRUE(parts->push(blocks_[0], {}, true).ok());
    tos::e1::Block again;
    again.hash = blocks_[0].hash();
    again.header = tos::e1::body_of(blocks_[0]).header;
    for (const tos::e1::AdmittedEntry& entry : tos::e1::body_of(blocks_[0]).entries) {
        again.transactions.push_back(entry.transaction);
    }
    again.placement.topoheight = model::next(blocks_[0].placement().topoheight);
    const auto admitted = profile_.admit(again);
    ASSERT_TRUE(admitted.ok()) << admitted.status();
    EXPECT_EQ(parts->in_flight(), 1U);
    const auto in_flight = parts->push(*admitted, {}, true);
    EXPECT_EQ(in_flight.code(), absl::StatusCode::kAlreadyExists) << in_flight;
    candidate.release();
    ASSERT_TRUE(parts->drain().ok());
    const auto committed = parts->push(*admitted, {}, true);
    EXPECT_EQ(committed.code(), absl::StatusCode::kAlreadyExists) << committed;
    EXPECT_NE(std::string(committed.message())
                  .find(std::to_string(blocks_[0].placement().topoheight.value())),
              std::string::npos);
    // It goes on with the block that follows.
    ASSERT_TRUE(parts->push(blocks_[1], {}, true).ok());
    ASSERT_TRUE(parts->drain().ok());
    EXPECT_EQ(observer_.blocks.size(), 2U);
}

TEST_F(VerifyPipelineTest, an_observer_that_fails_ends_the_run) {
    observer_.fails_at = 1;
    const auto piped = pipeline(sequential_, candidate_, 1);
    ASSERT_TRUE(piped->push(blocks_[0], {}, true).ok());
    EXPECT_EQ(piped->push(blocks_[1], {}, true).code(), absl::StatusCode::kUnavailable);
}

TEST_F(VerifyPipelineTest, blocks_that_only_advance_the_state_are_no_verdicts) {
    const auto piped = pipeline(sequential_, candidate_, 4);
    ASSERT_TRUE(piped->push(blocks_[0], {}, false).ok());
    ASSERT_TRUE(piped->push(blocks_[1], {}, true).ok());
    ASSERT_TRUE(piped->drain().ok());
    std::vector<bool> has_record;
    ASSERT_TRUE(store_
                    ->read_ledger(blocks_[0].placement().topoheight,
                                  blocks_[1].placement().topoheight,
                                  [&](model::Topoheight, const base::Bytes& record) {
                                      has_record.push_back(!record.empty());
                                      return absl::OkStatus();
                                  })
                    .ok());
    EXPECT_EQ(has_record, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace parallax::test
