#include "replay/archive/archive.hpp"

namespace parallax::replay {

std::string_view record_type_name(RecordType type) noexcept {
    switch (type) {
        case RecordType::kHeader:
            return "header";
        case RecordType::kStateRow:
            return "state row";
        case RecordType::kBlock:
            return "block";
        case RecordType::kOutcome:
            return "outcome";
        case RecordType::kEnd:
            return "end";
        case RecordType::kStateHead:
            return "state head";
        case RecordType::kIndex:
            return "index";
        case RecordType::kObservations:
            return "observations";
    }
    return "unknown";
}

std::uint8_t last_record_type(std::uint32_t version) noexcept {
    return static_cast<std::uint8_t>(version == 1                 ? RecordType::kEnd
                                     : version == kArchiveVersion ? RecordType::kIndex
                                                                  : RecordType::kObservations);
}

std::size_t end_payload_size(std::uint32_t version) noexcept {
    constexpr std::size_t kFirstVersion = 3 * 8 + 32;
    return version == 1 ? kFirstVersion : kFirstVersion + 8 + 32;
}

std::optional<RecordType> find_record_type(std::uint8_t number, std::uint32_t version) noexcept {
    if (number < static_cast<std::uint8_t>(RecordType::kHeader) ||
        number > last_record_type(version)) {
        return std::nullopt;
    }
    return static_cast<RecordType>(number);
}

std::size_t max_payload_size(RecordType type) noexcept {
    switch (type) {
        case RecordType::kHeader:
            return 4 * kMaxHeaderText;
        case RecordType::kStateRow:
            // The largest value is a contract module of 10 MiB.
            return 16UL * 1024 * 1024;
        case RecordType::kBlock:
            // The chain's limit is 1.25 MiB; what a node accepted is not for the archive to judge.
            return 16UL * 1024 * 1024;
        case RecordType::kOutcome:
            return kMaxRecordPayload;
        case RecordType::kEnd:
            return end_payload_size(kArchiveVersion);
        case RecordType::kStateHead:
            return kStateHeadPayloadSize;
        case RecordType::kIndex:
        case RecordType::kObservations:
            return kMaxRecordPayload;
    }
    return 0;
}

}  // namespace parallax::replay
