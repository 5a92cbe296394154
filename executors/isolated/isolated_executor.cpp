#include "executors/isolated/isolated_executor.hpp"

#include "executors/isolated/child_process.hpp"
#include "executors/isolated/messages.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace parallax::executors::isolated {
namespace {

/// How long the end of a host may come after the end of its connection: the kernel closes the
/// descriptors of a process that dies a little before it lets others know how it died.
constexpr int kDeathPatienceMs = 1000;

absl::Status no_answer(const absl::Status& problem) {
    return absl::InvalidArgumentError(std::string(problem.message()));
}

absl::Status answer_read(FrameChannel& channel, const protocol::StateView& view, const Frame& frame,
                         const std::atomic<bool>& cancelled) {
    const auto keys = decode_read(frame.payload);
    if (!keys.ok()) {
        return no_answer(keys.status());
    }
    std::vector<std::optional<model::StateValue>> values;
    absl::Status read = view.get_many(*keys, values);
    if (read.ok()) {
        read = channel.send(FrameType::kValues, encode_values(values), &cancelled);
        // Rows that do not fit a frame are refused as a read that failed; the rest is the
        // channel's.
        if (read.code() != absl::StatusCode::kResourceExhausted) {
            return read;
        }
    }
    return channel.send(FrameType::kError, encode_error(read), &cancelled);
}

}  // namespace

/// A running host and the frames to and from it.
struct IsolatedExecutor::Host {
    Host(std::unique_ptr<ChildProcess> started, std::uint32_t max_frame_bytes)
        : process(std::move(started)), channel(process->socket(), max_frame_bytes) {}

    std::unique_ptr<ChildProcess> process;
    FrameChannel channel;
    /// Set where the executor itself answered, well or badly: the host can go on.
    bool is_between_blocks = true;
};

IsolatedExecutor::IsolatedExecutor(Options options) : options_(std::move(options)) {}

IsolatedExecutor::~IsolatedExecutor() = default;

absl::StatusOr<model::BlockOutcome> IsolatedExecutor::execute(
    const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    const auto host = ready_host();
    if (!host.ok()) {
        return host.status();
    }
    last_block_ = fmt::format("block {}", block.placement().topoheight.value());
    auto outcome = converse(**host, view, block, context);
    if (!outcome.ok() && !(*host)->is_between_blocks) {
        outcome = describe_failure(outcome.status(), "in " + last_block_);
    }
    return outcome;
}

/// A host that has died since its last answer is a finding too, and not lightly replaced: whatever
/// killed it was done by the executor while it worked on that block.
absl::StatusOr<IsolatedExecutor::Host*> IsolatedExecutor::ready_host() {
    if (host_ != nullptr && host_->process->wait_for_end(0)) {
        return describe_failure(absl::UnavailableError("it ended"), "after " + last_block_);
    }
    if (host_ == nullptr) {
        auto process = ChildProcess::start(options_.command);
        if (!process.ok()) {
            return absl::UnavailableError(fmt::format("executor {}: {}", options_.name,
                                                      std::string(process.status().message())));
        }
        host_ = std::make_unique<Host>(*std::move(process), options_.max_frame_bytes);
    }
    return host_.get();
}

absl::StatusOr<model::BlockOutcome> IsolatedExecutor::converse(
    Host& host, const protocol::StateView& view, const protocol::AdmittedBlock& block,
    const core::ExecutionContext& context) {
    FrameChannel& channel = host.channel;
    host.is_between_blocks = false;
    if (auto status =
            channel.send(FrameType::kRequest, encode_request(block, context), &context.cancelled);
        !status.ok()) {
        return status;
    }
    // Every turn waits for the host or is asked for by it, and ends when it is cancelled.
    while (!context.cancelled.load(std::memory_order_relaxed)) {
        auto frame = channel.receive(&context.cancelled);
        if (!frame.ok()) {
            return frame.status();
        }
        switch (frame->type) {
            case FrameType::kRead:
                if (auto status = answer_read(channel, view, *frame, context.cancelled);
                    !status.ok()) {
                    return status;
                }
                continue;
            case FrameType::kOutcome: {
                auto outcome = decode_host_outcome(frame->payload);
                if (!outcome.ok()) {
                    return no_answer(outcome.status());
                }
                host.is_between_blocks = true;
                return outcome;
            }
            case FrameType::kError: {
                const auto error = decode_error(frame->payload);
                if (!error.ok()) {
                    return no_answer(error.status());
                }
                host.is_between_blocks = true;
                return error->status;
            }
            case FrameType::kRequest:
            case FrameType::kValues:
                return absl::InvalidArgumentError(fmt::format(
                    "a frame of type {} is none of a host's", static_cast<int>(frame->type)));
        }
    }
    return absl::DeadlineExceededError("cancelled");
}

/// Ends the host, and says in one sentence what came of it.
absl::Status IsolatedExecutor::describe_failure(const absl::Status& failure,
                                                const std::string& when) {
    const std::unique_ptr<Host> host = std::move(host_);
    const std::string problem(failure.message());
    switch (failure.code()) {
        case absl::StatusCode::kDeadlineExceeded:
            host->process->kill();
            return absl::DeadlineExceededError(
                fmt::format("executor {} was killed {}: {}", options_.name, when, problem));
        case absl::StatusCode::kUnavailable:
        case absl::StatusCode::kDataLoss:
            if (const auto end = host->process->wait_for_end(kDeathPatienceMs)) {
                return absl::InternalError(
                    fmt::format("executor {} {} {}", options_.name, *end, when));
            }
            break;
        default:
            break;
    }
    host->process->kill();
    return absl::InternalError(
        fmt::format("executor {} gave no answer {}: {}", options_.name, when, problem));
}

}  // namespace parallax::executors::isolated
