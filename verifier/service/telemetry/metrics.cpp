#include "verifier/service/telemetry/metrics.hpp"

#include "verifier/core/verification/execution_notes.hpp"
#include "verifier/service/telemetry/process_figures.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace parallax::service {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using prometheus::Registry;
using Bounds = prometheus::Histogram::BucketBoundaries;
// One name, a series for each set of labels. The model has a `Family` and a `Counter` of its own.
using Counters = prometheus::Family<prometheus::Counter>;
using Gauges = prometheus::Family<prometheus::Gauge>;
using Histograms = prometheus::Family<prometheus::Histogram>;

constexpr const char* kCandidate = "candidate";

/// Calls `visit` with the name of every value of an enumeration that counts up from 0.
template <class Enum>
void each_name(std::string_view (*name_of)(Enum) noexcept,
               const std::function<void(const std::string&)>& visit) {
    for (std::uint8_t value = 0; name_of(static_cast<Enum>(value)) != "unknown"; ++value) {
        visit(std::string(name_of(static_cast<Enum>(value))));
    }
}

/// Names that break Prometheus' rules on endings but are given to us: a counter must end in
/// `_total`, and only histograms have a `_count`. Untyped series may have any name; rates of them
/// work as of any other.
const std::set<std::string>& untyped_names() {
    static const std::set<std::string> names = {"tos_parallel_transactions_success",
                                                "tos_parallel_transactions_failed",
                                                "tos_parallel_batch_count"};
    return names;
}

const Bounds& seconds_bounds() {
    static const Bounds bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                  0.05,   0.1,   0.25,   0.5,   1.0,  5.0};
    return bounds;
}
const Bounds& ratio_bounds() {
    static const Bounds bounds = {0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25,
                                  1.5,  2.0, 3.0,  4.0, 6.0, 8.0, 16.0};
    return bounds;
}
const Bounds& percent_bounds() {
    static const Bounds bounds = {0, 1, 5, 10, 20, 30, 40, 50, 75, 100};
    return bounds;
}
Bounds batch_bounds() {
    return {core::BatchSizes::kBounds.begin(), core::BatchSizes::kBounds.end()};
}

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

std::optional<std::uint64_t> counter(const model::ExecutionNotes& notes, const char* name) {
    const auto it = notes.counters.find(name);
    return it == notes.counters.end() ? std::nullopt : std::optional(it->second);
}

Counters& counters(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Gauges& gauges(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Histograms& histograms(Registry& registry, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

prometheus::Counter& single_counter(Registry& registry, const char* name, const char* help) {
    return counters(registry, name, help).Add(prometheus::Labels{});
}
prometheus::Gauge& single_gauge(Registry& registry, const char* name, const char* help) {
    return gauges(registry, name, help).Add(prometheus::Labels{});
}
prometheus::Histogram& single_histogram(Registry& registry, const char* name, const char* help) {
    return histograms(registry, name, help).Add(prometheus::Labels{}, seconds_bounds());
}

}  // namespace

/// The registry, and what is in it. Families look their series up under a lock of their own.
struct ServiceMetrics::Families final : prometheus::Collectable {
    Registry registry;

    Counters& transactions = counters(registry, "tos_parallel_transactions_total",
                                      "Transactions that a candidate gave a result for");
    Counters& succeeded =
        counters(registry, "tos_parallel_transactions_success", "Those of them that executed");
    Counters& failed = counters(registry, "tos_parallel_transactions_failed",
                                "Those of them that failed by the chain's rules");
    Histograms& batch_size =
        histograms(registry, "tos_parallel_batch_size", "Transactions in one batch");
    Gauges& batch_count = gauges(registry, "tos_parallel_batch_count",
                                 "Batches of the last block that was run in batches");
    Histograms& speedup =
        histograms(registry, "tos_parallel_speedup_ratio",
                   "Time of the control over time of the candidate, for one block");
    Histograms& execution =
        histograms(registry, "tos_parallel_execution_seconds", "Time of a candidate for one block");
    Counters& cache_hits = counters(registry, "tos_parallel_cache_hits_total",
                                    "Reads answered by rows fetched ahead of the block");
    Counters& cache_misses = counters(registry, "tos_parallel_cache_misses_total",
                                      "Reads that went to the state behind them");
    Histograms& conflict_rate = histograms(
        registry, "tos_parallel_conflict_rate",
        "Percentage of a block's transactions that waited or ran again because of another one");
    Gauges& active_threads = gauges(registry, "tos_parallel_active_threads",
                                    "Workers that a candidate used for its last block");
    Gauges& circuit = gauges(registry, "tos_parallel_circuit_breaker_state",
                             "Of a candidate: 0 closed, 1 open, 2 half open");

    Counters& blocks =
        counters(registry, "parallax_blocks_total", "Blocks committed with their verdict");
    Counters& lane_blocks = counters(registry, "parallax_lane_blocks_total",
                                     "Blocks by how one candidate's lane ended");
    Counters& findings =
        counters(registry, "parallax_findings_total", "Findings, by what they are about");
    Counters& inconclusive = counters(registry, "parallax_inconclusive_total",
                                      "Blocks that were not compared, by reason");
    Counters& refused = counters(registry, "parallax_refused_blocks_total",
                                 "Blocks that were offered and not taken, by reason");
    Counters& refused_calls = counters(registry, "parallax_refused_calls_total",
                                       "Calls that were refused or ended, by reason");
    Counters& ended_connections =
        counters(registry, "parallax_ended_connections_total",
                 "Connections that neither side had ended, by why they were ended");
    prometheus::Gauge& connections =
        single_gauge(registry, "parallax_connections", "Connections of clients that are open");
    prometheus::Counter& rewinds =
        single_counter(registry, "parallax_rewinds_total", "Reorganisations that were followed");
    prometheus::Counter& rewound_blocks =
        single_counter(registry, "parallax_rewound_blocks_total", "Blocks taken back by them");
    prometheus::Counter& failed_rewinds = single_counter(registry, "parallax_failed_rewinds_total",
                                                         "Reorganisations below the undo window");
    prometheus::Counter& gaps =
        single_counter(registry, "parallax_gaps_total", "Times that blocks were found missing");
    prometheus::Gauge& lag_blocks = single_gauge(
        registry, "parallax_lag_blocks", "Blocks between the feeder's newest and the state");
    prometheus::Gauge& lag_seconds =
        single_gauge(registry, "parallax_lag_seconds",
                     "Seconds between the feeder's newest block and the state's");
    prometheus::Gauge& queue_blocks =
        single_gauge(registry, "parallax_queue_blocks", "Blocks that wait for the loop");
    prometheus::Gauge& queue_bytes =
        single_gauge(registry, "parallax_queue_bytes", "Wire bytes of the blocks that wait");
    prometheus::Gauge& ledger_topoheight = single_gauge(
        registry, "parallax_ledger_topoheight", "Topoheight of the last verdict in the ledger");
    prometheus::Gauge& state_topoheight = single_gauge(
        registry, "parallax_state_topoheight", "Topoheight that the state is the result of");
    prometheus::Gauge& paused =
        single_gauge(registry, "parallax_paused", "1 while verification is paused on request");
    Counters& canaries =
        counters(registry, "parallax_canary_runs_total",
                 "Seeded faults that were run to see whether they are found, by result and ground");
    Counters& canary_alarms = counters(registry, "parallax_canary_alarms_total",
                                       "What found them: no findings of candidates");
    prometheus::Histogram& canary_alarm = single_histogram(
        registry, "parallax_canary_alarm_seconds", "Time to a canary's alarm, if it was raised");
    prometheus::Gauge& canary_silent = single_gauge(
        registry, "parallax_canary_silent", "1 while the last canary was not found in time");
    prometheus::Gauge& canary_interval =
        single_gauge(registry, "parallax_canary_interval_blocks",
                     "Blocks from one canary to the next; 0 for none");
    prometheus::Histogram& control =
        single_histogram(registry, "parallax_control_seconds", "Time of the control for one block");
    prometheus::Histogram& commit =
        single_histogram(registry, "parallax_commit_seconds",
                         "Time to write state, undo, verdict and cursor of one block");

    void start_at_zero(const std::vector<std::string>& candidates);
    void count_verdict(const model::Verdict& verdict);
    void count_lane(const LaneSample& lane, const BlockSample& block);
    void count_notes(const LaneSample& lane, const prometheus::Labels& labels);

    [[nodiscard]] std::vector<MetricFamily> Collect() const override;
};

void ServiceMetrics::Families::start_at_zero(const std::vector<std::string>& candidates) {
    each_name(model::verdict_kind_name, [&](const auto& name) { blocks.Add({{"verdict", name}}); });
    each_name(model::inconclusive_reason_name, [&](const auto& name) {
        inconclusive.Add({{"reason", name}});
    });
    each_name(model::finding_class_name, [&](const auto& name) {
        findings.Add({{"class", name}});
        canary_alarms.Add({{"class", name}});
    });
    each_name(canary_result_name, [&](const auto& result) {
        each_name(canary_ground_name, [&](const auto& ground) {
            canaries.Add({{"ground", ground}, {"result", result}});
        });
    });
    each_name(refusal_name, [&](const auto& name) { refused.Add({{"reason", name}}); });
    each_name(call_refusal_name, [&](const auto& name) { refused_calls.Add({{"reason", name}}); });
    each_name(connection_end_name, [&](const auto& name) {
        ended_connections.Add({{"reason", name}});
    });
    for (const std::string& candidate : candidates) {
        const prometheus::Labels labels = {{kCandidate, candidate}};
        for (Counters* family : {&transactions, &succeeded, &failed}) {
            family->Add(labels);
        }
        circuit.Add(labels);
        each_name(model::verdict_kind_name, [&](const auto& name) {
            lane_blocks.Add({{kCandidate, candidate}, {"verdict", name}});
        });
    }
}

void ServiceMetrics::Families::count_verdict(const model::Verdict& verdict) {
    blocks.Add({{"verdict", std::string(model::verdict_kind_name(verdict.kind))}}).Increment();
    if (verdict.kind == model::VerdictKind::kInconclusive && verdict.reason) {
        inconclusive
            .Add({{"reason", std::string(model::inconclusive_reason_name(*verdict.reason))}})
            .Increment();
    }
    for (const model::Finding& finding : verdict.findings) {
        findings.Add({{"class", std::string(model::finding_class_name(finding.finding_class))}})
            .Increment();
    }
    for (const model::LaneReport& lane : verdict.lanes) {
        lane_blocks
            .Add({{kCandidate, lane.executor},
                  {"verdict", std::string(model::verdict_kind_name(lane.kind))}})
            .Increment();
    }
}

void ServiceMetrics::Families::count_lane(const LaneSample& lane, const BlockSample& block) {
    const prometheus::Labels labels = {{kCandidate, std::string(lane.candidate)}};
    if (lane.outcome == nullptr) {
        return;
    }
    std::uint64_t executed = 0;
    std::uint64_t rejected = 0;
    for (const model::TransactionResult& result : lane.outcome->results) {
        executed += result.status == model::TransactionStatus::kExecuted ? 1 : 0;
        rejected += result.status == model::TransactionStatus::kFailed ? 1 : 0;
    }
    const auto all = static_cast<double>(lane.outcome->results.size());
    transactions.Add(labels).Increment(all);
    succeeded.Add(labels).Increment(static_cast<double>(executed));
    failed.Add(labels).Increment(static_cast<double>(rejected));
    if (lane.duration.count() > 0) {
        execution.Add(labels, seconds_bounds()).Observe(seconds(lane.duration));
        // An empty block says nothing about strategies.
        if (block.control_duration.count() > 0 && all > 0) {
            speedup.Add(labels, ratio_bounds())
                .Observe(seconds(block.control_duration) / seconds(lane.duration));
        }
    }
    count_notes(lane, labels);
}

void ServiceMetrics::Families::count_notes(const LaneSample& lane,
                                           const prometheus::Labels& labels) {
    const model::ExecutionNotes& notes = lane.outcome->notes;
    if (const auto batches = counter(notes, core::note::kBatches)) {
        batch_count.Add(labels).Set(static_cast<double>(*batches));
        const core::BatchSizes sizes = core::BatchSizes::read(notes);
        batch_size.Add(labels, batch_bounds())
            .ObserveMultiple({sizes.batches.begin(), sizes.batches.end()},
                             static_cast<double>(sizes.transactions));
    }
    if (const auto hits = counter(notes, core::note::kCacheHits)) {
        cache_hits.Add(labels).Increment(static_cast<double>(*hits));
    }
    if (const auto misses = counter(notes, core::note::kCacheMisses)) {
        cache_misses.Add(labels).Increment(static_cast<double>(*misses));
    }
    const auto conflicts = counter(notes, core::note::kConflicts);
    if (conflicts && !lane.outcome->results.empty()) {
        conflict_rate.Add(labels, percent_bounds())
            .Observe(100.0 * static_cast<double>(*conflicts) /
                     static_cast<double>(lane.outcome->results.size()));
    }
    if (const auto workers = counter(notes, core::note::kWorkers)) {
        active_threads.Add(labels).Set(static_cast<double>(*workers));
    }
}

std::vector<MetricFamily> ServiceMetrics::Families::Collect() const {
    std::vector<MetricFamily> families = registry.Collect();
    for (MetricFamily& family : families) {
        if (!untyped_names().contains(family.name)) {
            continue;
        }
        for (prometheus::ClientMetric& metric : family.metric) {
            metric.untyped.value =
                family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value;
        }
        family.type = MetricType::Untyped;
    }
    for (MetricFamily& family : process_figures()) {
        families.push_back(std::move(family));
    }
    return families;
}

std::string_view call_refusal_name(ServiceMetrics::CallRefusal reason) noexcept {
    switch (reason) {
        case ServiceMetrics::CallRefusal::kUnauthenticated:
            return "unauthenticated";
        case ServiceMetrics::CallRefusal::kMessageTooLarge:
            return "message_too_large";
        case ServiceMetrics::CallRefusal::kCrowdedOut:
            return "crowded_out";
        case ServiceMetrics::CallRefusal::kIdle:
            return "idle";
    }
    return "unknown";
}

std::string_view refusal_name(ServiceMetrics::Refusal reason) noexcept {
    switch (reason) {
        case ServiceMetrics::Refusal::kDoesNotFollow:
            return "does_not_follow";
        case ServiceMetrics::Refusal::kMalformed:
            return "malformed";
        case ServiceMetrics::Refusal::kTooLarge:
            return "too_large";
        case ServiceMetrics::Refusal::kQueueFull:
            return "queue_full";
        case ServiceMetrics::Refusal::kWrongFeeder:
            return "wrong_feeder";
    }
    return "unknown";
}

ServiceMetrics::ServiceMetrics(const std::vector<std::string>& candidates)
    : families_(std::make_shared<Families>()) {
    families_->start_at_zero(candidates);
}

ServiceMetrics::~ServiceMetrics() = default;

void ServiceMetrics::block_committed(const BlockSample& sample) {
    families_->count_verdict(sample.verdict);
    for (const LaneSample& lane : sample.lanes) {
        families_->count_lane(lane, sample);
    }
    if (sample.control_duration.count() > 0) {
        families_->control.Observe(seconds(sample.control_duration));
    }
    if (sample.commit_duration.count() > 0) {
        families_->commit.Observe(seconds(sample.commit_duration));
    }
    set_positions(sample.verdict.topoheight, sample.verdict.topoheight);
}

void ServiceMetrics::set_positions(model::Topoheight ledger, model::Topoheight state) {
    families_->ledger_topoheight.Set(static_cast<double>(ledger.value()));
    families_->state_topoheight.Set(static_cast<double>(state.value()));
}

void ServiceMetrics::set_lag(std::uint64_t blocks, std::chrono::milliseconds behind) {
    families_->lag_blocks.Set(static_cast<double>(blocks));
    families_->lag_seconds.Set(seconds(behind));
}

void ServiceMetrics::set_queue(std::uint64_t blocks, std::uint64_t bytes) {
    families_->queue_blocks.Set(static_cast<double>(blocks));
    families_->queue_bytes.Set(static_cast<double>(bytes));
}

void ServiceMetrics::rewound(std::uint64_t blocks) {
    families_->rewinds.Increment();
    families_->rewound_blocks.Increment(static_cast<double>(blocks));
}

void ServiceMetrics::rewind_failed() {
    families_->failed_rewinds.Increment();
}

void ServiceMetrics::gap_found() {
    families_->gaps.Increment();
}

void ServiceMetrics::block_refused(Refusal reason) {
    families_->refused.Add({{"reason", std::string(refusal_name(reason))}}).Increment();
}

void ServiceMetrics::call_refused(CallRefusal reason) {
    families_->refused_calls.Add({{"reason", std::string(call_refusal_name(reason))}}).Increment();
}

void ServiceMetrics::set_connections(std::size_t open) {
    families_->connections.Set(static_cast<double>(open));
}

void ServiceMetrics::connection_ended(ConnectionEnd why) {
    families_->ended_connections.Add({{"reason", std::string(connection_end_name(why))}})
        .Increment();
}

void ServiceMetrics::canary_ended(const CanaryReport& report) {
    const bool detected = report.result == CanaryResult::kDetected;
    families_->canaries
        .Add({{"ground", std::string(canary_ground_name(report.ground))},
              {"result", std::string(canary_result_name(report.result))}})
        .Increment();
    for (const model::FindingClass found : report.found_by) {
        families_->canary_alarms.Add({{"class", std::string(model::finding_class_name(found))}})
            .Increment();
    }
    if (detected) {
        families_->canary_alarm.Observe(seconds(report.time));
    }
    families_->canary_silent.Set(detected ? 0 : 1);
}

void ServiceMetrics::set_canary_silent(bool silent) {
    families_->canary_silent.Set(silent ? 1 : 0);
}

void ServiceMetrics::set_canary_interval(std::uint64_t blocks) {
    families_->canary_interval.Set(static_cast<double>(blocks));
}

void ServiceMetrics::set_circuit(std::string_view candidate, Circuit state) {
    families_->circuit.Add({{kCandidate, std::string(candidate)}})
        .Set(static_cast<double>(static_cast<std::uint8_t>(state)));
}

void ServiceMetrics::set_paused(bool paused) {
    families_->paused.Set(paused ? 1 : 0);
}

std::shared_ptr<prometheus::Collectable> ServiceMetrics::collectable() const {
    return families_;
}

}  // namespace parallax::service
