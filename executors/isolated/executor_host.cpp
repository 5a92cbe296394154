#include "executors/isolated/executor_host.hpp"

#include "executors/isolated/frame.hpp"
#include "executors/isolated/messages.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/core/verification/recording_view.hpp"

#include "absl/container/flat_hash_map.h"
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace parallax::executors::isolated {
namespace {

constexpr int kExitServed = 0;
constexpr int kExitBroken = 1;

/// The process that started this one. A signal handler has no other way to know.
std::atomic<pid_t> verifier_process{0};
static_assert(std::atomic<pid_t>::is_always_lock_free, "it is read by a signal handler");

/// The kernel sends the signal when the *thread* that started us ends: only a parent that is gone
/// ends us.
extern "C" void end_without_verifier(int) {
    if (getppid() != verifier_process.load(std::memory_order_relaxed)) {
        _exit(kExitBroken);
    }
}

void prepare_process() {
    verifier_process.store(getppid(), std::memory_order_relaxed);
    struct sigaction action {};
    action.sa_handler = end_without_verifier;
    action.sa_flags = SA_RESTART;
    sigaction(SIGHUP, &action, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    // If memory runs out, it is the candidate that goes and not the verifier. Best effort.
    if (const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); file >= 0) {
        constexpr std::string_view kFirst = "1000";
        [[maybe_unused]] const ssize_t written = write(file, kFirst.data(), kFirst.size());
        close(file);
    }
}

/// The verifier's view of the state, through the socket. Rows that were read ahead are never
/// asked for again; `read_ahead` comes before any other thread knows the view.
class RemoteView final : public protocol::StateView {
  public:
    explicit RemoteView(FrameChannel& channel) : channel_(channel) {}

    /// What cannot be read ahead is left to the executor to ask for, or not.
    void read_ahead(const std::vector<model::StateKey>& keys) {
        std::vector<std::optional<model::StateValue>> values;
        if (keys.empty() || !ask(keys, values).ok()) {
            return;
        }
        rows_.reserve(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            rows_.emplace(keys[i], std::move(values[i]));
        }
    }

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override {
        if (const auto found = rows_.find(key); found != rows_.end()) {
            return found->second;
        }
        if (!core::can_be_in_state(key)) {
            return std::nullopt;
        }
        std::vector<std::optional<model::StateValue>> values;
        if (auto status = ask({&key, 1}, values); !status.ok()) {
            return status;
        }
        return std::move(values.front());
    }

    [[nodiscard]] absl::Status get_many(
        std::span<const model::StateKey> keys,
        std::vector<std::optional<model::StateValue>>& values) const override {
        values.assign(keys.size(), std::nullopt);
        std::vector<model::StateKey> missing;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (const auto found = rows_.find(keys[i]); found != rows_.end()) {
                values[i] = found->second;
            } else if (core::can_be_in_state(keys[i])) {
                missing.push_back(keys[i]);
                places.push_back(i);
            }
        }
        if (missing.empty()) {
            return absl::OkStatus();
        }
        std::vector<std::optional<model::StateValue>> asked;
        if (auto status = ask(missing, asked); !status.ok()) {
            return status;
        }
        for (std::size_t i = 0; i < places.size(); ++i) {
            values[places[i]] = std::move(asked[i]);
        }
        return absl::OkStatus();
    }

  private:
    /// One question and its answer: workers take turns.
    absl::Status ask(std::span<const model::StateKey> keys,
                     std::vector<std::optional<model::StateValue>>& values) const {
        const base::Bytes question = encode_read(keys);
        const base::MutexLock lock(mutex_);
        if (auto status = channel_.send(FrameType::kRead, question, nullptr); !status.ok()) {
            return status;
        }
        auto answer = channel_.receive(nullptr);
        if (!answer.ok()) {
            return answer.status();
        }
        switch (answer->type) {
            case FrameType::kValues:
                return decode_values(answer->payload, keys, values);
            case FrameType::kError: {
                auto error = decode_error(answer->payload);
                return error.ok() ? error->status : error.status();
            }
            case FrameType::kRequest:
            case FrameType::kRead:
            case FrameType::kOutcome:
                break;
        }
        return absl::InternalError(
            fmt::format("a read was answered with type {}", static_cast<int>(answer->type)));
    }

    absl::flat_hash_map<model::StateKey, std::optional<model::StateValue>> rows_;
    mutable base::Mutex mutex_;
    FrameChannel& channel_ VERIFIER_GUARDED_BY(mutex_);
};

absl::StatusOr<model::BlockOutcome> execute_request(const base::Bytes& payload,
                                                    FrameChannel& channel,
                                                    core::BlockExecutor& executor,
                                                    const protocol::ProtocolSet& protocols) {
    HostRequest request;
    if (auto status = decode_request(payload, protocols, request); !status.ok()) {
        return status;
    }
    RemoteView view(channel);
    view.read_ahead(protocol::foreseeable_rows(*request.protocol, *request.block));
    // A block is cancelled by ending this process.
    const std::atomic<bool> cancelled{false};
    const core::ExecutionContext context{*request.protocol, *request.signatures, cancelled,
                                         request.record_accesses};
    try {
        return executor.execute(view, *request.block, context);
    } catch (const std::exception& error) {
        return absl::InternalError(
            fmt::format("executor {} threw: {}", executor.name(), error.what()));
    } catch (...) {
        return absl::InternalError(
            fmt::format("executor {} threw something that is no std::exception", executor.name()));
    }
}

absl::Status send_answer(absl::StatusOr<model::BlockOutcome> outcome, FrameChannel& channel) {
    if (!outcome.ok()) {
        return channel.send(FrameType::kError, encode_error(outcome.status()), nullptr);
    }
    auto sent =
        channel.send(FrameType::kOutcome, encode_host_outcome(*std::move(outcome)), nullptr);
    if (sent.code() == absl::StatusCode::kResourceExhausted) {
        return channel.send(FrameType::kError, encode_error(sent), nullptr);
    }
    return sent;
}

}  // namespace

int serve_executor(int socket, core::BlockExecutor& executor,
                   const protocol::ProtocolSet& protocols) {
    prepare_process();
    FrameChannel channel(socket, kMaxFrameBytes);
    for (;;) {
        const auto frame = channel.receive(nullptr);
        if (frame.status().code() == absl::StatusCode::kUnavailable) {
            return kExitServed;
        }
        absl::Status status = frame.status();
        if (status.ok() && frame->type != FrameType::kRequest) {
            status = absl::InvalidArgumentError(
                fmt::format("type {} is no request", static_cast<int>(frame->type)));
        }
        if (status.ok()) {
            status =
                send_answer(execute_request(frame->payload, channel, executor, protocols), channel);
        }
        if (!status.ok()) {
            fmt::print(stderr, "executor {}: {}\n", executor.name(), std::string(status.message()));
            return kExitBroken;
        }
    }
}

}  // namespace parallax::executors::isolated
