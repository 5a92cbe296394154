#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/protocol/admit.hpp"
#include "verifier/protocol/profile.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <string_view>

namespace parallax {

/// What an executor is told besides state and block. References outlive the call.
struct ExecutionContext {
    const Profile& profile;
    const SignatureSource& signatures;
    /// Set from outside when the block's time is up; polled at least once per transaction. The
    /// executor then answers DeadlineExceeded.
    const std::atomic<bool>& cancelled;
    /// Whether the outcome carries an access log.
    bool record_accesses = true;
};

/// Runs one block on a view of the state before it, and returns what it did; it never writes.
/// Implementations share the rules of `protocol` and differ in how they schedule, isolate and
/// merge. One `execute` at a time per object; the object outlives its calls.
class BlockExecutor {
  public:
    virtual ~BlockExecutor() = default;

    /// Stable name, as `batch`; it names the lane in verdicts and on the command line.
    [[nodiscard]] virtual std::string_view name() const = 0;

    /// The outcome; a rejected or orphaned transaction is part of it. An error is an environment
    /// failure: DeadlineExceeded when cancelled, anything else "executor failed".
    [[nodiscard]] virtual absl::StatusOr<BlockOutcome> execute(const StateView& view,
                                                               const AdmittedBlock& block,
                                                               const ExecutionContext& context) = 0;
};

}  // namespace parallax
