// What a sidecar keeps, and what it says if it cannot: refusals, restarts, damage.
#include "tests/service/sidecar_fixture.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/journal.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <random>
#include <sys/stat.h>
#include <thread>

namespace parallax::service {
namespace {

using testing::HasSubstr;

class DurabilityTest : public SidecarFixture {
  protected:
    static void SetUpTestSuite() { generate_chain(kBlocks, 6, true); }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }
    /// Starts on what lies in `folder_`; says why if it cannot.
    [[nodiscard]] absl::Status try_start() {
        auto store =
            state::RocksDbStore::create(path("state"), configuration_.store_identity(), {});
        if (!store.ok()) {
            return store.status();
        }
        store_ = *std::move(store);
        lanes_ = create_lanes();
        telemetry_ = std::make_unique<Telemetry>(configuration_.verification.candidates);
        auto sidecar = Sidecar::start(
            {*store_, *lanes_, *telemetry_, *log_, clock_, nullptr, nullptr, protocol()},
            configuration_, [] {});
        if (!sidecar.ok()) {
            stop();
            return sidecar.status();
        }
        sidecar_ = *std::move(sidecar);
        connect();
        return absl::OkStatus();
    }
    /// Hash of every record by topoheight, as the sidecar lists them; or why it cannot.
    [[nodiscard]] std::pair<std::map<std::uint64_t, std::string>, std::string> records() const {
        v1::ListVerdictsRequest request;
        request.set_page_size(1000);
        grpc::ClientContext context;
        v1::ListVerdictsResponse response;
        const auto status = verifier_->ListVerdicts(&context, request, &response);
        std::map<std::uint64_t, std::string> found;
        for (const auto& record : response.records()) {
            found.emplace(record.verdict().block().topoheight(), record.hash());
        }
        return {found, status.ok() ? "" : "not listed: " + status.error_message()};
    }
    /// With the first `blocks` blocks verified, and stopped.
    void feed_and_stop(std::size_t blocks) {
        start_loaded();
        {
            grpc::ClientContext context;
            const auto stream = attach(context, 1);
            for (std::size_t i = 0; i < blocks; ++i) {
                ASSERT_TRUE(ask(*stream, block(i)).has_verdict());
            }
        }
        stop();
    }
    [[nodiscard]] std::string log_text() const {
        std::fflush(log_file_);
        return file("log");
    }
};

TEST_F(DurabilityTest, a_rewind_that_is_refused_leaves_the_stream_where_it_is) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    std::size_t next = 0;
    while (next < 4) {
        ASSERT_TRUE(ask(*stream, block(next++)).has_verdict());
    }
    BlockId unknown = blocks_[1].id;
    unknown.hash.mutable_bytes()[0] ^= 1;
    BlockId other_base = base_;
    other_base.hash.mutable_bytes()[0] ^= 1;
    for (const BlockId& target : {blocks_[9].id, unknown, other_base}) {
        SCOPED_TRACE(target.topoheight.value());
        EXPECT_TRUE(ask(*stream, rewind_to(target)).has_refused());
        EXPECT_EQ(ask(*stream, block(next)).verdict().block().topoheight(), next + 1);
        ++next;
    }
    EXPECT_EQ(status().gaps(), 0U);
    EXPECT_THAT(file("journal.jsonl"), testing::Not(HasSubstr("rewound")))
        << "the journal tells of nothing that was refused";
}

TEST_F(DurabilityTest, whatever_is_not_taken_leaves_the_stream_where_it_is) {
    configuration_.limits.block_bytes = 100'000;
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(ask(*stream, block(i)).has_verdict());
    }
    std::size_t next = 5;
    const auto goes_on = [&] {
        EXPECT_EQ(ask(*stream, block(next)).verdict().block().topoheight(), next + 1);
        ++next;
    };
    EXPECT_TRUE(ask(*stream, block(1)).verdict().redelivered());
    goes_on();
    auto malformed = block(next);
    malformed.mutable_block()->mutable_wire()->resize(20);
    EXPECT_TRUE(ask(*stream, malformed).has_refused());
    goes_on();
    auto large = block(next);
    large.mutable_block()->mutable_wire()->resize(configuration_.limits.block_bytes + 1);
    EXPECT_EQ(ask(*stream, large).refused().reason(), v1::REFUSAL_REASON_LIMIT);
    goes_on();
    EXPECT_TRUE(ask(*stream, block(next + 2)).has_gap());
    goes_on();
    auto moved = block(next);
    moved.mutable_block()->mutable_previous_hash()->front() ^= 1;
    EXPECT_TRUE(ask(*stream, moved).has_gap());
    goes_on();
    v1::StreamBlocksRequest end;
    end.mutable_end_of_history();
    EXPECT_TRUE(ask(*stream, end).has_finished());
    goes_on();
}

TEST_F(DurabilityTest, a_block_for_which_there_was_no_room_may_be_refused_when_it_comes) {
    configuration_.limits.queue_blocks = 2;
    start_loaded();
    grpc::ClientContext pausing;
    v1::PauseResponse paused;
    ASSERT_TRUE(control_->Pause(&pausing, {}, &paused).ok());
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    for (std::size_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(stream->Write(block(i)));
    }
    v1::StreamBlocksResponse response;
    ASSERT_TRUE(stream->Read(&response));
    ASSERT_EQ(response.resource_exhausted().block().topoheight(), 3U);
    grpc::ClientContext resuming;
    v1::ResumeResponse resumed;
    ASSERT_TRUE(control_->Resume(&resuming, {}, &resumed).ok());
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(stream->Read(&response));
        ASSERT_TRUE(response.has_verdict());
    }
    auto malformed = block(2);
    malformed.mutable_block()->mutable_wire()->resize(20);
    EXPECT_TRUE(ask(*stream, malformed).has_refused());
    EXPECT_TRUE(ask(*stream, block(3)).has_gap()) << "an answer for each";
    EXPECT_TRUE(ask(*stream, block(2)).has_verdict());
}

TEST_F(DurabilityTest, a_block_that_comes_again_as_another_is_refused_by_name) {
    for (const bool restarted : {false, true}) {
        SCOPED_TRACE(restarted);
        if (restarted) {
            stop();
            start();
        } else {
            start_loaded();
        }
        grpc::ClientContext context;
        const auto stream = attach(context, restarted ? 4 : 1);
        for (std::size_t i = 0; !restarted && i < 3; ++i) {
            auto request = block(i);
            if (i == 1) {
                write(*blocks_[1].recorded.outcome,
                      *request.mutable_block()->mutable_recorded_outcome());
            }
            ASSERT_TRUE(ask(*stream, request).has_verdict());
        }
        auto same = block(1);
        write(*blocks_[1].recorded.outcome, *same.mutable_block()->mutable_recorded_outcome());
        EXPECT_TRUE(ask(*stream, same).verdict().redelivered());
        const auto expect_refused = [&](const v1::StreamBlocksRequest& request,
                                        const std::string& what) {
            const auto refused = ask(*stream, request).refused();
            EXPECT_EQ(refused.reason(), v1::REFUSAL_REASON_OTHER_INPUT) << what;
            EXPECT_THAT(refused.message(), HasSubstr(what));
        };
        auto parent = same;
        parent.mutable_block()->mutable_previous_hash()->front() ^= 1;
        expect_refused(parent, "its parent");
        auto side = same;
        side.mutable_block()->set_side_block(3);
        expect_refused(side, "its side number");
        expect_refused(block(1), "its recorded outcome");
        model::BlockOutcome outcome = *blocks_[1].recorded.outcome;
        outcome.delta.entries.pop_back();
        auto recorded = same;
        recorded.mutable_block()->clear_recorded_outcome();
        write(outcome, *recorded.mutable_block()->mutable_recorded_outcome());
        expect_refused(recorded, "its recorded outcome");
        recorded = block(0);
        write(*blocks_[0].recorded.outcome, *recorded.mutable_block()->mutable_recorded_outcome());
        expect_refused(recorded, "its recorded outcome");
    }
    EXPECT_EQ(status().tip().topoheight(), 3U);
}

TEST_F(DurabilityTest, a_restart_turns_nothing_green_after_blocks_that_were_not_compared) {
    configuration_.health.inconclusive_blocks = 3;
    configuration_.verification.enabled = false;
    feed_and_stop(4);
    configuration_.verification.enabled = true;
    start();
    EXPECT_EQ(status().inconclusive_in_a_row(), 4U);
    EXPECT_FALSE(status().serving());
    EXPECT_THAT(status().not_serving_reason(), HasSubstr("the last 4 blocks were not compared"));
    grpc::ClientContext context;
    const auto stream = attach(context, 5);
    EXPECT_EQ(ask(*stream, block(4)).verdict().record().verdict().kind(), v1::VERDICT_KIND_MATCH);
    EXPECT_TRUE(status().serving());
}

TEST_F(DurabilityTest, a_restart_turns_nothing_green_after_a_silent_canary) {
    feed_and_stop(2);
    const auto append = [&](const char* result) {
        const auto journal = AuditLog::open(path("journal.jsonl"));
        ASSERT_TRUE(journal.ok()) << journal.status();
        ASSERT_TRUE((*journal)
                        ->append("canary", core::Cursor{},
                                 {{"fault", "\"reward-twice\""},
                                  {"result", json_text(result)},
                                  {"ground", "\"live\""},
                                  {"detail", "\"nothing was found\""}})
                        .ok());
    };
    append("silent");
    start();
    EXPECT_FALSE(status().serving());
    EXPECT_THAT(status().not_serving_reason(), HasSubstr("reward-twice"));
    EXPECT_EQ(status().last_canary().result(), v1::CANARY_RESULT_SILENT);
    stop();
    start();
    EXPECT_FALSE(status().serving()) << "nor does a second one";
    stop();
    append("detected");
    start();
    EXPECT_TRUE(status().serving());
}

TEST_F(DurabilityTest, a_journal_ends_with_a_word_that_it_is_whole) {
    feed_and_stop(1);
    const std::string text = file("journal.jsonl");
    const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
    EXPECT_THAT(last, HasSubstr("\"event\":\"stopped\""));
    EXPECT_THAT(last, HasSubstr("\"topoheight\":1,"));
    start();
    EXPECT_THAT(file("journal.jsonl"), HasSubstr("\"after\":\"stopped\""));
}

TEST_F(DurabilityTest, refuses_to_go_on_behind_what_was_acknowledged) {
    start_loaded();
    ASSERT_TRUE(store_->checkpoint(path("earlier")).ok());
    stop();
    start();
    {
        grpc::ClientContext context;
        const auto stream = attach(context, 1);
        for (std::size_t i = 0; i < 3; ++i) {
            ASSERT_TRUE(ask(*stream, block(i)).has_verdict());
        }
    }
    stop();
    std::filesystem::rename(path("state"), path("kept"));
    std::filesystem::rename(path("earlier"), path("state"));
    const auto behind = try_start();
    EXPECT_EQ(behind.code(), absl::StatusCode::kDataLoss) << behind;
    for (const char* part :
         {"up to block 3 were acknowledged", "stands at block 0", "acknowledged", "restore"}) {
        EXPECT_THAT(std::string(behind.message()), HasSubstr(part));
    }
    std::filesystem::remove_all(path("state"));
    const auto empty = try_start();
    EXPECT_EQ(empty.code(), absl::StatusCode::kDataLoss) << empty;
    EXPECT_THAT(std::string(empty.message()), HasSubstr("is empty"));
    std::filesystem::remove_all(path("state"));
    std::filesystem::rename(path("kept"), path("state"));
    const std::string whole = file("journal.jsonl");
    std::ofstream(path("journal.jsonl")) << whole.substr(0, whole.find('\n') + 1);
    const auto cut = try_start();
    EXPECT_EQ(cut.code(), absl::StatusCode::kDataLoss) << cut;
    EXPECT_THAT(std::string(cut.message()), HasSubstr("its end was cut off"));
    std::ofstream(path("journal.jsonl")) << whole;
    EXPECT_TRUE(try_start().ok());
    EXPECT_EQ(status().tip().topoheight(), 3U);
    stop();
    // Of a version before: nothing is known, and that is said.
    std::filesystem::remove(path("acknowledged"));
    EXPECT_TRUE(try_start().ok());
    EXPECT_THAT(log_text(), HasSubstr("nothing_acknowledged"));
}

TEST_F(DurabilityTest, whoever_does_what_a_refusal_advises_starts_again) {
    feed_and_stop(3);
    std::filesystem::create_directory(path("away"));
    const auto damage = [&](const char* name, std::streamoff at) {
        std::fstream stream(path(name), std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(at);
        stream.put('~');
    };
    const auto move_away = [&](const char* name) {
        std::filesystem::rename(path(name), path("away") + "/" + name);
    };
    const auto expect_refused = [&](const char* advice) {
        const auto refused = try_start();
        EXPECT_FALSE(refused.ok());
        EXPECT_THAT(std::string(refused.message()), HasSubstr(advice));
    };
    const auto expect_started = [&] {
        const auto started = try_start();
        ASSERT_TRUE(started.ok()) << started;
        EXPECT_EQ(status().tip().topoheight(), 3U);
        stop();
    };
    const char* const both = "move it away together with the file acknowledged beside it";
    const auto follow_both = [&] {
        expect_refused(both);
        move_away("journal.jsonl");
        move_away("acknowledged");
        expect_started();
    };
    damage("journal.jsonl", 40);
    follow_both();
    damage("journal.jsonl", static_cast<std::streamoff>(file("journal.jsonl").size()) - 1);
    follow_both();
    std::filesystem::remove(path("journal.jsonl"));
    std::filesystem::create_directory(path("journal.jsonl"));
    EXPECT_FALSE(try_start().ok());
    std::filesystem::remove(path("journal.jsonl"));
    std::filesystem::remove(path("away/journal.jsonl"));
    ASSERT_EQ(::mkfifo(path("journal.jsonl").c_str(), 0600), 0);
    follow_both();
    // Only the journal is moved away: the next refusal says what is left to do.
    move_away("journal.jsonl");
    expect_refused("or delete the file acknowledged beside it to go on from what is there");
    std::filesystem::remove(path("acknowledged"));
    expect_started();
    damage("acknowledged", 20);
    damage("acknowledged", 4096 + 20);
    expect_refused("or delete this file to go on from what the database has");
    std::filesystem::remove(path("acknowledged"));
    expect_started();
    std::filesystem::remove(path("acknowledged"));
    ASSERT_EQ(::mkfifo(path("acknowledged").c_str(), 0600), 0);
    expect_refused("or move it away to go on from what the database has");
    move_away("acknowledged");
    expect_started();
}

/// Of the blocks that were taken before, none is without its verdict when another is refused.
TEST_F(DurabilityTest, what_is_not_taken_is_answered_behind_the_verdicts_of_what_was) {
    start_loaded();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    auto twice = block(0);
    twice.mutable_block()->set_previous_hash(block(5).block().previous_hash());
    twice.mutable_block()->mutable_id()->set_topoheight(6);
    auto malformed = block(5);
    malformed.mutable_block()->mutable_wire()->resize(20);
    auto moved = block(5);
    moved.mutable_block()->mutable_previous_hash()->front() ^= 1;
    // While it is paused nothing is verified, so that all of it is in the queue together.
    grpc::ClientContext pausing;
    v1::PauseResponse paused;
    ASSERT_TRUE(control_->Pause(&pausing, {}, &paused).ok());
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(stream->Write(block(i)));
    }
    for (const auto& request : {twice, malformed, moved, block(8)}) {
        ASSERT_TRUE(stream->Write(request));
    }
    while (status().queue().blocks() < 8) {
        std::this_thread::yield();
    }
    grpc::ClientContext resuming;
    v1::ResumeResponse resumed;
    ASSERT_TRUE(control_->Resume(&resuming, {}, &resumed).ok());
    v1::StreamBlocksResponse response;
    for (std::uint64_t topoheight = 1; topoheight <= 5; ++topoheight) {
        ASSERT_TRUE(stream->Read(&response));
        ASSERT_EQ(response.verdict().block().topoheight(), topoheight)
            << response.ShortDebugString();
    }
    for (int refused = 0; refused < 2; ++refused) {
        ASSERT_TRUE(stream->Read(&response));
        EXPECT_TRUE(response.has_refused()) << response.ShortDebugString();
    }
    for (int gap = 0; gap < 2; ++gap) {
        ASSERT_TRUE(stream->Read(&response));
        EXPECT_EQ(response.gap().expected_topoheight(), 6U) << response.ShortDebugString();
    }
}

TEST_F(DurabilityTest, one_flipped_bit_anywhere_loses_nothing_in_silence) {
    feed_and_stop(kBlocks);
    std::map<std::uint64_t, std::string> acknowledged;
    model::Hash digest;
    start();
    acknowledged = records().first;
    ASSERT_EQ(acknowledged.size(), kBlocks);
    digest = *core::state_digest(*store_);
    stop();
    const auto whole = folder_ / "whole";
    std::filesystem::create_directory(whole);
    const std::vector<std::string> kept = {"state", "journal.jsonl", "acknowledged"};
    const auto copy = [&](const std::filesystem::path& from, const std::filesystem::path& to) {
        for (const std::string& name : kept) {
            std::filesystem::remove_all(to / name);
            std::filesystem::copy(from / name, to / name, std::filesystem::copy_options::recursive);
        }
    };
    copy(folder_, whole);
    std::vector<std::filesystem::path> files = {"journal.jsonl", "acknowledged"};
    for (const auto& entry : std::filesystem::directory_iterator(whole / "state")) {
        if (entry.is_regular_file() && entry.file_size() > 0) {
            files.push_back("state" / entry.path().filename());
        }
    }
    const char* const more = std::getenv("PARALLAX_FLIPS");
    const std::size_t flips = more != nullptr ? std::strtoul(more, nullptr, 10) : 40;
    std::mt19937 random(7);
    std::size_t refused = 0;
    for (std::size_t flip = 0; flip < flips; ++flip) {
        copy(whole, folder_);
        const auto& name = files[flip % files.size()];
        const auto size = std::filesystem::file_size(folder_ / name);
        // Each file near its end as often as anywhere, where damage looks like a torn write.
        const auto at = flip / files.size() % 2 == 0 ? random() % size
                                                     : size - 1 - random() % std::min(size, 64UL);
        const int bit = static_cast<int>(random() % 8);
        SCOPED_TRACE(name.string() + " byte " + std::to_string(at) + " bit " + std::to_string(bit));
        std::fstream stream(folder_ / name, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(at));
        const int byte = stream.get();
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(byte ^ (1 << bit)));
        stream.close();
        if (const auto started = try_start(); !started.ok()) {
            EXPECT_THAT(std::string(started.message()), HasSubstr(folder_.string()));
            ++refused;
            continue;
        }
        const auto [found, why] = records();
        const auto after = core::state_digest(*store_);
        if (why.empty() && after.ok()) {
            EXPECT_EQ(found, acknowledged);
            EXPECT_EQ(*after, digest);
        }
        stop();
    }
    EXPECT_GT(refused, flips / 8) << "so few are not noticed by chance";
}

}  // namespace
}  // namespace parallax::service
