#include "verifier/service/client/operator_text.hpp"

#include "parallax/v1/verifier.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parallax::service {
namespace {

using testing::HasSubstr;
using testing::Not;

void add(google::protobuf::RepeatedPtrField<v1::NamedCount>* counts, const char* name,
         std::uint64_t count) {
    v1::NamedCount* added = counts->Add();
    added->set_name(name);
    added->set_count(count);
}

class OperatorText : public testing::Test {
  protected:
    OperatorText() {
        status.set_serving(true);
        status.set_version("0.1.0");
        status.set_uptime_seconds(7260);
        status.set_state(v1::LOOP_STATE_RUNNING);
        status.mutable_tip()->set_topoheight(12345);
        status.mutable_tip()->set_hash("\xab\xcd\xef\x01zz");
        status.mutable_verdicts()->set_match(9);
        status.mutable_verdicts()->set_inconclusive(2);
        add(status.mutable_inconclusive(), "circuit_open", 2);
        v1::CandidateStatus* candidate = status.add_candidates();
        candidate->set_executor("batch");
        candidate->set_circuit(v1::CIRCUIT_STATE_HALF_OPEN);

        statistics.mutable_first()->set_topoheight(7);
        statistics.mutable_last()->set_topoheight(8);
        for (const char* name : {"sequential", "batch"}) {
            v1::LaneStatistics* lane = statistics.add_lanes();
            lane->set_executor(name);
            lane->set_blocks(2);
            lane->set_transactions(40);
            lane->set_nanoseconds(8'000'000);
        }
        statistics.mutable_lanes(1)->set_speedup(1.5);
        add(statistics.mutable_lanes(1)->mutable_counters(), "cache_hits", 3);
        add(statistics.mutable_lanes(1)->mutable_counters(), "cache_misses", 1);
        add(statistics.mutable_lanes(1)->mutable_counters(), "conflicts", 10);
        for (const auto kind : {v1::VERDICT_KIND_MATCH, v1::VERDICT_KIND_MISMATCH}) {
            v1::BlockStatistics* block = statistics.add_blocks();
            block->mutable_block()->set_topoheight(kind == v1::VERDICT_KIND_MATCH ? 7 : 8);
            block->set_kind(kind);
            block->set_transactions(20);
            block->add_lanes()->set_nanoseconds(6'000'000);
            v1::BlockLaneStatistics* lane = block->add_lanes();
            lane->set_executor("batch");
            lane->set_nanoseconds(3'000'000);
        }
    }

    v1::GetStatusResponse status;
    v1::GetStatisticsResponse statistics;
};

TEST_F(OperatorText, status_says_whether_it_serves_where_it_stands_and_how_candidates_do) {
    const std::string text = status_text(status, statistics, "localhost:1", false);
    for (const char* part :
         {"parallax parallel-status: SERVING\n", "localhost:1, version 0.1.0, up 2 h 1 min",
          "12345 (abcdef01..)", "9 match, 0 mismatch, 2 inconclusive (circuit_open 2)",
          "batch: circuit half_open", "speed-up 1.50x, 75.0 % cache hits, 25.0 % conflicts",
          "feeder        nobody"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
    EXPECT_THAT(text, Not(HasSubstr("resident")));
    EXPECT_THAT(status_text(status, statistics, "localhost:1", true), HasSubstr("resident"));
}

TEST_F(OperatorText, status_of_a_sidecar_that_does_not_serve_says_why) {
    status.set_serving(false);
    status.set_not_serving_reason("the last 10 blocks\x1b[31m were not comparable");
    const std::string text = status_text(status, {}, "localhost:1", false);
    EXPECT_THAT(text, HasSubstr("NOT SERVING"));
    EXPECT_THAT(text, HasSubstr("the last 10 blocks?[31m were not comparable"))
        << "nobody's text steers a terminal";
}

TEST_F(OperatorText, statistics_show_every_block_or_with_errors_those_that_are_no_match) {
    const std::string all = statistics_text(statistics, {});
    EXPECT_THAT(all, HasSubstr("parallax parallel-stats: blocks 7..8\n"));
    EXPECT_THAT(all, HasSubstr("  block 7: 20 txs, match, batch 2.00x speed-up\n"));
    EXPECT_THAT(all, HasSubstr("  block 8: 20 txs, mismatch"));
    add(statistics.mutable_errors(), "NONCE_TOO_LOW", 4);
    StatisticsView view;
    view.errors = true;
    const std::string errors = statistics_text(statistics, view);
    EXPECT_THAT(errors, HasSubstr("NONCE_TOO_LOW 4"));
    EXPECT_THAT(errors, Not(HasSubstr("block 7:")));
    EXPECT_THAT(errors, HasSubstr("block 8:"));
}

TEST_F(OperatorText, canaries_are_told_apart_from_verdicts) {
    EXPECT_THAT(status_text(status, {}, "localhost:1", false),
                HasSubstr("canary        off; 0 detected, 0 silent\n"));
    auto& configuration = *status.mutable_configuration()->mutable_canary();
    configuration.set_interval_blocks(500);
    configuration.set_alarm_within_ms(10'000);
    status.mutable_canaries()->set_detected(3);
    auto& last = *status.mutable_last_canary();
    last.mutable_block()->set_topoheight(4711);
    last.set_fault("reward-twice");
    last.set_result(v1::CANARY_RESULT_DETECTED);
    last.set_ground(v1::CANARY_GROUND_LIVE);
    last.set_nanoseconds(1'500'000);
    last.add_found_by(v1::FINDING_CLASS_DIVERGENCE);
    last.add_found_by(v1::FINDING_CLASS_NOT_SERIALIZABLE);
    last.set_detail("why");
    const std::string well = status_text(status, {}, "localhost:1", false);
    EXPECT_THAT(well, HasSubstr("every 500 blocks, alarm within 10000 ms; 3 detected, 0 silent\n"));
    EXPECT_THAT(well, HasSubstr("last at block 4711: reward-twice detected on the live block, by "
                                "divergence and not_serializable, in 1.500 ms\n"));
    EXPECT_THAT(well, Not(HasSubstr("why\n")));
    last.set_result(v1::CANARY_RESULT_SILENT);
    last.set_ground(v1::CANARY_GROUND_MINIMAL);
    last.clear_found_by();
    EXPECT_THAT(
        status_text(status, {}, "localhost:1", false),
        HasSubstr("reward-twice silent on its minimal chain, in 1.500 ms\n                why\n"));

    *statistics.mutable_blocks(0)->mutable_canary() = last;
    statistics.mutable_canaries()->set_silent(1);
    StatisticsView errors;
    errors.errors = true;
    const std::string text = statistics_text(statistics, errors);
    EXPECT_THAT(text, HasSubstr("canaries      0 detected, 1 silent\n"));
    EXPECT_THAT(text,
                HasSubstr("  block 7: 20 txs, match, batch 2.00x speed-up, canary reward-twice "
                          "silent on its minimal chain\n"))
        << "silence is an error, whatever the block's verdict";
}

TEST_F(OperatorText, statistics_of_no_block_say_so) {
    EXPECT_THAT(statistics_text({}, {}), HasSubstr("no block yet"));
}

TEST_F(OperatorText, configuration_names_everything_that_can_be_changed) {
    v1::Configuration configuration;
    configuration.set_enabled(true);
    configuration.set_rollout(v1::ROLLOUT_UNDER_200);
    configuration.set_max_threads(4);
    configuration.add_candidates("batch");
    configuration.add_candidates("staged");
    configuration.set_block_time_limit_ms(500);
    configuration.mutable_canary()->set_interval_blocks(9);
    configuration.mutable_canary()->set_alarm_within_ms(50);
    configuration.mutable_canary()->add_faults("all");
    const std::string text = configuration_text(configuration);
    for (const char* part : {"enabled       true", "batch, staged", "under_200", "4 at most",
                             "time limit 500 ms", "time limit none", "circuit       off",
                             "canary        every 9 blocks, alarm within 50 ms, faults: all"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
}

}  // namespace
}  // namespace parallax::service
