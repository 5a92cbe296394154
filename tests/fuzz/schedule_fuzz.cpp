#include "tests/fuzz/fuzz_target.hpp"
#include "verifier/core/schedule/schedule.hpp"

#include <string>

namespace parallax::fuzz {
namespace {

base::Bytes to_bytes(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

void run_one(std::span<const std::uint8_t> input) {
    const auto schedule = core::decode_schedule(std::string(input.begin(), input.end()));
    if (!schedule.ok()) {
        require(!schedule.status().message().empty(), "an error says what is wrong");
        return;
    }
    require(schedule->decisions.size() <= core::kMaxScheduleDecisions, "the limit holds");
    const auto again = core::decode_schedule(core::encode_schedule(*schedule));
    require(again.ok() && *again == *schedule, "a schedule survives its text");
}

std::vector<base::Bytes> seeds() {
    return {
        to_bytes(core::encode_schedule({2, core::SchedulePolicy::kPct, 7, {0, 0, 1, 1, 1, 0}})),
        to_bytes(
            core::encode_schedule({64, core::SchedulePolicy::kExhaustive, ~0ULL, {63, 0, 62}})),
        to_bytes(core::encode_schedule({1, core::SchedulePolicy::kReplay, 0, {}})),
    };
}

}  // namespace parallax::fuzz
