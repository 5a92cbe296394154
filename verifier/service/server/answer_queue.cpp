#include "verifier/service/server/answer_queue.hpp"

#include <utility>

namespace parallax::service {
namespace {

/// What is taken for the fixed parts of any answer.
constexpr std::size_t kBaseBytes = 256;

std::size_t size_of(const model::Value& value) {
    return value.text.size() + value.bytes.size();
}
std::size_t size_of(const model::Difference& difference) {
    return sizeof(model::Difference) + difference.path.size() + difference.control.size() +
           difference.candidate.size() + size_of(difference.values.control) +
           size_of(difference.values.candidate) + size_of(difference.values.pre_state);
}

/// About what an answer takes in memory: only verdicts with findings are large.
std::size_t size_of(const FeederAnswer& answer) {
    const auto* verdict = std::get_if<VerdictAnswer>(&answer);
    if (verdict == nullptr) {
        return kBaseBytes;
    }
    std::size_t bytes = kBaseBytes + sizeof(VerdictAnswer);
    for (const model::LaneReport& lane : verdict->record.verdict.lanes) {
        bytes += sizeof(model::LaneReport) + lane.detail.size();
    }
    for (const model::Finding& finding : verdict->record.verdict.findings) {
        bytes += sizeof(model::Finding) + finding.sentence.size() + size_of(finding.first);
        for (const model::Difference& difference : finding.derived) {
            bytes += size_of(difference);
        }
    }
    return bytes;
}

}  // namespace

void AnswerQueue::answer(FeederAnswer answer) {
    const std::size_t bytes = size_of(answer);
    {
        base::MutexLock lock(mutex_);
        if (closed_) {
            return;
        }
        if (entries_.size() < options_.max_answers && bytes_ + bytes <= options_.max_bytes) {
            entries_.push_back({std::move(answer), bytes});
            bytes_ += bytes;
            changed_.notify_one();
            return;
        }
        closed_ = true;
        overflowed_ = true;
        entries_.clear();
        bytes_ = 0;
        changed_.notify_all();
    }
    if (options_.on_overflow) {
        options_.on_overflow();
    }
}

std::optional<FeederAnswer> AnswerQueue::take(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    base::MutexLock lock(mutex_);
    while (entries_.empty() && !closed_) {
        if (!changed_.wait_until(mutex_, deadline)) {
            break;
        }
    }
    if (entries_.empty()) {
        return std::nullopt;
    }
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    bytes_ -= entry.bytes;
    return std::move(entry.answer);
}

void AnswerQueue::close() {
    base::MutexLock lock(mutex_);
    closed_ = true;
    entries_.clear();
    bytes_ = 0;
    changed_.notify_all();
}

bool AnswerQueue::is_closed() const {
    base::MutexLock lock(mutex_);
    return closed_;
}

bool AnswerQueue::has_overflowed() const {
    base::MutexLock lock(mutex_);
    return overflowed_;
}

std::size_t AnswerQueue::bytes() const {
    base::MutexLock lock(mutex_);
    return bytes_;
}

}  // namespace parallax::service
