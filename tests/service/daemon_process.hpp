#pragma once

#include "verifier/base/mutex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace parallax::service {

/// The real `parallaxd` as an operator starts it; killed at the end. Its log is read all the time,
/// so that it never waits for us.
class DaemonProcess {
  public:
    /// `max_file_bytes` 0 for no limit on the files that it writes. `wrapper` is a program, with
    /// arguments, that becomes the daemon.
    explicit DaemonProcess(const std::vector<std::string>& arguments,
                           std::uint64_t max_file_bytes = 0,
                           const std::vector<std::string>& wrapper = {}) {
        std::array<int, 2> pipe{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
            ADD_FAILURE() << "no pipe";
            return;
        }
        std::vector<std::string> words = wrapper;
        words.emplace_back(PARALLAX_DAEMON);
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> argv;
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        process_ = ::fork();
        if (process_ == 0) {
            if (max_file_bytes > 0) {
                const rlimit limit{max_file_bytes, max_file_bytes};
                ::setrlimit(RLIMIT_FSIZE, &limit);
                ::signal(SIGXFSZ, SIG_IGN);
            }
            ::dup2(::open("/dev/null", O_RDWR), STDIN_FILENO);
            ::dup2(pipe[1], STDERR_FILENO);
            ::execvp(argv[0], argv.data());
            ::_exit(127);
        }
        ::close(pipe[1]);
        reader_ = std::thread([this, descriptor = pipe[0]] { read_all(descriptor); });
    }
    ~DaemonProcess() { kill(); }
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;

    /// What follows `key=` in the log, once it is there; empty if the program ended without it.
    [[nodiscard]] std::string wait_for_value(const std::string& key) {
        base::MutexLock lock(mutex_);
        for (;;) {
            const auto at = log_.find(key + '=');
            const auto end = at == std::string::npos ? at : log_.find_first_of(" \n", at);
            if (end != std::string::npos) {
                return log_.substr(at + key.size() + 1, end - at - key.size() - 1);
            }
            if (ended_) {
                return "";
            }
            changed_.wait(mutex_);
        }
    }
    /// As above, of the first line that begins with the name of `event`.
    [[nodiscard]] std::string wait_for_value(const std::string& event, const std::string& key) {
        base::MutexLock lock(mutex_);
        for (;;) {
            const auto line = log_.find(event + ' ');
            const auto at = line == std::string::npos ? line : log_.find(' ' + key + '=', line);
            const auto end = at == std::string::npos ? at : log_.find_first_of(" \n", at + 1);
            if (end != std::string::npos) {
                return log_.substr(at + key.size() + 2, end - at - key.size() - 2);
            }
            if (ended_) {
                return "";
            }
            changed_.wait(mutex_);
        }
    }
    [[nodiscard]] pid_t process() const noexcept { return process_; }
    /// As a crash: nothing of it runs any more when this returns.
    void kill() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            (void)wait();  // killed: there is no exit code
        }
    }
    void signal(int number) const { ::kill(process_, number); }
    /// The processes that its candidates run in.
    [[nodiscard]] std::vector<pid_t> children() const {
        std::vector<pid_t> found;
        const std::string tasks = "/proc/" + std::to_string(process_) + "/task";
        for (const auto& task : std::filesystem::directory_iterator(tasks)) {
            std::ifstream list(task.path() / "children");
            for (pid_t child = 0; list >> child;) {
                found.push_back(child);
            }
        }
        return found;
    }
    /// Its exit code; -1 if a signal ended it.
    int wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        reader_.join();
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    [[nodiscard]] std::string log() {
        base::MutexLock lock(mutex_);
        return log_;
    }

  private:
    void read_all(int descriptor) {
        std::array<char, 4096> buffer;
        ssize_t got = 0;
        while ((got = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
            base::MutexLock lock(mutex_);
            log_.append(buffer.data(), static_cast<std::size_t>(got));
            changed_.notify_all();
        }
        ::close(descriptor);
        base::MutexLock lock(mutex_);
        ended_ = true;
        changed_.notify_all();
    }

    pid_t process_ = -1;
    std::thread reader_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::string log_ VERIFIER_GUARDED_BY(mutex_);
    bool ended_ VERIFIER_GUARDED_BY(mutex_) = false;
};

}  // namespace parallax::service
