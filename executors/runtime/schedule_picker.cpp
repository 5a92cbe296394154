#include "executors/runtime/schedule_picker.hpp"

#include "verifier/core/schedule/schedule.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

namespace parallax::executors::runtime {
namespace {

class RandomPicker final : public SchedulePicker {
  public:
    explicit RandomPicker(std::uint64_t seed) : random_(seed) {}
    std::uint8_t pick(const core::ScheduleChoice& choice, std::uint64_t /*step*/) override {
        std::uint64_t rest = choice.runnable;
        const auto count = static_cast<std::uint64_t>(std::popcount(rest));
        for (std::uint64_t skipped = random_.below(count); skipped > 0; --skipped) {
            rest &= rest - 1;
        }
        return static_cast<std::uint8_t>(std::countr_zero(rest));
    }

  private:
    ScheduleRandom random_;
};

class PctPicker final : public SchedulePicker {
  public:
    PctPicker(std::uint64_t seed, std::uint32_t depth, std::uint64_t steps) : random_(seed) {
        for (std::size_t i = 0; i < priorities_.size(); ++i) {
            priorities_[i] = (std::int64_t{1} << 32) + static_cast<std::int64_t>(i);
        }
        for (std::size_t i = priorities_.size() - 1; i > 0; --i) {
            std::swap(priorities_[i], priorities_[random_.below(i + 1)]);
        }
        for (std::uint32_t i = 1; i < depth; ++i) {
            changes_.push_back(random_.below(std::max<std::uint64_t>(steps, 1)));
        }
    }
    std::uint8_t pick(const core::ScheduleChoice& choice, std::uint64_t step) override {
        const auto changes = std::count(changes_.begin(), changes_.end(), step);
        if (changes > 0 && core::can_run(choice, choice.current)) {
            priorities_[choice.current] = --lowest_;
        }
        std::optional<std::uint8_t> best;
        for (std::uint8_t i = 0; i < priorities_.size(); ++i) {
            if (core::can_run(choice, i) && (!best || priorities_[i] > priorities_[*best])) {
                best = i;
            }
        }
        return *best;
    }

  private:
    ScheduleRandom random_;
    std::array<std::int64_t, core::kMaxScheduledWorkers> priorities_{};
    std::int64_t lowest_ = 0;
    std::vector<std::uint64_t> changes_;
};

class ReplayPicker final : public SchedulePicker {
  public:
    explicit ReplayPicker(std::span<const std::uint8_t> decisions) : decisions_(decisions) {}
    std::uint8_t pick(const core::ScheduleChoice& choice, std::uint64_t step) override {
        if (step >= decisions_.size()) {
            return core::default_pick(choice);
        }
        if (core::can_run(choice, decisions_[step])) {
            return decisions_[step];
        }
        ++departures_;
        return core::default_pick(choice);
    }
    std::uint64_t departures() const override { return departures_; }

  private:
    const std::span<const std::uint8_t> decisions_;
    std::uint64_t departures_ = 0;
};

}  // namespace

std::uint64_t ScheduleRandom::next() noexcept {
    std::uint64_t x = state_ += 0x9E37'79B9'7F4A'7C15;
    x = (x ^ (x >> 30)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27)) * 0x94D0'49BB'1331'11EB;
    return x ^ (x >> 31);
}

std::unique_ptr<SchedulePicker> make_random_picker(std::uint64_t seed) {
    return std::make_unique<RandomPicker>(seed);
}

std::unique_ptr<SchedulePicker> make_pct_picker(std::uint64_t seed, std::uint32_t depth,
                                                std::uint64_t steps) {
    return std::make_unique<PctPicker>(seed, depth, steps);
}

std::unique_ptr<SchedulePicker> make_replay_picker(std::span<const std::uint8_t> decisions) {
    return std::make_unique<ReplayPicker>(decisions);
}

}  // namespace parallax::executors::runtime
