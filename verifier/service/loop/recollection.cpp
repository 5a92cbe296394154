#include "verifier/service/loop/recollection.hpp"

#include "verifier/core/store/ledger.hpp"
#include "verifier/service/loop/journal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace parallax::service {
namespace {

using Json = nlohmann::json;

/// Verdicts that are looked at together.
constexpr std::uint64_t kStep = 64;

/// The name behind `"event":"`, which stands near the start of each line.
std::string_view event_of(std::string_view line) {
    constexpr std::string_view kMember = ",\"event\":\"";
    const std::size_t at = line.find(kMember);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = line.substr(at + kMember.size());
    return rest.substr(0, rest.find('"'));
}

std::string text_of(const Json& json, const char* member) {
    const auto found = json.find(member);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_of(const Json& json, const char* member) {
    const auto found = json.find(member);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

core::Cursor cursor_of(const Json& json) {
    return {model::Topoheight{number_of(json, "topoheight")},
            model::Hash::from_hex(text_of(json, "block_hash")).value_or(model::Hash{}),
            model::Hash::from_hex(text_of(json, "ledger_head")).value_or(model::Hash{})};
}

std::vector<model::FindingClass> classes_of(const std::string& names) {
    constexpr int kMoreThanThereAre = 64;
    std::vector<model::FindingClass> found;
    for (int value = 0; value < kMoreThanThereAre; ++value) {
        const auto candidate = static_cast<model::FindingClass>(value);
        const std::string name(model::finding_class_name(candidate));
        if (("," + names + ",").find("," + name + ",") != std::string::npos) {
            found.push_back(candidate);
        }
    }
    return found;
}

CanaryReport canary_of(const Json& json) {
    const core::Cursor cursor = cursor_of(json);
    CanaryReport report;
    report.block = {cursor.topoheight, cursor.block_hash};
    report.fault = text_of(json, "fault");
    // Whatever is not plainly an alarm is none.
    report.result = text_of(json, "result") == canary_result_name(CanaryResult::kDetected)
                        ? CanaryResult::kDetected
                        : CanaryResult::kSilent;
    report.ground = text_of(json, "ground") == canary_ground_name(CanaryGround::kMinimal)
                        ? CanaryGround::kMinimal
                        : CanaryGround::kLive;
    report.time = std::chrono::nanoseconds(number_of(json, "nanoseconds"));
    report.found_by = classes_of(text_of(json, "found_by"));
    report.detail = text_of(json, "detail");
    return report;
}

}  // namespace

absl::Status Recollection::take(std::string_view line) {
    ++entries_;
    last_event_ = event_of(line);
    if (acknowledged_ && entries_ == acknowledged_->journal_entries) {
        hash_there_ = hash_of_line(line);
    }
    if (last_event_ != "canary" && last_event_ != "control_failed") {
        return absl::OkStatus();
    }
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) {
        return absl::OkStatus();
    }
    if (last_event_ == "canary") {
        last_canary_ = canary_of(json);
    } else {
        stuck_ = Stuck{cursor_of(json), text_of(json, "why")};
    }
    return absl::OkStatus();
}

absl::Status Recollection::check_journal(const std::string& path) const {
    if (!acknowledged_ || acknowledged_->journal_entries == 0 ||
        hash_there_ == acknowledged_->journal_head.hex()) {
        return absl::OkStatus();
    }
    return absl::DataLossError(fmt::format(
        "{}: {}; restore the whole folder, or delete the file acknowledged beside it to go on from "
        "what is there",
        path,
        entries_ < acknowledged_->journal_entries
            ? fmt::format("it has {} entries, and {} were written: its end was cut off", entries_,
                          acknowledged_->journal_entries)
            : fmt::format("entry {} is another one than was written",
                          acknowledged_->journal_entries)));
}

absl::StatusOr<std::uint64_t> count_last_inconclusive(const core::ChainStore& store,
                                                      std::uint64_t limit) {
    const auto cursor = store.cursor();
    if (!cursor.ok()) {
        return cursor.status();
    }
    std::uint64_t count = 0;
    std::uint64_t last = *cursor ? (*cursor)->topoheight.value() : 0;
    while (*cursor && count < limit) {
        const std::uint64_t first = last - std::min(last, kStep - 1);
        std::uint64_t in_a_row = 0;
        auto status = store.read_ledger(
            model::Topoheight{first}, model::Topoheight{last},
            [&](model::Topoheight, const base::Bytes& bytes) {
                const auto record = core::decode_ledger_record(bytes);
                // Without a record the control alone has advanced over the block.
                in_a_row = bytes.empty() || (record.ok() && record->verdict.kind ==
                                                                model::VerdictKind::kInconclusive)
                               ? in_a_row + 1
                               : 0;
                return absl::OkStatus();
            });
        if (!status.ok()) {
            return status;
        }
        count += in_a_row;
        if (first == 0 || in_a_row < last - first + 1) {
            break;
        }
        last = first - 1;
    }
    return std::min(count, limit);
}

}  // namespace parallax::service
