#pragma once

#include "verifier/model/difference.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/state_key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parallax::model {

/// What went wrong. The numbers are part of fingerprints and of formats: never reuse one.
enum class CauseKind : std::uint8_t {
    /// Nothing can be said, or it was recorded before causes were.
    kUnknown = 0,

    // In the wrong place.
    kResultsMissingOrExtra = 1,
    kResultsReordered = 2,
    kRowsReordered = 3,
    kOrphansReordered = 4,
    kEpilogueBeforeDrain = 5,

    // A transaction as a whole.
    kExecutedNotDone = 6,
    kDoneAgain = 7,
    kFailedHasEffects = 8,
    kFailedEffectsMissing = 9,

    // Reads of a row of `family`.
    kReadTooEarly = 10,
    kReadTooLate = 11,
    kReadOlderValue = 12,
    kReadWithReceipts = 13,
    kReadOtherValue = 14,
    kReadNoValue = 15,

    // How a transaction ends.
    /// What `check` must refuse was let in.
    kCheckPassed = 16,
    /// Refused with `code`.
    kRefused = 17,
    /// The result's `field` is lower or higher.
    kResultField = 18,
    kOtherEnding = 19,

    // Rows of the whole outcome.
    kRowsWrittenUnchanged = 20,
    kRowsCreatedEmpty = 21,
    kZeroNotWritten = 22,

    // A balance.
    kFailedOnesPay = 23,
    kRewardTwice = 24,
    kRewardReplaces = 25,
    kRewardOnBalanceBefore = 26,
    kOutputsNotTaken = 27,
    kFeesNotTaken = 28,
    kOnlyReceiptsLeft = 29,
    kReplacedByCredit = 30,
    kAppliedTwice = 31,
    kEffectLost = 32,
    kTouchedByOneSide = 33,
    kInAnotherAsset = 34,

    // A row of `family`.
    kRegistrationLost = 35,
    kWriteLost = 36,
    kRemovalLost = 37,
    kNotRemoved = 38,
    kExtraWrite = 39,
    /// Its `field` is another one; lower or higher where it is a number.
    kRowField = 40,
    /// The amount that it holds is lower or higher.
    kRowAmount = 41,

    // The block.
    /// The total `field` is lower or higher.
    kTotal = 42,
    /// The block's `field`: its status or its code.
    kBlockField = 43,
    /// Its log has `hazard`, and nothing else is wrong.
    kLogHazard = 44,
    /// It breaks the invariant `field`, and nothing else is wrong.
    kInvariant = 45,
};
[[nodiscard]] std::string_view cause_kind_name(CauseKind kind) noexcept;

/// Which way a number is off.
enum class Direction : std::uint8_t { kNone = 0, kLower = 1, kHigher = 2 };
[[nodiscard]] std::string_view direction_name(Direction direction) noexcept;

/// Where in the block.
enum class Phase : std::uint8_t { kBlock = 0, kTransaction = 1, kEpilogue = 2 };
[[nodiscard]] std::string_view phase_name(Phase phase) noexcept;

/// Which kind of check an error code stands for: a fault that skips one lets in many codes.
enum class Check : std::uint8_t {
    kForm = 0,
    kAuthority = 1,
    kNonce = 2,
    kFunds = 3,
    kArithmetic = 4,
    kOther = 5,
};
[[nodiscard]] std::string_view check_name(Check check) noexcept;

/// The one mistake that all findings of a lane in a block are put down to. Two causes are one
/// exactly if they are equal: a fingerprint's first half is made of this value and of nothing else.
/// Types of transactions, heights, addresses and amounts are not in it. A plain value.
struct Cause {
    CauseKind kind = CauseKind::kUnknown;
    /// The epilogue if only its reads show it.
    Phase phase = Phase::kBlock;
    /// The kind of row, where the cause is about one.
    std::optional<Family> family;
    /// Which row, of family `counter`.
    std::optional<Counter> counter;
    /// The name of a field of a row, a result, the totals or the block, or of an invariant.
    std::string field;
    Direction direction = Direction::kNone;
    std::optional<Check> check;
    std::optional<ErrorCode> code;
    std::optional<Hazard> hazard;
    friend bool operator==(const Cause&, const Cause&) = default;
};

template <class V, SameRecord<Cause> S>
void visit_fields(S& self, V& visit) {
    auto& [kind, phase, family, counter, field, direction, check, code, hazard] = self;
    visit("kind", kind);
    visit("phase", phase);
    visit("family", family);
    visit("counter", counter);
    visit("field", field);
    visit("direction", direction);
    visit("check", check);
    visit("code", code);
    visit("hazard", hazard);
}

}  // namespace parallax::model
