#include "verifier/core/schedule/schedule.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace parallax::core {
namespace {

constexpr std::string_view kFirstLine = "parallax-schedule 1";
constexpr std::array kPolicies = {
    SchedulePolicy::kNative, SchedulePolicy::kRecord, SchedulePolicy::kPerturb,
    SchedulePolicy::kRandom, SchedulePolicy::kPct,    SchedulePolicy::kExhaustive,
    SchedulePolicy::kReplay,
};

absl::Status error(int line, const std::string& what) {
    return absl::InvalidArgumentError(fmt::format("schedule, line {}: {}", line, what));
}

/// The beginning of a text that is wrong, as it can be shown on a terminal.
std::string shown(std::string_view text) {
    std::string beginning(text.substr(0, 40));
    for (char& character : beginning) {
        const auto byte = static_cast<unsigned char>(character);
        character = byte < 0x20 || byte >= 0x7F ? '?' : character;
    }
    return beginning;
}

/// Cuts the text up to `end` off the front; the rest if there is no `end`.
std::string_view take(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    const std::string_view head = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return head;
}

template <class T>
bool parse_number(std::string_view text, T& number) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// `3` or `3*12`.
absl::Status add_decisions(std::string_view word, Schedule& schedule) {
    const std::string whole(word);
    std::uint32_t worker = 0;
    std::uint64_t times = 1;
    const bool repeated = word.find('*') != std::string_view::npos;
    const bool parsed =
        parse_number(take(word, '*'), worker) && (!repeated || parse_number(word, times));
    if (!parsed || times == 0) {
        return error(5, fmt::format("'{}' is neither WORKER nor WORKER*TIMES", shown(whole)));
    }
    if (worker >= schedule.workers) {
        return error(5, fmt::format("worker {} of {} workers", worker, schedule.workers));
    }
    if (times > kMaxScheduleDecisions - schedule.decisions.size()) {
        return error(5, fmt::format("more than {} decisions", kMaxScheduleDecisions));
    }
    schedule.decisions.insert(schedule.decisions.end(), times, static_cast<std::uint8_t>(worker));
    return absl::OkStatus();
}

absl::StatusOr<std::string_view> field(std::string_view& text, int line, std::string_view name) {
    std::string_view rest = take(text, '\n');
    if (take(rest, ' ') != name) {
        return error(line, fmt::format("'{}' expected", name));
    }
    return rest;
}

}  // namespace

std::string_view schedule_policy_name(SchedulePolicy policy) noexcept {
    switch (policy) {
        case SchedulePolicy::kNative:
            return "native";
        case SchedulePolicy::kRecord:
            return "record";
        case SchedulePolicy::kPerturb:
            return "perturb";
        case SchedulePolicy::kRandom:
            return "random";
        case SchedulePolicy::kPct:
            return "pct";
        case SchedulePolicy::kExhaustive:
            return "exhaustive";
        case SchedulePolicy::kReplay:
            return "replay";
    }
    return "unknown";
}

std::optional<SchedulePolicy> find_schedule_policy(std::string_view name) noexcept {
    for (const SchedulePolicy policy : kPolicies) {
        if (schedule_policy_name(policy) == name) {
            return policy;
        }
    }
    return std::nullopt;
}

bool is_controlled(SchedulePolicy policy) noexcept {
    switch (policy) {
        case SchedulePolicy::kNative:
        case SchedulePolicy::kRecord:
        case SchedulePolicy::kPerturb:
            return false;
        case SchedulePolicy::kRandom:
        case SchedulePolicy::kPct:
        case SchedulePolicy::kExhaustive:
        case SchedulePolicy::kReplay:
            return true;
    }
    return false;
}

std::string encode_schedule(const Schedule& schedule) {
    std::string text =
        fmt::format("{}\nworkers {}\npolicy {}\nseed {}\ndecisions", kFirstLine, schedule.workers,
                    schedule_policy_name(schedule.policy), schedule.seed);
    const auto& decisions = schedule.decisions;
    for (std::size_t i = 0; i < decisions.size();) {
        std::size_t end = i + 1;
        while (end < decisions.size() && decisions[end] == decisions[i]) {
            ++end;
        }
        text += end - i == 1 ? fmt::format(" {}", decisions[i])
                             : fmt::format(" {}*{}", decisions[i], end - i);
        i = end;
    }
    return text + "\n";
}

absl::StatusOr<Schedule> decode_schedule(std::string_view text) {
    if (text.size() > kMaxScheduleBytes) {
        return absl::InvalidArgumentError(fmt::format("schedule: {} bytes, at most {} are possible",
                                                      text.size(), kMaxScheduleBytes));
    }
    const bool is_whole = text.ends_with('\n');
    if (take(text, '\n') != kFirstLine) {
        return error(1,
                     fmt::format("'{}' expected: no schedule, or of another version", kFirstLine));
    }
    Schedule schedule;
    const auto workers = field(text, 2, "workers");
    const auto policy = workers.ok() ? field(text, 3, "policy") : workers;
    const auto seed = policy.ok() ? field(text, 4, "seed") : policy;
    auto decisions = seed.ok() ? field(text, 5, "decisions") : seed;
    if (!decisions.ok()) {
        return decisions.status();
    }
    if (!parse_number(*workers, schedule.workers) || schedule.workers < 1 ||
        schedule.workers > kMaxScheduledWorkers) {
        return error(2, fmt::format("workers must be 1 to {}", kMaxScheduledWorkers));
    }
    const auto known = find_schedule_policy(*policy);
    if (!known) {
        return error(3, fmt::format("unknown policy '{}'", shown(*policy)));
    }
    schedule.policy = *known;
    if (!parse_number(*seed, schedule.seed)) {
        return error(4, "the seed must be a number");
    }
    for (std::string_view words = *decisions; !words.empty();) {
        if (auto added = add_decisions(take(words, ' '), schedule); !added.ok()) {
            return added;
        }
    }
    if (!text.empty()) {
        return error(6, "nothing expected behind the decisions");
    }
    if (!is_whole) {
        return error(5, "it is cut short: the line has no end");
    }
    return schedule;
}

}  // namespace parallax::core
