#include "verifier/core/comparison/compare.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include "absl/container/flat_hash_map.h"
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_set>

namespace parallax::core {
namespace {

using Differences = std::vector<model::Difference>;

/// What one side has, for people and as a value.
struct Side {
    std::string text;
    model::Value value;
};

Side absent() {
    return {std::string(codec::kAbsentText), model::plain_value(model::ValueKind::kAbsent)};
}
Side not_written() {
    return {std::string(codec::kNotWrittenText), model::plain_value(model::ValueKind::kNotWritten)};
}
Side side_of(const codec::RenderedField& field) {
    return {field.text, field.value};
}
template <class T>
requires std::is_enum_v<T> Side side_of(T value) {
    return {codec::render_enum(value), codec::value_of(value)};
}
Side side_of(const std::optional<model::StateValue>& row) {
    return {codec::render_summary(row), codec::value_of(row)};
}
Side side_of(const model::TransactionResult& result) {
    return {codec::render_summary(result), codec::value_of(result)};
}

/// A difference of `section` at a place of `kind`, with nothing else in it yet.
model::Difference origin_of(model::Section section, model::PlaceKind kind) {
    model::Difference origin;
    origin.section = section;
    origin.values.place.kind = kind;
    return origin;
}

/// Adds one difference that shares section, transaction, key and place with `origin`.
model::Difference& add(const model::Difference& origin, std::string path, Side control,
                       Side candidate, Differences& out) {
    model::Difference difference = origin;
    difference.path = std::move(path);
    difference.control = std::move(control.text);
    difference.candidate = std::move(candidate.text);
    difference.values.control = std::move(control.value);
    difference.values.candidate = std::move(candidate.value);
    out.push_back(std::move(difference));
    return out.back();
}

void add_delta(std::uint64_t control, std::uint64_t candidate, model::Difference& difference) {
    difference.delta = codec::signed_difference(control, candidate);
    difference.values.delta = model::Number::of(static_cast<model::WideNumber>(candidate) -
                                                static_cast<model::WideNumber>(control));
}

/// Adds a difference of one leaf, which `field` names.
model::Difference& add_field(const model::Difference& origin, const codec::RenderedField& field,
                             Side control, Side candidate, Differences& out) {
    model::Difference& added =
        add(origin, field.path, std::move(control), std::move(candidate), out);
    added.values.place.field = field.field;
    added.values.place.indices = field.indices;
    return added;
}

void compare_field(const model::Difference& origin, const codec::RenderedField& control,
                   const codec::RenderedField& candidate, Differences& out) {
    if (control.text == candidate.text) {
        return;
    }
    model::Difference& added =
        add_field(origin, control, side_of(control), side_of(candidate), out);
    if (control.number() && candidate.number()) {
        add_delta(*control.number(), *candidate.number(), added);
    }
}

/// Walks two flattened records in lockstep. Both are in visit order, so their paths are two
/// subsequences of one order: a path that the other side lacks is a missing element or optional.
void compare_fields(const model::Difference& origin,
                    const std::vector<codec::RenderedField>& control,
                    const std::vector<codec::RenderedField>& candidate, Differences& out) {
    std::unordered_set<std::string_view> candidate_paths;
    for (const codec::RenderedField& field : candidate) {
        candidate_paths.insert(field.path);
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < control.size() || j < candidate.size()) {
        if (i < control.size() && j < candidate.size() && control[i].path == candidate[j].path) {
            compare_field(origin, control[i++], candidate[j++], out);
        } else if (i < control.size() && !candidate_paths.contains(control[i].path)) {
            add_field(origin, control[i], side_of(control[i]), absent(), out);
            ++i;
        } else if (j < candidate.size()) {
            add_field(origin, candidate[j], absent(), side_of(candidate[j]), out);
            ++j;
        } else {
            ++i;
        }
    }
}

/// Compares two unequal records. Unequal records whose leaves print alike cannot be (render.hpp),
/// but should they ever, the difference is reported rather than lost.
template <class R>
void compare_records(const model::Difference& origin, const R& control, const R& candidate,
                     const std::string& prefix, Differences& out) {
    const std::size_t before = out.size();
    compare_fields(origin, codec::render_fields(control, prefix),
                   codec::render_fields(candidate, prefix), out);
    if (out.size() == before) {
        constexpr const char* kNoField = "differs in no printed field";
        add(origin, prefix, {kNoField, {}}, {kNoField, {}}, out);
    }
}

void compare_block_status(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                          Differences& out) {
    model::Difference origin = origin_of(model::Section::kBlockStatus, model::PlaceKind::kBlock);
    if (control.status != candidate.status) {
        origin.values.place.field = "status";
        add(origin, "block.status", side_of(control.status), side_of(candidate.status), out);
    }
    if (control.code != candidate.code) {
        origin.values.place.field = "code";
        add(origin, "block.code", side_of(control.code), side_of(candidate.code), out);
    }
}

void compare_results(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                     Differences& out) {
    const std::size_t count = std::max(control.results.size(), candidate.results.size());
    for (std::size_t i = 0; i < count; ++i) {
        model::Difference origin = origin_of(model::Section::kResults, model::PlaceKind::kResult);
        origin.transaction = model::TxIndex{static_cast<std::uint32_t>(i)};
        if (i >= control.results.size()) {
            add(origin, fmt::format("results[{}]", i), absent(), side_of(candidate.results[i]),
                out);
        } else if (i >= candidate.results.size()) {
            add(origin, fmt::format("results[{}]", i), side_of(control.results[i]), absent(), out);
        } else if (!(control.results[i] == candidate.results[i])) {
            compare_records(origin, control.results[i], candidate.results[i],
                            fmt::format("results[{}]", i), out);
        }
    }
}

bool strictly_ascending(const std::vector<model::Hash>& hashes) {
    return std::adjacent_find(hashes.begin(), hashes.end(), std::greater_equal<>{}) == hashes.end();
}

/// Positions in the two orphan lists that are set against each other; the size of a list stands
/// for "not there".
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// Pairs what lies between two common hashes, so that one orphan too many is one difference and
/// not a shift of all that follow. Requires both lists to be strictly ascending.
Pairs pair_sorted(const std::vector<model::Hash>& control,
                  const std::vector<model::Hash>& candidate) {
    Pairs pairs;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < control.size() || j < candidate.size()) {
        std::vector<std::size_t> only_control;
        std::vector<std::size_t> only_candidate;
        while ((i < control.size() || j < candidate.size()) &&
               !(i < control.size() && j < candidate.size() && control[i] == candidate[j])) {
            if (j >= candidate.size() || (i < control.size() && control[i] < candidate[j])) {
                only_control.push_back(i++);
            } else {
                only_candidate.push_back(j++);
            }
        }
        for (std::size_t k = 0; k < std::max(only_control.size(), only_candidate.size()); ++k) {
            pairs.emplace_back(k < only_control.size() ? only_control[k] : control.size(),
                               k < only_candidate.size() ? only_candidate[k] : candidate.size());
        }
        ++i;
        ++j;
    }
    return pairs;
}

Pairs pair_by_position(const std::vector<model::Hash>& control,
                       const std::vector<model::Hash>& candidate) {
    Pairs pairs;
    for (std::size_t i = 0; i < std::max(control.size(), candidate.size()); ++i) {
        if (i >= control.size() || i >= candidate.size() || control[i] != candidate[i]) {
            pairs.emplace_back(std::min(i, control.size()), std::min(i, candidate.size()));
        }
    }
    return pairs;
}

void compare_orphans(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                     Differences& out) {
    const std::vector<model::Hash>& a = control.orphans;
    const std::vector<model::Hash>& b = candidate.orphans;
    if (a == b) {
        return;
    }
    absl::flat_hash_map<model::Hash, std::uint32_t> index;
    for (std::size_t i = 0; i < control.results.size(); ++i) {
        index.emplace(control.results[i].hash, static_cast<std::uint32_t>(i));
    }
    const bool sorted = strictly_ascending(a) && strictly_ascending(b);
    for (const auto& [i, j] : sorted ? pair_sorted(a, b) : pair_by_position(a, b)) {
        model::Difference origin = origin_of(model::Section::kOrphans, model::PlaceKind::kOrphan);
        if (const auto found = index.find(i < a.size() ? a[i] : b[j]); found != index.end()) {
            origin.transaction = model::TxIndex{found->second};
        }
        const auto side = [](const std::vector<model::Hash>& list, std::size_t at) {
            return at < list.size() ? Side{list[at].hex(), codec::value_of(list[at].bytes())}
                                    : absent();
        };
        const std::size_t shown = i < a.size() ? i : j;
        origin.values.place.indices = {static_cast<std::uint32_t>(shown)};
        add(origin, fmt::format("orphans[{}]", shown), side(a, i), side(b, j), out);
    }
}

void compare_totals(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                    Differences& out) {
    const model::Difference origin = origin_of(model::Section::kTotals, model::PlaceKind::kTotal);
    if (!(control.totals == candidate.totals)) {
        compare_records(origin, control.totals, candidate.totals, "totals", out);
    }
}

void compare_values(const model::Difference& origin,
                    const std::optional<model::StateValue>& control,
                    const std::optional<model::StateValue>& candidate, const std::string& prefix,
                    Differences& out) {
    if (control == candidate) {
        return;
    }
    // Absent differs from present-with-zero, and a value of a foreign family from any other.
    if (!control || !candidate || control->index() != candidate->index()) {
        add(origin, prefix, side_of(control), side_of(candidate), out);
        return;
    }
    compare_records(origin, *control, *candidate, prefix, out);
}

std::string render_change(const model::DeltaEntry& entry) {
    return fmt::format("{} -> {}", codec::render_summary(entry.before),
                       codec::render_summary(entry.after));
}

const model::AmountRecord* amount_of(const std::optional<model::StateValue>& value) {
    return value ? std::get_if<model::AmountRecord>(&*value) : nullptr;
}

/// A key that only one side wrote: the other side left the row as it was before, which gives the
/// difference its number.
void add_one_sided(const model::DeltaEntry& entry, bool in_control, Differences& out) {
    model::Difference origin = origin_of(model::Section::kState, model::PlaceKind::kRow);
    origin.key = entry.key;
    Side written{render_change(entry), codec::value_of(entry.after)};
    model::Difference& added =
        in_control
            ? add(origin, model::to_string(entry.key), std::move(written), not_written(), out)
            : add(origin, model::to_string(entry.key), not_written(), std::move(written), out);
    const model::AmountRecord* before = amount_of(entry.before);
    const model::AmountRecord* after = amount_of(entry.after);
    if (before != nullptr && after != nullptr) {
        add_delta((in_control ? after : before)->amount.value(),
                  (in_control ? before : after)->amount.value(), added);
    }
}

void compare_state(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                   Differences& out) {
    const std::vector<model::DeltaEntry>& a = control.delta.entries;
    const std::vector<model::DeltaEntry>& b = candidate.delta.entries;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (j >= b.size() || (i < a.size() && a[i].key < b[j].key)) {
            add_one_sided(a[i++], true, out);
        } else if (i >= a.size() || b[j].key < a[i].key) {
            add_one_sided(b[j++], false, out);
        } else {
            if (!(a[i] == b[j])) {
                model::Difference origin =
                    origin_of(model::Section::kState, model::PlaceKind::kRowBefore);
                origin.key = a[i].key;
                const std::string key = model::to_string(a[i].key);
                compare_values(origin, a[i].before, b[j].before, key + ".before", out);
                origin.values.place.kind = model::PlaceKind::kRowAfter;
                compare_values(origin, a[i].after, b[j].after, key + ".after", out);
            }
            ++i;
            ++j;
        }
    }
}

/// One row per section that is compared: what is not here is not in `Comparison::compared`.
struct SectionComparer {
    model::Section section;
    void (*compare)(const model::BlockOutcome&, const model::BlockOutcome&, Differences&);
};
constexpr std::array kComparers = {
    SectionComparer{model::Section::kBlockStatus, compare_block_status},
    SectionComparer{model::Section::kResults, compare_results},
    SectionComparer{model::Section::kOrphans, compare_orphans},
    SectionComparer{model::Section::kTotals, compare_totals},
    SectionComparer{model::Section::kState, compare_state},
};
constexpr auto kComparableSections = [] {
    std::array<model::Section, kComparers.size()> sections{};
    for (std::size_t i = 0; i < kComparers.size(); ++i) {
        sections[i] = kComparers[i].section;
    }
    return sections;
}();

}  // namespace

Comparison compare(const model::BlockOutcome& control, const model::BlockOutcome& candidate) {
    // Every member of an outcome, so that a new one makes this fail to compile until it is compared
    // or declared incomparable, as the log and the notes are: they say how, not what.
    [[maybe_unused]] const auto& [status, code, results, orphans, totals, delta, access_log,
                                  notes] = control;
    Comparison comparison;
    for (const SectionComparer& comparer : kComparers) {
        comparer.compare(control, candidate, comparison.differences);
        comparison.compared.push_back(comparer.section);
    }
    return comparison;
}

std::span<const model::Section> comparable_sections() noexcept {
    return kComparableSections;
}

}  // namespace parallax::core
