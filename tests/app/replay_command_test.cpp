#include "reports/record/run_record.hpp"
#include "tests/app/program.hpp"
#include "tests/support/tree_folders.hpp"

#include <algorithm>
#include <signal.h>
#include <thread>

namespace parallax::app {
namespace {

/// Of the golden archive's last block, as version 1 of the format was read.
constexpr const char* kGoldenState =
    "34035aa84fc08f7edcccfda102358330843dd1433fd8873111de3efc215247c9";

class ReplayCommand : public ProgramTest {
  protected:
    [[nodiscard]] std::string generate(const std::string& name, const std::string& seed = "1",
                                       const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {
            "generate",   "--out", path(name),       "--seed", seed,        "--blocks", "10",
            "--accounts", "40",    "--transactions", "8",      "--failing", "20"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto result = run(arguments);
        EXPECT_EQ(result.exit_code, 0) << result.err;
        return path(name);
    }
};

TEST_F(ReplayCommand, replays_a_generated_archive_to_a_match) {
    const auto archive = generate("a.pxa");
    const auto result = run({"replay", archive, "--out", path("out")});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_EQ(result.out.rfind("parallax replay: MATCH\n", 0), 0U) << result.out;
    EXPECT_TRUE(has(result.out, "1..10: 10 match, 0 mismatch, 0 inconclusive, 0 gaps"));
    EXPECT_TRUE(has(result.out, "candidates batch"));
    EXPECT_FALSE(has(result.out + result.err, "\x1b")) << "colours without a terminal";
    const std::string ledger = read_file(folder_ / "out" / "ledger.jsonl");
    EXPECT_EQ(std::count(ledger.begin(), ledger.end(), '\n'), 10);
    EXPECT_EQ(read_file(folder_ / "out" / "summary.txt"), result.out);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "summary.txt.unfinished"));
}

TEST_F(ReplayCommand, says_in_run_json_what_was_run_and_where_the_ledger_ends) {
    const auto archive = generate("a.pxa");
    ASSERT_EQ(run({"replay", archive, "--out", path("out"), "--to", "7"}).exit_code, 0);
    const auto record = reports::run_record_from_json(read_file(folder_ / "out" / "run.json"));
    ASSERT_TRUE(record.ok()) << record.status();
    EXPECT_EQ(record->request.archive, archive);
    EXPECT_EQ(record->request.candidates, std::vector<std::string>{"batch"});
    EXPECT_EQ(record->request.to, model::Topoheight{7});
    EXPECT_TRUE(has(record->environment.command, "replay " + archive + " --out "));
    ASSERT_TRUE(record->result.has_value());
    EXPECT_EQ(record->result->records, 7U);
    EXPECT_EQ(record->result->exit_code, 0);
    const std::string ledger = read_file(folder_ / "out" / "ledger.jsonl");
    EXPECT_TRUE(has(ledger, "\"hash\":\"" + record->result->head.hex() + "\"}\n"));
}

TEST_F(ReplayCommand, writes_the_same_ledger_for_any_number_of_threads) {
    const auto archive = generate("a.pxa");
    ASSERT_EQ(run({"replay", archive, "--out", path("one"), "--threads", "1"}).exit_code, 0);
    ASSERT_EQ(run({"replay", archive, "--out", path("four"), "--threads", "4"}).exit_code, 0);
    EXPECT_EQ(read_file(folder_ / "one" / "ledger.jsonl"),
              read_file(folder_ / "four" / "ledger.jsonl"));
}

TEST_F(ReplayCommand, runs_several_candidates_under_every_signature_policy) {
    const auto archive = generate("a.pxa");
    for (const char* policy : {"per-lane", "once", "off"}) {
        const auto result = run({"replay", archive, "--candidate", "batch", "--candidate", "staged",
                                 "--signatures", policy});
        EXPECT_EQ(result.exit_code, 0) << result.out;
        EXPECT_TRUE(has(result.out, "candidates batch, staged")) << result.out;
    }
}

TEST_F(ReplayCommand, counts_no_candidate_twice) {
    const auto result =
        run({"replay", generate("a.pxa"), "--candidate", "batch", "--candidate", "batch"});
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_TRUE(has(result.err, "an executor is given twice")) << result.err;
}

TEST_F(ReplayCommand, takes_the_archive_after_an_option_that_can_be_repeated) {
    const auto archive = generate("a.pxa");
    EXPECT_EQ(run({"replay", "--candidate", "batch", archive}).exit_code, 0);
}

TEST_F(ReplayCommand, continues_where_an_earlier_run_on_the_database_ended) {
    const auto archive = generate("a.pxa");
    const auto whole = run({"replay", archive, "--db", path("whole"), "--out", path("o1")});
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    const auto part = run({"replay", archive, "--db", path("db"), "--to", "4"});
    ASSERT_EQ(part.exit_code, 0) << part.out << part.err;
    EXPECT_TRUE(has(part.out, "1..4: 4 match"));
    const auto rest = run({"replay", archive, "--db", path("db"), "--out", path("o2")});
    ASSERT_EQ(rest.exit_code, 0) << rest.out << rest.err;
    EXPECT_TRUE(has(rest.out, "1..10: 10 match"));
    EXPECT_TRUE(has(rest.out, "4 of these verdicts were in the database already"));
    EXPECT_EQ(read_file(folder_ / "o1" / "ledger.jsonl"),
              read_file(folder_ / "o2" / "ledger.jsonl"));
}

TEST_F(ReplayCommand, verifies_a_range_and_says_what_was_only_advanced) {
    const auto archive = generate("a.pxa");
    const auto result = run({"replay", archive, "--from", "6", "--to", "8"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "6..8: 3 match"));
    EXPECT_TRUE(has(result.out, "5 earlier blocks by the control alone"));
}

TEST_F(ReplayCommand, refuses_a_range_that_is_none) {
    const auto archive = generate("a.pxa");
    const auto result = run({"replay", archive, "--from", "6", "--to", "5"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(has(result.err, "range 6..5 is empty")) << result.err;
}

TEST_F(ReplayCommand, is_never_green_for_blocks_that_the_archive_does_not_hold) {
    const auto archive = generate("a.pxa");
    const auto beyond = run({"replay", archive, "--from", "50"});
    EXPECT_EQ(beyond.exit_code, 3) << beyond.out;
    EXPECT_FALSE(has(beyond.out, "replay: MATCH"));
    EXPECT_EQ(run({"replay", archive, "--to", "11"}).exit_code, 3);
}

TEST_F(ReplayCommand, reports_a_truncated_archive_and_keeps_what_came_before) {
    const auto archive = generate("a.pxa");
    std::filesystem::resize_file(archive, std::filesystem::file_size(archive) - 100);
    const auto result = run({"replay", archive, "--out", path("out")});
    EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "incomplete")) << result.out;
    EXPECT_FALSE(read_file(folder_ / "out" / "ledger.jsonl").empty());
}

TEST_F(ReplayCommand, is_never_green_on_an_archive_that_is_damaged_behind_the_range) {
    const auto archive = generate("a.pxa");
    const std::string whole = read_file(archive);
    for (const char* to : {"4", "10"}) {
        ASSERT_EQ(run({"replay", archive, "--to", to}).exit_code, 0);
        for (const std::size_t cut : {1U, 50U, 150U, 1500U}) {
            write_file(path("cut.pxa"), whole.substr(0, whole.size() - cut));
            const auto result = run({"replay", path("cut.pxa"), "--to", to});
            EXPECT_EQ(result.exit_code, 3) << cut << result.out << result.err;
            EXPECT_FALSE(has(result.out, "replay: MATCH")) << result.out;
            std::string damaged = whole;
            damaged[whole.size() - cut] = static_cast<char>(damaged[whole.size() - cut] ^ 1);
            write_file(path("flipped.pxa"), damaged);
            EXPECT_EQ(run({"replay", path("flipped.pxa"), "--to", to}).exit_code, 3) << cut;
        }
    }
}

TEST_F(ReplayCommand, holds_an_archive_of_version_1_to_its_end_too) {
    const std::string golden = test::source_folder() + "/tests/replay/golden/version1.pxa";
    const auto result = run({"replay", golden, "--db", path("db")});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(has(result.out, kGoldenState)) << result.out;
    const std::string whole = read_file(golden);
    write_file(path("cut.pxa"), whole.substr(0, whole.size() - 1));
    EXPECT_EQ(run({"replay", path("cut.pxa"), "--to", "1"}).exit_code, 3);
    EXPECT_EQ(run({"replay", path("cut.pxa"), "--db", path("db"), "--to", "1"}).exit_code, 3);
    // Nothing is kept of a state that nobody vouches for.
    const auto refused = run({"replay", path("cut.pxa"), "--db", path("new"), "--to", "1"});
    EXPECT_EQ(refused.exit_code, 3) << refused.out;
    EXPECT_TRUE(has(refused.out, "no block was reached")) << refused.out;
    EXPECT_EQ(run({"replay", golden, "--db", path("new")}).exit_code, 0);
}

TEST_F(ReplayCommand, replays_what_was_generated_for_too_few_accounts) {
    const auto result =
        run({"generate", "--out", path("few.pxa"), "--seed", "3", "--blocks", "3", "--accounts",
             "16", "--transactions", "400", "--failing", "60", "--conflict", "0"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(has(result.out, "of the 1200 transactions asked for were made")) << result.out;
    EXPECT_TRUE(has(result.err, "of the 1200 transactions asked for were made")) << result.err;
    EXPECT_EQ(run({"replay", path("few.pxa")}).exit_code, 0);
}

TEST_F(ReplayCommand, names_a_file_that_is_missing_or_no_archive) {
    const auto missing = run({"replay", path("missing.pxa")});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_TRUE(has(missing.err, "missing.pxa")) << missing.err;
    write_file(path("text.pxa"), "this is no archive, but long enough to be looked at");
    const auto text = run({"replay", path("text.pxa")});
    EXPECT_EQ(text.exit_code, 1);
    EXPECT_TRUE(has(text.err, "text.pxa")) << text.err;
}

TEST_F(ReplayCommand, refuses_the_database_of_another_chain) {
    const auto archive = generate("a.pxa");
    const auto other = generate("b.pxa", "2");
    ASSERT_EQ(run({"replay", archive, "--db", path("db")}).exit_code, 0);
    const auto result = run({"replay", other, "--db", path("db")});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(has(result.err, "does not belong to this archive")) << result.err;
    const auto model =
        run({"replay", archive, "--db", path("db"), "--failure-model", "reject_block"});
    EXPECT_EQ(model.exit_code, 1);
    EXPECT_TRUE(has(model.err, path("db"))) << model.err;
}

TEST_F(ReplayCommand, refuses_a_folder_that_is_no_database) {
    const auto archive = generate("a.pxa");
    std::filesystem::create_directories(folder_ / "db");
    write_file(folder_ / "db" / "letter.txt", "keep me");
    const auto result = run({"replay", archive, "--db", path("db")});
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_EQ(read_file(folder_ / "db" / "letter.txt"), "keep me");
}

TEST_F(ReplayCommand, compares_nothing_without_candidate_and_recorded_outcomes) {
    const auto archive = generate("a.pxa");
    const auto result = run({"replay", archive, "--control-only"});
    EXPECT_EQ(result.exit_code, 3) << result.out;
    EXPECT_TRUE(has(result.out, "no_candidate")) << result.out;
    EXPECT_EQ(run({"replay", archive, "--control-only", "--candidate", "batch"}).exit_code, 1);
}

TEST_F(ReplayCommand, compares_with_recorded_outcomes) {
    const auto archive = generate("a.pxa", "1", {"--record-outcomes"});
    const auto result = run({"replay", archive});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

TEST_F(ReplayCommand, finishes_the_block_and_summarises_when_interrupted) {
    const auto archive = generate("a.pxa");
    const std::string bytes = read_file(archive);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = start({"replay", "-", "--out", path("out")}, ends[0]);
    ASSERT_GT(child, 0);
    close(ends[0]);
    // All but the end, so that the program has verdicts and waits for more.
    const std::size_t part = bytes.size() - 3000;
    std::size_t written = 0;
    while (written < part) {
        const ssize_t count = write(ends[1], bytes.data() + written, part - written);
        ASSERT_GT(count, 0);
        written += static_cast<std::size_t>(count);
    }
    while (read_file(folder_ / "out" / "ledger.jsonl").empty()) {
        ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << read_file(path("stderr"));
        std::this_thread::yield();
    }
    kill(child, SIGINT);
    ASSERT_EQ(write(ends[1], bytes.data() + part, bytes.size() - part), 3000);
    close(ends[1]);
    const auto result = wait_for(child);
    EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "stopped on request")) << result.out;
    EXPECT_EQ(read_file(folder_ / "out" / "summary.txt"), result.out);
}

TEST_F(ReplayCommand, a_run_that_fails_at_its_start_leaves_no_earlier_one_to_be_called_a_match) {
    const auto archive = generate("a.pxa");
    write_file(path("text.pxa"), "this is no archive, but long enough to be looked at");
    std::filesystem::create_directories(folder_ / "db");
    write_file(folder_ / "db" / "letter.txt", "no database");
    const std::vector<std::vector<std::string>> failing = {
        {"replay", path("missing.pxa"), "--out", path("out")},
        {"replay", path("text.pxa"), "--out", path("out")},
        {"replay", archive, "--out", path("out"), "--db", path("db")},
        {"replay", archive, "--out", path("out"), "--from", "9", "--to", "8"},
    };
    for (const auto& arguments : failing) {
        ASSERT_EQ(run({"replay", archive, "--out", path("out")}).exit_code, 0);
        ASSERT_EQ(run({"report", path("out")}).exit_code, 0);
        EXPECT_EQ(run(arguments).exit_code, 1) << arguments[1];
        for (const char* fail_on : {"inconclusive", "mismatch", "never"}) {
            const auto after = run({"report", path("out"), "--fail-on", fail_on});
            EXPECT_EQ(after.exit_code, 3) << after.out << after.err;
            EXPECT_TRUE(has(after.out, "The run has not ended")) << after.out;
        }
        EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "summary.txt"));
    }
}

TEST_F(ReplayCommand, says_in_its_summary_that_signatures_were_not_checked) {
    const auto archive = generate("a.pxa");
    const auto result =
        run({"replay", archive, "--signatures", "off", "--out", path("out"), "--quiet"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_TRUE(has(result.out, "signatures    NOT CHECKED")) << result.out;
    const auto ready = run({"report", "readiness", path("out")});
    EXPECT_TRUE(has(ready.out, "unknown  signatures were checked: off in 10 of 10")) << ready.out;
}

TEST_F(ReplayCommand, says_how_many_blocks_each_candidate_ran_in_parallel) {
    const auto archive = generate("a.pxa");
    const auto blocks_of = [&](const char* candidate, const char* threads) {
        const auto result = run({"replay", archive, "--candidate", candidate, "--threads", threads,
                                 "--out", path("out"), "--quiet"});
        EXPECT_EQ(result.exit_code, 0) << result.err;
        const auto record = reports::run_record_from_json(read_file(folder_ / "out" / "run.json"));
        EXPECT_TRUE(record.ok()) << record.status();
        return record->result->parallel_blocks;
    };
    EXPECT_EQ(blocks_of("sequential", "2"), std::vector<std::uint64_t>{0});
    EXPECT_EQ(blocks_of("batch", "1"), std::vector<std::uint64_t>{0});
    EXPECT_GT(blocks_of("batch", "2").front(), 0U);
    EXPECT_EQ(run({"report", path("out")}).exit_code, 0);
    (void)blocks_of("sequential", "2");
    EXPECT_TRUE(has(run({"report", "readiness", path("out")}).out, "sequential is the control"));
}

TEST_F(ReplayCommand, generates_equal_archives_from_equal_options) {
    EXPECT_EQ(read_file(generate("a.pxa")), read_file(generate("b.pxa")));
    EXPECT_NE(read_file(path("a.pxa")), read_file(generate("c.pxa", "2")));
}

TEST_F(ReplayCommand, generates_only_the_actions_of_the_mix) {
    const auto result =
        run({"generate", path("m.pxa"), "--blocks", "3", "--mix", "burn=1", "--failing", "0"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(has(result.out, "burn ")) << result.out;
    EXPECT_FALSE(has(result.out, "shield ")) << result.out;
    EXPECT_EQ(run({"generate", path("m.pxa"), "--mix", "fly=1"}).exit_code, 1);
    EXPECT_EQ(run({"generate", path("m.pxa"), "--mix", "burn=x"}).exit_code, 1);
    EXPECT_EQ(run({"generate", path("m.pxa"), "--accounts", "0"}).exit_code, 1);
    EXPECT_EQ(run({"generate", path("none/m.pxa"), "--blocks", "1"}).exit_code, 1);
}

}  // namespace
}  // namespace parallax::app
