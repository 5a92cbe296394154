#pragma once

#include "absl/status/statusor.h"

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace parallax::executors::isolated {

/// Descriptor at which a started program finds its end of the connection.
inline constexpr int kHostSocket = 3;

/// A program that runs beside us, connected by a socket pair. It gets nothing else of ours: its
/// input is empty, its output goes to our error stream, every descriptor beyond `kHostSocket` is
/// closed, and signals to our terminal do not reach it. It leads a process group of its own, which
/// ends with it. For one thread at a time.
class ChildProcess {
  public:
    /// Starts `command`, a path and its arguments. Unavailable if the system does not.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<ChildProcess>> start(
        const std::vector<std::string>& command);
    /// Closes the connection, which tells the program to end, and kills it if it does not.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Our end of the connection; closed by the destructor.
    [[nodiscard]] int socket() const noexcept { return socket_; }

    /// How the program ended, as `crashed: SIGSEGV (11)` or `ended with exit code 7`; nothing if
    /// it still runs after `patience_ms`.
    [[nodiscard]] std::optional<std::string> wait_for_end(int patience_ms);
    /// Ends it now, whatever it does.
    void kill();

  private:
    ChildProcess(pid_t process, int socket) : process_(process), socket_(socket) {}
    void reap();

    const pid_t process_;
    const int socket_;
    /// Set once the program has ended and its number is no longer ours.
    std::optional<std::string> end_;
};

}  // namespace parallax::executors::isolated
