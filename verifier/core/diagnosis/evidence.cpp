#include "verifier/core/diagnosis/evidence.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

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

/// The field of `row` that `difference` is about, or the whole row where it names no field.
std::string pre_state_text(const model::Difference& difference,
                           const std::optional<model::StateValue>& row) {
    const std::string key = model::to_string(*difference.key);
    for (const std::string_view side : {".before.", ".after."}) {
        const std::string prefix = key + std::string(side);
        if (!row || difference.path.compare(0, prefix.size(), prefix) != 0) {
            continue;
        }
        const std::string_view field = std::string_view(difference.path).substr(prefix.size());
        for (const codec::RenderedField& rendered : codec::render_fields(*row, "")) {
            if (rendered.path == field) {
                return rendered.text;
            }
        }
        return std::string(codec::kAbsentText);
    }
    return codec::render_summary(row);
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

/// What transaction `i` adds to the sum that `path` names; null for other sums.
const model::Amount* contribution(const model::TransactionResult& result, std::string_view path) {
    if (path == "totals.gas_fee" || path == "totals.fees") {
        return &result.fee;
    }
    return path == "totals.burned_supply" ? &result.burned : nullptr;
}

std::optional<std::uint64_t> distance(const model::Difference& difference) {
    std::uint64_t sides[2] = {};
    const std::string* const texts[2] = {&difference.control, &difference.candidate};
    for (int i = 0; i < 2; ++i) {
        const char* const end = texts[i]->data() + texts[i]->size();
        const auto [stop, error] = std::from_chars(texts[i]->data(), end, sides[i]);
        if (error != std::errc() || stop != end) {
            return std::nullopt;
        }
    }
    return std::max(sides[0], sides[1]) - std::min(sides[0], sides[1]);
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
        const model::Amount* added = contribution(outcome.results[i], first.path);
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
            difference->pre_state = pre_state_text(*difference, *row);
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
