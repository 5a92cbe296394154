#pragma once

#include "reports/analysis/coverage.hpp"
#include "reports/analysis/report.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::reports {

enum class Readiness : std::uint8_t { kUnknown = 0, kYes = 1, kNo = 2 };
[[nodiscard]] std::string_view readiness_name(Readiness readiness) noexcept;

/// How many of the faults that were planted the verifier caught: a verifier that finds nothing says
/// something only if it would have.
struct SelftestResult {
    std::uint64_t planted = 0;
    std::uint64_t caught = 0;
    /// Nothing else was wrong either, as a false alarm on a sound executor.
    bool passed = false;
    /// What was; empty if it passed.
    std::string why;
};
/// One line of JSON, as `{"planted": 40, "caught": 40, "passed": true, "why": ""}`.
[[nodiscard]] std::string to_json(const SelftestResult& selftest);
/// Reads what `to_json` wrote, other members allowed. InvalidArgument says what is wrong.
[[nodiscard]] absl::StatusOr<SelftestResult> selftest_from_json(std::string_view text);

/// What the journal of a sidecar says about its canaries: seeded faults that were run beside live
/// blocks, and are in no ledger.
struct CanaryEvidence {
    std::uint64_t detected = 0;
    std::uint64_t silent = 0;
    /// The last one.
    model::Topoheight topoheight;
    std::string fault;
    std::string result;
    /// The journal's last line has no end: what it told is lost.
    bool cut_off = false;
    /// What its last line tells, as `stopped`.
    std::string last_event;
    /// Why lines may be missing at its end; empty if none are.
    std::string unfinished;
};
/// Counts one line of a journal; lines of other events are passed over. InvalidArgument says what
/// is wrong.
[[nodiscard]] absl::Status add_canary(std::string_view journal_line, CanaryEvidence& evidence);

struct ReadinessOptions {
    /// Blocks with no finding that each conflict class must have: 3000 bound its rate of wrong
    /// blocks below one in a thousand.
    std::uint64_t blocks_per_class = 3000;
    /// Of a million blocks, how many may be inconclusive.
    std::uint64_t inconclusive_per_million = 1000;
};

/// One condition, and whether it holds.
struct ReadinessCheck {
    std::string name;
    Readiness answer = Readiness::kUnknown;
    std::string evidence;
};

/// One conflict class, a hazard on a family, as one candidate met it.
struct ClassEvidence {
    std::string candidate;
    /// Network, profile and failure model under which it ran.
    std::string rules;
    model::Dependency hazard = model::Dependency::kReadAfterWrite;
    model::Family family = model::Family::kAccount;
    std::uint64_t matching_blocks = 0;
    std::uint64_t other_blocks = 0;
};

/// An answer with everything it rests on.
struct ReadinessReport {
    Readiness answer = Readiness::kUnknown;
    std::vector<ReadinessCheck> checks;
    std::vector<ClassEvidence> classes;
    /// Shapes (type, type, family, hazard) that can be met, those that never were among them.
    Coverage coverage;
    ReadinessOptions options;

    /// 0 yes; 2 no; 3 unknown.
    [[nodiscard]] int exit_code() const noexcept;
};

/// Judges several reports together. Every candidate must have been tried enough under the rules it
/// ran under: what one did says nothing about another. A block counts once for each, in however
/// many runs it is. Yes only if every check says yes; no if one says no. What nobody tried is never
/// taken for right. Canaries are judged where there are any: a replay has none.
[[nodiscard]] ReadinessReport judge_readiness(const std::vector<Report>& reports,
                                              const std::optional<SelftestResult>& selftest,
                                              const ReadinessOptions& options,
                                              const std::optional<CanaryEvidence>& canaries = {});

[[nodiscard]] std::string render_readiness_text(const ReadinessReport& readiness);
[[nodiscard]] std::string render_readiness_json(const ReadinessReport& readiness);

/// The rule of three: with no wrong block among `blocks`, fewer than this many in a million are
/// wrong, with 95 percent confidence. Rounded up; a million for none.
[[nodiscard]] std::uint64_t bound_per_million(std::uint64_t blocks) noexcept;

}  // namespace parallax::reports
