#include "executors/isolated/isolated_executor.hpp"

#include "executors/batch/batch_executor.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "tests/executors/faulty_host.hpp"
#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/codec/canonical.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace parallax::executors {
namespace {

using test::account;
using test::chain_block;
using test::fund;
using test::kFaultyBlock;
using test::signed_by;
using test::transfer;

isolated::IsolatedExecutor::Options host(const std::string& kind) {
    return {.name = "candidate", .command = {PARALLAX_FAULTY_HOST, kind}};
}

class IsolatedExecutorTest : public testing::Test {
  protected:
    void SetUp() override {
        auto pool =
            runtime::WorkerPool::create({.name = "px-test", .workers = 2, .observer = nullptr});
        ASSERT_TRUE(pool.ok());
        pool_ = *std::move(pool);
        for (std::uint32_t n = 0; n < 8; ++n) {
            fund(pre, n, 10'000'000);
        }
    }

    /// Transfers that succeed and fail, a burn, and an energy payload.
    [[nodiscard]] protocol::AdmittedBlock block(std::uint64_t topoheight) const {
        std::vector<tos::e1::Transaction> transactions = {
            transfer(0, 0, 1, 30),
            transfer(2, 0, 3, 40),
            transfer(0, 1, 3, 50),
            transfer(4, 7, 5, 60),
            test::draft(6, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{5}}),
            signed_by(5, 0, tos::e1::BurnPayload{model::kTosAsset, model::Amount{5}}),
            signed_by(
                7, 0,
                tos::e1::EnergyPayload{tos::e1::EnergyFreeze{model::Amount{5 * model::kCoin}, 3}}),
            transfer(1, 0, 77, 20),
        };
        auto admitted = chain_block(std::move(transactions), topoheight, profile);
        EXPECT_TRUE(admitted.ok()) << admitted.status();
        return *std::move(admitted);
    }

    absl::StatusOr<model::BlockOutcome> run(core::BlockExecutor& executor,
                                            std::uint64_t topoheight) {
        return test::execute(executor, pre, block(topoheight), profile);
    }
    /// The faulty block, then the block after it, which must be executed as ever.
    absl::Status failure_of(const std::string& kind) {
        isolated::IsolatedExecutor executor(host(kind));
        EXPECT_TRUE(run(executor, 12).ok());
        const absl::Status failure = run(executor, kFaultyBlock.value()).status();
        expect_good_outcome(executor, 14);
        return failure;
    }
    void expect_good_outcome(core::BlockExecutor& executor, std::uint64_t topoheight) {
        sequential::SequentialExecutor sequential;
        const auto expected = run(sequential, topoheight);
        const auto outcome = run(executor, topoheight);
        ASSERT_TRUE(outcome.ok()) << outcome.status();
        EXPECT_EQ(codec::encode_outcome(*outcome), codec::encode_outcome(*expected));
    }
    static void expect_failure(const absl::Status& failure, absl::StatusCode code,
                               const std::string& text) {
        EXPECT_EQ(failure.code(), code) << failure;
        EXPECT_NE(std::string(failure.message()).find(text), std::string::npos) << failure;
    }

    tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    test::MemoryView pre;
    std::unique_ptr<runtime::WorkerPool> pool_;
};

// ---- The outcome of the executor inside ----

TEST_F(IsolatedExecutorTest, gives_the_outcome_notes_and_access_log_of_the_executor_inside) {
    batch::BatchExecutor batch(*pool_, {});
    isolated::IsolatedExecutor isolated(host("batch"));
    const protocol::AdmittedBlock tried = block(5);
    const std::atomic<bool> cancelled{false};
    const std::vector<crypto::SignatureCheck> checks(tried.transactions().size(),
                                                     crypto::SignatureCheck::kValid);
    for (const auto& signatures :
         {protocol::SignatureSource::per_lane(tried), protocol::SignatureSource::off(tried),
          protocol::SignatureSource::once(tried, checks)}) {
        for (const bool record : {true, false}) {
            const core::ExecutionContext context{profile, signatures, cancelled, record};
            const auto expected = batch.execute(pre, tried, context);
            const auto outcome = isolated.execute(pre, tried, context);
            ASSERT_TRUE(expected.ok() && outcome.ok()) << outcome.status();
            EXPECT_EQ(outcome->access_log.has_value(), record);
            EXPECT_EQ(codec::encode_outcome(*outcome), codec::encode_outcome(*expected));
            EXPECT_EQ(outcome->notes.counters, expected->notes.counters);
            EXPECT_FALSE(outcome->notes.counters.empty());
        }
    }
}

TEST_F(IsolatedExecutorTest, takes_signature_answers_that_were_computed_before) {
    isolated::IsolatedExecutor isolated(host("none"));
    const protocol::AdmittedBlock tried = block(5);
    std::vector<crypto::SignatureCheck> checks(tried.transactions().size(),
                                               crypto::SignatureCheck::kValid);
    checks[0] = crypto::SignatureCheck::kInvalid;
    const protocol::SignatureSource signatures = protocol::SignatureSource::once(tried, checks);
    const std::atomic<bool> cancelled{false};
    const auto outcome =
        isolated.execute(pre, tried, core::ExecutionContext{profile, signatures, cancelled, true});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->results[0].code, model::ErrorCode::kInvalidSignature);
    EXPECT_EQ(outcome->results[4].status, model::TransactionStatus::kExecuted)
        << "unsigned, taken as is";
}

TEST_F(IsolatedExecutorTest, runs_side_blocks_every_failure_model_and_the_paths_of_the_harness) {
    isolated::IsolatedExecutor isolated(host("none"));
    sequential::SequentialExecutor sequential;
    for (const auto model :
         {protocol::FailureModel::kRejectBlock, protocol::FailureModel::kOrphanAtomic,
          protocol::FailureModel::kOrphanPartial}) {
        profile.failure_model = model;
        expect_good_outcome(isolated, 5);
    }
    tos::e1::Block side;
    side.placement = {model::Topoheight{9}, 2};
    side.header.miner = account(test::kTestMiner);
    side.hash = tos::e1::block_hash(side.header);
    profile = *tos::e1::find_profile("devnet");
    const auto admitted = profile.admit(side);
    ASSERT_TRUE(admitted.ok());
    const auto expected = test::execute(sequential, pre, *admitted, profile);
    const auto outcome = test::execute(isolated, pre, *admitted, profile);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(codec::encode_outcome(*outcome), codec::encode_outcome(*expected));

    for (const auto kind :
         {testbed::VectorProtocol::Kind::kTransaction, testbed::VectorProtocol::Kind::kBlock}) {
        const testbed::VectorProtocol harness(kind);
        const protocol::AdmittedBlock list = tos::e1::Profile::admit_list(
            {transfer(0, 0, 1, 30), transfer(2, 0, 3, 40)},
            {{model::Topoheight{8}, std::nullopt}, model::Topoheight{7}});
        const auto demanded = test::execute(sequential, pre, list, harness);
        const auto found = test::execute(isolated, pre, list, harness);
        ASSERT_TRUE(found.ok()) << found.status();
        EXPECT_EQ(codec::encode_outcome(*found), codec::encode_outcome(*demanded));
    }
}

TEST_F(IsolatedExecutorTest, keeps_one_host_over_many_blocks) {
    isolated::IsolatedExecutor isolated(host("batch"));
    for (std::uint64_t topoheight = 20; topoheight < 60; ++topoheight) {
        expect_good_outcome(isolated, topoheight);
    }
}

TEST_F(IsolatedExecutorTest, passes_on_an_outcome_that_is_wrong) {
    isolated::IsolatedExecutor isolated(host("wrong"));
    const auto outcome = run(isolated, kFaultyBlock.value());
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_TRUE(outcome->results.empty());
}

TEST_F(IsolatedExecutorTest, passes_on_the_status_of_a_read_that_fails) {
    struct BrokenView final : protocol::StateView {
        absl::StatusOr<std::optional<model::StateValue>> get(
            const model::StateKey&) const override {
            return absl::DataLossError("disk on fire");
        }
    } broken;
    for (const char* kind : {"none", "batch", "staged"}) {
        isolated::IsolatedExecutor isolated(host(kind));
        const auto failed = test::execute(isolated, broken, block(5), profile);
        expect_failure(failed.status(), absl::StatusCode::kDataLoss, "disk on fire");
        expect_good_outcome(isolated, 6);
    }
}

// ---- Candidates that end ----

TEST_F(IsolatedExecutorTest, names_the_signal_of_a_crash_and_the_block) {
    expect_failure(failure_of("segfault"), absl::StatusCode::kInternal,
                   "executor candidate crashed: SIGSEGV (11) in block 13");
    expect_failure(failure_of("abort"), absl::StatusCode::kInternal,
                   "executor candidate crashed: SIGABRT (6) in block 13");
}

TEST_F(IsolatedExecutorTest, names_the_exit_code) {
    expect_failure(failure_of("exit"), absl::StatusCode::kInternal,
                   "executor candidate ended with exit code 7 in block 13");
}

TEST_F(IsolatedExecutorTest, says_what_was_thrown_in_printable_characters) {
    expect_failure(failure_of("throw"), absl::StatusCode::kInternal, "threw: boom ?[31m");
    expect_failure(failure_of("throw_number"), absl::StatusCode::kInternal, "no std::exception");
}

TEST_F(IsolatedExecutorTest, reports_a_crash_between_two_blocks_with_the_next) {
    isolated::IsolatedExecutor isolated(host("die_later"));
    ASSERT_TRUE(run(isolated, kFaultyBlock.value()).ok());
    // It dies after block 13 or, seen from here, in block 14: whichever is first.
    expect_failure(run(isolated, 14).status(), absl::StatusCode::kInternal,
                   "executor candidate crashed: SIGABRT (6)");
    expect_good_outcome(isolated, 15);
}

TEST_F(IsolatedExecutorTest, fails_if_the_host_cannot_be_started) {
    isolated::IsolatedExecutor missing({.name = "candidate", .command = {"/nonexistent/host"}});
    expect_failure(run(missing, 5).status(), absl::StatusCode::kUnavailable, "/nonexistent/host");
    isolated::IsolatedExecutor nameless({.name = "candidate", .command = {}});
    expect_failure(run(nameless, 5).status(), absl::StatusCode::kUnavailable, "without a name");
    isolated::IsolatedExecutor other(host("no such fault"));
    expect_failure(run(other, 5).status(), absl::StatusCode::kInternal, "ended with exit code 1");
}

// ---- Candidates that do not end ----

TEST_F(IsolatedExecutorTest, ends_at_the_time_limit_whatever_the_candidate_does) {
    runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = 50, .unlimited = nullptr});
    for (const char* kind : {"hang", "spin", "ask_for_ever", "ask_without_listening"}) {
        SCOPED_TRACE(kind);
        isolated::IsolatedExecutor isolated(host(kind));
        expect_good_outcome(isolated, 12);  // without a limit: starting takes its time
        const protocol::AdmittedBlock faulty = block(kFaultyBlock.value());
        const protocol::SignatureSource signatures = protocol::SignatureSource::off(faulty);
        const auto late = runner.run(isolated, [&](const std::atomic<bool>& cancelled) {
            return isolated.execute(pre, faulty,
                                    core::ExecutionContext{profile, signatures, cancelled, true});
        });
        expect_failure(late.status(), absl::StatusCode::kDeadlineExceeded, "50 ms");
        expect_good_outcome(isolated, 14);
    }
}

TEST_F(IsolatedExecutorTest, ends_with_the_verifier_even_in_the_middle_of_a_block) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t verifier = fork();
    if (verifier == 0) {
        dup2(ends[1], STDERR_FILENO);
        execl(PARALLAX_FAULTY_HOST, PARALLAX_FAULTY_HOST, "verifier", nullptr);
        _exit(127);
    }
    close(ends[1]);
    char byte = 0;
    ASSERT_EQ(read(ends[0], &byte, 1), 1) << "the host is at work";
    kill(verifier, SIGKILL);
    waitpid(verifier, nullptr, 0);
    // The pipe ends when nobody has its other end: neither the verifier nor the host.
    while (read(ends[0], &byte, 1) > 0) {
    }
    close(ends[0]);
}

// ---- Candidates that talk nonsense ----

TEST_F(IsolatedExecutorTest, survives_bytes_that_are_no_answer) {
    for (const char* kind : {"garbage", "huge_length", "bad_outcome", "empty_outcome", "bad_error",
                             "bad_read", "unsorted_read", "request", "values"}) {
        SCOPED_TRACE(kind);
        expect_failure(failure_of(kind), absl::StatusCode::kInternal,
                       "executor candidate gave no answer in block 13: ");
    }
}

TEST_F(IsolatedExecutorTest, survives_a_host_that_ends_inside_a_frame) {
    expect_failure(failure_of("part_of_frame"), absl::StatusCode::kInternal,
                   "ended with exit code 0 in block 13");
}

TEST_F(IsolatedExecutorTest, takes_memory_as_bytes_arrive_and_not_as_announced) {
    runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = 50, .unlimited = nullptr});
    isolated::IsolatedExecutor isolated(host("unfinished_frame"));
    expect_good_outcome(isolated, 12);
    const protocol::AdmittedBlock faulty = block(kFaultyBlock.value());
    const protocol::SignatureSource signatures = protocol::SignatureSource::off(faulty);
    const auto late = runner.run(isolated, [&](const std::atomic<bool>& cancelled) {
        return isolated.execute(pre, faulty,
                                core::ExecutionContext{profile, signatures, cancelled, true});
    });
    EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
    expect_good_outcome(isolated, 14);
}

TEST_F(IsolatedExecutorTest, refuses_a_frame_beyond_its_limit) {
    isolated::IsolatedExecutor::Options options = host("none");
    options.max_frame_bytes = 4096;  // the block fits, its outcome does not
    isolated::IsolatedExecutor isolated(options);
    expect_failure(run(isolated, 5).status(), absl::StatusCode::kInternal, "at most 4096");
}

TEST_F(IsolatedExecutorTest, does_not_wait_for_a_host_that_closed_its_connection) {
    expect_failure(failure_of("close"), absl::StatusCode::kInternal, "closed the connection");
}

// ---- What a host has of the verifier ----

TEST_F(IsolatedExecutorTest, gives_the_host_neither_input_nor_output_nor_descriptors) {
    const int spare = open("/dev/null", O_RDONLY);  // without close-on-exec, and still not there
    ASSERT_GE(spare, 0);
    isolated::IsolatedExecutor isolated(host("chatty"));
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto outcome = run(isolated, kFaultyBlock.value());
    const std::string out = testing::internal::GetCapturedStdout();
    const std::string err = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(out, "");
    EXPECT_EQ(err, "to the output\n");
    close(spare);
}

TEST_F(IsolatedExecutorTest, a_crash_of_a_candidate_is_a_finding_and_does_not_touch_the_control) {
    runtime::TimedLaneRunner runner(*pool_, {.time_limit_ms = 0, .unlimited = nullptr});
    sequential::SequentialExecutor control;
    batch::BatchExecutor batch(*pool_, {});
    isolated::IsolatedExecutor crashing(host("segfault"));
    const std::array<core::BlockExecutor*, 2> candidates = {&crashing, &batch};
    const core::Verification found =
        core::verify_block(pre, block(kFaultyBlock.value()), profile, control, candidates, {},
                           core::VerifyPolicy{}, runner);
    ASSERT_EQ(found.verdict.findings.size(), 1U);
    EXPECT_EQ(found.verdict.findings[0].finding_class, model::FindingClass::kExecutorFailed);
    EXPECT_NE(found.verdict.findings[0].sentence.find("SIGSEGV (11)"), std::string::npos)
        << found.verdict.findings[0].sentence;
    EXPECT_EQ(found.verdict.kind, model::VerdictKind::kInconclusive);
    EXPECT_EQ(found.verdict.reason, model::InconclusiveReason::kExecutorFailed);
    ASSERT_EQ(found.verdict.lanes.size(), 2U);
    EXPECT_NE(found.verdict.lanes[0].detail.find("SIGSEGV (11)"), std::string::npos);
    EXPECT_EQ(found.verdict.lanes[1].kind, model::VerdictKind::kMatch) << "other lanes go on";
    ASSERT_TRUE(found.control.has_value());
    const auto expected = run(control, kFaultyBlock.value());
    EXPECT_EQ(codec::encode_outcome(*found.control), codec::encode_outcome(*expected));
}

}  // namespace
}  // namespace parallax::executors
