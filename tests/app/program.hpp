#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace parallax::app {

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

/// What a finished program left.
struct ProgramResult {
    int exit_code = -1;
    std::string out;
    std::string err;
};

/// The real binary as a user runs it, in a folder of its own.
class ProgramTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-cli-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }

    /// Starts `parallax ARGUMENTS`; its input is `input`, or nothing if that is -1.
    [[nodiscard]] pid_t start(const std::vector<std::string>& arguments, int input = -1) const {
        std::vector<std::string> words = {PARALLAX_PROGRAM};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> argv;
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        const std::string out = path("stdout");
        const std::string err = path("stderr");
        const pid_t child = fork();
        if (child != 0) {
            return child;
        }
        const int nothing = input >= 0 ? input : open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
        dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
        execv(argv[0], argv.data());
        _exit(127);
    }
    [[nodiscard]] ProgramResult wait_for(pid_t child) const {
        int status = 0;
        waitpid(child, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(path("stdout")),
                read_file(path("stderr"))};
    }
    [[nodiscard]] ProgramResult run(const std::vector<std::string>& arguments) const {
        return wait_for(start(arguments));
    }
    /// Exit code of a line of shell, in which `$P` is the program and `$F` this test's folder.
    [[nodiscard]] int shell(const std::string& line) const {
        const pid_t child = fork();
        if (child == 0) {
            setenv("P", PARALLAX_PROGRAM, 1);
            setenv("F", folder_.c_str(), 1);
            execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
            _exit(127);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    std::filesystem::path folder_;
};

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace parallax::app
