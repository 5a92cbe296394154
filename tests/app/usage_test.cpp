#include "tests/app/program.hpp"

namespace parallax::app {
namespace {

using ParallaxUsage = ProgramTest;

TEST_F(ParallaxUsage, help_names_commands_and_exit_codes) {
    const auto result = run({"--help"});
    EXPECT_EQ(result.exit_code, 0);
    for (const char* part : {"replay", "generate", "conformance", "Exit codes", "2  mismatch"}) {
        EXPECT_TRUE(has(result.out, part)) << part;
    }
}

TEST_F(ParallaxUsage, every_command_has_help_with_its_exit_codes_or_options) {
    EXPECT_TRUE(has(run({"replay", "--help"}).out, "--candidate"));
    EXPECT_TRUE(has(run({"replay", "--help"}).out, "Exit codes"));
    EXPECT_TRUE(has(run({"replay", "--help"}).out, "they get no verdict"));
    EXPECT_TRUE(has(run({"generate", "--help"}).out, "--record-outcomes"));
    EXPECT_TRUE(has(run({"conformance", "--help"}).out, "Exit codes"));
}

TEST_F(ParallaxUsage, version_is_one_line) {
    const auto result = run({"--version"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.out.rfind("parallax ", 0), 0U);
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST_F(ParallaxUsage, no_command_is_an_error) {
    const auto result = run({});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(has(result.err, "subcommand")) << result.err;
}

TEST_F(ParallaxUsage, unknown_words_are_errors) {
    EXPECT_EQ(run({"--unknown"}).exit_code, 1);
    EXPECT_EQ(run({"fly"}).exit_code, 1);
    EXPECT_EQ(run({"replay", "x.pxa", "--unknown"}).exit_code, 1);
    EXPECT_EQ(run({"replay"}).exit_code, 1);
    EXPECT_EQ(run({"replay", "x.pxa", "--threads", "many"}).exit_code, 1);
    EXPECT_EQ(run({"replay", "x.pxa", "--threads", "0"}).exit_code, 1);
    EXPECT_EQ(run({"replay", "x.pxa", "--signatures", "maybe"}).exit_code, 1);
    EXPECT_EQ(run({"generate"}).exit_code, 1);
    EXPECT_EQ(run({"conformance"}).exit_code, 1);
}

TEST_F(ParallaxUsage, an_unknown_candidate_is_refused_with_the_names_there_are) {
    const auto result = run({"replay", "x.pxa", "--candidate", "warp"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(has(result.err, "batch")) << result.err;
}

}  // namespace
}  // namespace parallax::app
