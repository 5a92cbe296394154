#pragma once

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace parallax::test {

/// A child process with a pipe to its input and one from its output; killed at the end.
class ChildProcess {
  public:
    ChildProcess(std::string program, std::vector<std::string> arguments) {
        std::array<int, 2> input{};
        std::array<int, 2> output{};
        // Close-on-exec, or the child would hold its own input open.
        if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
            ADD_FAILURE() << "no pipe";
            return;
        }
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
        std::vector<char*> argv = {program.data()};
        for (std::string& argument : arguments) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) != 0) {
            ADD_FAILURE() << "cannot start " << program;
            pid_ = -1;
        }
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(input[0]);
        ::close(output[1]);
        input_ = input[1];
        output_ = ::fdopen(output[0], "r");
    }
    ~ChildProcess() {
        kill_now();
        ::close(input_);
        std::fclose(output_);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The next line of its output without the line end; empty when there is none.
    [[nodiscard]] std::string read_line() {
        std::array<char, 1024> line{};
        if (std::fgets(line.data(), static_cast<int>(line.size()), output_) == nullptr) {
            return {};
        }
        std::string text(line.data());
        while (!text.empty() && text.back() == '\n') {
            text.pop_back();
        }
        return text;
    }
    /// As a crash: nothing of it runs any more when this returns.
    void kill_now() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
    }

  private:
    pid_t pid_ = -1;
    int input_ = -1;
    std::FILE* output_ = nullptr;
};

}  // namespace parallax::test
