#pragma once

#include "executors/isolated/frame.hpp"
#include "verifier/core/verification/block_executor.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::executors::isolated {

class ChildProcess;

/// Runs an executor in a child process, the host (executor_host.hpp), so that no crash, exit,
/// endless loop or stray write of the executor can hurt the verifier. The host is started for the
/// first block, and again for the block after one in which it failed. What it sends is decoded as
/// strictly as any other input.
///
/// `execute` fails with
///   Unavailable       the host cannot be started,
///   DeadlineExceeded  cancelled: the host is killed,
///   Internal          the host crashed, ended, or sent what is no answer; the message says which,
/// and with the executor's own status where it answered with one. It ends soon after it is
/// cancelled, whatever the executor does. One `execute` at a time, from any thread.
class IsolatedExecutor final : public core::BlockExecutor {
  public:
    struct Options {
        /// Of the executor inside: what `name` answers.
        std::string name;
        /// The host's path and arguments. It must call `serve_executor` at `kHostSocket`.
        std::vector<std::string> command;
        /// Largest payload of a frame in bytes, either way.
        std::uint32_t max_frame_bytes = kMaxFrameBytes;
    };
    explicit IsolatedExecutor(Options options);
    /// Ends the host.
    ~IsolatedExecutor() override;

    [[nodiscard]] std::string_view name() const override { return options_.name; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

  private:
    struct Host;
    absl::StatusOr<Host*> ready_host();
    absl::StatusOr<model::BlockOutcome> converse(Host& host, const protocol::StateView& view,
                                                 const protocol::AdmittedBlock& block,
                                                 const core::ExecutionContext& context);
    absl::Status describe_failure(const absl::Status& failure, const std::string& when);

    const Options options_;
    /// Null until the first block, and after a failure.
    std::unique_ptr<Host> host_;
    /// `block 7`: the last block that the host was given.
    std::string last_block_;
};

}  // namespace parallax::executors::isolated
