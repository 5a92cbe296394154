#include "verifier/model/difference.hpp"

namespace parallax::model {

std::string_view section_name(Section section) noexcept {
    switch (section) {
        case Section::kBlockStatus:
            return "block_status";
        case Section::kResults:
            return "results";
        case Section::kOrphans:
            return "orphans";
        case Section::kTotals:
            return "totals";
        case Section::kState:
            return "state";
        case Section::kInvariants:
            return "invariants";
        case Section::kSerializability:
            return "serializability";
        case Section::kRecorded:
            return "recorded";
        case Section::kExecutor:
            return "executor";
    }
    return "unknown";
}

std::string_view hazard_name(Hazard hazard) noexcept {
    switch (hazard) {
        case Hazard::kStaleRead:
            return "stale_read";
        case Hazard::kFutureRead:
            return "future_read";
        case Hazard::kDirtyRead:
            return "dirty_read";
        case Hazard::kLostUpdate:
            return "lost_update";
        case Hazard::kPhantom:
            return "phantom";
        case Hazard::kPreStateLeak:
            return "pre_state_leak";
        case Hazard::kEpilogueBeforeDrain:
            return "epilogue_before_drain";
        case Hazard::kUnloggedWrite:
            return "unlogged_write";
        case Hazard::kBrokenLog:
            return "broken_log";
    }
    return "unknown";
}

std::string_view place_kind_name(PlaceKind kind) noexcept {
    switch (kind) {
        case PlaceKind::kUnknown:
            return "not_known";
        case PlaceKind::kBlock:
            return "block";
        case PlaceKind::kResult:
            return "result";
        case PlaceKind::kOrphan:
            return "orphan";
        case PlaceKind::kTotal:
            return "total";
        case PlaceKind::kRow:
            return "row";
        case PlaceKind::kRowBefore:
            return "row_before";
        case PlaceKind::kRowAfter:
            return "row_after";
        case PlaceKind::kAccess:
            return "access";
        case PlaceKind::kHazard:
            return "hazard";
        case PlaceKind::kInvariant:
            return "invariant";
        case PlaceKind::kExecutor:
            return "executor";
    }
    return "unknown";
}

std::string_view value_kind_name(ValueKind kind) noexcept {
    switch (kind) {
        case ValueKind::kNone:
            return "none";
        case ValueKind::kAbsent:
            return "absent";
        case ValueKind::kNotWritten:
            return "not_written";
        case ValueKind::kNumber:
            return "number";
        case ValueKind::kName:
            return "name";
        case ValueKind::kBytes:
            return "bytes";
        case ValueKind::kRecord:
            return "record";
        case ValueKind::kSeen:
            return "seen";
    }
    return "unknown";
}

std::string field_text(const Place& place) {
    std::string text;
    std::size_t used = 0;
    for (const char character : place.field) {
        if (character == ']' && used < place.indices.size()) {
            text += std::to_string(place.indices[used++]);
        }
        text += character;
    }
    return text;
}

std::string_view field_head(std::string_view field) noexcept {
    return field.substr(0, field.find('['));
}

}  // namespace parallax::model
