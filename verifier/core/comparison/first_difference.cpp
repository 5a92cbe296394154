#include "verifier/core/comparison/first_difference.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/core/comparison/access_values.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <tuple>

namespace parallax::core {
namespace {

using AccessSpan = std::span<const model::Access>;

bool is_read(const model::Access& access) {
    switch (access.kind) {
        case model::AccessKind::kRead:
        case model::AccessKind::kReadSpendable:
            return true;
        case model::AccessKind::kWrite:
        case model::AccessKind::kSpend:
        case model::AccessKind::kCredit:
        case model::AccessKind::kOutput:
            return false;
    }
    return false;
}

AccessSpan log_of(const model::BlockOutcome& outcome) {
    return outcome.access_log ? AccessSpan(outcome.access_log->accesses) : AccessSpan();
}

/// The lines of one transaction: reads or effects, by key. Executors may touch keys in another
/// order; which key and what was done to it is what counts.
std::vector<model::Access> lines_of(AccessSpan log, model::TxIndex transaction, bool reads) {
    std::vector<model::Access> lines;
    for (const model::Access& access : log) {
        if (access.transaction == transaction && is_read(access) == reads) {
            lines.push_back(access);
        }
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const model::Access& a, const model::Access& b) {
                         return std::tie(a.key, a.kind) < std::tie(b.key, b.kind);
                     });
    return lines;
}

/// One line set against another; a missing one is null. Points into the two lists.
struct AccessPair {
    const model::Access* control = nullptr;
    const model::Access* candidate = nullptr;
    [[nodiscard]] const model::Access& either() const {
        return control != nullptr ? *control : *candidate;
    }
};

/// The first pair of `differs` in two lists of `lines_of`, walked in key and kind order.
template <class Differs>
std::optional<AccessPair> first_pair(const std::vector<model::Access>& control,
                                     const std::vector<model::Access>& candidate, Differs differs) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < control.size() || j < candidate.size()) {
        AccessPair pair;
        const auto order = [](const model::Access& a) { return std::tie(a.key, a.kind); };
        const bool left = j >= candidate.size() ||
                          (i < control.size() && !(order(candidate[j]) < order(control[i])));
        const bool right = i >= control.size() ||
                           (j < candidate.size() && !(order(control[i]) < order(candidate[j])));
        pair.control = left ? &control[i] : nullptr;
        pair.candidate = right ? &candidate[j] : nullptr;
        if (differs(pair)) {
            return pair;
        }
        i += left ? 1 : 0;
        j += right ? 1 : 0;
    }
    return std::nullopt;
}

bool effect_differs(const AccessPair& pair) {
    return pair.control == nullptr || pair.candidate == nullptr ||
           pair.control->value != pair.candidate->value;
}

/// Cuts the lines of the next transaction off `log`, which is grouped by transaction.
AccessSpan take_transaction(AccessSpan& log) {
    std::size_t end = 0;
    while (end < log.size() && log[end].transaction == log.front().transaction) {
        ++end;
    }
    const AccessSpan head = log.first(end);
    log = log.subspan(end);
    return head;
}

/// The transaction that comes first in the two logs, of which one may be empty.
model::TxIndex first_of(AccessSpan control, AccessSpan candidate) {
    if (control.empty() || candidate.empty()) {
        return control.empty() ? candidate.front().transaction : control.front().transaction;
    }
    const model::TxIndex a = control.front().transaction;
    const model::TxIndex b = candidate.front().transaction;
    return model::block_order(a.value()) <= model::block_order(b.value()) ? a : b;
}

/// The lowest transaction whose effects differ between the two logs.
std::optional<model::TxIndex> first_differing_transaction(AccessSpan control,
                                                          AccessSpan candidate) {
    while (!control.empty() || !candidate.empty()) {
        const model::TxIndex next = first_of(control, candidate);
        const bool left = !control.empty() && control.front().transaction == next;
        const bool right = !candidate.empty() && candidate.front().transaction == next;
        const AccessSpan a = left ? take_transaction(control) : AccessSpan();
        const AccessSpan b = right ? take_transaction(candidate) : AccessSpan();
        if (first_pair(lines_of(a, next, false), lines_of(b, next, false), effect_differs)) {
            return next;
        }
    }
    return std::nullopt;
}

std::string effect_text(const model::Access* access, const AccessValues& values) {
    return access == nullptr ? std::string(codec::kAbsentText) : values.text(*access);
}

model::Value effect_value(const model::Access* access, const AccessValues& values) {
    return access == nullptr ? model::plain_value(model::ValueKind::kAbsent)
                             : values.value(*access);
}

model::Difference difference_of_effect(const AccessPair& pair, const AccessValues& values) {
    model::Difference difference;
    difference.section = model::Section::kState;
    difference.key = pair.either().key;
    difference.path = fmt::format("{}.{}", model::to_string(pair.either().key),
                                  model::access_kind_name(pair.either().kind));
    difference.values.place.kind = model::PlaceKind::kAccess;
    difference.values.place.access = pair.either().kind;
    difference.control = effect_text(pair.control, values);
    difference.candidate = effect_text(pair.candidate, values);
    difference.values.control = effect_value(pair.control, values);
    difference.values.candidate = effect_value(pair.candidate, values);
    if (pair.control != nullptr && pair.candidate != nullptr &&
        pair.either().kind != model::AccessKind::kWrite) {
        difference.delta = codec::signed_difference(pair.control->value, pair.candidate->value);
        difference.values.delta =
            model::Number::of(static_cast<model::WideNumber>(pair.candidate->value) -
                              static_cast<model::WideNumber>(pair.control->value));
    }
    return difference;
}

/// A digest means nothing to a reader: where the row's final values differ as well, they are shown.
/// Nothing if the lines are not grouped by transaction, as those of a broken executor may be.
std::optional<FirstDifference> first_of_effects(const model::BlockOutcome& control,
                                                const model::BlockOutcome& candidate,
                                                const std::vector<model::Difference>& differences,
                                                model::TxIndex transaction) {
    FirstDifference first;
    const std::vector<model::Access> left = lines_of(log_of(control), transaction, false);
    const std::vector<model::Access> right = lines_of(log_of(candidate), transaction, false);
    const auto pair = first_pair(left, right, effect_differs);
    if (!pair) {
        return std::nullopt;
    }
    AccessValues values;
    values.learn(control);
    values.learn(candidate);
    first.difference = difference_of_effect(*pair, values);
    if (pair->either().kind == model::AccessKind::kWrite) {
        for (std::size_t i = 0; i < differences.size(); ++i) {
            if (differences[i].section == model::Section::kState &&
                differences[i].key == first.difference.key) {
                first.difference = differences[i];
                first.position = i;
                break;
            }
        }
    }
    // What a block does by itself has no transaction, before them or after them.
    first.in_epilogue = !model::is_transaction(transaction.value());
    if (!first.in_epilogue) {
        first.difference.transaction = transaction;
    }
    return first;
}

bool value_read_differs(const AccessPair& pair) {
    return pair.control != nullptr && pair.candidate != nullptr &&
           pair.control->value != pair.candidate->value;
}
bool writer_read_differs(const AccessPair& pair) {
    return pair.control != nullptr && pair.candidate != nullptr &&
           pair.control->observed_writer != pair.candidate->observed_writer;
}

std::optional<std::uint32_t> writer_seen(const std::vector<model::Access>& reads,
                                         const model::StateKey& key) {
    for (const model::Access& access : reads) {
        if (access.key == key) {
            return access.observed_writer;
        }
    }
    return std::nullopt;
}

/// Why one transaction ended differently: what it read differently, else what its code is about,
/// else what only one side wrote.
void find_key_behind(const model::BlockOutcome& control, const model::BlockOutcome& candidate,
                     model::TxIndex index, const protocol::AdmittedBlock& block,
                     const protocol::Protocol& protocol, FirstDifference& first) {
    const std::vector<model::Access> left = lines_of(log_of(control), index, true);
    const std::vector<model::Access> right = lines_of(log_of(candidate), index, true);
    auto pair = first_pair(left, right, value_read_differs);
    if (!pair) {
        pair = first_pair(left, right, writer_read_differs);
    }
    const std::size_t i = index.value();
    if (pair) {
        first.difference.key = pair->either().key;
    } else if (i < block.transactions().size() && i < control.results.size() &&
               i < candidate.results.size()) {
        first.difference.key = protocol.row_of_code(block, index, candidate.results[i].code);
        if (!first.difference.key) {
            first.difference.key = protocol.row_of_code(block, index, control.results[i].code);
        }
    }
    if (!first.difference.key) {
        const std::vector<model::Access> did = lines_of(log_of(control), index, false);
        const std::vector<model::Access> did_too = lines_of(log_of(candidate), index, false);
        if (const auto effects = first_pair(did, did_too, effect_differs)) {
            first.difference.key = effects->either().key;
        }
    }
    if (first.difference.key) {
        first.control_writer = writer_seen(left, *first.difference.key);
        first.candidate_writer = writer_seen(right, *first.difference.key);
    }
}

/// For each row that only one transaction changed, which.
std::map<model::StateKey, model::TxIndex> only_writers(AccessSpan log) {
    std::map<model::StateKey, std::optional<model::TxIndex>> writers;
    for (const model::Access& access : log) {
        if (is_read(access)) {
            continue;
        }
        const auto [place, is_new] = writers.try_emplace(access.key, access.transaction);
        if (!is_new && place->second != access.transaction) {
            place->second = std::nullopt;
        }
    }
    std::map<model::StateKey, model::TxIndex> only;
    for (const auto& [key, writer] : writers) {
        if (writer && model::is_transaction(writer->value())) {
            only.emplace(key, *writer);
        }
    }
    return only;
}

/// Where no transaction has another result or effect, but the rows came out otherwise: the one that
/// the lowest transaction changed alone; else the first in key order.
FirstDifference first_of_rows(const model::BlockOutcome& control,
                              const std::vector<model::Difference>& differences) {
    const std::map<model::StateKey, model::TxIndex> writers = only_writers(log_of(control));
    FirstDifference first;
    first.position = 0;
    std::optional<model::TxIndex> lowest;
    for (std::size_t i = 0; i < differences.size(); ++i) {
        const auto& key = differences[i].key;
        const auto writer = key ? writers.find(*key) : writers.end();
        if (writer != writers.end() && (!lowest || writer->second < *lowest)) {
            lowest = writer->second;
            first.position = i;
        }
    }
    first.difference = differences[*first.position];
    first.difference.transaction = lowest;
    return first;
}

}  // namespace

FirstDifference find_first_difference(const model::BlockOutcome& control,
                                      const model::BlockOutcome& candidate,
                                      const std::vector<model::Difference>& differences,
                                      const protocol::AdmittedBlock& block,
                                      const protocol::Protocol& protocol) {
    const auto result = std::find_if(
        differences.begin(), differences.end(),
        [](const model::Difference& d) { return d.section == model::Section::kResults; });
    std::optional<model::TxIndex> effect;
    if (control.access_log && candidate.access_log) {
        effect = first_differing_transaction(log_of(control), log_of(candidate));
    }
    FirstDifference first;
    if (result != differences.end() && (!effect || !(*effect < *result->transaction))) {
        first.difference = *result;
        first.position = static_cast<std::size_t>(result - differences.begin());
        find_key_behind(control, candidate, *result->transaction, block, protocol, first);
        return first;
    }
    if (effect) {
        if (auto found = first_of_effects(control, candidate, differences, *effect)) {
            return *std::move(found);
        }
    }
    if (differences.front().section == model::Section::kState) {
        return first_of_rows(control, differences);
    }
    first.difference = differences.front();
    first.position = 0;
    return first;
}

}  // namespace parallax::core
