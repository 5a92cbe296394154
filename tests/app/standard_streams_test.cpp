#include "tests/app/program.hpp"

#include <csignal>
#include <thread>

namespace parallax::app {
namespace {

/// The program where what it prints cannot be written.
class StandardStreams : public ProgramTest {
  protected:
    void SetUp() override {
        ProgramTest::SetUp();
        ASSERT_EQ(run({"generate", path("a.pxa"), "--blocks", "2", "--accounts", "20"}).exit_code,
                  0);
        ASSERT_EQ(run({"replay", path("a.pxa"), "--out", path("run"), "--quiet"}).exit_code, 0);
    }
    [[nodiscard]] std::string said() const { return read_file(path("said")); }
};

TEST_F(StandardStreams, a_full_disk_is_exit_1_with_a_sentence_for_every_command) {
    for (const char* command :
         {"--help", "--version", "--help-all", "replay --help", "replay $F/a.pxa --quiet",
          "report $F/run", "report $F/run --format json", "report $F/run --format html",
          "report $F/run --format junit", "report $F/run --format sarif",
          "report $F/run --format markdown", "report $F/run --format github",
          "report diff $F/run $F/run", "report readiness $F/run --format json",
          "report $F/run --out $F/report", "twins $F/a.pxa --quiet", "selftest --list",
          "explore $F/a.pxa --runs 1 --quiet", "generate $F/b.pxa --blocks 1 --accounts 16"}) {
        EXPECT_EQ(shell(std::string("$P ") + command + " > /dev/full 2> $F/said"), 1) << command;
        EXPECT_TRUE(has(said(), "standard output could be written")) << command << said();
    }
}

TEST_F(StandardStreams, a_reader_that_is_gone_is_exit_1_and_no_signal) {
    // The pipe's reader ends at once; its writer waits for that.
    for (const char* command : {"--help", "report $F/run --format json", "selftest --list"}) {
        EXPECT_EQ(shell(std::string("{ while kill -0 $$ && ! test -e $F/gone; do :; done; $P ") +
                        command + " 2> $F/said; echo $? > $F/code; } | { exec <&-; : > $F/gone; }"),
                  0);
        EXPECT_EQ(read_file(path("code")), "1\n") << command;
        EXPECT_TRUE(has(said(), "standard output could be written")) << command << said();
    }
}

TEST_F(StandardStreams, closed_at_the_start_none_of_their_numbers_goes_to_another_file) {
    const std::string before = read_file(path("run/ledger.jsonl"));
    EXPECT_EQ(shell("$P replay $F/a.pxa --db $F/db --out $F/closed <&- >&- 2>&-"), 1);
    // All but the printing was done, and no file has a summary in it.
    EXPECT_EQ(read_file(path("closed/ledger.jsonl")), before);
    EXPECT_EQ(shell("$P replay $F/a.pxa --db $F/db > $F/out 2> $F/said"), 0) << said();
    EXPECT_EQ(shell("$P report $F/closed > $F/out 2> $F/said"), 0) << said();
    EXPECT_EQ(shell("$P report $F/run >&- 2> $F/said"), 1);
    EXPECT_TRUE(has(said(), "standard output could be written")) << said();
    EXPECT_EQ(shell("$P report $F/run > $F/out 2>&-"), 0);
    EXPECT_EQ(shell("$P replay - <&- > $F/out 2> $F/said"), 1);
}

TEST_F(StandardStreams, closed_at_the_start_none_of_their_numbers_goes_to_a_library) {
    // Libraries open files of their own before `main`: reading such a one would wait for ever.
    EXPECT_EQ(shell("$P replay - --quiet <&- > $F/out 2> $F/said"), 1);
    EXPECT_TRUE(has(said(), "standard input")) << said();
    EXPECT_EQ(shell("$P --version >&- 2> $F/said"), 1);
    EXPECT_TRUE(has(said(), "standard output could be written")) << said();
}

TEST_F(StandardStreams, an_unwritable_standard_error_is_exit_1_and_no_abort) {
    EXPECT_EQ(shell("$P replay $F/nowhere.pxa 2> /dev/full"), 1);
    EXPECT_EQ(shell("$P --nonsense 2> /dev/full"), 1);
    EXPECT_EQ(shell("$P report $F/nowhere 2> /dev/full > /dev/full"), 1);
}

TEST_F(StandardStreams, too_few_open_files_are_exit_1_with_a_sentence) {
    // Eight are what the program and its libraries need to be loaded.
    for (const char* few : {"8", "12", "20", "63"}) {
        for (const char* command :
             {"replay $F/a.pxa --quiet", "parallel-status", "report $F/run"}) {
            EXPECT_EQ(shell(std::string("exec > $F/out 2> $F/said; ulimit -n ") + few +
                            "; exec $P " + command),
                      1)
                << few;
            EXPECT_TRUE(has(said(), "files can be open here")) << few << said();
        }
    }
    EXPECT_EQ(shell("ulimit -n 64; exec $P replay $F/a.pxa --quiet > $F/out"), 0);
    EXPECT_EQ(shell("ulimit -S -n 20; exec $P replay $F/a.pxa --quiet > $F/out"), 0)
        << "a limit that may be raised";
}

/// Signals, from the first moment on.
using StopSignalsCommand = ProgramTest;

/// Waits until the program says that it runs: what is kept back before is kept.
void wait_for_file(const std::string& path, pid_t child) {
    while (!std::filesystem::exists(path)) {
        ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0);
        std::this_thread::yield();
    }
}

TEST_F(StopSignalsCommand, a_second_one_ends_the_program_whichever_it_is) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    // It waits for its archive, which never comes.
    const pid_t child = start({"replay", "-", "--out", path("out")}, ends[0]);
    wait_for_file(path("out/run.json"), child);
    kill(child, SIGTERM);
    kill(child, SIGINT);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    close(ends[0]);
    close(ends[1]);
}

TEST_F(StopSignalsCommand, the_first_one_counts_from_the_first_moment_on) {
    ASSERT_EQ(run({"generate", path("a.pxa"), "--blocks", "2", "--accounts", "20"}).exit_code, 0);
    // One that waits for the program to begin: held back before, it is there from the start.
    const auto start_with_one = [&](const std::vector<std::string>& arguments) {
        sigset_t stop;
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        const pid_t helper = fork();
        if (helper == 0) {
            sigprocmask(SIG_BLOCK, &stop, nullptr);
            raise(SIGTERM);
            std::vector<std::string> words = {PARALLAX_PROGRAM};
            words.insert(words.end(), arguments.begin(), arguments.end());
            std::vector<char*> argv;
            for (std::string& word : words) {
                argv.push_back(word.data());
            }
            argv.push_back(nullptr);
            dup2(open(path("stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
            execv(argv[0], argv.data());
            _exit(127);
        }
        int status = 0;
        waitpid(helper, &status, 0);
        return status;
    };
    const int replay = start_with_one({"replay", path("a.pxa"), "--quiet"});
    ASSERT_TRUE(WIFEXITED(replay));
    EXPECT_EQ(WEXITSTATUS(replay), 3);
    EXPECT_TRUE(has(read_file(path("stdout")), "stopped on request")) << read_file(path("stdout"));
    const int other = start_with_one({"generate", path("b.pxa"), "--blocks", "1"});
    EXPECT_TRUE(WIFSIGNALED(other) && WTERMSIG(other) == SIGTERM);
    EXPECT_FALSE(std::filesystem::exists(path("b.pxa")));
}

TEST_F(StopSignalsCommand, leave_no_unfinished_file_behind) {
    const pid_t child = start({"generate", path("large.pxa"), "--blocks", "100000"});
    const auto files = [&] {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            count += has(entry.path().filename().string(), ".partial.") ? 1U : 0U;
        }
        return count;
    };
    while (files() == 0) {
        ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0);
        std::this_thread::yield();
    }
    kill(child, SIGTERM);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    EXPECT_EQ(files(), 0U);
    EXPECT_FALSE(std::filesystem::exists(path("large.pxa")));
}

}  // namespace
}  // namespace parallax::app
