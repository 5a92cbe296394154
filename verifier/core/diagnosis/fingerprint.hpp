#pragma once

#include "verifier/model/finding.hpp"

#include <optional>
#include <string>
#include <utility>

namespace parallax::core {

/// A fingerprint is made from values and from nothing else: BLAKE3 of the canonical bytes of a
/// symptom, and in front of it, if a cause is known, of the cause. No sentence, label or printed
/// value is an input, so that rewording one cannot regroup what is known from earlier runs. What
/// may change a fingerprint is a number or a field of these types.

/// Whom a finding is about: what the lane is called says nothing about the cause.
enum class FindingSide : std::uint8_t { kCandidate = 0, kControl = 1, kRecorded = 2 };
/// Whether the candidate's read was before or after the write that the control saw.
enum class ReadOrder : std::uint8_t { kNone = 0, kStale = 1, kFuture = 2 };

/// What a finding looks like. Never a height, an index, an address, a hash or an amount.
struct Symptom {
    model::FindingClass finding_class = model::FindingClass::kDivergence;
    FindingSide side = FindingSide::kCandidate;
    model::Section section = model::Section::kState;
    std::optional<model::Family> family;
    /// Without indices; `status` and `code` of a result are one field, which is how it ended.
    model::Place place;
    model::Direction direction = model::Direction::kNone;
    ReadOrder read = ReadOrder::kNone;
    model::ErrorCode error = model::ErrorCode::kSuccess;
    std::optional<model::TransactionType> type;
    /// Of the transaction whose write it should have seen.
    std::optional<model::TransactionType> writer_type;
    model::Phase phase = model::Phase::kBlock;
};

/// All of a fingerprint, both halves by the symptom.
[[nodiscard]] model::Hash fingerprint_of(Symptom symptom);

/// What findings are grouped by where a cause is known. Those about the control are grouped by
/// class as well, and never with a candidate's.
struct FindingGroup {
    FindingSide side = FindingSide::kCandidate;
    std::optional<model::FindingClass> control_class;
    model::Cause cause;
};
/// Replaces the half of a fingerprint that groups.
void set_group(const FindingGroup& group, model::Hash& fingerprint);

/// What findings are grouped by: the fingerprint with its second half zero.
[[nodiscard]] model::Hash group_of(const model::Hash& fingerprint);
/// The half of it that is not zero, in hex.
[[nodiscard]] std::string group_text(const model::Hash& fingerprint);

template <class V, model::SameRecord<Symptom> S>
void visit_fields(S& self, V& visit) {
    auto& [finding_class, side, section, family, place, direction, read, error, type, writer_type,
           phase] = self;
    visit("finding_class", finding_class);
    visit("side", side);
    visit("section", section);
    visit("family", family);
    visit("place", place);
    visit("direction", direction);
    visit("read", read);
    visit("error", error);
    visit("type", type);
    visit("writer_type", writer_type);
    visit("phase", phase);
}
template <class V, model::SameRecord<FindingGroup> S>
void visit_fields(S& self, V& visit) {
    auto& [side, control_class, cause] = self;
    visit("side", side);
    visit("control_class", control_class);
    visit("cause", cause);
}

}  // namespace parallax::core
