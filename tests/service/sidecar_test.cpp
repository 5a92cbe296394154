#include "app/protocols.hpp"
#include "tests/service/health_check.hpp"
#include "tests/service/sidecar_fixture.hpp"

#include <set>

namespace parallax::service {
namespace {

using SidecarTest = SidecarFixture;

TEST_F(SidecarTest, reorganisations_and_restarts_lead_to_the_same_state_and_ledger) {
    start_loaded();
    const app::FeedResult plain = feed(app::FeedOptions{});
    ASSERT_EQ(plain.exit_code(), 0) << plain.incomplete;
    EXPECT_EQ(plain.matches, kBlocks);
    ASSERT_TRUE(plain.finished);
    stop();
    std::filesystem::remove_all(folder_ / "state");
    std::filesystem::remove(folder_ / "journal.jsonl");

    start_loaded();
    app::FeedOptions restless;
    restless.reorganise_every = 3;
    restless.depth = 2;
    const app::FeedResult moved = feed(restless);
    ASSERT_EQ(moved.exit_code(), 0) << moved.incomplete;
    EXPECT_GT(moved.rewinds, 2U);
    EXPECT_EQ(moved.finished->state_digest, plain.finished->state_digest);
    EXPECT_EQ(moved.finished->cursor, plain.finished->cursor);
    EXPECT_EQ(status().rewinds(), moved.rewinds);
    EXPECT_NE(file("journal.jsonl").find("\"event\":\"rewound\""), std::string::npos);

    stop();
    start();
    const app::FeedResult nothing_new = feed(app::FeedOptions{});
    EXPECT_EQ(nothing_new.sent, 0U);
    ASSERT_TRUE(nothing_new.finished) << nothing_new.incomplete;
    EXPECT_EQ(nothing_new.finished->state_digest, plain.finished->state_digest);
}

TEST_F(SidecarTest, follows_an_order_that_is_shorter_than_the_old_one) {
    start_loaded();
    ASSERT_EQ(feed(app::FeedOptions{}).exit_code(), 0);
    const auto feed_other = [&](std::uint32_t blocks, std::uint32_t transactions) {
        testbed::WorkloadOptions options;
        options.accounts = 40;
        options.blocks = blocks;
        options.transactions_per_block = transactions;
        options.signing_threads = 1;
        const std::string other = (folder_ / "other.pxa").string();
        EXPECT_TRUE(testbed::write_workload(options, other, false).ok());
        const auto source = app::FeedSource::open(other, app::all_protocols());
        EXPECT_EQ((*source)->base(), base_);
        const auto client = client_for_feeding();
        const auto position = client->attach();
        EXPECT_TRUE(position.ok()) << position.status();
        const auto start = (*source)->go_to(*position);
        EXPECT_TRUE(start.ok()) << start.status();
        const std::atomic<bool> never{false};
        app::FeedRun run(*client, **source, *start, app::FeedOptions{});
        return run.run(never, *start != position->tip);
    };
    const app::FeedResult shorter = feed_other(kBlocks - 4, 5);
    EXPECT_EQ(shorter.exit_code(), 0) << shorter.incomplete;
    EXPECT_EQ(shorter.matches, kBlocks - 4U);
    ASSERT_TRUE(shorter.finished);
    EXPECT_EQ(shorter.finished->cursor.topoheight, model::Topoheight{kBlocks - 4});
    EXPECT_EQ(status().tip().topoheight(), kBlocks - 4U);
    EXPECT_EQ(status().lag_blocks(), 0U) << "the old order's end is nobody's any more";
    // Only the end is gone.
    const app::FeedResult cut = feed_other(kBlocks - 6, 5);
    ASSERT_TRUE(cut.finished) << cut.incomplete;
    EXPECT_EQ(status().tip().topoheight(), kBlocks - 6U);
    // And back to the first order, which is longer.
    const app::FeedResult longer = feed(app::FeedOptions{});
    EXPECT_EQ(longer.exit_code(), 0) << longer.incomplete;
    EXPECT_EQ(status().tip().topoheight(), kBlocks + 0U);
}

TEST_F(SidecarTest, answers_verdicts_that_are_in_the_ledger) {
    start_loaded();
    ASSERT_EQ(feed(app::FeedOptions{}).exit_code(), 0);
    std::string previous(32, '\0');
    v1::ListVerdictsRequest request;
    request.set_page_size(5);
    std::uint64_t topoheight = base_.topoheight.value();
    do {
        grpc::ClientContext context;
        v1::ListVerdictsResponse response;
        ASSERT_TRUE(verifier_->ListVerdicts(&context, request, &response).ok());
        EXPECT_LE(response.records_size(), 5);
        for (const auto& record : response.records()) {
            EXPECT_EQ(record.verdict().block().topoheight(), ++topoheight);
            EXPECT_EQ(record.previous(), previous);
            const auto decoded = core::decode_ledger_record(as_bytes(record.canonical()));
            ASSERT_TRUE(decoded.ok()) << decoded.status();
            EXPECT_EQ(as_text(core::ledger_hash(*decoded).bytes()), record.hash());
            previous = record.hash();
        }
        request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(topoheight, blocks_.back().id.topoheight.value());
    EXPECT_EQ(status().ledger_head(), previous);

    grpc::ClientContext context;
    v1::GetVerdictRequest one;
    write(blocks_[3].id, *one.mutable_block());
    v1::GetVerdictResponse found;
    EXPECT_TRUE(verifier_->GetVerdict(&context, one, &found).ok());
    one.mutable_block()->mutable_hash()->front() ^= 1;
    grpc::ClientContext other;
    EXPECT_EQ(verifier_->GetVerdict(&other, one, &found).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(SidecarTest, refuses_what_does_not_follow_and_says_what_was_expected) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    auto response = ask(*stream, block(1));
    EXPECT_EQ(response.gap().expected_topoheight(), 1U);
    EXPECT_EQ(response.gap().expected_previous().hash(), as_text(base_.hash.bytes()));

    // The right number on the wrong block: a reorganisation that nobody announced.
    auto moved = block(0);
    moved.mutable_block()->mutable_previous_hash()->front() ^= 1;
    response = ask(*stream, moved);
    EXPECT_EQ(response.gap().expected_topoheight(), 1U) << response.ShortDebugString();
    EXPECT_EQ(ask(*stream, block(0)).verdict().block().topoheight(), 1U);
    EXPECT_EQ(status().gaps(), 2U);
}

TEST_F(SidecarTest, gives_a_block_that_comes_again_the_verdict_that_it_has) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    const auto first = ask(*stream, block(0));
    ASSERT_EQ(first.verdict().record().verdict().kind(), v1::VERDICT_KIND_MATCH);
    ASSERT_TRUE(ask(*stream, block(1)).has_verdict());
    const auto again = ask(*stream, block(0));
    EXPECT_TRUE(again.verdict().redelivered());
    EXPECT_EQ(again.verdict().record().hash(), first.verdict().record().hash());
    EXPECT_EQ(status().tip().topoheight(), 2U);
    EXPECT_EQ(status().redelivered(), 1U);
    EXPECT_EQ(status().verdicts().match(), 2U);
}

/// Executed twice it would pay its reward twice; taken back it may come again.
TEST_F(SidecarTest, refuses_a_second_place_for_a_block_and_goes_on) {
    start_loaded();
    const auto again = [&](std::size_t which, std::size_t behind) {
        auto request = block(which);
        request.mutable_block()->mutable_id()->set_topoheight(
            blocks_[behind].id.topoheight.value() + 1);
        request.mutable_block()->set_previous_hash(as_text(blocks_[behind].id.hash.bytes()));
        return request;
    };
    for (const bool restarted : {false, true}) {
        grpc::ClientContext context;
        const auto stream = attach(context, restarted ? 3 : 1);
        if (!restarted) {
            ASSERT_TRUE(ask(*stream, block(0)).has_verdict());
            ASSERT_TRUE(ask(*stream, block(1)).has_verdict());
        }
        for (const std::size_t which : {0U, 1U}) {
            const auto refused = ask(*stream, again(which, 1)).refused();
            EXPECT_EQ(refused.reason(), v1::REFUSAL_REASON_INVALID_BLOCK);
            EXPECT_NE(refused.message().find("in the order already, at topoheight " +
                                             std::to_string(which + 1)),
                      std::string::npos)
                << refused.ShortDebugString();
        }
        EXPECT_EQ(status().tip().topoheight(), 2U);
        if (restarted) {
            EXPECT_TRUE(ask(*stream, block(2)).has_verdict());
            ASSERT_TRUE(ask(*stream, rewind_to(base_)).needed().rewound());
            EXPECT_TRUE(ask(*stream, block(0)).has_verdict());
        }
        context.TryCancel();
        if (!restarted) {
            stop();
            start();
        }
    }
}

TEST_F(SidecarTest, rewinds_by_hash_and_topoheight_only) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(ask(*stream, block(i)).has_verdict());
    }
    BlockId wrong = blocks_[1].id;
    wrong.hash.mutable_bytes()[0] ^= 1;
    EXPECT_EQ(ask(*stream, rewind_to(wrong)).refused().reason(), v1::REFUSAL_REASON_UNKNOWN_TARGET);
    BlockId above = blocks_[9].id;
    EXPECT_EQ(ask(*stream, rewind_to(above)).refused().reason(), v1::REFUSAL_REASON_UNKNOWN_TARGET);
    EXPECT_EQ(status().tip().topoheight(), 4U);
    const auto needed = ask(*stream, rewind_to(blocks_[1].id)).needed();
    EXPECT_TRUE(needed.rewound());
    EXPECT_EQ(needed.next_topoheight(), 3U);
    EXPECT_TRUE(ask(*stream, block(2)).has_verdict());
    EXPECT_EQ(status().rewound_blocks(), 2U);
    // To the very first state, whose block has no verdict.
    EXPECT_EQ(ask(*stream, rewind_to(base_)).needed().next_topoheight(), 1U);
}

TEST_F(SidecarTest, refuses_a_second_feeder_and_takes_it_when_the_first_is_gone) {
    start_loaded();
    {
        grpc::ClientContext context;
        const auto first = attach(context, 1);
        grpc::ClientContext other;
        const auto second = verifier_->StreamBlocks(&other);
        v1::StreamBlocksResponse response;
        EXPECT_TRUE(second->Write(hello()));
        EXPECT_FALSE(second->Read(&response));
        const auto refused = second->Finish();
        EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
        EXPECT_NE(refused.error_message().find("another feeder"), std::string::npos);
        EXPECT_TRUE(ask(*first, block(0)).has_verdict());
        first->WritesDone();
        EXPECT_FALSE(first->Read(&response));
        EXPECT_TRUE(first->Finish().ok());
    }
    grpc::ClientContext context;
    EXPECT_TRUE(ask(*attach(context, 2), block(1)).has_verdict());
}

TEST_F(SidecarTest, has_no_room_rather_than_waiting_and_takes_the_block_later) {
    configuration_.limits.queue_blocks = 2;
    start_loaded();
    grpc::ClientContext pausing;
    v1::PauseResponse paused;
    ASSERT_TRUE(control_->Pause(&pausing, {}, &paused).ok());
    EXPECT_FALSE(paused.already());
    EXPECT_EQ(status().state(), v1::LOOP_STATE_PAUSED);
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(stream->Write(block(i)));
    }
    v1::StreamBlocksResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.resource_exhausted().block().topoheight(), 3U);
    EXPECT_GT(response.resource_exhausted().retry_after_ms(), 0U);
    grpc::ClientContext resuming;
    v1::ResumeResponse resumed;
    ASSERT_TRUE(control_->Resume(&resuming, {}, &resumed).ok());
    for (std::uint64_t expected = 1; expected <= 2; ++expected) {
        ASSERT_TRUE(stream->Read(&response));
        EXPECT_EQ(response.verdict().block().topoheight(), expected);
    }
    EXPECT_EQ(ask(*stream, block(2)).verdict().block().topoheight(), 3U);
    EXPECT_EQ(status().resource_exhausted(), 1U);
    EXPECT_NE(file("journal.jsonl").find("\"event\":\"paused\""), std::string::npos);
}

TEST_F(SidecarTest, changes_its_configuration_while_it_runs) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    ASSERT_TRUE(ask(*stream, block(0)).has_verdict());
    const auto change = [&](const v1::ConfigurationChange& wanted,
                            v1::UpdateConfigurationResponse& response) {
        grpc::ClientContext call;
        v1::UpdateConfigurationRequest request;
        *request.mutable_change() = wanted;
        request.set_reason("a test");
        return control_->UpdateConfiguration(&call, request, &response);
    };
    v1::UpdateConfigurationResponse response;
    v1::ConfigurationChange wrong;
    wrong.set_max_threads(0);
    wrong.set_test_mode(false);
    const auto refused = change(wrong, response);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_NE(refused.error_message().find("max_threads"), std::string::npos);
    EXPECT_NE(refused.error_message().find("test_mode"), std::string::npos);

    v1::ConfigurationChange thresholds;
    thresholds.set_min_transactions(1000);
    ASSERT_TRUE(change(thresholds, response).ok());
    ASSERT_EQ(response.changed_size(), 1);
    EXPECT_EQ(response.changed(0), "min_transactions");
    auto verdict = ask(*stream, block(1)).verdict().record().verdict();
    EXPECT_EQ(verdict.kind(), v1::VERDICT_KIND_INCONCLUSIVE);
    EXPECT_EQ(verdict.reason(), v1::INCONCLUSIVE_REASON_EXCLUDED_BY_CONFIGURATION);

    thresholds.set_min_transactions(0);
    thresholds.add_candidates("staged");
    thresholds.add_candidates("batch");
    ASSERT_TRUE(change(thresholds, response).ok());
    verdict = ask(*stream, block(2)).verdict().record().verdict();
    EXPECT_EQ(verdict.kind(), v1::VERDICT_KIND_MATCH);
    ASSERT_EQ(verdict.lanes_size(), 2);
    EXPECT_EQ(verdict.lanes(0).executor(), "staged");

    EXPECT_EQ(status().inconclusive(0).name(), "excluded_by_configuration");
    EXPECT_NE(file("journal.jsonl").find("\"reason\":\"a test\""), std::string::npos);
    EXPECT_NE(file("log").find("configuration_changed"), std::string::npos);
}

TEST_F(SidecarTest, says_whether_it_serves) {
    configuration_.health.inconclusive_blocks = 2;
    configuration_.verification.enabled = false;
    start();
    EXPECT_EQ(health(*channel_, ""), 2);
    EXPECT_FALSE(status().serving());
    EXPECT_EQ(status().state(), v1::LOOP_STATE_WAITING_FOR_STATE);
    stop();
    start_loaded();
    EXPECT_TRUE(status().serving());
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    ASSERT_TRUE(ask(*stream, block(0)).has_verdict());
    EXPECT_TRUE(status().serving());
    ASSERT_TRUE(ask(*stream, block(1)).has_verdict());
    EXPECT_FALSE(status().serving());
    EXPECT_EQ(status().inconclusive_in_a_row(), 2U);
}

TEST(Health, knows_a_loop_that_is_stuck) {
    LoopStatus status;
    status.state = LoopState::kRunning;
    status.busy_since = std::chrono::seconds(10);
    HealthSettings settings;
    settings.stuck_seconds = 5;
    EXPECT_TRUE(judge_health(status, settings, std::chrono::seconds(15)).serving);
    EXPECT_FALSE(judge_health(status, settings, std::chrono::seconds(16)).serving);
    status.busy_since = std::nullopt;
    EXPECT_TRUE(judge_health(status, settings, std::chrono::seconds(99)).serving);
    status.state = LoopState::kStuck;
    EXPECT_FALSE(judge_health(status, settings, std::chrono::seconds(0)).serving);
}

TEST_F(SidecarTest, sums_up_its_last_blocks) {
    start_loaded();
    ASSERT_EQ(feed(app::FeedOptions{}).exit_code(), 0);
    grpc::ClientContext context;
    v1::GetStatisticsRequest request;
    request.set_last(5);
    request.set_blocks(true);
    v1::GetStatisticsResponse response;
    ASSERT_TRUE(verifier_->GetStatistics(&context, request, &response).ok());
    EXPECT_EQ(response.verdicts().match(), 5U);
    EXPECT_EQ(response.blocks_size(), 5);
    EXPECT_EQ(response.last().topoheight(), blocks_.back().id.topoheight.value());
    ASSERT_EQ(response.lanes_size(), 2);
    EXPECT_EQ(response.lanes(0).executor(), "sequential");
    EXPECT_EQ(response.lanes(1).executor(), "batch");
    EXPECT_GT(response.lanes(1).nanoseconds(), 0U);
    EXPECT_GT(response.lanes(1).speedup(), 0.0);
    EXPECT_GT(response.memory().resident_bytes(), 0U);
}

TEST_F(SidecarTest, takes_a_state_as_a_whole_or_not_at_all) {
    start();
    const auto upload = [&](std::uint64_t claimed, bool garbage) {
        grpc::ClientContext context;
        v1::LoadStateResponse response;
        const auto writer = verifier_->LoadState(&context, &response);
        v1::LoadStateRequest request;
        *request.mutable_begin()->mutable_chain() = hello().hello().chain();
        write(base_, *request.mutable_begin()->mutable_base());
        writer->Write(request);
        request.Clear();
        auto source = app::FeedSource::open(archive(), app::all_protocols());
        for (int i = 0; i < 20; ++i) {
            const auto row = (*source)->next_state_row();
            write((*row)->key, *(*row)->after, *request.mutable_rows()->add_rows());
        }
        if (garbage) {
            request.mutable_rows()->mutable_rows(19)->set_value("?");
        }
        writer->Write(request);
        request.Clear();
        if (claimed > 0) {
            request.mutable_end()->set_rows(claimed);
            writer->Write(request);
        }
        writer->WritesDone();
        return writer->Finish();
    };
    EXPECT_EQ(upload(0, false).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(upload(21, false).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(upload(20, true).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_FALSE(status().has_tip());
    EXPECT_TRUE(upload(20, false).ok());
    EXPECT_EQ(status().tip().topoheight(), base_.topoheight.value());
    EXPECT_EQ(upload(20, false).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace parallax::service
