#include "tests/app/program.hpp"

#include <signal.h>
#include <thread>

namespace parallax::app {
namespace {

class ReplayIsolation : public ProgramTest {
  protected:
    [[nodiscard]] std::string generate(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {"generate", path("a.pxa"),       "--blocks",
                                              "10",       "--failing-percent", "20"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto result = run(arguments);
        EXPECT_EQ(result.exit_code, 0) << result.err;
        return path("a.pxa");
    }

    /// A process that `parent` started; 0 if there is none.
    [[nodiscard]] static pid_t child_of(pid_t parent) {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const std::string name = entry.path().filename();
            if (std::isdigit(static_cast<unsigned char>(name[0])) == 0) {
                continue;
            }
            // Number, name in brackets, state, number of the parent.
            const std::string stat = read_file(entry.path() / "stat");
            const std::size_t after_name = stat.rfind(") ");
            if (after_name != std::string::npos &&
                std::stol(stat.substr(after_name + 4)) == parent) {
                return static_cast<pid_t>(std::stol(name));
            }
        }
        return 0;
    }
};

TEST_F(ReplayIsolation, changes_no_verdict) {
    const auto archive = generate();
    const std::vector<std::string> candidates = {"--candidate", "batch",       "--candidate",
                                                 "staged",      "--candidate", "speculative"};
    for (const char* model : {"orphan_atomic", "orphan_partial", "reject_block"}) {
        std::vector<std::string> ledgers;
        for (const char* where : {"--isolate", "--no-isolate"}) {
            std::vector<std::string> arguments = {"replay",    archive,           where, "--out",
                                                  path(where), "--failure-model", model};
            arguments.insert(arguments.end(), candidates.begin(), candidates.end());
            const auto result = run(arguments);
            EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
            EXPECT_EQ(result.err.find("executor"), std::string::npos) << result.err;
            ledgers.push_back(read_file(folder_ / where / "ledger.jsonl"));
        }
        EXPECT_FALSE(ledgers[0].empty());
        EXPECT_EQ(ledgers[0], ledgers[1]) << model;
    }
}

TEST_F(ReplayIsolation, a_host_that_dies_makes_one_block_inconclusive_and_is_named) {
    const std::string bytes = read_file(generate());
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = start({"replay", "-", "--out", path("out")}, ends[0]);
    ASSERT_GT(child, 0);
    close(ends[0]);
    const auto feed = [&](std::size_t from, std::size_t to) {
        while (from < to) {
            const ssize_t count = write(ends[1], bytes.data() + from, to - from);
            ASSERT_GT(count, 0);
            from += static_cast<std::size_t>(count);
        }
    };
    // All but the end, so that there are verdicts and blocks to come.
    const std::size_t part = bytes.size() - 3000;
    feed(0, part);
    while (read_file(folder_ / "out" / "ledger.jsonl").empty()) {
        ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << read_file(path("stderr"));
        std::this_thread::yield();
    }
    const pid_t host = child_of(child);
    ASSERT_GT(host, 0);
    kill(host, SIGKILL);
    feed(part, bytes.size());
    close(ends[1]);
    const auto result = wait_for(child);
    EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "9 match, 0 mismatch, 1 inconclusive")) << result.out;
    EXPECT_TRUE(has(result.out, "executor batch crashed: SIGKILL (9)")) << result.out;
    EXPECT_TRUE(has(read_file(folder_ / "out" / "ledger.jsonl"), "crashed: SIGKILL (9)"));
}

TEST_F(ReplayIsolation, its_host_refuses_to_run_by_hand_and_is_in_no_help) {
    const auto result = run({"executor-host", "--candidate", "batch"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_TRUE(has(result.err, "parallax replay")) << result.err;
    EXPECT_FALSE(has(run({"--help"}).out, "executor-host"));
    EXPECT_FALSE(has(run({"--help-all"}).out, "executor-host"));
    EXPECT_EQ(run({"executor-host", "--candidate", "warp"}).exit_code, 1);
}

}  // namespace
}  // namespace parallax::app
