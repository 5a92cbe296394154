#include "verifier/codec/finding_values.hpp"

#include <algorithm>

namespace parallax::codec {
namespace {

bool has_values(const model::Difference& difference) {
    return difference.values != model::DifferenceValues{};
}

}  // namespace

void write_values(FieldsEncoder& encoder, const model::Finding& finding) {
    encoder.write(finding.cause);
    encoder.write(finding.first.values);
    for (const model::Difference& difference : finding.derived) {
        encoder.write(difference.values);
    }
}

void read_values(FieldsDecoder& decoder, base::ByteReader& reader, model::Finding& finding) {
    decoder.read("cause", finding.cause);
    decoder.read("first", finding.first.values);
    for (std::size_t i = 0; i < finding.derived.size() && reader.ok(); ++i) {
        const base::ByteReader::Scope scope(reader, "derived", i);
        decoder.read("", finding.derived[i].values);
    }
}

bool has_values(const model::Finding& finding) {
    const auto any = [](const model::Difference& difference) { return has_values(difference); };
    return finding.cause != model::Cause{} || any(finding.first) ||
           std::any_of(finding.derived.begin(), finding.derived.end(), any);
}

bool has_values(const model::Verdict& verdict) {
    return std::any_of(verdict.findings.begin(), verdict.findings.end(),
                       [](const model::Finding& finding) { return has_values(finding); }) ||
           std::any_of(verdict.lanes.begin(), verdict.lanes.end(),
                       [](const model::LaneReport& lane) {
                           return lane.rerun != model::ControlRerun::kNone;
                       });
}

void write_values(FieldsEncoder& encoder, const model::Verdict& verdict) {
    for (const model::LaneReport& lane : verdict.lanes) {
        encoder.write(lane.rerun);
    }
    for (const model::Finding& finding : verdict.findings) {
        write_values(encoder, finding);
    }
}

void read_values(FieldsDecoder& decoder, base::ByteReader& reader, model::Verdict& verdict) {
    for (std::size_t i = 0; i < verdict.lanes.size() && reader.ok(); ++i) {
        const base::ByteReader::Scope scope(reader, "lanes", i);
        decoder.read("rerun", verdict.lanes[i].rerun);
    }
    for (std::size_t i = 0; i < verdict.findings.size() && reader.ok(); ++i) {
        const base::ByteReader::Scope scope(reader, "findings", i);
        read_values(decoder, reader, verdict.findings[i]);
    }
}

}  // namespace parallax::codec
