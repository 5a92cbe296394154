#include "verifier/service/telemetry/metrics.hpp"

#include "tests/service/http_get.hpp"
#include "verifier/core/verification/execution_notes.hpp"
#include "verifier/service/telemetry/metrics_exposer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

namespace parallax::service {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsSupersetOf;

/// A block as a loop hands it over, and what a scrape then says.
class ServiceMetricsTest : public testing::Test {
  protected:
    void SetUp() override {
        verdict.kind = model::VerdictKind::kMatch;
        verdict.topoheight = model::Topoheight{12};
        verdict.lanes.resize(1);
        verdict.lanes[0].executor = "batch";
        verdict.lanes[0].kind = model::VerdictKind::kMatch;
        outcome.results.resize(4);
        for (model::TransactionResult& result : outcome.results) {
            result.status = model::TransactionStatus::kExecuted;
        }
        outcome.results[3].status = model::TransactionStatus::kFailed;
    }
    void commit(milliseconds control, milliseconds candidate) {
        metrics.block_committed({.verdict = verdict,
                                 .control_duration = control,
                                 .commit_duration = milliseconds{3},
                                 .lanes = {{"batch", candidate, &outcome}}});
    }
    std::string scrape() const {
        return prometheus::TextSerializer().Serialize(metrics.collectable()->Collect());
    }
    /// The value of a series, written as the exposition writes it; "absent" if it is not there.
    std::string value(const std::string& series) const {
        std::istringstream lines(scrape());
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with(series + " ")) {
                return line.substr(series.size() + 1);
            }
        }
        return "absent";
    }

    ServiceMetrics metrics{{"batch", "staged"}};
    model::Verdict verdict;
    model::BlockOutcome outcome;
};

TEST_F(ServiceMetricsTest, counters_that_alerts_watch_exist_before_anything_happens) {
    EXPECT_EQ(value("parallax_blocks_total{verdict=\"mismatch\"}"), "0");
    EXPECT_EQ(value("parallax_findings_total{class=\"divergence\"}"), "0");
    EXPECT_EQ(value("parallax_inconclusive_total{reason=\"circuit_open\"}"), "0");
    EXPECT_EQ(value("parallax_refused_blocks_total{reason=\"queue_full\"}"), "0");
    EXPECT_EQ(value("parallax_gaps_total"), "0");
    EXPECT_EQ(value("tos_parallel_circuit_breaker_state{candidate=\"staged\"}"), "0");
    EXPECT_EQ(value("tos_parallel_transactions_failed{candidate=\"batch\"}"), "0");
}

TEST_F(ServiceMetricsTest, a_block_is_counted_by_verdict_and_its_transactions_by_result) {
    commit(milliseconds{20}, milliseconds{10});
    EXPECT_EQ(value("parallax_blocks_total{verdict=\"match\"}"), "1");
    EXPECT_EQ(value("parallax_lane_blocks_total{candidate=\"batch\",verdict=\"match\"}"), "1");
    EXPECT_EQ(value("tos_parallel_transactions_total{candidate=\"batch\"}"), "4");
    EXPECT_EQ(value("tos_parallel_transactions_success{candidate=\"batch\"}"), "3");
    EXPECT_EQ(value("tos_parallel_transactions_failed{candidate=\"batch\"}"), "1");
    EXPECT_EQ(value("parallax_ledger_topoheight"), "12");
    EXPECT_EQ(value("parallax_state_topoheight"), "12");
}

TEST_F(ServiceMetricsTest, speed_up_is_the_controls_time_over_the_candidates) {
    commit(milliseconds{20}, milliseconds{10});
    EXPECT_EQ(value("tos_parallel_speedup_ratio_sum{candidate=\"batch\"}"), "2");
    EXPECT_EQ(value("tos_parallel_execution_seconds_sum{candidate=\"batch\"}"), "0.01");
    EXPECT_EQ(value("parallax_control_seconds_sum"), "0.02");
    EXPECT_EQ(value("parallax_commit_seconds_count"), "1");
    outcome.results.clear();
    commit(milliseconds{20}, milliseconds{10});
    EXPECT_EQ(value("tos_parallel_speedup_ratio_count{candidate=\"batch\"}"), "1")
        << "an empty block says nothing about strategies";
}

TEST_F(ServiceMetricsTest, what_the_executor_noted_becomes_batches_cache_conflicts_and_threads) {
    core::BatchSizes sizes;
    sizes.add(1);
    sizes.add(3);
    sizes.write(outcome.notes);
    outcome.notes.counters[core::note::kBatches] = 2;
    outcome.notes.counters[core::note::kConflicts] = 1;
    outcome.notes.counters[core::note::kCacheHits] = 30;
    outcome.notes.counters[core::note::kCacheMisses] = 5;
    outcome.notes.counters[core::note::kWorkers] = 2;
    commit(milliseconds{20}, milliseconds{10});
    EXPECT_EQ(value("tos_parallel_batch_count{candidate=\"batch\"}"), "2");
    EXPECT_EQ(value("tos_parallel_batch_size_count{candidate=\"batch\"}"), "2");
    EXPECT_EQ(value("tos_parallel_batch_size_sum{candidate=\"batch\"}"), "4");
    EXPECT_EQ(value("tos_parallel_batch_size_bucket{candidate=\"batch\",le=\"1\"}"), "1");
    EXPECT_EQ(value("tos_parallel_batch_size_bucket{candidate=\"batch\",le=\"5\"}"), "2");
    EXPECT_EQ(value("tos_parallel_cache_hits_total{candidate=\"batch\"}"), "30");
    EXPECT_EQ(value("tos_parallel_cache_misses_total{candidate=\"batch\"}"), "5");
    EXPECT_EQ(value("tos_parallel_conflict_rate_sum{candidate=\"batch\"}"), "25");
    EXPECT_EQ(value("tos_parallel_active_threads{candidate=\"batch\"}"), "2");
}

TEST_F(ServiceMetricsTest, what_an_executor_cannot_count_is_absent_and_not_zero) {
    commit(milliseconds{20}, milliseconds{10});
    EXPECT_EQ(value("tos_parallel_batch_count{candidate=\"batch\"}"), "absent");
    EXPECT_EQ(value("tos_parallel_conflict_rate_count{candidate=\"batch\"}"), "absent");
    EXPECT_EQ(value("tos_parallel_cache_hits_total{candidate=\"batch\"}"), "absent");
}

TEST_F(ServiceMetricsTest, a_block_that_was_not_compared_counts_its_reason_and_its_findings) {
    verdict.kind = model::VerdictKind::kInconclusive;
    verdict.reason = model::InconclusiveReason::kCircuitOpen;
    verdict.lanes[0].kind = model::VerdictKind::kInconclusive;
    verdict.findings.resize(1);
    verdict.findings[0].finding_class = model::FindingClass::kExecutorFailed;
    metrics.block_committed({.verdict = verdict, .lanes = {{.candidate = "batch"}}});
    EXPECT_EQ(value("parallax_blocks_total{verdict=\"match\"}"), "0");
    EXPECT_EQ(value("parallax_blocks_total{verdict=\"inconclusive\"}"), "1");
    EXPECT_EQ(value("parallax_inconclusive_total{reason=\"circuit_open\"}"), "1");
    EXPECT_EQ(value("parallax_findings_total{class=\"executor_failed\"}"), "1");
    EXPECT_EQ(value("tos_parallel_transactions_total{candidate=\"batch\"}"), "0");
}

TEST_F(ServiceMetricsTest, says_how_the_stream_goes) {
    metrics.set_lag(7, milliseconds{2500});
    metrics.set_queue(3, 4096);
    metrics.rewound(4);
    metrics.rewind_failed();
    metrics.gap_found();
    metrics.block_refused(ServiceMetrics::Refusal::kQueueFull);
    metrics.set_circuit("batch", ServiceMetrics::Circuit::kHalfOpen);
    metrics.set_paused(true);
    metrics.set_positions(model::Topoheight{5}, model::Topoheight{6});
    const std::set<std::string> expected = {
        "parallax_lag_blocks 7",
        "parallax_lag_seconds 2.5",
        "parallax_queue_blocks 3",
        "parallax_queue_bytes 4096",
        "parallax_rewinds_total 1",
        "parallax_rewound_blocks_total 4",
        "parallax_failed_rewinds_total 1",
        "parallax_gaps_total 1",
        "parallax_refused_blocks_total{reason=\"queue_full\"} 1",
        "tos_parallel_circuit_breaker_state{candidate=\"batch\"} 2",
        "parallax_paused 1",
        "parallax_ledger_topoheight 5",
        "parallax_state_topoheight 6",
    };
    std::set<std::string> found;
    std::istringstream lines(scrape());
    for (std::string line; std::getline(lines, line);) {
        found.insert(line);
    }
    EXPECT_THAT(found, IsSupersetOf(expected));
}

TEST_F(ServiceMetricsTest, a_canary_is_counted_as_one_and_as_nothing_else) {
    EXPECT_EQ(value("parallax_canary_runs_total{ground=\"live\",result=\"silent\"}"), "0");
    CanaryReport report;
    report.ground = CanaryGround::kMinimal;
    metrics.canary_ended(report);
    EXPECT_EQ(value("parallax_canary_runs_total{ground=\"minimal\",result=\"silent\"}"), "1");
    EXPECT_EQ(value("parallax_canary_silent"), "1");
    EXPECT_EQ(value("parallax_canary_alarm_seconds_count"), "0");
    report.result = CanaryResult::kDetected;
    report.time = milliseconds{20};
    report.found_by = {model::FindingClass::kDivergence};
    metrics.canary_ended(report);
    metrics.set_canary_interval(500);
    EXPECT_EQ(value("parallax_canary_runs_total{ground=\"minimal\",result=\"detected\"}"), "1");
    EXPECT_EQ(value("parallax_canary_alarms_total{class=\"divergence\"}"), "1");
    EXPECT_EQ(value("parallax_canary_silent"), "0");
    EXPECT_EQ(value("parallax_canary_alarm_seconds_sum"), "0.02");
    EXPECT_EQ(value("parallax_canary_interval_blocks"), "500");
    EXPECT_EQ(value("parallax_findings_total{class=\"divergence\"}"), "0");
    EXPECT_EQ(value("parallax_blocks_total{verdict=\"mismatch\"}"), "0");
}

TEST_F(ServiceMetricsTest, the_process_tells_its_memory) {
    EXPECT_GT(std::stod(value("process_resident_memory_bytes")), 1e6);
    EXPECT_GT(std::stod(value("process_start_time_seconds")), 1e9);
    EXPECT_GE(std::stod(value("process_open_fds")), 3);
    EXPECT_GE(std::stod(value("process_threads")), 1);
}

/// Exit status of `promtool check metrics` on a text, and what it said in `said`.
int promtool_check(const std::string& text, std::string& said) {
    const std::filesystem::path folder = testing::TempDir();
    const auto input = folder / "parallax-exposition.txt";
    const auto output = folder / "parallax-promtool.txt";
    std::ofstream(input) << text;
    const int status = std::system((std::string(PARALLAX_PROMTOOL " check metrics <") +
                                    input.string() + " >" + output.string() + " 2>&1")
                                       .c_str());
    std::ifstream file(output);
    said.assign(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(input);
    std::filesystem::remove(output);
    return WEXITSTATUS(status);
}

TEST_F(ServiceMetricsTest, a_scrape_over_http_says_it_and_promtool_has_nothing_against_it) {
    auto exposer = MetricsExposer::start(metrics, {});
    ASSERT_TRUE(exposer.ok()) << exposer.status();
    outcome.notes.counters = {{core::note::kBatches, 1},
                              {core::note::kConflicts, 0},
                              {core::note::kCacheHits, 1},
                              {core::note::kWorkers, 2}};
    commit(milliseconds{20}, milliseconds{10});
    const std::string scraped = http_get((*exposer)->port(), "/metrics");
    EXPECT_THAT(scraped, HasSubstr("tos_parallel_transactions_success{candidate=\"batch\"} 3"));
    std::string said;
    EXPECT_EQ(promtool_check(scraped, said), 0) << said;
    EXPECT_EQ(promtool_check("# HELP x_total x\n# TYPE x_total gauge\nx_total 1\n", said), 3)
        << "promtool must be able to find something: " << said;

    const auto second = MetricsExposer::start(metrics, {.port = (*exposer)->port()});
    ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(second.status().message()),
                HasSubstr("127.0.0.1:" + std::to_string((*exposer)->port())))
        << "a port that is taken is an error that names it";
}

TEST_F(ServiceMetricsTest, blocks_and_scrapes_may_come_from_many_threads) {
    constexpr int kBlocks = 50;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int block = 0; block < kBlocks; ++block) {
                commit(milliseconds{20}, milliseconds{10});
                metrics.set_queue(static_cast<std::uint64_t>(block), 1);
            }
        });
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_THAT(scrape(), HasSubstr("parallax_queue_blocks"));
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(value("parallax_blocks_total{verdict=\"match\"}"), std::to_string(4 * kBlocks));
}

}  // namespace
}  // namespace parallax::service
