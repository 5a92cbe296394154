#include "reports/record/times_lines.hpp"

#include "reports/record/line_reader.hpp"
#include "verifier/codec/json_object.hpp"

#include <fmt/format.h>

namespace parallax::reports {
namespace {

std::chrono::microseconds microseconds(std::uint64_t count) {
    return std::chrono::microseconds(static_cast<std::int64_t>(count));
}

}  // namespace

std::string to_json_line(const core::BlockTimes& times) {
    std::vector<std::int64_t> lanes;
    lanes.reserve(times.candidates.size());
    for (const auto& lane : times.candidates) {
        lanes.push_back(lane.count());
    }
    return fmt::format(R"({{"topoheight":{},"control_us":{},"lanes_us":[{}]}})",
                       times.topoheight.value(), times.control.count(), fmt::join(lanes, ","));
}

absl::StatusOr<core::BlockTimes> block_times_from_json_line(std::string_view line) {
    const auto parsed = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
    if (parsed.is_discarded()) {
        return absl::InvalidArgumentError("is not JSON");
    }
    std::string problem;
    const codec::JsonObject json(parsed, "times", problem);
    core::BlockTimes times;
    if (json.ok()) {
        times.topoheight = model::Topoheight{json.number<std::uint64_t>("topoheight")};
        times.control = microseconds(json.number<std::uint32_t>("control_us"));
        json.each_value("lanes_us", [&](const nlohmann::json& item, const std::string& path) {
            const auto* number = item.get_ptr<const nlohmann::json::number_unsigned_t*>();
            if (number == nullptr || *number > std::numeric_limits<std::uint32_t>::max()) {
                json.fail(path.c_str(), "is not a number of microseconds");
                return;
            }
            times.candidates.push_back(microseconds(*number));
        });
    }
    if (!json.ok()) {
        return absl::InvalidArgumentError(problem);
    }
    // The same code that wrote judges: a missing, unknown or repeated member changes the text.
    if (to_json_line(times) != line) {
        return absl::InvalidArgumentError("is not written as a line of times is");
    }
    return times;
}

absl::StatusOr<std::optional<core::BlockTimes>> next_block_times(std::istream& stream,
                                                                 std::uint64_t& line) {
    std::string text;
    const LineEnd end = read_line(stream, kMaxTimesLine, text);
    if (end == LineEnd::kEndOfFile && text.empty()) {
        return std::optional<core::BlockTimes>();
    }
    ++line;
    if (end == LineEnd::kEndOfFile) {
        return absl::DataLossError(
            fmt::format("line {}: is cut off: its writer was stopped", line));
    }
    auto times = end == LineEnd::kTooLong
                     ? absl::StatusOr<core::BlockTimes>(absl::InvalidArgumentError(fmt::format(
                           "is longer than the {} bytes a line may have", kMaxTimesLine)))
                     : block_times_from_json_line(text);
    if (!times.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("line {}: {}", line, std::string(times.status().message())));
    }
    return std::optional(*std::move(times));
}

}  // namespace parallax::reports
