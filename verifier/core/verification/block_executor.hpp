#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::core {

/// What an executor gets besides state and block. References outlive the call.
struct ExecutionContext {
    const protocol::Protocol& protocol;
    const protocol::SignatureSource& signatures;
    /// Set from outside when the block's time is up; polled at least once per transaction. The
    /// executor then answers DeadlineExceeded.
    const std::atomic<bool>& cancelled;
    /// Whether the outcome carries an access log.
    bool record_accesses = true;
};

/// Why an executor is not asked for a block: the lane ends inconclusive, for this reason.
struct Declined {
    model::InconclusiveReason reason = model::InconclusiveReason::kExcludedByConfiguration;
    /// For people: what exactly.
    std::string detail;
};

/// Runs one block on a view of the state before it, and returns what it did; it never writes.
/// Implementations share the rules of `protocol` and differ in how they schedule, isolate and
/// merge. One `execute` at a time per object; the object outlives its calls.
class BlockExecutor {
  public:
    virtual ~BlockExecutor() = default;

    /// Stable name, as `batch`; it names the lane in verdicts and on the command line.
    [[nodiscard]] virtual std::string_view name() const = 0;

    /// Whether a candidate is not to be asked for `block`, and why. Called right before `execute`,
    /// on its thread; never for the control.
    [[nodiscard]] virtual std::optional<Declined> declines(const protocol::AdmittedBlock& block) {
        static_cast<void>(block);  // by itself an executor takes every block
        return std::nullopt;
    }

    /// The outcome; a rejected or orphaned transaction is part of it. An error is an environment
    /// failure: DeadlineExceeded when cancelled, anything else "executor failed".
    [[nodiscard]] virtual absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const ExecutionContext& context) = 0;
};

}  // namespace parallax::core
