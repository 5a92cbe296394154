#pragma once

#include "verifier/base/tagged_bytes.hpp"
#include "verifier/model/fields.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::model {

/// Every way in which an access log can contradict block order. The numbers are part of
/// fingerprints and of formats: never reuse one.
enum class Hazard : std::uint8_t {
    /// A read saw an older write than the last one below it.
    kStaleRead = 0,
    /// A read saw the write of a transaction that comes later.
    kFutureRead = 1,
    /// A read saw a write that is not in the log, or another value than its version had: it comes
    /// from an attempt that was given up.
    kDirtyRead = 2,
    /// A logged effect is not in the final state.
    kLostUpdate = 3,
    /// A read took a row for absent that an earlier transaction had created, or the reverse.
    kPhantom = 4,
    /// A read saw the state before the block although an earlier transaction had written the row.
    kPreStateLeak = 5,
    /// The epilogue read or ran before the last transaction was done.
    kEpilogueBeforeDrain = 6,
    /// A row of the final state was changed by nothing that the log has.
    kUnloggedWrite = 7,
    /// The log is no log: lines out of order, or of a transaction that left no effects.
    kBrokenLog = 8,
};
[[nodiscard]] std::string_view hazard_name(Hazard hazard) noexcept;

/// What kind of thing differs.
enum class PlaceKind : std::uint8_t {
    /// Recorded before differences had values.
    kUnknown = 0,
    /// The block's `field`: its status or its code.
    kBlock = 1,
    /// The `field` of a transaction's result; of none, the result is missing or extra.
    kResult = 2,
    kOrphan = 3,
    /// The total `field`.
    kTotal = 4,
    /// A row as a whole, which only one side wrote.
    kRow = 5,
    /// The `field` of a row before or after the block; of none, the whole row.
    kRowBefore = 6,
    kRowAfter = 7,
    /// What one transaction did to a row: its access of kind `access`.
    kAccess = 8,
    /// `hazard` in an access log.
    kHazard = 9,
    /// The invariant `field`.
    kInvariant = 10,
    /// An executor that ended with the status `field`.
    kExecutor = 11,
};
[[nodiscard]] std::string_view place_kind_name(PlaceKind kind) noexcept;

/// Where two sides differ, or where one contradicts itself. Row and transaction stand beside it.
struct Place {
    PlaceKind kind = PlaceKind::kUnknown;
    /// Names of fields as `visit_fields` has them, with a dot between and brackets where an index
    /// or a subject belongs: `nonce`, `pending[].amount`, `conservation[]`.
    std::string field;
    /// What belongs between the brackets, in order.
    std::vector<std::uint32_t> indices;
    std::optional<AccessKind> access;
    std::optional<Hazard> hazard;
    friend bool operator==(const Place&, const Place&) = default;
};

/// `pending[1].amount`: the field with what belongs between its brackets.
[[nodiscard]] std::string field_text(const Place& place);
/// What stands before the first bracket: `pending`.
[[nodiscard]] std::string_view field_head(std::string_view field) noexcept;

/// Sums over the rows of an asset need more than 64 bits: a signed number of 128, in two halves.
__extension__ typedef __int128 WideNumber;
__extension__ typedef unsigned __int128 WideUnsigned;
struct Number {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    [[nodiscard]] static constexpr Number of(WideNumber number) noexcept {
        return {static_cast<std::uint64_t>(number >> 64), static_cast<std::uint64_t>(number)};
    }
    [[nodiscard]] constexpr WideNumber wide() const noexcept {
        return static_cast<WideNumber>(static_cast<WideUnsigned>(high) << 64 | low);
    }
    friend bool operator==(const Number&, const Number&) = default;
};

enum class ValueKind : std::uint8_t {
    /// No value: words alone, or recorded before differences had values.
    kNone = 0,
    /// There is nothing: no row, no field, no result.
    kAbsent = 1,
    /// The side did not write the row.
    kNotWritten = 2,
    kNumber = 3,
    /// The name of an enum's value, as `NONCE_TOO_HIGH`; a truth value; a text in quotes.
    kName = 4,
    /// At most `kMaxValueBytes` bytes, or the BLAKE3 of more; of a digest in a log its name as
    /// text.
    kBytes = 5,
    /// A whole record: its summary as text, BLAKE3 of its canonical bytes where they are known, and
    /// its number where it holds one amount and nothing else.
    kRecord = 6,
    /// What a read saw: the number in the log, where it is known, and whose write it was.
    kSeen = 7,
};
[[nodiscard]] std::string_view value_kind_name(ValueKind kind) noexcept;
inline constexpr std::size_t kMaxValueBytes = 64;

/// One side of a difference.
struct Value {
    ValueKind kind = ValueKind::kNone;
    std::optional<Number> number;
    std::string text;
    base::Bytes bytes;
    /// Of `kSeen`: a transaction or pseudo-transaction.
    std::optional<TxIndex> writer;
    friend bool operator==(const Value&, const Value&) = default;
};
[[nodiscard]] inline Value number_value(WideNumber number) {
    return {ValueKind::kNumber, Number::of(number), {}, {}, std::nullopt};
}
[[nodiscard]] inline Value plain_value(ValueKind kind) {
    return {kind, std::nullopt, {}, {}, std::nullopt};
}
[[nodiscard]] inline Value name_value(std::string_view name) {
    return {ValueKind::kName, std::nullopt, std::string(name), {}, std::nullopt};
}

/// What a difference is, without a word of prose.
struct DifferenceValues {
    Place place;
    Value control;
    Value candidate;
    /// The same field of the row before the block, where the row is known and was read.
    Value pre_state;
    /// Candidate minus control, for numbers.
    std::optional<Number> delta;
    friend bool operator==(const DifferenceValues&, const DifferenceValues&) = default;
};

template <class V, SameRecord<Place> S>
void visit_fields(S& self, V& visit) {
    auto& [kind, field, indices, access, hazard] = self;
    visit("kind", kind);
    visit("field", field);
    visit("indices", indices);
    visit("access", access);
    visit("hazard", hazard);
}
template <class V, SameRecord<Number> S>
void visit_fields(S& self, V& visit) {
    auto& [high, low] = self;
    visit("high", high);
    visit("low", low);
}
template <class V, SameRecord<Value> S>
void visit_fields(S& self, V& visit) {
    auto& [kind, number, text, bytes, writer] = self;
    visit("kind", kind);
    visit("number", number);
    visit("text", text);
    visit("bytes", bytes);
    visit("writer", writer);
}
template <class V, SameRecord<DifferenceValues> S>
void visit_fields(S& self, V& visit) {
    auto& [place, control, candidate, pre_state, delta] = self;
    visit("place", place);
    visit("control", control);
    visit("candidate", candidate);
    visit("pre_state", pre_state);
    visit("delta", delta);
}

}  // namespace parallax::model
