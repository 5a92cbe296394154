#include "tests/app/program.hpp"

namespace parallax::app {
namespace {

/// Small blocks, many conflicts.
class ExploreCommand : public ProgramTest {
  protected:
    void SetUp() override {
        ProgramTest::SetUp();
        archive_ = path("a.pxa");
        const auto made =
            run({"generate", "--seed", "5", "--accounts", "60", "--blocks", "3",
                 "--transactions-per-block", "12", "--conflict-percent", "60", archive_});
        ASSERT_EQ(made.exit_code, 0) << made.err;
    }
    std::string archive_;
};

TEST_F(ExploreCommand, explores_every_block_and_finds_nothing_in_right_executors) {
    const auto result = run({"explore", archive_, "--runs", "4", "--threads", "2"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "3 blocks, 36 schedules")) << result.out;
    EXPECT_TRUE(has(result.out, "findings      0")) << result.out;
}

TEST_F(ExploreCommand, equal_seeds_take_equal_steps) {
    const std::vector<std::string> words = {"explore", archive_, "--policy", "random", "--seed",
                                            "9",       "--runs", "3",        "--quiet"};
    const auto first = run(words);
    EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
    EXPECT_EQ(first.out, run(words).out);
}

TEST_F(ExploreCommand, amplifies_conflicting_pairs_to_the_end) {
    const auto result = run({"explore", archive_, "--amplify", "--candidate", "batch", "--to", "1",
                             "--threads", "2", "--bound", "1", "--runs", "100000", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "conflicting pairs as blocks of their own")) << result.out;
    EXPECT_FALSE(has(result.out, " 0 conflicting pairs")) << result.out;
}

TEST_F(ExploreCommand, amplifies_triples_after_the_pairs_when_asked) {
    const auto cones = [this](const char* meeting) {
        const auto result = run({"explore", archive_, "--amplify", "--cone", meeting, "--candidate",
                                 "batch", "--to", "1", "--threads", "2", "--runs", "2", "--quiet"});
        EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
        EXPECT_EQ(has(result.out, "conflicting pairs and triples as blocks"),
                  meeting == std::string("3"))
            << result.out;
        return std::stoul(result.out.substr(result.out.find("amplified") + 9));
    };
    EXPECT_GT(cones("3"), cones("2"));
    EXPECT_EQ(run({"explore", archive_, "--amplify", "--cone", "4"}).exit_code, 1);
}

TEST_F(ExploreCommand, replays_a_schedule_file) {
    write_file(path("s"),
               "parallax-schedule 1\nworkers 2\npolicy pct\nseed 1\ndecisions 1*9 0*9\n");
    const auto result = run({"explore", archive_, "--schedule", path("s"), "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "9 schedules")) << result.out;
    EXPECT_TRUE(has(result.out, "policy replay, 2 threads")) << result.out;
    write_file(path("s"), "parallax-schedule 1\nworkers many\n");
    const auto broken = run({"explore", archive_, "--schedule", path("s")});
    EXPECT_EQ(broken.exit_code, 1);
    EXPECT_TRUE(has(broken.err, "line 3")) << broken.err;
}

TEST_F(ExploreCommand, an_empty_range_is_not_green) {
    const auto result = run({"explore", archive_, "--from", "100", "--quiet"});
    EXPECT_EQ(result.exit_code, 3) << result.out;
}

TEST_F(ExploreCommand, is_never_green_on_an_archive_that_is_damaged_behind_the_range) {
    const std::string whole = read_file(archive_);
    for (const char* to : {"1", "3"}) {
        const std::vector<std::string> words = {"explore", path("cut.pxa"), "--runs", "1", "--to",
                                                to,        "--quiet"};
        write_file(path("cut.pxa"), whole);
        EXPECT_EQ(run(words).exit_code, 0) << to;
        for (const std::size_t cut : {1U, 100U}) {
            write_file(path("cut.pxa"), whole.substr(0, whole.size() - cut));
            const auto result = run(words);
            EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
            EXPECT_TRUE(has(result.out, "truncated")) << result.out;
        }
    }
}

TEST_F(ExploreCommand, a_range_that_the_archive_does_not_hold_is_not_green) {
    const auto result = run({"explore", archive_, "--runs", "1", "--to", "4", "--quiet"});
    EXPECT_EQ(result.exit_code, 3) << result.out;
    EXPECT_TRUE(has(result.out, "ends at block 3, before the range does")) << result.out;
}

TEST_F(ExploreCommand, says_what_it_cannot_read) {
    EXPECT_EQ(run({"explore", path("none.pxa")}).exit_code, 1);
    EXPECT_EQ(run({"explore", archive_, "--policy", "luck"}).exit_code, 1);
    EXPECT_EQ(run({"explore", archive_, "--threads", "65"}).exit_code, 1);
    EXPECT_EQ(run({"explore", archive_, "--schedule", path("none")}).exit_code, 1);
}

}  // namespace
}  // namespace parallax::app
