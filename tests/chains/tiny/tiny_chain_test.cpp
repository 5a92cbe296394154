#include "tests/chains/tiny/tiny_chain.hpp"

#include "app/feeder/feed_run.hpp"
#include "app/feeder/feed_source.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/lanes/lane_set.hpp"
#include "app/sidecar/sidecar_lanes.hpp"
#include "app/terminal/progress_sink.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/runtime/outcome_builder.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "replay/archive/archive_reader.hpp"
#include "replay/bundle/bundle_verdict.hpp"
#include "replay/bundle/bundle_writer.hpp"
#include "replay/loop/replay_loop.hpp"
#include "replay/shrink/shrink.hpp"
#include "replay/twins/twins.hpp"
#include "reports/analysis/cause_text.hpp"
#include "reports/formats/report_formats.hpp"
#include "reports/record/json_lines.hpp"
#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/selftest_bench.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "tests/support/chain.hpp"
#include "verifier/codec/canonical.hpp"
#include "verifier/codec/logged_outcome.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/core/oracles/invariants.hpp"
#include "verifier/core/oracles/serializability.hpp"
#include "verifier/service/server/sidecar.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace parallax::tiny {
namespace {

using executors::runtime::WorkerPool;

std::unique_ptr<WorkerPool> workers(unsigned count) {
    WorkerPool::Options options;
    options.workers = count;
    return *WorkerPool::create(options);
}

/// A folder of the test's own.
class TinyFiles : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-tiny-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }
    std::filesystem::path folder_;
};

void expect_same(core::BlockExecutor& executor, const TinyChain::Step& step,
                 const TinyProtocol& protocol) {
    const auto outcome = test::execute(executor, step.before, step.block, protocol);
    ASSERT_TRUE(outcome.ok()) << executor.name() << ": " << outcome.status();
    EXPECT_EQ(codec::encode_outcome(*outcome), codec::encode_outcome(step.outcome))
        << executor.name();
    EXPECT_EQ(core::check_serializability(*outcome), std::vector<model::Difference>{})
        << executor.name();
    EXPECT_EQ(core::check_invariants(step.block, protocol, *outcome),
              std::vector<model::Difference>{})
        << executor.name();
}

// ---- Executors ----

TEST(TinyChainTest, every_executor_gives_what_the_control_gives) {
    const auto pool = workers(4);
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        TinyChain chain(seed);
        for (int i = 0; i < 4; ++i) {
            const TinyChain::Step step = chain.next(40);
            for (const std::string& name : app::executor_names()) {
                expect_same(*app::create_executor(name, *pool), step, chain.protocol());
            }
        }
    }
}

TEST(TinyChainTest, an_executor_in_a_process_of_its_own_gives_what_the_control_gives) {
    executors::isolated::IsolatedExecutor::Options options;
    options.name = "batch";
    options.command = {PARALLAX_TINY_HOST};
    executors::isolated::IsolatedExecutor isolated(options);
    TinyChain chain(3);
    for (int i = 0; i < 5; ++i) {
        expect_same(isolated, chain.next(30), chain.protocol());
    }
}

/// What a block does before its transactions is read by them, and the log says so.
TEST(TinyChainTest, transactions_see_what_the_block_begins_with) {
    TinyChain chain(1);
    std::size_t seen = 0;
    for (int i = 0; i < 10; ++i) {
        const TinyChain::Step step = chain.next(20);
        ASSERT_TRUE(step.outcome.access_log);
        EXPECT_EQ(step.outcome.access_log->accesses.front().transaction,
                  model::TxIndex{model::kInitializeTransaction});
        for (const model::Access& access : step.outcome.access_log->accesses) {
            seen += access.observed_writer == model::kInitializeTransaction &&
                            model::is_transaction(access.transaction.value())
                        ? 1U
                        : 0U;
        }
    }
    EXPECT_GT(seen, 0U);
}

TEST(TinyChainTest, a_lane_that_does_not_read_the_beginning_is_found) {
    TinyChain chain(1);
    for (int i = 0; i < 20; ++i) {
        TinyChain::Step step = chain.next(20);
        for (model::Access& access : step.outcome.access_log->accesses) {
            if (access.observed_writer == model::kInitializeTransaction &&
                model::is_transaction(access.transaction.value())) {
                access.observed_writer = model::kPreState;
                const auto found = core::check_serializability(step.outcome);
                ASSERT_FALSE(found.empty());
                EXPECT_EQ(found.front().path, core::hazard_name(core::Hazard::kPreStateLeak));
                return;
            }
        }
    }
    FAIL() << "no transaction read what its block began with";
}

/// The miner's transactions do not see what their block began with.
class LateBeginning final : public core::BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "late-beginning"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        const protocol::RuleContext rules{context.protocol, block, context.signatures};
        const protocol::BlockState before(view);
        protocol::BlockState state(view);
        executors::runtime::OutcomeBuilder outcome(block, context);
        if (const auto begun = outcome.begin(state, rules); !begun.ok()) {
            return begun;
        }
        for (std::uint32_t i = 0; i < block.transactions().size(); ++i) {
            const bool is_late = block.transactions()[i].source == block.miner();
            protocol::TransactionState transaction(is_late ? before : state, i);
            const protocol::RuleResult result =
                rules.protocol.execute(transaction, model::TxIndex{i}, rules);
            const bool kept =
                executors::runtime::keeps_effects(result, rules.protocol.failures()) &&
                state.merge(transaction);
            outcome.record(model::TxIndex{i}, result, transaction, kept);
        }
        return outcome.finish(std::move(state), rules);
    }
};

TEST(TinyChainTest, a_read_before_the_beginning_is_named_kept_and_shown) {
    executors::sequential::SequentialExecutor control;
    LateBeginning late;
    test::PlainLaneRunner runner;
    TinyChain chain(1);
    model::Verdict verdict;
    const auto is_found = [&] {
        return !verdict.findings.empty() &&
               verdict.findings.front().cause.kind == model::CauseKind::kReadTooEarly;
    };
    for (int block = 0; block < 500 && !is_found(); ++block) {
        const TinyChain::Step step = chain.next(12);
        const std::vector<core::BlockExecutor*> candidates = {&late};
        verdict = core::verify_block(step.before, step.block, chain.protocol(), control, candidates,
                                     {}, core::VerifyPolicy{}, runner)
                      .verdict;
    }
    EXPECT_EQ(verdict.kind, model::VerdictKind::kMismatch);
    ASSERT_TRUE(is_found());
    const std::string line = reports::to_json_line({model::Hash{}, verdict});
    EXPECT_NE(line.find("\"initialize\""), std::string::npos) << line;
    const auto read = reports::from_json_line(line);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->verdict, verdict);
    reports::ReportBuilder builder;
    builder.add(*read);
    const std::string html = reports::render_report_html(builder.finish(std::nullopt));
    EXPECT_EQ(html.find(std::to_string(model::kInitializeTransaction)), std::string::npos)
        << "the index of a step that is no transaction is for no reader";
    EXPECT_NE(html.find("beginning"), std::string::npos);
}

// ---- Wire ----

TEST(TinyChainTest, blocks_decode_strictly) {
    const base::Bytes wire = TinyChain(5).next(6).block.wire();
    ASSERT_TRUE(decode_block(wire).ok());
    for (std::size_t size = 0; size < wire.size(); ++size) {
        EXPECT_FALSE(decode_block(std::span(wire).first(size)).ok()) << size;
    }
}

// ---- Archive, store, loop ----

class TinyReplay : public TinyFiles {
  protected:
    struct Run {
        replay::ReplayResult result;
        test::CollectingSink sink;
        model::Hash digest;
    };
    [[nodiscard]] Run run(const std::string& archive, core::ChainStore& store,
                          std::vector<std::string> candidates, const std::string& fault = "") {
        Run run;
        auto reader = replay::ArchiveReader::open(archive);
        EXPECT_TRUE(reader.ok()) << reader.status();
        app::LaneOptions lanes;
        lanes.candidates = std::move(candidates);
        lanes.threads = 2;
        lanes.isolate = false;
        lanes.fault = fault;
        const auto set = app::LaneSet::create(lanes);
        EXPECT_TRUE(set.ok()) << set.status();
        replay::ReplayOptions options;
        options.pipeline.protocol = tiny_protocols().find(TinyProtocol().id()).value();
        replay::ReplayLoop loop(**reader, (*set)->parts(store), run.sink, options);
        const std::atomic<bool> never{false};
        auto result = loop.run(never);
        EXPECT_TRUE(result.ok()) << result.status();
        run.result = *std::move(result);
        run.digest = core::state_digest(store).value();
        return run;
    }
    [[nodiscard]] std::vector<std::string> all_candidates() const {
        std::vector<std::string> names = app::executor_names();
        std::erase(names, std::string(app::kControlName));
        return names;
    }
};

TEST_F(TinyReplay, an_archive_is_verified_on_both_stores_by_all_candidates) {
    TinyChain chain(7);
    chain.write(path("chain.pxa"), 12, 30);
    state::MemoryStore memory;
    const Run in_memory = run(path("chain.pxa"), memory, all_candidates());
    auto store = state::RocksDbStore::create(path("db"), {"testnet", "tiny/orphan_atomic"}, {});
    ASSERT_TRUE(store.ok()) << store.status();
    const Run on_disk = run(path("chain.pxa"), **store, all_candidates());
    for (const Run* one : {&in_memory, &on_disk}) {
        EXPECT_EQ(one->result.exit_code(), 0);
        ASSERT_EQ(one->sink.records.size(), 12U);
        for (const core::LedgerRecord& record : one->sink.records) {
            EXPECT_EQ(record.verdict.kind, model::VerdictKind::kMatch);
        }
    }
    EXPECT_EQ(in_memory.digest, on_disk.digest);
    // The generator's own state, row by row.
    const auto view = memory.snapshot();
    for (const auto& [key, value] : chain.state().rows()) {
        EXPECT_EQ(view->get(key).value(), value) << model::to_string(key);
    }
}

TEST_F(TinyReplay, a_seeded_fault_of_scheduling_is_found_and_reported) {
    TinyChain chain(9);
    chain.write(path("chain.pxa"), 12, 30);
    state::MemoryStore memory;
    const Run faulty = run(path("chain.pxa"), memory, {}, "merge-in-map-order");
    EXPECT_EQ(faulty.result.exit_code(), 2);
    reports::ReportBuilder builder;
    for (const core::LedgerRecord& record : faulty.sink.records) {
        builder.add(record);
    }
    const std::string html = reports::render_report_html(builder.finish(std::nullopt));
    for (const char* word : {"register_name", "merge-in-map-order", "mismatch"}) {
        EXPECT_NE(html.find(word), std::string::npos) << word;
    }
}

// ---- Scheduling faults under a controlled schedule ----

TEST(TinyChainTest, scheduling_faults_are_found) {
    const test::StoppedClock clock;
    testbed::SelftestOptions options;
    std::size_t tried = 0;
    for (const testbed::Fault& fault : testbed::fault_catalogue()) {
        if (fault.speculation == nullptr) {
            continue;
        }
        ++tried;
        testbed::SelftestBench bench(options, clock);
        ASSERT_TRUE(bench.ready());
        const auto executor = testbed::create_faulty_executor(fault, bench.pool());
        TinyChain chain(11);
        bool found = false;
        for (int i = 0; i < 20 && !found; ++i) {
            const TinyChain::Step step = chain.next(6);
            const TinyProtocol protocol;
            found = bench
                        .try_block(*executor, {&step.before, &step.block, &protocol}, step.outcome,
                                   core::SchedulePolicy::kPct, 300)
                        .found;
        }
        EXPECT_TRUE(found) << fault.name;
    }
    EXPECT_GE(tried, 5U);
}

// ---- Bundle, shrinking, report ----

/// Loses the second credit of a balance.
class LostCredit final : public core::BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "lost-credit"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        auto outcome = inner_.execute(view, block, context);
        if (!outcome.ok() || !outcome->access_log) {
            return outcome;
        }
        std::map<model::StateKey, std::size_t> credits;
        for (const model::Access& access : outcome->access_log->accesses) {
            if (access.kind != model::AccessKind::kCredit || ++credits[access.key] != 2 ||
                access.key.family != model::Family::kBalance) {
                continue;
            }
            for (model::DeltaEntry& entry : outcome->delta.entries) {
                if (entry.key == access.key && entry.after) {
                    auto& amount = std::get<model::AmountRecord>(*entry.after).amount;
                    amount = model::Amount{amount.value() - access.value};
                }
            }
        }
        return outcome;
    }

  private:
    executors::sequential::SequentialExecutor inner_;
};

TEST_F(TinyFiles, a_finding_is_kept_shrunk_reproduced_and_shown) {
    executors::sequential::SequentialExecutor control;
    LostCredit faulty;
    test::PlainLaneRunner runner;
    TinyChain chain(13);
    std::optional<replay::Bundle> bundle;
    while (!bundle) {
        const TinyChain::Step step = chain.next(30);
        const core::RecordingView view(step.before);
        core::VerifyPolicy policy;
        policy.on_findings = [&](const core::Verification& first) {
            bundle = replay::make_bundle({view, step.block, chain.protocol(), first},
                                         *core::leading_findings(first.verdict).front(), {});
        };
        const std::vector<core::BlockExecutor*> candidates = {&faulty};
        (void)core::verify_block(view, step.block, chain.protocol(), control, candidates, {},
                                 policy, runner);
    }
    const auto lanes = [&](const replay::BundleConfiguration&) {
        return absl::StatusOr<replay::BundleLanes>(replay::BundleLanes{control, &faulty, runner});
    };
    const auto shrunk = replay::shrink(*bundle, lanes, {});
    ASSERT_TRUE(shrunk.ok()) << shrunk.status();
    EXPECT_TRUE(replay::check_shrunk(*shrunk).ok());
    EXPECT_LE(shrunk->after.transactions, 3U);
    EXPECT_EQ(shrunk->bundle.finding.fingerprint, bundle->finding.fingerprint);

    const base::Bytes bytes = replay::encode_bundle(shrunk->bundle);
    const auto read = replay::decode_bundle(bytes, tiny_protocols());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(replay::encode_bundle(*read), bytes);
    const auto again = replay::reproduce(*read, {control, &faulty, runner}, 2);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->kind, replay::Reproducibility::kDeterministic);

    auto verdict = replay::verdict_of_bundle(*read);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    reports::ReportBuilder builder;
    builder.add(core::LedgerRecord{model::Hash{}, *std::move(verdict)});
    const std::string html = reports::render_report_html(builder.finish(
        reports::BundleSource{"tiny.pxb", "test", "testnet", read->protocol->id().profile,
                              "orphan_atomic", "lost-credit", 1, false, "", true}));
    EXPECT_NE(html.find("lost-credit"), std::string::npos);
    EXPECT_NE(html.find("transfers"), std::string::npos);
}

TEST(TinyChainTest, twins_of_a_sound_executor_are_alike) {
    executors::sequential::SequentialExecutor control;
    test::PlainLaneRunner runner;
    TinyChain chain(15);
    std::size_t compared = 0;
    for (int i = 0; i < 10; ++i) {
        const TinyChain::Step step = chain.next(12);
        const auto results = replay::check_twins(
            step.block, control, {step.before, chain.protocol(), runner, 1, nullptr});
        ASSERT_TRUE(results.ok()) << results.status();
        for (const replay::TwinResult& result : *results) {
            compared += result.skipped.empty() ? 1U : 0U;
            EXPECT_TRUE(result.differences.empty())
                << replay::twin_name(result.twin) << ": " << result.differences.front().path;
        }
    }
    EXPECT_GT(compared, 0U);
}

// ---- Sidecar ----

TEST_F(TinyFiles, a_sidecar_verifies_what_a_feeder_sends) {
    TinyChain chain(17);
    chain.write(path("chain.pxa"), 10, 20);
    service::ServiceConfiguration configuration;
    configuration.network = "testnet";
    configuration.profile = "tiny";
    configuration.data_directory = folder_.string();
    configuration.listen = "127.0.0.1:0";
    configuration.isolate = false;
    configuration.verification.min_transactions["testnet"] = 0;
    auto store = state::RocksDbStore::create(path("state"), configuration.store_identity(), {});
    ASSERT_TRUE(store.ok()) << store.status();
    const app::SteadyClock clock;
    std::FILE* const log_file = std::fopen(path("log").c_str(), "w");
    service::EventLog log(log_file, service::LogLevel::kDebug);
    service::Telemetry telemetry(configuration.verification.candidates);
    app::SidecarLanes lanes(**store, clock, {"testnet", false});
    {
        const auto sidecar =
            service::Sidecar::start({**store, lanes, telemetry, log, clock, nullptr, nullptr,
                                     tiny_protocols().find(TinyProtocol().id()).value()},
                                    configuration, [] {});
        ASSERT_TRUE(sidecar.ok()) << sidecar.status();
        service::ClientOptions options;
        options.target.address = (*sidecar)->address();
        options.network = "testnet";
        options.profile = "tiny";
        const auto client = service::FeedClient::create(options);
        ASSERT_TRUE(client.ok()) << client.status();
        const auto source = app::FeedSource::open(path("chain.pxa"), tiny_protocols());
        ASSERT_TRUE(source.ok()) << source.status();
        const auto loaded =
            (*client)->upload_state((*source)->base(), [&] { return (*source)->next_state_row(); });
        ASSERT_TRUE(loaded.ok()) << loaded.status();
        const auto position = (*client)->attach();
        ASSERT_TRUE(position.ok()) << position.status();
        const auto start = (*source)->go_to(*position);
        ASSERT_TRUE(start.ok()) << start.status();
        const std::atomic<bool> never{false};
        app::FeedRun feed(**client, **source, *start, app::FeedOptions{});
        const app::FeedResult result = feed.run(never, *start != position->tip);
        EXPECT_EQ(result.exit_code(), 0);
        EXPECT_EQ(result.matches, 10U);
    }
    std::fclose(log_file);
    store->reset();
}

}  // namespace
}  // namespace parallax::tiny
