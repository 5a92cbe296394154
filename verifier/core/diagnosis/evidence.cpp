#include "verifier/core/diagnosis/evidence.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace parallax::core {
namespace {

/// Of the events that are kept, those behind the deciding transaction.
constexpr std::size_t kEventsBehind = model::kMaxEvents / 4;

bool is_effect(const model::Access& access) {
    switch (access.kind) {
        case model::AccessKind::kRead:
        case model::AccessKind::kReadSpendable:
            return false;
        case model::AccessKind::kWrite:
        case model::AccessKind::kSpend:
        case model::AccessKind::kCredit:
        case model::AccessKind::kOutput:
            return true;
    }
    return true;
}

using Writers = std::map<model::StateKey, std::set<model::TxIndex>>;

std::vector<model::Difference*> differences_of(model::Finding& finding) {
    std::vector<model::Difference*> all = {&finding.first};
    for (model::Difference& difference : finding.derived) {
        all.push_back(&difference);
    }
    return all;
}

/// The writers of each row that `finding` names.
Writers writers_in(const model::BlockOutcome* outcome,
                   const std::vector<model::Difference*>& differences) {
    Writers writers;
    for (const model::Difference* difference : differences) {
        if (difference->key) {
            writers[*difference->key];
        }
    }
    if (outcome == nullptr || !outcome->access_log) {
        return writers;
    }
    for (const model::Access& access : outcome->access_log->accesses) {
        if (!is_effect(access)) {
            continue;
        }
        if (const auto row = writers.find(access.key); row != writers.end()) {
            row->second.insert(access.transaction);
        }
    }
    return writers;
}

std::vector<model::TxIndex> first_writers(const Writers& writers, const model::StateKey& key) {
    const std::set<model::TxIndex>& all = writers.at(key);
    std::vector<model::TxIndex> kept(all.begin(), all.end());
    kept.resize(std::min(kept.size(), model::kMaxWriters));
    return kept;
}

/// Sets what the row held before: the field that `difference` is about, or the whole row where it
/// names no field.
void set_pre_state(const std::optional<model::StateValue>& row, model::Difference& difference) {
    const model::Place& place = difference.values.place;
    if (!row || place.field.empty() ||
        (place.kind != model::PlaceKind::kRowBefore && place.kind != model::PlaceKind::kRowAfter)) {
        difference.pre_state = codec::render_summary(row);
        difference.values.pre_state = codec::value_of(row);
        return;
    }
    for (codec::RenderedField& rendered : codec::render_fields(*row, "")) {
        if (rendered.field == place.field && rendered.indices == place.indices) {
            difference.pre_state = std::move(rendered.text);
            difference.values.pre_state = std::move(rendered.value);
            return;
        }
    }
    difference.pre_state = codec::kAbsentText;
    difference.values.pre_state = model::plain_value(model::ValueKind::kAbsent);
}

/// The accesses to `key`, cut to those nearest to the deciding transaction.
std::vector<model::LaneEvent> events_of(const model::BlockOutcome* outcome, bool in_candidate,
                                        const model::Difference& first) {
    std::vector<model::LaneEvent> events;
    if (outcome == nullptr || !outcome->access_log) {
        return events;
    }
    std::size_t until_deciding = 0;
    for (const model::Access& access : outcome->access_log->accesses) {
        if (access.key != *first.key) {
            continue;
        }
        events.push_back({in_candidate, access.transaction, access.kind,
                          model::TxIndex{access.observed_writer}, access.value});
        if (first.transaction && access.transaction <= *first.transaction) {
            until_deciding = events.size();
        }
    }
    const std::size_t end = std::min(events.size(), until_deciding + kEventsBehind);
    const std::size_t last = std::max(end, std::min(events.size(), model::kMaxEvents));
    const std::size_t begin = last - std::min(last, model::kMaxEvents);
    return {events.begin() + static_cast<std::ptrdiff_t>(begin),
            events.begin() + static_cast<std::ptrdiff_t>(last)};
}

/// What a transaction adds to the sum at `place`; null for other sums.
const model::Amount* contribution(const model::TransactionResult& result,
                                  const model::Place& place) {
    struct Sum {
        std::string_view total;
        std::string_view invariant;
        model::Amount model::TransactionResult::*part;
    };
    constexpr std::array<Sum, 3> kSums = {{
        {"gas_fee", "totals.gas_fee", &model::TransactionResult::fee},
        {"fees", "totals.fees", &model::TransactionResult::fee},
        {"burned_supply", "totals.burned_supply", &model::TransactionResult::burned},
    }};
    for (const Sum& sum : kSums) {
        if ((place.kind == model::PlaceKind::kTotal && place.field == sum.total) ||
            (place.kind == model::PlaceKind::kInvariant && place.field == sum.invariant)) {
            return &(result.*sum.part);
        }
    }
    return nullptr;
}

std::optional<std::uint64_t> amount_in(const model::Value& value) {
    return value.kind == model::ValueKind::kNumber && value.number && value.number->high == 0
               ? std::optional(value.number->low)
               : std::nullopt;
}

std::optional<std::uint64_t> distance(const model::Difference& difference) {
    const auto control = amount_in(difference.values.control);
    const auto candidate = amount_in(difference.values.candidate);
    if (!control || !candidate) {
        return std::nullopt;
    }
    return std::max(*control, *candidate) - std::min(*control, *candidate);
}

/// Of what the transactions add to a sum, what fits the amount that is wrong with it: every one
/// that does so alone, else the first two that do so together. Nothing where none fit.
std::vector<model::LaneEvent> fitting_contributions(const model::BlockOutcome& outcome,
                                                    bool in_candidate,
                                                    const model::Difference& first) {
    const auto amount = distance(first);
    std::vector<model::LaneEvent> all;
    std::vector<model::LaneEvent> alone;
    for (std::size_t i = 0; amount && i < outcome.results.size(); ++i) {
        const model::Amount* added = contribution(outcome.results[i], first.values.place);
        if (added == nullptr || added->value() == 0) {
            continue;
        }
        all.push_back({in_candidate, model::TxIndex{static_cast<std::uint32_t>(i)},
                       model::AccessKind::kCredit, model::TxIndex{model::kPreState},
                       added->value()});
        if (added->value() == *amount && alone.size() < model::kMaxEvents) {
            alone.push_back(all.back());
        }
    }
    if (!alone.empty()) {
        return alone;
    }
    std::map<std::uint64_t, std::size_t> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::uint64_t value = all[i].value;
        const auto other = value < *amount ? seen.find(*amount - value) : seen.end();
        if (other != seen.end()) {
            return {all[other->second], all[i]};
        }
        seen.emplace(value, i);
    }
    return {};
}

std::vector<model::InvolvedTransaction> involved_in(const model::Finding& finding,
                                                    const protocol::AdmittedBlock& block) {
    std::set<model::TxIndex> indices;
    if (finding.first.transaction) {
        indices.insert(*finding.first.transaction);
    }
    for (const model::LaneEvent& event : finding.events) {
        indices.insert(event.transaction);
        indices.insert(event.observed_writer);
    }
    std::vector<model::InvolvedTransaction> involved;
    for (const model::TxIndex index : indices) {
        if (index.value() >= block.transactions().size()) {
            continue;  // the state before the block, or its end
        }
        const protocol::AdmittedTransaction& admitted = block.transactions()[index.value()];
        involved.push_back({index, admitted.type, admitted.hash, admitted.source});
    }
    return involved;
}

}  // namespace

void add_evidence(const EvidenceSource& source, model::Finding& finding) {
    const std::vector<model::Difference*> differences = differences_of(finding);
    const Writers control = writers_in(source.control, differences);
    const Writers candidate = writers_in(&source.candidate, differences);
    for (model::Difference* difference : differences) {
        if (!difference->key) {
            continue;
        }
        difference->control_writers = first_writers(control, *difference->key);
        difference->candidate_writers = first_writers(candidate, *difference->key);
        const auto row = source.view.get(*difference->key);
        if (row.ok()) {
            set_pre_state(*row, *difference);
        }
    }
    if (finding.first.key) {
        finding.events = events_of(source.control, false, finding.first);
        const std::vector<model::LaneEvent> second =
            events_of(&source.candidate, true, finding.first);
        finding.events.insert(finding.events.end(), second.begin(), second.end());
    }
    if (!finding.first.key) {
        const bool alone = source.control == nullptr;
        finding.events =
            fitting_contributions(alone ? source.candidate : *source.control, alone, finding.first);
    }
    finding.transactions = involved_in(finding, source.block);
}

}  // namespace parallax::core
