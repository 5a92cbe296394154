#include "verifier/service/server/stream_registry.hpp"

#include <algorithm>
#include <utility>

namespace parallax::service {

std::unique_ptr<StreamRegistry::Place> StreamRegistry::enter(std::function<void()> cancel) {
    auto place = std::make_unique<Place>(*this);
    bool has_room = false;
    {
        base::MutexLock lock(mutex_);
        has_room = places_.size() < max_streams_;
        if (!has_room) {
            const auto silent =
                std::find_if(places_.begin(), places_.end(),
                             [](const Place* other) { return !other->introduced_; });
            if (silent != places_.end()) {
                // Its own thread will leave; until then it holds no place any more.
                (*silent)->cancel_();
                places_.erase(silent);
                has_room = true;
            }
        }
        if (has_room) {
            place->cancel_ = std::move(cancel);
            places_.push_back(place.get());
        }
    }
    // Outside of the lock: giving a place back takes it.
    return has_room ? std::move(place) : nullptr;
}

void StreamRegistry::introduce(Place& place) {
    base::MutexLock lock(mutex_);
    place.introduced_ = true;
}

void StreamRegistry::expect(Place& place, std::optional<std::chrono::nanoseconds> deadline) {
    base::MutexLock lock(mutex_);
    place.deadline_ = deadline;
}

std::size_t StreamRegistry::end_overdue(std::chrono::nanoseconds now) {
    base::MutexLock lock(mutex_);
    std::size_t ended = 0;
    for (Place* const place : places_) {
        if (place->deadline_ && *place->deadline_ < now && !place->overdue_) {
            place->overdue_ = true;
            place->cancel_();
            ++ended;
        }
    }
    return ended;
}

bool StreamRegistry::is_overdue(const Place& place) const {
    base::MutexLock lock(mutex_);
    return place.overdue_;
}

bool StreamRegistry::attach(Place& place, FeederInfo feeder,
                            std::shared_ptr<const AnswerQueue> answers) {
    base::MutexLock lock(mutex_);
    if (feeding_ != nullptr) {
        return false;
    }
    feeding_ = &place;
    feeder_ = std::move(feeder);
    answers_ = std::move(answers);
    return true;
}

void StreamRegistry::saw_block(const BlockId& block) {
    base::MutexLock lock(mutex_);
    if (!feeder_.last || feeder_.last->topoheight < block.topoheight) {
        feeder_.last = block;
    }
}

void StreamRegistry::went_back_to(const BlockId& block) {
    base::MutexLock lock(mutex_);
    feeder_.last = block;
}

std::optional<FeederInfo> StreamRegistry::feeder() const {
    base::MutexLock lock(mutex_);
    return feeding_ != nullptr ? std::optional(feeder_) : std::nullopt;
}

std::size_t StreamRegistry::unread_answer_bytes() const {
    std::shared_ptr<const AnswerQueue> answers;
    {
        base::MutexLock lock(mutex_);
        answers = answers_;
    }
    return answers ? answers->bytes() : 0;
}

std::size_t StreamRegistry::streams() const {
    base::MutexLock lock(mutex_);
    return places_.size();
}

void StreamRegistry::leave(Place& place) {
    base::MutexLock lock(mutex_);
    places_.remove(&place);
    if (feeding_ == &place) {
        feeding_ = nullptr;
        feeder_ = FeederInfo{};
        answers_.reset();
    }
}

}  // namespace parallax::service
