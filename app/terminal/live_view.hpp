#pragma once

#include "reports/formats/live.hpp"
#include "verifier/base/clock.hpp"
#include "verifier/base/mutex.hpp"
#include "verifier/service/client/feed_client.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace parallax::app {

/// Shows how an attached verifier gets on: on a terminal some lines that overwrite themselves, else
/// a plain line for each block, fewer where blocks come faster than people read. Stream and clock
/// outlive it; calls may come from any thread.
class LiveView {
  public:
    /// `frame` says what is known from the start. Nothing is shown on a null stream. With
    /// `each_block` each has its plain line, however fast they come.
    LiveView(std::FILE* stream, const base::Clock& clock, reports::LiveFrame frame,
             bool each_block = false);

    /// What the node was seen to have.
    void node_is_at(model::Topoheight top, std::optional<model::Topoheight> stable);
    /// A block was read from the node, and goes to be verified.
    void block_seen(model::Topoheight topoheight);
    void order_changed(model::Topoheight above);
    void verdict(const service::FeedVerdict& verdict);
    /// A sentence about the node.
    void notice(const std::string& sentence);
    /// Leaves the last state on the screen, and the next text on a line of its own.
    void finish();

  private:
    using Time = std::chrono::nanoseconds;

    void count(const service::FeedVerdict& verdict) VERIFIER_REQUIRES(mutex_);
    void summarise(Time now) VERIFIER_REQUIRES(mutex_);
    void measure(Time now) VERIFIER_REQUIRES(mutex_);
    void redraw(bool at_once) VERIFIER_REQUIRES(mutex_);
    void line(const std::string& text) VERIFIER_REQUIRES(mutex_);
    void print(const std::string& text) VERIFIER_REQUIRES(mutex_);

    std::FILE* const stream_;
    const base::Clock& clock_;
    const bool is_terminal_;
    const bool each_block_;
    const reports::TerminalStyle style_;

    base::Mutex mutex_;
    reports::LiveFrame frame_ VERIFIER_GUARDED_BY(mutex_);
    /// When blocks without a verdict were seen.
    std::map<model::Topoheight, Time> seen_ VERIFIER_GUARDED_BY(mutex_);
    /// Verdicts of the last seconds: when, and how many transactions.
    std::deque<std::pair<Time, std::uint64_t>> recent_ VERIFIER_GUARDED_BY(mutex_);
    Time shown_at_ VERIFIER_GUARDED_BY(mutex_){0};
    /// Lines on the screen that the next frame overwrites.
    std::size_t lines_ VERIFIER_GUARDED_BY(mutex_) = 0;
    std::uint64_t unshown_ VERIFIER_GUARDED_BY(mutex_) = 0;
};

}  // namespace parallax::app
