#pragma once

#include "verifier/model/fields.hpp"
#include "verifier/model/finding.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/transaction_type.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::model {

/// Every way a block can end. There is nothing softer.
enum class VerdictKind : std::uint8_t { kMatch = 0, kMismatch = 1, kInconclusive = 2 };
[[nodiscard]] std::string_view verdict_kind_name(VerdictKind kind) noexcept;

/// Why a block could not be compared. Counted everywhere a mismatch is.
enum class InconclusiveReason : std::uint8_t {
    kPreStateMissing = 0,
    kUnsupportedTransaction = 1,
    kExecutorFailed = 2,
    kTimedOut = 3,
    kCircuitOpen = 4,
    kControlFailed = 5,
    kNoCandidate = 6,
    kInvalidBlock = 7,
    /// A rule of the configuration keeps the candidate away from blocks like this one.
    kExcludedByConfiguration = 8,
    /// The lane ended well, and a part of what must be compared was not there, as its access log.
    kNotCompared = 9,
};
[[nodiscard]] std::string_view inconclusive_reason_name(InconclusiveReason reason) noexcept;

/// How signatures were checked in this verification: the verdict says it.
enum class SignaturePolicy : std::uint8_t { kPerLane = 0, kOnce = 1, kOff = 2 };
[[nodiscard]] std::string_view signature_policy_name(SignaturePolicy policy) noexcept;

/// What a second run of the control gave, which tells an unstable control from a wrong candidate.
enum class ControlRerun : std::uint8_t { kNone = 0, kSame = 1, kAnother = 2, kFailed = 3 };
[[nodiscard]] std::string_view control_rerun_name(ControlRerun rerun) noexcept;

/// How one lane went.
struct LaneReport {
    std::string executor;
    VerdictKind kind = VerdictKind::kInconclusive;
    std::optional<InconclusiveReason> reason;
    /// For people: what exactly failed or is unsupported.
    std::string detail;
    /// Sections that were compared for this lane, ascending.
    std::vector<Section> compared;
    /// After a mismatch of this lane.
    ControlRerun rerun = ControlRerun::kNone;
    friend bool operator==(const LaneReport&, const LaneReport&) = default;
};

/// How two accesses of one row, the later one first, depend on each other. Credits commute: they
/// are no conflict, but only a block that has them tries the merging of credits.
enum class Dependency : std::uint8_t {
    kReadAfterWrite = 0,
    kWriteAfterRead = 1,
    kWriteAfterWrite = 2,
    kCreditAfterCredit = 3,
};
[[nodiscard]] std::string_view dependency_name(Dependency hazard) noexcept;

/// How often two transactions of a block met in one shape: types, kind of row, hazard.
struct ConflictCount {
    TransactionType first = TransactionType::kBurn;
    TransactionType second = TransactionType::kBurn;
    Family family = Family::kAccount;
    Dependency hazard = Dependency::kReadAfterWrite;
    std::uint32_t count = 0;
    friend bool operator==(const ConflictCount&, const ConflictCount&) = default;
};

/// What an invariant could not judge in a block. All sections were compared between the lanes all
/// the same, so a verdict that names some may be a match; but what is named here no invariant has
/// looked at.
struct UnjudgedInvariant {
    /// The invariant's path, as `conservation[TOS]`.
    std::string law;
    /// The row that it could not judge, where it is about one.
    std::optional<StateKey> key;
    /// For people: why, and what was held to instead.
    std::string why;
    friend bool operator==(const UnjudgedInvariant&, const UnjudgedInvariant&) = default;
};

/// How much of a block a node was seen to say (observation.hpp): what was not seen is not among
/// what was compared, and these numbers tell how much that is.
struct ObservedPart {
    /// As `Observation::source`.
    std::string source;
    /// Accounts that the control touched, and those of them that were observed in every row that it
    /// wrote.
    std::uint32_t touched = 0;
    std::uint32_t accounts = 0;
    /// Of all transactions, those whose execution was observed.
    std::uint32_t transactions = 0;
    std::uint32_t results = 0;
    /// All that were observed, also of accounts that the control did not touch.
    std::uint64_t rows = 0;
    bool emitted_supply = false;
    bool burned_supply = false;
    bool fees = false;
    bool rewards = false;
    /// The control could not execute every transaction: nothing was compared, and the rows became
    /// the state, so that the blocks after this one can be verified.
    bool adopted = false;
    friend bool operator==(const ObservedPart&, const ObservedPart&) = default;
};
/// Whether anything was seen at all.
[[nodiscard]] constexpr bool saw_something(const ObservedPart& part) noexcept {
    return part.results > 0 || part.rows > 0 || part.fees || part.rewards;
}

/// The answer for one block. A plain value.
struct Verdict {
    Topoheight topoheight;
    Hash block_hash;
    VerdictKind kind = VerdictKind::kInconclusive;
    std::optional<InconclusiveReason> reason;
    SignaturePolicy signatures = SignaturePolicy::kPerLane;
    std::uint32_t transactions = 0;
    std::uint32_t executed = 0;
    std::uint32_t failed = 0;
    /// Keys in the control's delta.
    std::uint64_t keys = 0;
    /// What the block put to the test, as the control's access log has it: ascending by shape, no
    /// shape twice. Empty without a log.
    std::vector<ConflictCount> conflicts;
    /// One per candidate, in the order they were given.
    std::vector<LaneReport> lanes;
    std::vector<Finding> findings;
    /// What no invariant judged, of any lane; each once, in the order that the invariants are tried
    /// in.
    std::vector<UnjudgedInvariant> unjudged;
    /// Of each node that was observed, ascending by source; empty where none was.
    std::vector<ObservedPart> observed;
    friend bool operator==(const Verdict&, const Verdict&) = default;
};

// ---- Field lists (see fields.hpp) ----

template <class V, SameRecord<ConflictCount> S>
void visit_fields(S& self, V& visit) {
    auto& [first, second, family, hazard, count] = self;
    visit("first", first);
    visit("second", second);
    visit("family", family);
    visit("hazard", hazard);
    visit("count", count);
}
/// All but `rerun`, which stands behind with the values of the findings.
template <class V, SameRecord<LaneReport> S>
void visit_fields(S& self, V& visit) {
    auto& [executor, kind, reason, detail, compared, rerun] = self;
    visit("executor", executor);
    visit("kind", kind);
    visit("reason", reason);
    visit("detail", detail);
    visit("compared", compared);
}
template <class V, SameRecord<UnjudgedInvariant> S>
void visit_fields(S& self, V& visit) {
    auto& [law, key, why] = self;
    visit("law", law);
    visit("key", key);
    visit("why", why);
}
template <class V, SameRecord<ObservedPart> S>
void visit_fields(S& self, V& visit) {
    auto& [source, touched, accounts, transactions, results, rows, emitted_supply, burned_supply,
           fees, rewards, adopted] = self;
    visit("source", source);
    visit("touched", touched);
    visit("accounts", accounts);
    visit("transactions", transactions);
    visit("results", results);
    visit("rows", rows);
    visit("emitted_supply", emitted_supply);
    visit("burned_supply", burned_supply);
    visit("fees", fees);
    visit("rewards", rewards);
    visit("adopted", adopted);
}
/// All but `unjudged` and `observed`, which stand behind them, and only where there is some
/// (canonical.cpp): the ledgers of before keep their bytes and hashes.
template <class V, SameRecord<Verdict> S>
void visit_fields(S& self, V& visit) {
    auto& [topoheight, block_hash, kind, reason, signatures, transactions, executed, failed, keys,
           conflicts, lanes, findings, unjudged, observed] = self;
    visit("topoheight", topoheight);
    visit("block_hash", block_hash);
    visit("kind", kind);
    visit("reason", reason);
    visit("signatures", signatures);
    visit("transactions", transactions);
    visit("executed", executed);
    visit("failed", failed);
    visit("keys", keys);
    visit("conflicts", conflicts);
    visit("lanes", lanes);
    visit("findings", findings);
}

}  // namespace parallax::model
