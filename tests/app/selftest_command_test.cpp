#include "tests/app/program.hpp"
#include "verifier/core/verification/verifier_fault.hpp"

namespace parallax::app {
namespace {

using SelftestCommand = ProgramTest;

TEST_F(SelftestCommand, finds_every_fault_and_blames_no_sound_executor) {
    const auto result = run({"selftest", "--markdown", path("table.md")});
    EXPECT_EQ(result.exit_code, 0) << result.out;
    EXPECT_TRUE(has(result.out, "parallax selftest: PASSED")) << result.out;
    EXPECT_FALSE(has(result.out, "MISSED")) << result.out;
    EXPECT_TRUE(has(result.out, "false alarms  0 in ")) << result.out;
    EXPECT_TRUE(has(result.out, "shrunk        9 of 9 faults")) << result.out;
    const std::string table = read_file(path("table.md"));
    EXPECT_TRUE(has(table, "| 10 to 1 |")) << table;
    EXPECT_TRUE(has(table, "| not tried |")) << table;
    EXPECT_TRUE(has(table, "| `sender-never-debited` * | V3-13 |")) << table;
    EXPECT_TRUE(has(table, "| V3-46 | ")) << table;
}

TEST_F(SelftestCommand, a_broken_verifier_fails_it) {
    for (std::size_t i = 1; i < core::kVerifierFaults; ++i) {
        const auto verifier_fault = static_cast<core::VerifierFault>(i);
        if (verifier_fault == core::VerifierFault::kShrinksNothing) {
            continue;  // it misses nothing: below
        }
        const std::string fault(core::verifier_fault_name(verifier_fault));
        const auto result = run({"selftest", "--quiet", "--verifier-fault", fault});
        EXPECT_EQ(result.exit_code, 2) << fault << "\n" << result.out;
        EXPECT_TRUE(has(result.out, "parallax selftest: FAILED")) << fault;
        // One that is too strict blames sound executors, all others miss something.
        const bool strict = verifier_fault == core::VerifierFault::kComparesNotes;
        EXPECT_EQ(has(result.out, "false alarms  0 in "), !strict) << fault << "\n" << result.out;
        EXPECT_TRUE(strict || has(result.out, "MISSED")) << fault << "\n" << result.out;
    }
}

TEST_F(SelftestCommand, a_shrinker_that_does_nothing_fails_it) {
    const auto result = run({"selftest", "--quiet", "--verifier-fault", "shrinks-nothing",
                             "--result", path("result.json")});
    EXPECT_EQ(result.exit_code, 2) << result.out;
    EXPECT_TRUE(has(result.out, "parallax selftest: FAILED")) << result.out;
    EXPECT_TRUE(has(result.out, "LARGE  signature-not-checked")) << result.out;
    EXPECT_TRUE(has(result.out, "10 to 10; by hand 1: nothing was removed")) << result.out;
    EXPECT_FALSE(has(result.out, "MISSED")) << result.out;
    // Every fault was caught: what was counted is told, and why it failed all the same.
    const std::string json = read_file(path("result.json"));
    EXPECT_TRUE(has(json, R"("planted": 82, "caught": 82, "passed": false, "why": ")")) << json;
    EXPECT_TRUE(has(json, "faults were not shrunk")) << json;
}

TEST_F(SelftestCommand, runs_sound_executors_on_as_many_clean_blocks_as_it_is_told) {
    const auto result = run({"selftest", "--quiet", "--clean-blocks", "7"});
    EXPECT_EQ(result.exit_code, 0) << result.out;
    const auto before = run({"selftest", "--quiet"});
    const auto blocks = [](const std::string& out) {
        return std::stoul(out.substr(out.find("sound executors on ") + 19));
    };
    EXPECT_EQ(blocks(result.out), blocks(before.out) + 7) << result.out;
}

TEST_F(SelftestCommand, one_fault_gives_one_group_and_two_give_two) {
    const auto result = run({"selftest", "--groups", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::size_t single = 0;
    std::size_t seen = 0;
    std::size_t shared = 0;
    const std::string last = result.out.substr(result.out.rfind('\n', result.out.size() - 2) + 1);
    ASSERT_EQ(std::sscanf(last.c_str(),
                          "%zu of %zu faults in one group each, %zu pairs of faults share one",
                          &single, &seen, &shared),
              3)
        << last;
    EXPECT_GE(seen, 75U);
    // What is left cannot be told apart by a block, or is an accident of equal amounts.
    EXPECT_GE(single * 100, seen * 88) << result.out;
    EXPECT_LE(shared, 45U) << result.out;
}

TEST_F(SelftestCommand, lists_faults_with_source_and_expectation) {
    const auto result = run({"selftest", "--list"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_TRUE(has(result.out, "lucky-stale-read\n    source    table 7\n")) << result.out;
    EXPECT_TRUE(has(result.out, "not expressed: V3-46: ")) << result.out;
    EXPECT_EQ(run({"selftest", "--verifier-fault", "none-such"}).exit_code, 1);
}

TEST_F(SelftestCommand, a_fault_can_be_explored_by_name) {
    const std::string archive = path("a.pxa");
    ASSERT_EQ(run({"generate", "--accounts", "60", "--blocks", "2", "--transactions-per-block",
                   "10", archive})
                  .exit_code,
              0);
    const auto found = run({"explore", archive, "--fault", "sum-without-a-lock", "--runs", "50",
                            "--threads", "2", "--quiet", "--out", path("bad")});
    EXPECT_EQ(found.exit_code, 2) << found.out << found.err;
    EXPECT_TRUE(has(found.out, "batch+sum-without-a-lock")) << found.out;
    const std::string file = path("bad") + "/1-batch+sum-without-a-lock-1.schedule";
    const auto again = run({"explore", archive, "--fault", "sum-without-a-lock", "--schedule", file,
                            "--to", "1", "--quiet"});
    EXPECT_EQ(again.exit_code, 2) << again.out << again.err;
    EXPECT_EQ(run({"explore", archive, "--fault", "none-such"}).exit_code, 1);

    const auto replayed = run({"replay", archive, "--fault", "receiver-overwritten", "--quiet"});
    EXPECT_EQ(replayed.exit_code, 2) << replayed.out << replayed.err;
    EXPECT_TRUE(has(replayed.out, "batch+receiver-overwritten")) << replayed.out;
    EXPECT_EQ(run({"replay", archive, "--fault", "none-such"}).exit_code, 1);
    EXPECT_EQ(run({"replay", archive, "--fault", "reward-twice", "--candidate", "batch"}).exit_code,
              1);
}

}  // namespace
}  // namespace parallax::app
