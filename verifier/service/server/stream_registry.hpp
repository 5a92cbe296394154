#pragma once

#include "verifier/base/mutex.hpp"
#include "verifier/service/client/feeder.hpp"
#include "verifier/service/server/answer_queue.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace parallax::service {

/// The feeder that is attached, as it introduced itself.
struct FeederInfo {
    std::string name;
    std::optional<BlockId> first;
    std::optional<BlockId> last;
};

/// The streams that are open, and the one that feeds. A stream that has not introduced itself gives
/// way when another needs its place: so nobody keeps a feeder out by opening streams and saying
/// nothing. Safe from any thread.
class StreamRegistry {
  public:
    explicit StreamRegistry(std::size_t max_streams) : max_streams_(max_streams) {}

    /// A place in the registry, given back when this goes.
    class Place {
      public:
        explicit Place(StreamRegistry& registry) : registry_(registry) {}
        ~Place() { registry_.leave(*this); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

      private:
        friend class StreamRegistry;
        StreamRegistry& registry_;
        /// Ends the stream; callable from any thread.
        std::function<void()> cancel_;
        bool introduced_ = false;
        std::optional<std::chrono::nanoseconds> deadline_;
        bool overdue_ = false;
    };

    /// Null if every stream that is open has introduced itself and there is no room. `cancel` may
    /// be called until the place goes; it must not call back.
    [[nodiscard]] std::unique_ptr<Place> enter(std::function<void()> cancel);
    /// The stream has said who it is: it keeps its place.
    void introduce(Place& place);

    /// The stream is waited for, until then at most; nothing for as long as it likes.
    void expect(Place& place, std::optional<std::chrono::nanoseconds> deadline);
    /// Ends the streams that are overdue; how many that were.
    std::size_t end_overdue(std::chrono::nanoseconds now);
    /// Whether that is why the stream was ended.
    [[nodiscard]] bool is_overdue(const Place& place) const;

    /// Makes the stream the feeder; false if there is one. `answers` are the ones that it has not
    /// read.
    [[nodiscard]] bool attach(Place& place, FeederInfo feeder,
                              std::shared_ptr<const AnswerQueue> answers);
    /// The feeder has sent a block.
    void saw_block(const BlockId& block);
    /// Blocks were taken back up to `block`: what the feeder has above it comes again, if it has.
    void went_back_to(const BlockId& block);

    [[nodiscard]] std::optional<FeederInfo> feeder() const;
    [[nodiscard]] std::size_t unread_answer_bytes() const;
    [[nodiscard]] std::size_t streams() const;

  private:
    void leave(Place& place);

    const std::size_t max_streams_;
    mutable base::Mutex mutex_;
    std::list<Place*> places_ VERIFIER_GUARDED_BY(mutex_);
    Place* feeding_ VERIFIER_GUARDED_BY(mutex_) = nullptr;
    FeederInfo feeder_ VERIFIER_GUARDED_BY(mutex_);
    std::shared_ptr<const AnswerQueue> answers_ VERIFIER_GUARDED_BY(mutex_);
};

}  // namespace parallax::service
