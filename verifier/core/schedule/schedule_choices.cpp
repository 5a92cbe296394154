#include "verifier/core/schedule/schedule_choices.hpp"

#include "verifier/core/schedule/schedule.hpp"

#include <algorithm>
#include <bit>
#include <optional>

namespace parallax::core {
namespace {

/// The alternative that the search tries after `choice.chosen`, from `first` on: the default pick
/// comes first, the others ascending.
std::optional<std::uint8_t> next_alternative(const ScheduleChoice& choice, bool may_preempt) {
    const std::uint8_t first = default_pick(choice);
    for (std::uint8_t i = 0; i < kMaxScheduledWorkers; ++i) {
        const bool later = choice.chosen == first || i > choice.chosen;
        if (can_run(choice, i) && i != first && later &&
            (may_preempt || !is_preemption({choice.runnable, choice.current, i}))) {
            return i;
        }
    }
    return std::nullopt;
}

}  // namespace

bool can_run(const ScheduleChoice& choice, std::uint8_t worker) noexcept {
    return worker != kNobody && ((choice.runnable >> worker) & 1U) != 0;
}

std::uint8_t default_pick(const ScheduleChoice& choice) noexcept {
    return can_run(choice, choice.current)
               ? choice.current
               : static_cast<std::uint8_t>(std::countr_zero(choice.runnable));
}

bool is_preemption(const ScheduleChoice& choice) noexcept {
    return can_run(choice, choice.current) && choice.chosen != choice.current;
}

std::uint32_t count_preemptions(std::span<const ScheduleChoice> choices) noexcept {
    return static_cast<std::uint32_t>(std::count_if(choices.begin(), choices.end(), is_preemption));
}

std::vector<std::uint8_t> decisions_of(std::span<const ScheduleChoice> choices) {
    std::size_t count = choices.size();
    while (count > 0 && choices[count - 1].chosen == default_pick(choices[count - 1])) {
        --count;
    }
    std::vector<std::uint8_t> decisions;
    decisions.reserve(count);
    for (const ScheduleChoice& choice : choices.first(count)) {
        decisions.push_back(choice.chosen);
    }
    return decisions;
}

bool ExhaustiveSchedules::advance(std::span<const ScheduleChoice> choices) {
    std::vector<std::uint32_t> preemptions(choices.size() + 1, 0);
    for (std::size_t i = 0; i < choices.size(); ++i) {
        preemptions[i + 1] = preemptions[i] + (is_preemption(choices[i]) ? 1U : 0U);
    }
    for (std::size_t i = choices.size(); i-- > 0;) {
        if (const auto other = next_alternative(choices[i], preemptions[i] < bound_)) {
            prefix_.clear();
            for (std::size_t j = 0; j < i; ++j) {
                prefix_.push_back(choices[j].chosen);
            }
            prefix_.push_back(*other);
            return true;
        }
    }
    return false;
}

}  // namespace parallax::core
