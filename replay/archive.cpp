#include "replay/archive.hpp"

namespace parallax {

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
    }
    return "unknown";
}

std::optional<RecordType> find_record_type(std::uint8_t number) noexcept {
    if (number < static_cast<std::uint8_t>(RecordType::kHeader) ||
        number > static_cast<std::uint8_t>(RecordType::kEnd)) {
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
            return kEndPayloadSize;
    }
    return 0;
}

}  // namespace parallax
