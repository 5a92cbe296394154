#include "app/feeder/feed_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <pthread.h>
#include <thread>
#include <utility>

namespace parallax::app {
namespace {

/// Verdicts that a reorganisation may still take back: more than any undo window holds. Older ones
/// are only counted, so that a feeder may run for months.
constexpr std::size_t kRevisable = 20'000;

/// How often a waiting feeder looks whether it is to stop.
constexpr std::chrono::milliseconds kPatience{100};

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + kPatience;
}

}  // namespace

int FeedResult::exit_code() const noexcept {
    if (mismatches > 0) {
        return 2;
    }
    return inconclusive > 0 || !incomplete.empty() || matches == 0 ? 3 : 0;
}

FeedRun::FeedRun(service::FeedClient& client, BlockSource& source, const service::BlockId& start,
                 FeedOptions options)
    : client_(client),
      source_(source),
      options_(options),
      window_base_(start),
      next_(parallax::model::next(start.topoheight)),
      acknowledged_(start) {}

FeedResult FeedRun::run(const std::atomic<bool>& stop, bool rewind_first) {
    std::thread reader([this] { read_all(); });
    pthread_setname_np(reader.native_handle(), "px-feed-read");
    bool ready = true;
    if (rewind_first) {
        base::MutexLock lock(mutex_);
        ready = rewind_to(window_base_, stop);
    }
    if (ready) {
        send_all(stop);
    }
    client_.close_sending();
    reader.join();
    const auto end = client_.finish();
    base::MutexLock lock(mutex_);
    if (!end.ok() && result_.incomplete.empty()) {
        result_.incomplete = "the sidecar ended the stream: " + std::string(end.message());
    }
    count_up_to(model::Topoheight{std::numeric_limits<std::uint64_t>::max()});
    return std::move(result_);
}

void FeedRun::send_all(const std::atomic<bool>& stop) {
    const bool paced = options_.rate > 0;
    const auto period = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(paced ? 1 / options_.rate : 0));
    auto due = std::chrono::steady_clock::now();
    for (;;) {
        {
            base::MutexLock lock(mutex_);
            const bool crowded = next_.value() > acknowledged_.topoheight.value() + options_.ahead;
            const auto until = pause_until_.value_or(crowded ? soon() : paced ? due : Time{});
            if (std::chrono::steady_clock::now() < until) {
                if (!wait(stop, until)) {
                    return;
                }
                continue;
            }
            pause_until_ = std::nullopt;
            if (ended_ || stop) {
                break;
            }
        }
        if (options_.reorganise_every > 0 && since_reorganisation_ >= options_.reorganise_every) {
            if (!reorganise(stop)) {
                return;
            }
            continue;
        }
        const service::FeedBlock* const block = next_block(stop);
        if (block == nullptr) {
            if (source_ended_ && finish(stop)) {
                return;
            }
            continue;
        }
        if (!client_.send(*block)) {
            return;
        }
        due += period;
    }
    base::MutexLock lock(mutex_);
    if (stop && result_.incomplete.empty()) {
        result_.incomplete = "stopped on request";
    }
}

const service::FeedBlock* FeedRun::next_block(const std::atomic<bool>& stop) {
    model::Topoheight wanted;
    model::Topoheight kept;
    {
        base::MutexLock lock(mutex_);
        wanted = next_;
        kept = acknowledged_.topoheight;
    }
    // What can still be asked for again stays.
    while (!window_.empty() && window_.front().id.topoheight.value() + options_.depth <
                                   std::min(kept, wanted).value()) {
        window_base_ = window_.front().id;
        window_.pop_front();
    }
    if (!fill_window(wanted, stop)) {
        return nullptr;
    }
    if (wanted < window_.front().id.topoheight) {
        give_up(fmt::format("the sidecar wants block {} again, which is no longer kept",
                            wanted.value()));
        return nullptr;
    }
    const auto index = wanted.value() - window_.front().id.topoheight.value();
    base::MutexLock lock(mutex_);
    if (next_ != wanted) {
        return nullptr;  // told to go back meanwhile
    }
    next_ = parallax::model::next(wanted);
    ++result_.sent;
    return &window_[index];
}

bool FeedRun::fill_window(model::Topoheight wanted, const std::atomic<bool>& stop) {
    while (window_.empty() || window_.back().id.topoheight < wanted) {
        if (source_ended_) {
            return false;
        }
        auto event = source_.next_event();
        if (!event.ok()) {
            give_up(std::string(event.status().message()));
            source_ended_ = true;
        } else if (auto* block = std::get_if<service::FeedBlock>(&*event)) {
            window_.push_back(std::move(*block));
            ++since_reorganisation_;
        } else if (const auto* rewind = std::get_if<SourceRewind>(&*event)) {
            follow_rewind(rewind->to, stop);
            return false;  // another block is wanted now
        } else {
            source_ended_ = std::holds_alternative<SourceEnd>(*event);
            return false;
        }
    }
    return true;
}

void FeedRun::follow_rewind(const service::BlockId& target, const std::atomic<bool>& stop) {
    while (!window_.empty() && target.topoheight < window_.back().id.topoheight) {
        window_.pop_back();
    }
    if (window_.empty() && target.topoheight < window_base_.topoheight) {
        window_base_ = target;
    }
    base::MutexLock lock(mutex_);
    // What is on its way is answered first, whatever the answer is.
    while (parallax::model::next(acknowledged_.topoheight) < next_) {
        if (!wait(stop, soon())) {
            return;
        }
    }
    if (acknowledged_.topoheight <= target.topoheight) {
        return;  // what changed was never sent
    }
    if (!rewind_to(target, stop) && !ended_ && !stop && result_.incomplete.empty()) {
        result_.incomplete = "the stream broke while the order changed";
    }
}

bool FeedRun::reorganise(const std::atomic<bool>& stop) {
    since_reorganisation_ = 0;
    base::MutexLock lock(mutex_);
    while (parallax::model::next(acknowledged_.topoheight) < next_) {
        if (!wait(stop, soon())) {
            return false;
        }
    }
    // The block that stays, if it is still known.
    const std::uint64_t target = acknowledged_.topoheight.value() -
                                 std::min(options_.depth, acknowledged_.topoheight.value());
    service::BlockId found = window_base_;
    for (const service::FeedBlock& block : window_) {
        if (block.id.topoheight.value() <= target) {
            found = block.id;
        }
    }
    return rewind_to(found, stop);
}

bool FeedRun::rewind_to(const service::BlockId& target, const std::atomic<bool>& stop) {
    rewound_ = false;
    if (!client_.rewind(target)) {
        return false;
    }
    while (!rewound_) {
        if (!wait(stop, soon())) {
            return false;
        }
    }
    ++result_.rewinds;
    return true;
}

bool FeedRun::finish(const std::atomic<bool>& stop) {
    base::MutexLock lock(mutex_);
    if (!result_.incomplete.empty()) {
        return true;
    }
    while (parallax::model::next(acknowledged_.topoheight) < next_) {
        const model::Topoheight sent = next_;
        if (!wait(stop, soon())) {
            return true;
        }
        if (next_ < sent || pause_until_) {
            return false;  // told to go back
        }
    }
    if (!client_.end_of_history()) {
        return true;
    }
    while (!result_.finished) {
        if (!wait(stop, soon())) {
            return true;
        }
    }
    return true;
}

bool FeedRun::wait(const std::atomic<bool>& stop, Time until) {
    changed_.wait_until(mutex_, std::min(until, soon()));
    if (stop && result_.incomplete.empty()) {
        result_.incomplete = "stopped on request";
    }
    return !ended_ && !stop;
}

void FeedRun::read_all() {
    for (;;) {
        auto answer = client_.read();
        if (answer.ok() && *answer) {
            take(**answer);
            continue;
        }
        if (!answer.ok()) {
            give_up(std::string(answer.status().message()));
            client_.cancel();
        }
        base::MutexLock lock(mutex_);
        ended_ = true;
        changed_.notify_all();
        return;
    }
}

void FeedRun::take(const service::FeedAnswer& answer) {
    if (const auto* refused = std::get_if<service::RefusedAnswer>(&answer)) {
        give_up(fmt::format("the sidecar refused block {}: {}", refused->block.topoheight.value(),
                            refused->message));
        client_.cancel();
        return;
    }
    const auto* gap = std::get_if<service::GapAnswer>(&answer);
    if (gap != nullptr && gap->received.topoheight == parallax::model::next(gap->tip.topoheight)) {
        // The right number on another block: sending it again would go on for ever.
        give_up(
            fmt::format("the sidecar stands on another block {} than the source has: feed again",
                        gap->tip.topoheight.value()));
        client_.cancel();
        return;
    }
    std::uint64_t verdicts = 0;
    {
        base::MutexLock lock(mutex_);
        record(answer);
        changed_.notify_all();
        verdicts = counted_ + verdicts_.size();
    }
    if (options_.progress) {
        options_.progress(verdicts);
    }
    if (const auto* verdict = std::get_if<service::FeedVerdict>(&answer);
        verdict != nullptr && options_.verdict) {
        options_.verdict(*verdict);
    }
}

void FeedRun::record(const service::FeedAnswer& answer) {
    if (const auto* verdict = std::get_if<service::FeedVerdict>(&answer)) {
        acknowledged_ = verdict->block;
        verdicts_.insert_or_assign(verdict->block.topoheight, *verdict);
        if (verdicts_.size() > 2 * kRevisable) {
            count_up_to(std::prev(verdicts_.end(), kRevisable)->first);
        }
    } else if (const auto* position = std::get_if<service::PositionAnswer>(&answer)) {
        acknowledged_ = position->tip;
        next_ = parallax::model::next(position->tip.topoheight);
        verdicts_.erase(verdicts_.upper_bound(position->tip.topoheight), verdicts_.end());
        rewound_ = true;
    } else if (const auto* gap = std::get_if<service::GapAnswer>(&answer)) {
        ++result_.gaps;
        go_back_to(parallax::model::next(gap->tip.topoheight), 0);
    } else if (const auto* exhausted = std::get_if<service::ExhaustedAnswer>(&answer)) {
        ++result_.exhausted;
        go_back_to(exhausted->block.topoheight, exhausted->retry_after_ms);
    } else if (const auto* finished = std::get_if<service::FinishedAnswer>(&answer)) {
        result_.finished = *finished;
    }
}

void FeedRun::go_back_to(model::Topoheight next, std::uint32_t pause_ms) {
    next_ = std::min(next_, next);
    if (pause_ms > 0) {
        pause_until_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(pause_ms);
    }
}

void FeedRun::give_up(std::string why) {
    base::MutexLock lock(mutex_);
    if (result_.incomplete.empty()) {
        result_.incomplete = std::move(why);
    }
    changed_.notify_all();
}

void FeedRun::count_up_to(model::Topoheight last) {
    const auto end = verdicts_.upper_bound(last);
    for (auto at = verdicts_.begin(); at != end; ++at) {
        const service::FeedVerdict& verdict = at->second;
        result_.first = result_.first.value_or(at->first);
        result_.last = at->first;
        result_.transactions += verdict.transactions;
        core::add_observed(verdict.observed, result_.observed);
        switch (verdict.kind) {
            case model::VerdictKind::kMatch:
                ++result_.matches;
                break;
            case model::VerdictKind::kMismatch:
                ++result_.mismatches;
                result_.first_mismatch = result_.first_mismatch.value_or(verdict);
                break;
            case model::VerdictKind::kInconclusive:
                ++result_.inconclusive;
                result_.first_inconclusive = result_.first_inconclusive.value_or(verdict);
                break;
        }
        ++counted_;
    }
    verdicts_.erase(verdicts_.begin(), end);
}

}  // namespace parallax::app
