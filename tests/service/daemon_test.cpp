// The real daemon: killed, stopped, and started where it cannot work.
#include "app/protocols.hpp"
#include "replay/archive/archive_writer.hpp"
#include "tests/service/daemon_process.hpp"
#include "tests/service/sidecar_fixture.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/state/memory_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <thread>

namespace parallax::service {
namespace {

class Daemon : public SidecarFixture {
  protected:
    static constexpr std::uint32_t kChain = 120;
    static void SetUpTestSuite() { generate_chain(kChain, 4, true); }

    [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }
    [[nodiscard]] std::vector<std::string> arguments() const {
        return {
            "--data",  data(),         "--listen",      "127.0.0.1:0", "--archive",
            archive(), "--no-isolate", "--max-threads", "2",           "--canary-interval-blocks",
            "3"};
    }
    [[nodiscard]] std::unique_ptr<DaemonProcess> started(std::uint64_t max_file_bytes = 0) {
        auto daemon = std::make_unique<DaemonProcess>(arguments(), max_file_bytes);
        const std::string address = daemon->wait_for_value("address");
        EXPECT_FALSE(address.empty()) << daemon->log();
        connect_to(address);
        return daemon;
    }
    /// What a start that is refused says; it must end with exit code 1.
    [[nodiscard]] std::string refusal(const std::vector<std::string>& words) {
        DaemonProcess daemon(words);
        EXPECT_EQ(daemon.wait(), 1);
        return daemon.log();
    }
    static bool has(const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    }
    /// Where it stands, or why it does not say.
    BlockId attach_anywhere(Stream& stream) {
        v1::StreamBlocksResponse response;
        EXPECT_TRUE(stream.Write(hello()));
        EXPECT_TRUE(stream.Read(&response));
        const auto tip = read(response.needed().tip(), "tip");
        EXPECT_TRUE(tip.ok()) << response.ShortDebugString();
        return *tip;
    }
    /// Where it stands once the archive is loaded; `stream` is attached then.
    BlockId attach_once_loaded(std::unique_ptr<Stream>& stream) {
        for (;;) {
            context_ = std::make_unique<grpc::ClientContext>();
            stream = verifier_->StreamBlocks(context_.get());
            v1::StreamBlocksResponse response;
            EXPECT_TRUE(stream->Write(hello()));
            if (stream->Read(&response)) {
                const auto tip = read(response.needed().tip(), "tip");
                EXPECT_TRUE(tip.ok()) << response.ShortDebugString();
                return *tip;
            }
            const auto status = stream->Finish();
            EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION)
                << status.error_message();
            if (status.error_code() != grpc::StatusCode::FAILED_PRECONDITION) {
                return {};
            }
        }
    }
    /// The state's digest before the first block and after each, from what the archive records:
    /// no executor of ours, and no store on disk.
    [[nodiscard]] std::vector<model::Hash> recorded_digests() const {
        const auto source = app::FeedSource::open(archive(), app::all_protocols());
        state::MemoryStore store;
        EXPECT_TRUE(store
                        .load({base_.topoheight, base_.hash, model::Hash{}},
                              [&] { return (*source)->next_state_row(); })
                        .ok());
        std::vector<model::Hash> digests = {*core::state_digest(store)};
        for (const FeedBlock& block : blocks_) {
            core::BlockCommit commit;
            commit.cursor = {block.id.topoheight, block.id.hash, model::Hash{}};
            commit.delta = block.recorded.outcome->delta;
            EXPECT_TRUE(store.commit(commit).ok());
            digests.push_back(*core::state_digest(store));
        }
        return digests;
    }
    [[nodiscard]] std::size_t index_after(const BlockId& tip) const {
        const std::size_t index = tip.topoheight.value() - base_.topoheight.value();
        EXPECT_EQ(tip, index == 0 ? base_ : blocks_.at(index - 1).id);
        return index;
    }
    /// To the end of the chain: digest and ledger head.
    v1::Finished finish_chain() {
        grpc::ClientContext context;
        const auto stream = verifier_->StreamBlocks(&context);
        for (std::size_t i = index_after(attach_anywhere(*stream)); i < blocks_.size(); ++i) {
            EXPECT_TRUE(ask(*stream, block(i)).has_verdict());
        }
        v1::StreamBlocksRequest end;
        end.mutable_end_of_history();
        return ask(*stream, end).finished();
    }

    std::unique_ptr<grpc::ClientContext> context_;
};

TEST_F(Daemon, killed_at_random_moments_loses_nothing_and_applies_nothing_twice) {
    const char* const more = std::getenv("PARALLAX_KILLS");
    const int kills = more != nullptr ? std::atoi(more) : 10;
    const char* const chosen = std::getenv("PARALLAX_SEED");
    const unsigned seed = chosen != nullptr ? static_cast<unsigned>(std::atoi(chosen)) : 1U;
    std::printf("seed %u, %d kills\n", seed, kills);
    std::mt19937 random(seed);

    v1::Finished expected;
    {
        const auto undisturbed = started();
        expected = finish_chain();
        ASSERT_EQ(expected.tip().topoheight(), kChain);
    }
    std::filesystem::remove_all(data());

    // Outside of the daemon: the hash of every record that it called durable.
    std::map<std::uint64_t, std::string> oracle;
    std::uint64_t acknowledged = base_.topoheight.value();
    for (int kill = 0; kill < kills; ++kill) {
        SCOPED_TRACE(kill);
        const auto daemon = started();
        grpc::ClientContext context;
        const auto stream = verifier_->StreamBlocks(&context);
        const BlockId tip = attach_anywhere(*stream);
        ASSERT_GE(tip.topoheight.value(), acknowledged) << "a durable block is lost";
        std::size_t next = index_after(tip);
        if (blocks_.size() - next < 20) {
            // Again over a part of the chain, so that reorganisations are interrupted too.
            next = blocks_.size() - 60;
            acknowledged = blocks_[next - 1].id.topoheight.value();
            ASSERT_TRUE(stream->Write(rewind_to(blocks_[next - 1].id)));
        }
        const std::size_t answers = random() % 12;
        for (std::size_t i = next; i < std::min(next + 20, blocks_.size()); ++i) {
            ASSERT_TRUE(stream->Write(block(i)));
        }
        v1::StreamBlocksResponse response;
        for (std::size_t i = 0; i < answers && stream->Read(&response); ++i) {
            if (!response.has_verdict()) {
                ASSERT_TRUE(response.has_needed()) << response.ShortDebugString();
                continue;
            }
            acknowledged = response.verdict().block().topoheight();
            const std::string& hash = response.verdict().record().hash();
            EXPECT_EQ(oracle.emplace(acknowledged, hash).first->second, hash);
        }
        const auto moment =
            std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 20'000);
        while (std::chrono::steady_clock::now() < moment) {
        }
        daemon->kill();
        while (stream->Read(&response)) {
            // What it had sent before counts.
            if (response.has_verdict()) {
                acknowledged = response.verdict().block().topoheight();
                const std::string& hash = response.verdict().record().hash();
                EXPECT_EQ(oracle.emplace(acknowledged, hash).first->second, hash);
            }
        }
        (void)stream->Finish();  // broken by the kill
    }

    const auto daemon = started();
    const auto finished = finish_chain();
    EXPECT_EQ(finished.state_digest(), expected.state_digest());
    EXPECT_EQ(finished.ledger_head(), expected.ledger_head());
    std::string previous(32, '\0');
    std::uint64_t topoheight = base_.topoheight.value();
    v1::ListVerdictsRequest request;
    request.set_page_size(1000);
    grpc::ClientContext context;
    v1::ListVerdictsResponse response;
    ASSERT_TRUE(verifier_->ListVerdicts(&context, request, &response).ok());
    for (const auto& record : response.records()) {
        EXPECT_EQ(record.verdict().block().topoheight(), ++topoheight);
        EXPECT_EQ(record.previous(), previous);
        previous = record.hash();
        if (const auto durable = oracle.find(topoheight); durable != oracle.end()) {
            EXPECT_EQ(durable->second, record.hash()) << topoheight;
        }
    }
    EXPECT_EQ(topoheight, kChain);
    EXPECT_EQ(previous, expected.ledger_head());
    EXPECT_GT(oracle.size(), static_cast<std::size_t>(kills) / 2);
    EXPECT_TRUE(has(daemon->log(), "canary_detected ")) << daemon->log();
    EXPECT_FALSE(has(daemon->log(), "canary_silent ")) << daemon->log();
}

TEST_F(Daemon, killed_while_it_is_made_loads_or_starts_it_always_starts_again) {
    const char* const more = std::getenv("PARALLAX_KILLS");
    const int kills = more != nullptr ? std::atoi(more) : 10;
    const char* const chosen = std::getenv("PARALLAX_SEED");
    std::mt19937 random(chosen != nullptr ? static_cast<unsigned>(std::atoi(chosen)) : 1U);
    const std::vector<model::Hash> oracle = recorded_digests();
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_FALSE(DaemonProcess(arguments()).wait_for_value("rows").empty());
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begun);
    std::uint64_t acknowledged = 0;
    for (int kill = 0; kill < kills; ++kill) {
        SCOPED_TRACE(kill);
        if (random() % 3 != 0) {
            std::filesystem::remove_all(data());
            acknowledged = 0;
        }
        {
            DaemonProcess daemon(arguments());
            const auto moment = std::chrono::steady_clock::now() +
                                whole * static_cast<int>(random() % 1'100) / 1'000;
            while (std::chrono::steady_clock::now() < moment) {
            }
            daemon.kill();
        }
        if (random() % 3 == 0 && kill + 1 < kills) {
            continue;  // killed again before it was whole
        }
        const auto daemon = started();
        std::unique_ptr<Stream> stream;
        const BlockId tip = attach_once_loaded(stream);
        ASSERT_GE(tip.topoheight.value(), acknowledged) << daemon->log();
        std::size_t next = index_after(tip);
        for (const std::size_t end = next + random() % 4; next < std::min(end, blocks_.size());
             ++next) {
            ASSERT_TRUE(ask(*stream, block(next)).has_verdict());
        }
        acknowledged = next;
        v1::StreamBlocksRequest end;
        end.mutable_end_of_history();
        const auto finished = ask(*stream, end).finished();
        EXPECT_EQ(finished.tip().topoheight(), next);
        EXPECT_EQ(finished.state_digest(), as_text(oracle.at(next).bytes()));
        daemon->kill();
        (void)stream->Finish();  // broken by the kill
    }
}

TEST_F(Daemon, told_to_stop_at_once_it_stops_in_order_and_starts_again) {
    std::mt19937 random(3);
    for (int round = 0; round < 8; ++round) {
        SCOPED_TRACE(round);
        std::filesystem::remove_all(data());
        DaemonProcess daemon(arguments());
        const auto moment =
            std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 150'000);
        while (std::chrono::steady_clock::now() < moment) {
        }
        daemon.signal(round % 2 == 0 ? SIGTERM : SIGINT);
        // Before it has begun there is nothing to end in order: the signal ends it then.
        const int code = daemon.wait();
        EXPECT_TRUE(code == 0 || (code == -1 && daemon.log().empty())) << code << daemon.log();
        const auto again = started();
        std::unique_ptr<Stream> stream;
        EXPECT_EQ(attach_once_loaded(stream), base_);
        again->kill();
        (void)stream->Finish();  // broken by the kill
    }
}

TEST_F(Daemon, ends_with_a_sentence_when_its_folder_is_deleted) {
    const auto daemon = started();
    std::unique_ptr<Stream> stream;
    (void)attach_once_loaded(stream);
    ASSERT_TRUE(ask(*stream, block(0)).has_verdict());
    std::filesystem::remove_all(data());
    v1::StreamBlocksResponse response;
    EXPECT_TRUE(stream->Write(block(1)));
    EXPECT_FALSE(stream->Read(&response) && response.has_verdict())
        << "nobody will ever find this verdict: " << response.ShortDebugString();
    EXPECT_EQ(daemon->wait(), 1);
    EXPECT_TRUE(has(daemon->log(), data())) << daemon->log();
    EXPECT_TRUE(has(daemon->log(), "deleted")) << daemon->log();
    (void)stream->Finish();  // the sidecar has ended
}

TEST_F(Daemon, ends_with_a_sentence_when_the_disk_is_full_before_it_serves) {
    for (const std::uint64_t limit : {1U, 100U, 1'000U, 4'000U}) {
        SCOPED_TRACE(limit);
        std::filesystem::remove_all(data());
        std::filesystem::create_directory(data());
        DaemonProcess daemon(arguments(), limit);
        EXPECT_EQ(daemon.wait(), 1) << daemon.log();
        EXPECT_TRUE(has(daemon.log(), data())) << daemon.log();
        const auto again = started();
        std::unique_ptr<Stream> stream;
        EXPECT_EQ(attach_once_loaded(stream), base_) << again->log();
        again->kill();
        (void)stream->Finish();  // broken by the kill
    }
}

TEST_F(Daemon, stops_cleanly_when_told_and_continues_after_it) {
    {
        const auto daemon = started();
        grpc::ClientContext context;
        const auto stream = verifier_->StreamBlocks(&context);
        (void)attach_anywhere(*stream);
        for (std::size_t i = 0; i < 5; ++i) {
            ASSERT_TRUE(ask(*stream, block(i)).has_verdict());
        }
        daemon->signal(SIGTERM);
        EXPECT_EQ(daemon->wait(), 0) << daemon->log();
        EXPECT_TRUE(has(daemon->log(), "verify_loop_ended")) << daemon->log();
    }
    const auto daemon = started();
    grpc::ClientContext context;
    const auto stream = verifier_->StreamBlocks(&context);
    EXPECT_EQ(attach_anywhere(*stream), blocks_[4].id);
}

TEST_F(Daemon, goes_on_and_stops_as_asked_when_the_reader_of_its_log_is_gone) {
    const std::string socket = data() + "-socket";
    // The reader of its log takes one byte and goes.
    DaemonProcess daemon({"--data", data(), "--listen", "unix:" + socket}, 0,
                         {"/bin/bash", "-c", "exec \"$0\" \"$@\" 2> >(head -c 1 > /dev/null)"});
    while (!std::filesystem::exists(socket)) {
        std::this_thread::yield();
    }
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait(), 0);
}

TEST_F(Daemon, says_that_too_few_files_can_be_open) {
    DaemonProcess daemon({"--data", data(), "--listen", "127.0.0.1:0"}, 0,
                         {"/bin/sh", "-c", "ulimit -n 20; exec \"$0\" \"$@\""});
    EXPECT_EQ(daemon.wait(), 1);
    EXPECT_TRUE(has(daemon.log(), "at most 20 files can be open here")) << daemon.log();
}

TEST_F(Daemon, says_why_it_cannot_start) {
    const std::string no_files =
        refusal({"--listen", "nowhere", "--candidate", "magic", "--canary-fault", "gremlin"});
    for (const char* part :
         {"problems in the configuration", "data_directory: is missing", "listen: 'nowhere'",
          "'magic' is no executor", "'gremlin' is no fault"}) {
        EXPECT_TRUE(has(no_files, part)) << no_files;
    }
    EXPECT_TRUE(has(refusal({"--config", data()}), "--config: "));

    const auto daemon = started();
    const std::string locked = refusal(arguments());
    EXPECT_TRUE(has(locked, data() + "/state")) << locked;

    const std::string address = daemon->wait_for_value("address");
    const std::string taken =
        refusal({"--data", (folder_ / "other").string(), "--listen", address, "--no-isolate"});
    EXPECT_TRUE(has(taken, address + " cannot be listened on")) << taken;
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait(), 0);

    auto mainnet = arguments();
    mainnet.insert(mainnet.end(), {"--network", "mainnet"});
    EXPECT_TRUE(has(refusal(mainnet), "devnet"));

    const auto file = folder_ / "a-file";
    std::ofstream(file) << "x";
    EXPECT_TRUE(has(refusal({"--data", (file / "data").string()}), "cannot be made"));
}

TEST_F(Daemon, refuses_a_damaged_journal_and_a_damaged_database) {
    {
        const auto daemon = started();
        (void)finish_chain();
        daemon->signal(SIGTERM);
        EXPECT_EQ(daemon->wait(), 0);
    }
    const auto journal = folder_ / "data" / "journal.jsonl";
    const auto kept = folder_ / "kept.jsonl";
    std::filesystem::copy_file(journal, kept);
    {
        std::fstream stream(journal, std::ios::in | std::ios::out);
        stream.seekp(40);
        stream.put('X');
    }
    const std::string changed = refusal(arguments());
    EXPECT_TRUE(has(changed, "journal.jsonl: line 1")) << changed;
    std::filesystem::copy_file(kept, journal, std::filesystem::copy_options::overwrite_existing);

    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "data" / "state")) {
        if (entry.path().filename().string().rfind("MANIFEST", 0) == 0) {
            std::filesystem::resize_file(entry.path(), 10);
        }
    }
    const std::string damaged = refusal(arguments());
    EXPECT_TRUE(has(damaged, data() + "/state")) << damaged;
}

TEST_F(Daemon, ends_with_a_clear_word_when_the_disk_is_full_and_goes_on_with_room) {
    v1::Finished expected;
    {
        const auto undisturbed = started();
        expected = finish_chain();
    }
    std::filesystem::remove_all(data());
    {
        // Files of 300 kB at most: the state fits, the blocks do not.
        const auto daemon = started(300'000);
        grpc::ClientContext context;
        const auto stream = verifier_->StreamBlocks(&context);
        std::size_t next = index_after(attach_anywhere(*stream));
        v1::StreamBlocksResponse response;
        while (next < blocks_.size() && stream->Write(block(next)) && stream->Read(&response)) {
            ++next;
        }
        ASSERT_LT(next, blocks_.size()) << "the limit was never met";
        (void)stream->Finish();  // the sidecar ends
        EXPECT_EQ(daemon->wait(), 1) << daemon->log();
        EXPECT_TRUE(has(daemon->log(), "verify_loop_failed")) << daemon->log();
    }
    const auto daemon = started();
    EXPECT_EQ(finish_chain().state_digest(), expected.state_digest());
}

/// What the disk has of the log's end after a power loss, where nobody had waited for it.
TEST_F(Daemon, goes_on_with_what_is_left_of_its_log_after_the_machine_went_down) {
    v1::Finished expected;
    {
        const auto daemon = started();
        expected = finish_chain();
        daemon->kill();
    }
    const auto whole = folder_ / "whole";
    std::filesystem::rename(data(), whole);
    const auto damage = [&](bool restarted, const std::function<void(std::string&)>& change) {
        std::filesystem::remove_all(data());
        std::filesystem::copy(whole, data(), std::filesystem::copy_options::recursive);
        for (const auto& entry : std::filesystem::directory_iterator(data() + "/state")) {
            if (entry.path().extension() == ".log") {
                std::ifstream file(entry.path(), std::ios::binary);
                std::string log((std::istreambuf_iterator<char>(file)), {});
                change(log);
                std::ofstream(entry.path(), std::ios::binary) << log;
            }
        }
        const auto witness = AcknowledgedFile::open(data() + "/acknowledged");
        auto said = (*witness)->last();
        ASSERT_TRUE(said);
        said->boot[0] ^= restarted ? 1 : 0;
        ASSERT_TRUE((*witness)->write(*said, true).ok() && (*witness)->write(*said, true).ok());
    };
    const auto zero = [](std::string& log) { std::fill(log.end() - 20'000, log.end(), '\0'); };
    const auto hole = [](std::string& log) {
        std::fill(log.end() - 40'000, log.end() - 36'000, '\0');
    };
    const auto cut = [](std::string& log) { log.resize(log.size() - 20'000); };
    for (const auto& change : std::vector<std::function<void(std::string&)>>{zero, hole, cut}) {
        damage(false, change);
        const std::string refused = refusal(arguments());
        EXPECT_TRUE(has(refused, data())) << "nothing explains it: " << refused;
        damage(true, change);
        {
            const auto daemon = started();
            EXPECT_EQ(finish_chain().state_digest(), expected.state_digest());
            EXPECT_TRUE(has(daemon->log(), "acknowledged_verdicts_lost level=error"));
            daemon->signal(SIGTERM);
            EXPECT_EQ(daemon->wait(), 0);
        }
        const auto again = started();
        EXPECT_FALSE(has(again->log(), "log_of_database_cut")) << again->log();
        again->kill();
    }
    damage(true, hole);
    EXPECT_TRUE(has(started()->log(), "log_of_database_cut level=error"));
    // Whoever waits for the disk has nothing to lose.
    damage(true, hole);
    const auto config = folder_ / "config.json";
    std::ofstream(config) << R"({"store": {"sync": true}})";
    auto waiting = arguments();
    waiting.insert(waiting.end(), {"--config", config.string()});
    const std::string damaged = refusal(waiting);
    EXPECT_TRUE(has(damaged, "the store is damaged")) << damaged;
}

TEST_F(Daemon, says_that_its_database_began_with_another_state_than_the_archive_has) {
    {
        const auto daemon = started();
        ASSERT_FALSE(daemon->wait_for_value("state_loaded", "rows").empty()) << daemon->log();
        daemon->kill();
    }
    const auto refused_with = [&](const std::string& path) {
        DaemonProcess daemon({"--data", data(), "--listen", "127.0.0.1:0", "--archive", path});
        if (!daemon.wait_for_value("address").empty()) {
            return std::string("it serves");
        }
        EXPECT_EQ(daemon.wait(), 1);
        return daemon.log();
    };
    for (const bool other_base : {true, false}) {
        const auto reader = replay::ArchiveReader::open(archive());
        ASSERT_TRUE(reader.ok());
        replay::ArchiveHeader header = (*reader)->header();
        header.first = std::nullopt;
        header.last = std::nullopt;
        if (other_base) {
            header.base_hash = model::Hash{};
        }
        const std::string path = (folder_ / "other.pxa").string();
        std::filesystem::remove(path);
        const auto writer = replay::ArchiveWriter::create(path, header);
        ASSERT_TRUE(writer.ok());
        // All rows but the last.
        auto row = (*reader)->next_state_row();
        for (auto next = (*reader)->next_state_row(); *next; next = (*reader)->next_state_row()) {
            ASSERT_TRUE((*writer)->write_state_row((*row)->key, *(*row)->after).ok());
            row = std::move(next);
        }
        ASSERT_TRUE((*writer)->finish().ok());
        const std::string refused = refused_with(path);
        for (const std::string& part :
             {path, data(), std::string(other_base ? "that of block 0" : "one of digest")}) {
            EXPECT_TRUE(has(refused, part)) << refused;
        }
    }
    {
        // It was needed once, and may have been cleared away since.
        DaemonProcess without({"--data", data(), "--listen", "127.0.0.1:0", "--archive",
                               (folder_ / "none.pxa").string()});
        EXPECT_FALSE(without.wait_for_value("address").empty()) << without.log();
        EXPECT_TRUE(has(without.log(), "archive_not_compared")) << without.log();
    }
    const auto daemon = started();
    grpc::ClientContext context;
    const auto stream = verifier_->StreamBlocks(&context);
    EXPECT_EQ(attach_anywhere(*stream), base_);
}

TEST_F(Daemon, takes_no_state_of_an_archive_that_is_not_whole) {
    std::ifstream file(archive(), std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(file)), {});
    const std::string cut = (folder_ / "cut.pxa").string();
    const std::vector<std::string> words = {"--data",      data(),      "--listen",
                                            "127.0.0.1:0", "--archive", cut};
    // Inside the rows, inside the blocks, and by the last byte.
    for (const std::size_t size : {std::size_t{2000}, whole.size() / 2, whole.size() - 1}) {
        std::ofstream(cut, std::ios::binary) << whole.substr(0, size);
        EXPECT_TRUE(has(refusal(words), "is truncated")) << size;
    }
    // It stands where it would have, had it never met them.
    const auto daemon = started();
    grpc::ClientContext context;
    const auto stream = verifier_->StreamBlocks(&context);
    EXPECT_EQ(attach_anywhere(*stream), base_);
}

TEST_F(Daemon, opens_the_circuit_of_a_candidate_that_hangs_and_closes_it_again) {
    const auto config = folder_ / "config.json";
    std::ofstream(config) << R"({"verification": {"block_time_limit_ms": 500, "circuit_breaker":
        {"failures": 1, "open_blocks": 2, "trial_blocks": 1}}})";
    DaemonProcess daemon({"--config", config.string(), "--data", data(), "--listen", "127.0.0.1:0",
                          "--archive", archive()});
    connect_to(daemon.wait_for_value("address"));
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    const auto verify = [&](std::size_t index) {
        return ask(*stream, block(index)).verdict().record().verdict();
    };
    EXPECT_EQ(verify(0).kind(), v1::VERDICT_KIND_MATCH);
    const auto children = daemon.children();
    ASSERT_EQ(children.size(), 1U);
    ::kill(children[0], SIGSTOP);
    EXPECT_EQ(verify(1).reason(), v1::INCONCLUSIVE_REASON_TIMED_OUT);
    EXPECT_EQ(status().candidates(0).circuit(), v1::CIRCUIT_STATE_OPEN);
    EXPECT_EQ(verify(2).reason(), v1::INCONCLUSIVE_REASON_CIRCUIT_OPEN);
    EXPECT_EQ(verify(3).kind(), v1::VERDICT_KIND_INCONCLUSIVE);
    EXPECT_EQ(verify(4).kind(), v1::VERDICT_KIND_MATCH);
    EXPECT_EQ(status().candidates(0).circuit(), v1::CIRCUIT_STATE_CLOSED);
    EXPECT_EQ(status().verdicts().inconclusive(), 3U);
    EXPECT_TRUE(has(daemon.log(), "circuit")) << daemon.log();
}

TEST_F(Daemon, writes_nothing_where_it_may_only_read) {
    const auto folder = folder_ / "read-only";
    std::filesystem::create_directory(folder);
    std::filesystem::permissions(folder, std::filesystem::perms(0555));
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    // Root may write anywhere.
    std::vector<std::string> somebody;
    if (::geteuid() == 0) {
        somebody = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    }
    DaemonProcess daemon({"--data", (folder / "data").string(), "--listen", "127.0.0.1:0"}, 0,
                         somebody);
    EXPECT_EQ(daemon.wait(), 1);
    EXPECT_TRUE(has(daemon.log(), (folder / "data").string())) << daemon.log();
    EXPECT_TRUE(has(daemon.log(), "Permission denied")) << daemon.log();
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(Daemon, keeps_a_bundle_that_is_fetched_and_reproduced) {
    const auto daemon = started();
    grpc::ClientContext context;
    const auto stream = attach(context, 1);
    ASSERT_TRUE(blocks_[0].recorded.outcome);
    model::BlockOutcome recorded = *blocks_[0].recorded.outcome;
    recorded.delta.entries.pop_back();
    auto request = block(0);
    write(recorded, *request.mutable_block()->mutable_recorded_outcome());
    EXPECT_EQ(ask(*stream, request).verdict().record().verdict().kind(), v1::VERDICT_KIND_MISMATCH);
    EXPECT_FALSE(daemon->wait_for_value("bundle").empty());
    const auto parallax = [&](const std::string& arguments) {
        const int end = std::system((std::string(PARALLAX_PROGRAM) + " " + arguments + " >" +
                                     (folder_ / "out").string() + " 2>&1")
                                        .c_str());
        return WIFEXITED(end) ? WEXITSTATUS(end) : -1;
    };
    const std::string bundle = (folder_ / "1.pxb").string();
    ASSERT_EQ(
        parallax("fetch-bundle 1 --sidecar " + daemon->wait_for_value("address") + " -o " + bundle),
        0)
        << file("out");
    EXPECT_EQ(parallax("reproduce " + bundle), 2) << file("out");
    EXPECT_TRUE(has(file("out"), "REPRODUCED")) << file("out");
}

}  // namespace
}  // namespace parallax::service
