#include "tests/app/program.hpp"

namespace parallax::app {
namespace {

using SidecarCommands = ProgramTest;

TEST_F(SidecarCommands, each_says_when_nobody_answers) {
    for (const char* command : {"parallel-status", "parallel-config", "parallel-stats"}) {
        const auto result = run({command, "--sidecar", "127.0.0.1:1"});
        EXPECT_EQ(result.exit_code, 1);
        EXPECT_EQ(result.out, "");
        EXPECT_TRUE(has(result.err, "no sidecar answers at 127.0.0.1:1")) << result.err;
    }
}

TEST_F(SidecarCommands, refuse_what_makes_no_sense) {
    EXPECT_EQ(run({"parallel-stats", "--last", "0"}).exit_code, 1);
    EXPECT_EQ(run({"parallel-stats", "--last", "10001"}).exit_code, 1);
    EXPECT_EQ(run({"parallel-config", "--rollout", "half"}).exit_code, 1);
    EXPECT_EQ(run({"parallel-config", "--max-threads", "0"}).exit_code, 1);
    EXPECT_EQ(run({"parallel-config", "--pause", "--resume"}).exit_code, 1);
    const auto both = run({"parallel-config", "--pause", "--enabled", "false"});
    EXPECT_EQ(both.exit_code, 1);
    EXPECT_TRUE(has(both.err, "without other changes")) << both.err;
}

TEST_F(SidecarCommands, have_help_with_exit_codes) {
    EXPECT_TRUE(has(run({"parallel-status", "--help"}).out, "does\nnot serve"));
    EXPECT_TRUE(has(run({"parallel-config", "--help"}).out, "Exit codes"));
    EXPECT_TRUE(has(run({"parallel-stats", "--help"}).out, "Exit codes"));
}

}  // namespace
}  // namespace parallax::app
