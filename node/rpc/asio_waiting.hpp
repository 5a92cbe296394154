#pragma once

#include "absl/status/status.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>

namespace parallax::node {

/// Runs what was started on `context` until `done` is set, for at most `patience`. Cancelled once
/// `stop` is set, DeadlineExceeded when the time is up; the caller then closes what was at work and
/// drains the context.
[[nodiscard]] inline absl::Status wait_until_done(boost::asio::io_context& context,
                                                  const bool& done,
                                                  std::chrono::milliseconds patience,
                                                  const std::atomic<bool>& stop) {
    constexpr std::chrono::milliseconds kSlice{50};
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!done) {
        if (stop) {
            return absl::CancelledError("stopped on request");
        }
        const auto now = std::chrono::steady_clock::now();
        if (now >= until) {
            return absl::DeadlineExceededError("time is up");
        }
        context.restart();
        context.run_one_for(std::min<std::chrono::steady_clock::duration>(kSlice, until - now));
    }
    return absl::OkStatus();
}

}  // namespace parallax::node
