#include "executors/isolated/child_process.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace parallax::executors::isolated {
namespace {

/// How long a program may take to end by itself once its connection is closed: enough to flush
/// what a sanitizer or profiler has to say.
constexpr int kGraceMs = 1000;

absl::Status cannot_start(const std::string& program, int error) {
    return absl::UnavailableError(
        fmt::format("cannot start {}: {}", program, std::strerror(error)));
}

std::string describe_end(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) {
        return fmt::format("ended with exit code {}", info.si_status);
    }
    const char* name = sigabbrev_np(info.si_status);
    return name == nullptr ? fmt::format("crashed: signal {}", info.si_status)
                           : fmt::format("crashed: SIG{} ({})", name, info.si_status);
}

/// What a program starts with: see the class comment.
class SpawnSettings {
  public:
    explicit SpawnSettings(int socket) {
        posix_spawn_file_actions_init(&files_);
        posix_spawnattr_init(&attributes_);
        // The first failure sticks: a setting that is not made must not go unnoticed.
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        for (const int error :
             {posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
              posix_spawn_file_actions_adddup2(&files_, STDERR_FILENO, STDOUT_FILENO),
              posix_spawn_file_actions_adddup2(&files_, socket, kHostSocket),
              posix_spawn_file_actions_addclosefrom_np(&files_, kHostSocket + 1),
              posix_spawnattr_setsigmask(&attributes_, &none),
              posix_spawnattr_setsigdefault(&attributes_, &all),
              posix_spawnattr_setpgroup(&attributes_, 0),
              posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK |
                                                         POSIX_SPAWN_SETSIGDEF |
                                                         POSIX_SPAWN_SETPGROUP)}) {
            error_ = error_ == 0 ? error : error_;
        }
    }
    ~SpawnSettings() {
        posix_spawnattr_destroy(&attributes_);
        posix_spawn_file_actions_destroy(&files_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    /// The number of the error, or 0 and the process.
    int spawn(const std::vector<std::string>& command, pid_t& process) const {
        if (error_ != 0) {
            return error_;
        }
        std::vector<char*> arguments;
        for (const std::string& word : command) {
            arguments.push_back(const_cast<char*>(word.c_str()));  // as exec's own signature wants
        }
        arguments.push_back(nullptr);
        return posix_spawn(&process, command.front().c_str(), &files_, &attributes_,
                           arguments.data(), environ);
    }

  private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
    int error_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const std::vector<std::string>& command) {
    if (command.empty()) {
        return absl::UnavailableError("cannot start a program without a name");
    }
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return cannot_start(command.front(), errno);
    }
    pid_t process = 0;
    const int error = SpawnSettings(ends[1]).spawn(command, process);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return cannot_start(command.front(), error);
    }
    return std::unique_ptr<ChildProcess>(new ChildProcess(process, ends[0]));
}

ChildProcess::~ChildProcess() {
    // Only now does the other side see the end: nobody else has this descriptor.
    close(socket_);
    if (!wait_for_end(kGraceMs)) {
        kill();
    }
}

std::optional<std::string> ChildProcess::wait_for_end(int patience_ms) {
    for (int waited = 0; !end_; ++waited) {
        siginfo_t info{};
        // The process stays a zombie, so that its number, and its group's, are still its own.
        if (waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
            if (errno != EINTR) {
                end_ = "ended, and somebody else was told how";
            }
        } else if (info.si_pid == process_) {
            reap();
            end_ = describe_end(info);
        } else if (waited >= patience_ms) {
            return std::nullopt;
        } else {
            poll(nullptr, 0, 1);
        }
    }
    return end_;
}

void ChildProcess::kill() {
    if (!end_) {
        reap();
        end_ = "was killed";
    }
}

void ChildProcess::reap() {
    ::kill(-process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace parallax::executors::isolated
