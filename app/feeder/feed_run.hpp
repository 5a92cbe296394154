#pragma once

#include "app/feeder/block_source.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/core/store/observed_tally.hpp"
#include "verifier/service/client/feed_client.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace parallax::app {

struct FeedOptions {
    /// Blocks per second; 0 for as fast as the sidecar takes them.
    double rate = 0;
    /// After so many blocks the last `depth` are taken back and sent again; 0 for never.
    std::uint64_t reorganise_every = 0;
    std::uint64_t depth = 3;
    /// Blocks that are sent ahead of their verdicts.
    std::uint64_t ahead = 64;
    /// Told after each verdict how many there are, from the thread that reads; may be empty.
    std::function<void(std::uint64_t verdicts)> progress = {};
    /// Told each verdict, likewise; may be empty.
    std::function<void(const service::FeedVerdict&)> verdict = {};
};

/// What came of feeding a source.
struct FeedResult {
    std::uint64_t matches = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    /// How much of the blocks nodes were seen to say.
    core::ObservedTally observed;
    /// Of these, verdicts from before.
    std::uint64_t earlier = 0;
    std::uint64_t transactions = 0;
    std::optional<model::Topoheight> first;
    std::optional<model::Topoheight> last;
    std::uint64_t sent = 0;
    std::uint64_t rewinds = 0;
    std::uint64_t exhausted = 0;
    std::uint64_t gaps = 0;
    std::optional<service::FeedVerdict> first_mismatch;
    std::optional<service::FeedVerdict> first_inconclusive;
    std::optional<service::FinishedAnswer> finished;
    /// Why not every block of the source has a verdict; empty if each has.
    std::string incomplete;

    /// 0 all compared and equal; 2 a mismatch; 3 inconclusive, incomplete, or nothing at all.
    [[nodiscard]] int exit_code() const noexcept;
};

/// Feeds one source to one sidecar: starts where the sidecar stands, sends ahead, goes back when
/// the sidecar or the source says so, and counts verdicts. One use. The client, attached, and the
/// source, at the block where the sidecar stands, outlive it.
class FeedRun {
  public:
    FeedRun(service::FeedClient& client, BlockSource& source, const service::BlockId& start,
            FeedOptions options);

    /// To the end of the archive, or until `stop` is set or the stream ends. `rewind_first` if the
    /// sidecar stands on another block than `start`.
    [[nodiscard]] FeedResult run(const std::atomic<bool>& stop, bool rewind_first);

  private:
    using Time = std::chrono::steady_clock::time_point;

    void send_all(const std::atomic<bool>& stop);
    /// The next block to send; nothing if there is none now, or the run is to end.
    [[nodiscard]] const service::FeedBlock* next_block(const std::atomic<bool>& stop);
    /// Reads on until the window has the block at `wanted`; false if it has it not, or not yet.
    [[nodiscard]] bool fill_window(model::Topoheight wanted, const std::atomic<bool>& stop);
    /// The source's order has changed above `target`.
    void follow_rewind(const service::BlockId& target, const std::atomic<bool>& stop);
    [[nodiscard]] bool reorganise(const std::atomic<bool>& stop);
    /// Takes blocks back to `target` and waits for it.
    [[nodiscard]] bool rewind_to(const service::BlockId& target, const std::atomic<bool>& stop)
        VERIFIER_REQUIRES(mutex_);
    [[nodiscard]] bool finish(const std::atomic<bool>& stop);
    /// False once there is no sense in going on.
    [[nodiscard]] bool wait(const std::atomic<bool>& stop, Time until) VERIFIER_REQUIRES(mutex_);
    void read_all();
    void take(const service::FeedAnswer& answer);
    void record(const service::FeedAnswer& answer) VERIFIER_REQUIRES(mutex_);
    void go_back_to(model::Topoheight next, std::uint32_t pause_ms) VERIFIER_REQUIRES(mutex_);
    void give_up(std::string why);
    /// Adds verdicts up to `last` to the result: they can change no more.
    void count_up_to(model::Topoheight last) VERIFIER_REQUIRES(mutex_);

    service::FeedClient& client_;
    BlockSource& source_;
    const FeedOptions options_;

    // Of the sending thread.
    /// The newest blocks that were read, ascending: those without a verdict, and as many more as a
    /// reorganisation takes back.
    std::deque<service::FeedBlock> window_;
    bool source_ended_ = false;
    std::uint64_t since_reorganisation_ = 0;
    service::BlockId window_base_;

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    model::Topoheight next_ VERIFIER_GUARDED_BY(mutex_);
    /// The last block with a verdict.
    service::BlockId acknowledged_ VERIFIER_GUARDED_BY(mutex_);
    std::optional<Time> pause_until_ VERIFIER_GUARDED_BY(mutex_);
    bool rewound_ VERIFIER_GUARDED_BY(mutex_) = false;
    bool ended_ VERIFIER_GUARDED_BY(mutex_) = false;
    std::map<model::Topoheight, service::FeedVerdict> verdicts_ VERIFIER_GUARDED_BY(mutex_);
    /// Verdicts that are in the result already.
    std::uint64_t counted_ VERIFIER_GUARDED_BY(mutex_) = 0;
    FeedResult result_ VERIFIER_GUARDED_BY(mutex_);
};

}  // namespace parallax::app
