#pragma once

#include "verifier/model/cause.hpp"
#include "verifier/model/difference.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/transaction_type.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::model {

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
    /// One sentence for people that names block, transaction, key and difference. Nothing is made
    /// from it.
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
    /// What it is put down to.
    Cause cause;
    friend bool operator==(const Finding&, const Finding&) = default;
};
inline constexpr std::size_t kMaxDerived = 100;

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
/// All but `cause`, which stands behind with the values of the differences.
template <class V, SameRecord<Finding> S>
void visit_fields(S& self, V& visit) {
    auto& [finding_class, lane, sentence, first, derived, derived_count, fingerprint, events,
           transactions, cause] = self;
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

}  // namespace parallax::model
