#pragma once

#include "verifier/model/fields.hpp"
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

/// A part of an outcome that `compare` walks. A verdict names the ones that were compared.
enum class Section : std::uint8_t {
    kBlockStatus = 0,
    kResults = 1,
    kOrphans = 2,
    kTotals = 3,
    kState = 4,
    kInvariants = 5,
    kSerializability = 6,
    kRecorded = 7,
    kExecutor = 8,
};
[[nodiscard]] std::string_view section_name(Section section) noexcept;

/// One difference between two outcomes, or one broken invariant of a single one. Both sides are
/// printed as text for people; `delta` is candidate minus control for numbers, with its sign.
struct Difference {
    Section section = Section::kState;
    /// The transaction it belongs to, where one is known.
    std::optional<TxIndex> transaction;
    std::optional<StateKey> key;
    /// Dotted path below the section, as `results[3].code` or `balance:ab..:TOS.amount`.
    std::string path;
    std::string control;
    std::string candidate;
    std::optional<std::string> delta;
    /// The same field of the row before the block, where `key` is known and was read.
    std::optional<std::string> pre_state;
    /// Transactions that wrote the row in each lane, ascending and at most `kMaxWriters`, as the
    /// access logs have it; `kEpilogueTransaction` stands for the block's end.
    std::vector<TxIndex> control_writers;
    std::vector<TxIndex> candidate_writers;
    friend bool operator==(const Difference&, const Difference&) = default;
};
inline constexpr std::size_t kMaxWriters = 16;

/// A transaction that a finding is about.
struct InvolvedTransaction {
    TxIndex index;
    TransactionType type = TransactionType::kBurn;
    Hash hash;
    PublicKey source;
    friend bool operator==(const InvolvedTransaction&, const InvolvedTransaction&) = default;
};

/// One access to the row of a finding's first difference, by one lane.
struct LaneEvent {
    bool in_candidate = false;
    TxIndex transaction;
    AccessKind kind = AccessKind::kRead;
    /// As in `Access`.
    TxIndex observed_writer{kPreState};
    std::uint64_t value = 0;
    friend bool operator==(const LaneEvent&, const LaneEvent&) = default;
};
/// Events that are kept for each lane: those nearest to the deciding transaction.
inline constexpr std::size_t kMaxEvents = 16;

/// What a finding is about.
enum class FindingClass : std::uint8_t {
    /// The candidate's outcome differs from the control's.
    kDivergence = 0,
    /// An outcome breaks an invariant of its own.
    kInvariantBroken = 1,
    /// The candidate ended with an error, an exception or a crash.
    kExecutorFailed = 2,
    /// The control disagrees with itself on a second run.
    kControlUnstable = 3,
    /// The control differs from what the node recorded.
    kRecordedDivergence = 4,
    /// An outcome's access log contradicts block order.
    kNotSerializable = 5,
};
[[nodiscard]] std::string_view finding_class_name(FindingClass finding_class) noexcept;

/// One cause of difference, its derived differences folded under it.
struct Finding {
    FindingClass finding_class = FindingClass::kDivergence;
    /// The lane it was found in, as `batch`.
    std::string lane;
    /// One sentence that names block, transaction, key and difference.
    std::string sentence;
    /// The first difference in block order.
    Difference first;
    /// All others, in section and key order; at most `kMaxDerived` are kept.
    std::vector<Difference> derived;
    /// How many others there are in all.
    std::uint64_t derived_count = 0;
    /// Groups findings of one cause; holds no height, address or amount.
    Hash fingerprint;
    /// What both lanes did to the row `first.key`, control first, each in block order.
    std::vector<LaneEvent> events;
    /// The transactions that `first` and `events` name, ascending.
    std::vector<InvolvedTransaction> transactions;
    friend bool operator==(const Finding&, const Finding&) = default;
};
inline constexpr std::size_t kMaxDerived = 100;

/// How signatures were checked in this verification: the verdict says it.
enum class SignaturePolicy : std::uint8_t { kPerLane = 0, kOnce = 1, kOff = 2 };
[[nodiscard]] std::string_view signature_policy_name(SignaturePolicy policy) noexcept;

/// How one lane went.
struct LaneReport {
    std::string executor;
    VerdictKind kind = VerdictKind::kInconclusive;
    std::optional<InconclusiveReason> reason;
    /// For people: what exactly failed or is unsupported.
    std::string detail;
    /// Sections that were compared for this lane, ascending.
    std::vector<Section> compared;
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
    friend bool operator==(const Verdict&, const Verdict&) = default;
};

// ---- Field lists (see fields.hpp) ----

template <class V, SameRecord<Difference> S>
void visit_fields(S& self, V& visit) {
    auto& [section, transaction, key, path, control, candidate, delta, pre_state, control_writers,
           candidate_writers] = self;
    visit("section", section);
    visit("transaction", transaction);
    visit("key", key);
    visit("path", path);
    visit("control", control);
    visit("candidate", candidate);
    visit("delta", delta);
    visit("pre_state", pre_state);
    visit("control_writers", control_writers);
    visit("candidate_writers", candidate_writers);
}
template <class V, SameRecord<InvolvedTransaction> S>
void visit_fields(S& self, V& visit) {
    auto& [index, type, hash, source] = self;
    visit("index", index);
    visit("type", type);
    visit("hash", hash);
    visit("source", source);
}
template <class V, SameRecord<LaneEvent> S>
void visit_fields(S& self, V& visit) {
    auto& [in_candidate, transaction, kind, observed_writer, value] = self;
    visit("in_candidate", in_candidate);
    visit("transaction", transaction);
    visit("kind", kind);
    visit("observed_writer", observed_writer);
    visit("value", value);
}
template <class V, SameRecord<ConflictCount> S>
void visit_fields(S& self, V& visit) {
    auto& [first, second, family, hazard, count] = self;
    visit("first", first);
    visit("second", second);
    visit("family", family);
    visit("hazard", hazard);
    visit("count", count);
}
template <class V, SameRecord<Finding> S>
void visit_fields(S& self, V& visit) {
    auto& [finding_class, lane, sentence, first, derived, derived_count, fingerprint, events,
           transactions] = self;
    visit("finding_class", finding_class);
    visit("lane", lane);
    visit("sentence", sentence);
    visit("first", first);
    visit("derived", derived);
    visit("derived_count", derived_count);
    visit("fingerprint", fingerprint);
    visit("events", events);
    visit("transactions", transactions);
}
template <class V, SameRecord<LaneReport> S>
void visit_fields(S& self, V& visit) {
    auto& [executor, kind, reason, detail, compared] = self;
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
/// All but `unjudged`, which stands behind them, and only where there is some (canonical.cpp): the
/// ledgers of before keep their bytes and hashes.
template <class V, SameRecord<Verdict> S>
void visit_fields(S& self, V& visit) {
    auto& [topoheight, block_hash, kind, reason, signatures, transactions, executed, failed, keys,
           conflicts, lanes, findings, unjudged] = self;
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
