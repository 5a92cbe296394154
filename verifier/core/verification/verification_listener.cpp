#include "verifier/core/verification/verification_listener.hpp"

#include <algorithm>

namespace parallax::core {

void ListenerList::add(VerificationListener* listener) {
    if (listener != nullptr) {
        listeners_.push_back(listener);
    }
}

template <class Event>
absl::Status ListenerList::tell(absl::Status (VerificationListener::*hear)(const Event&),
                                const Event& event) {
    for (VerificationListener* const listener : listeners_) {
        if (auto status = (listener->*hear)(event); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

bool ListenerList::wants_first_runs() const noexcept {
    return std::any_of(
        listeners_.begin(), listeners_.end(),
        [](const VerificationListener* listener) { return listener->wants_first_runs(); });
}

absl::Status ListenerList::found(const FirstRun& run) {
    return tell(&VerificationListener::found, run);
}

absl::Status ListenerList::finished(const FinishedBlock& block) {
    return tell(&VerificationListener::finished, block);
}

absl::Status ListenerList::recorded(const LedgerRecord& record) {
    return tell(&VerificationListener::recorded, record);
}

}  // namespace parallax::core
