#pragma once

#include "verifier/model/difference_values.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/state_key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::model {

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

/// One difference between two outcomes, or one broken invariant of a single one. `values` says what
/// it is; the texts say the same for people, and nothing reads them back.
struct Difference {
    Section section = Section::kState;
    /// The transaction it belongs to, where one is known.
    std::optional<TxIndex> transaction;
    std::optional<StateKey> key;
    /// Dotted path below the section, as `results[3].code` or `balance:ab..:TOS.amount`.
    std::string path;
    std::string control;
    std::string candidate;
    /// Candidate minus control for numbers, with its sign.
    std::optional<std::string> delta;
    /// The same field of the row before the block, where `key` is known and was read.
    std::optional<std::string> pre_state;
    /// Transactions that wrote the row in each lane, ascending and at most `kMaxWriters`, as the
    /// access logs have it; `kEpilogueTransaction` stands for the block's end.
    std::vector<TxIndex> control_writers;
    std::vector<TxIndex> candidate_writers;
    DifferenceValues values;
    friend bool operator==(const Difference&, const Difference&) = default;
};
inline constexpr std::size_t kMaxWriters = 16;

/// All but `values`: the encodings that have them put them behind everything else, so that what was
/// recorded before there were any keeps its bytes (codec/finding_values.hpp).
template <class V, SameRecord<Difference> S>
void visit_fields(S& self, V& visit) {
    auto& [section, transaction, key, path, control, candidate, delta, pre_state, control_writers,
           candidate_writers, values] = self;
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

}  // namespace parallax::model
