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

/// Adds one difference that shares section, transaction and key with `origin`.
void add(const model::Difference& origin, std::string path, std::string control,
         std::string candidate, Differences& out) {
    model::Difference difference = origin;
    difference.path = std::move(path);
    difference.control = std::move(control);
    difference.candidate = std::move(candidate);
    out.push_back(std::move(difference));
}

void compare_field(const model::Difference& origin, const codec::RenderedField& control,
                   const codec::RenderedField& candidate, Differences& out) {
    if (control.text == candidate.text) {
        return;
    }
    add(origin, control.path, control.text, candidate.text, out);
    if (control.number && candidate.number) {
        out.back().delta = codec::signed_difference(*control.number, *candidate.number);
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
            add(origin, control[i].path, control[i].text, std::string(codec::kAbsentText), out);
            ++i;
        } else if (j < candidate.size()) {
            add(origin, candidate[j].path, std::string(codec::kAbsentText), candidate[j].text, out);
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
        add(origin, prefix, "differs in no printed field", "differs in no printed field", out);
    }
}

void compare_block_status(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                          Differences& out) {
    model::Difference origin;
    origin.section = model::Section::kBlockStatus;
    if (control.status != candidate.status) {
        add(origin, "block.status", codec::render_enum(control.status),
            codec::render_enum(candidate.status), out);
    }
    if (control.code != candidate.code) {
        add(origin, "block.code", codec::render_enum(control.code),
            codec::render_enum(candidate.code), out);
    }
}

void compare_results(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                     Differences& out) {
    const std::size_t count = std::max(control.results.size(), candidate.results.size());
    for (std::size_t i = 0; i < count; ++i) {
        model::Difference origin;
        origin.section = model::Section::kResults;
        origin.transaction = model::TxIndex{static_cast<std::uint32_t>(i)};
        if (i >= control.results.size()) {
            add(origin, fmt::format("results[{}]", i), std::string(codec::kAbsentText),
                codec::render_summary(candidate.results[i]), out);
        } else if (i >= candidate.results.size()) {
            add(origin, fmt::format("results[{}]", i), codec::render_summary(control.results[i]),
                std::string(codec::kAbsentText), out);
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
        model::Difference origin;
        origin.section = model::Section::kOrphans;
        if (const auto found = index.find(i < a.size() ? a[i] : b[j]); found != index.end()) {
            origin.transaction = model::TxIndex{found->second};
        }
        add(origin, fmt::format("orphans[{}]", i < a.size() ? i : j),
            i < a.size() ? a[i].hex() : std::string(codec::kAbsentText),
            j < b.size() ? b[j].hex() : std::string(codec::kAbsentText), out);
    }
}

void compare_totals(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                    Differences& out) {
    model::Difference origin;
    origin.section = model::Section::kTotals;
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
        add(origin, prefix, codec::render_summary(control), codec::render_summary(candidate), out);
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
    model::Difference origin;
    origin.key = entry.key;
    add(origin, model::to_string(entry.key),
        in_control ? render_change(entry) : std::string(codec::kNotWrittenText),
        in_control ? std::string(codec::kNotWrittenText) : render_change(entry), out);
    const model::AmountRecord* before = amount_of(entry.before);
    const model::AmountRecord* after = amount_of(entry.after);
    if (before != nullptr && after != nullptr) {
        const std::uint64_t left = (in_control ? after : before)->amount.value();
        const std::uint64_t right = (in_control ? before : after)->amount.value();
        out.back().delta = codec::signed_difference(left, right);
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
                model::Difference origin;
                origin.key = a[i].key;
                const std::string key = model::to_string(a[i].key);
                compare_values(origin, a[i].before, b[j].before, key + ".before", out);
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
