#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/core/verification/block_input.hpp"
#include "verifier/model/observation.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/service/client/feeder.hpp"

#include "absl/status/status.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

namespace parallax::service {

/// The feeder is attached and wants to know where to start.
struct AttachWork {};
/// A block that was decoded and admitted.
struct BlockWork {
    protocol::AdmittedBlock block;
    /// What the feeder gave for it, to know it again.
    core::BlockInput input;
    model::Recording recorded;
    /// On the wire.
    std::size_t bytes = 0;
};
struct RewindWork {
    BlockId target;
};
struct HistoryEndWork {};
/// The feeder's stream has ended.
struct StreamEndWork {};

/// Something from the feeder, in its order.
struct FeedWork {
    /// A refusal is the answer to a block that could not be taken, in its place of the order.
    std::variant<AttachWork, BlockWork, RewindWork, HistoryEndWork, StreamEndWork, RefusedAnswer>
        what;
    /// Where the answer goes. Shared, because a stream may be gone before its work is.
    std::shared_ptr<FeederPort> feeder;
    std::chrono::nanoseconds arrived{0};
};

/// A call that changes something, run by the loop's thread between blocks. `stopped` says that the
/// loop will do no more: the task then only answers.
using LoopTask = std::function<void(bool stopped)>;

/// What waits for the verify loop: the feeder's work, bounded by count and bytes, and tasks, which
/// come first and are run while paused too. Nobody ever waits to put something in. Safe from any
/// thread; one thread takes.
class IngestQueue {
  public:
    struct Options {
        std::size_t max_blocks = 256;
        std::size_t max_bytes = 64ULL * 1024 * 1024;
    };
    explicit IngestQueue(Options options) : options_(options) {}

    /// ResourceExhausted if there is no room: `work` was not taken, the message says which limit it
    /// was. What is no block has a small room of its own. Unavailable after `stop`.
    [[nodiscard]] absl::Status offer(FeedWork work);
    /// Runs at once, as stopped, after `stop`.
    void post(LoopTask task);
    /// Drops all work of a feeder that is gone.
    void forget(const FeederPort& feeder);

    /// The next task or work; nothing after `stop`. Waits.
    using Work = std::variant<FeedWork, LoopTask>;
    [[nodiscard]] std::optional<Work> take();
    /// Without waiting: nothing if there is nothing now.
    [[nodiscard]] std::optional<Work> try_take();

    /// While paused, `take` gives tasks, and a feeder that attaches, only.
    void set_paused(bool paused);
    /// Ends `take`. Work that waits is dropped, and each task is called as stopped.
    void stop();

    struct State {
        std::size_t blocks = 0;
        std::size_t bytes = 0;
        std::size_t max_blocks = 0;
        std::size_t max_bytes = 0;
        bool paused = false;
        /// When the oldest block came.
        std::optional<std::chrono::nanoseconds> oldest;
        /// The newest block that waits.
        std::optional<model::Topoheight> newest;
    };
    [[nodiscard]] State state() const;

  private:
    [[nodiscard]] std::optional<Work> pop() VERIFIER_REQUIRES(mutex_);

    const Options options_;

    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<LoopTask> tasks_ VERIFIER_GUARDED_BY(mutex_);
    std::deque<FeedWork> work_ VERIFIER_GUARDED_BY(mutex_);
    std::size_t blocks_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::size_t bytes_ VERIFIER_GUARDED_BY(mutex_) = 0;
    bool paused_ VERIFIER_GUARDED_BY(mutex_) = false;
    bool stopped_ VERIFIER_GUARDED_BY(mutex_) = false;
};

}  // namespace parallax::service
