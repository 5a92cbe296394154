#pragma once

#include "verifier/core/diagnosis/cause_evidence.hpp"
#include "verifier/model/cause.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace parallax::core {

/// A cause, if a rule says one.
using MaybeCause = std::optional<model::Cause>;

[[nodiscard]] inline model::Cause cause_of_kind(model::CauseKind kind) {
    model::Cause cause;
    cause.kind = kind;
    return cause;
}
[[nodiscard]] inline model::Cause cause_of_row(model::CauseKind kind, model::Family family) {
    model::Cause cause = cause_of_kind(kind);
    cause.family = family;
    return cause;
}
[[nodiscard]] inline model::Cause check_passed(model::Check check) {
    model::Cause cause = cause_of_kind(model::CauseKind::kCheckPassed);
    cause.check = check;
    return cause;
}

[[nodiscard]] inline bool is_read(model::AccessKind kind) {
    return kind == model::AccessKind::kRead || kind == model::AccessKind::kReadSpendable;
}

/// One side of one row as block order has it, up to some transaction.
struct RowVersion {
    std::uint32_t writer = model::kPreState;
    std::optional<std::uint64_t> value;
    std::vector<std::uint64_t> older;
    std::uint64_t received = 0;
};

/// The evidence, with both logs by transaction and the control's by row: what the rules look at.
/// Borrows the evidence.
class CauseCase {
  public:
    using Lines = std::vector<const model::Access*>;
    using Effect = std::tuple<model::StateKey, model::AccessKind, std::uint64_t>;

    explicit CauseCase(const CauseEvidence& evidence);

    [[nodiscard]] const CauseEvidence& evidence() const noexcept { return evidence_; }
    [[nodiscard]] const model::BlockOutcome& control() const noexcept { return evidence_.control; }
    [[nodiscard]] const model::BlockOutcome& candidate() const noexcept {
        return evidence_.candidate;
    }
    /// What transaction `i` did; nothing if the log does not have it.
    [[nodiscard]] const Lines& control_lines(std::uint32_t i) const;
    [[nodiscard]] const Lines& candidate_lines(std::uint32_t i) const;
    /// Its effects, sorted.
    [[nodiscard]] std::vector<Effect> control_effects(std::uint32_t i) const;
    [[nodiscard]] std::vector<Effect> candidate_effects(std::uint32_t i) const;
    /// The version of a row that block order lets transaction `i` see, by the control's log.
    [[nodiscard]] RowVersion version_of(const model::Access& read, std::uint32_t i) const;

  private:
    using LinesOf = std::map<std::uint32_t, Lines>;

    static void index(const model::BlockOutcome& outcome, LinesOf& lines);
    static const Lines& lines_at(const LinesOf& lines, std::uint32_t at);
    static std::vector<Effect> effects_in(const Lines& lines);
    /// What the row held before the block.
    [[nodiscard]] std::optional<std::uint64_t> base_of(const model::Access& read) const;

    const CauseEvidence& evidence_;
    LinesOf control_;
    LinesOf candidate_;
    /// Each read is held against its row alone.
    std::map<model::StateKey, Lines> control_rows_;
};

}  // namespace parallax::core
