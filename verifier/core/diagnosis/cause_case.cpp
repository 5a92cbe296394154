#include "verifier/core/diagnosis/cause_case.hpp"

#include "verifier/codec/canonical.hpp"

#include <algorithm>

namespace parallax::core {

CauseCase::CauseCase(const CauseEvidence& evidence) : evidence_(evidence) {
    index(evidence.control, control_);
    index(evidence.candidate, candidate_);
    if (evidence.control.access_log) {
        for (const model::Access& access : evidence.control.access_log->accesses) {
            control_rows_[access.key].push_back(&access);
        }
    }
}

void CauseCase::index(const model::BlockOutcome& outcome, LinesOf& lines) {
    if (outcome.access_log) {
        for (const model::Access& access : outcome.access_log->accesses) {
            lines[access.transaction.value()].push_back(&access);
        }
    }
}

const CauseCase::Lines& CauseCase::lines_at(const LinesOf& lines, std::uint32_t at) {
    static const Lines kNone;
    const auto found = lines.find(at);
    return found == lines.end() ? kNone : found->second;
}

const CauseCase::Lines& CauseCase::control_lines(std::uint32_t i) const {
    return lines_at(control_, i);
}

const CauseCase::Lines& CauseCase::candidate_lines(std::uint32_t i) const {
    return lines_at(candidate_, i);
}

std::vector<CauseCase::Effect> CauseCase::effects_in(const Lines& lines) {
    std::vector<Effect> all;
    for (const model::Access* access : lines) {
        if (!is_read(access->kind)) {
            all.emplace_back(access->key, access->kind, access->value);
        }
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<CauseCase::Effect> CauseCase::control_effects(std::uint32_t i) const {
    return effects_in(control_lines(i));
}

std::vector<CauseCase::Effect> CauseCase::candidate_effects(std::uint32_t i) const {
    return effects_in(candidate_lines(i));
}

RowVersion CauseCase::version_of(const model::Access& read, std::uint32_t i) const {
    const model::AccessKind writing = read.kind == model::AccessKind::kRead
                                          ? model::AccessKind::kWrite
                                          : model::AccessKind::kSpend;
    RowVersion version;
    version.value = base_of(read);
    if (!evidence_.control.access_log) {
        version.writer = read.observed_writer;
        return version;
    }
    const auto row = control_rows_.find(read.key);
    if (row == control_rows_.end()) {
        return version;
    }
    for (const model::Access* access : row->second) {
        if (model::block_order(access->transaction.value()) >= model::block_order(i)) {
            break;
        }
        if (access->kind == writing) {
            if (version.value) {
                version.older.push_back(*version.value);
            }
            version.writer = access->transaction.value();
            version.value = access->value;
        }
        version.received += access->kind == model::AccessKind::kCredit ? access->value : 0;
    }
    return version;
}

std::optional<std::uint64_t> CauseCase::base_of(const model::Access& read) const {
    const auto row = evidence_.view.get(read.key);
    return row.ok() ? std::optional<std::uint64_t>(codec::value_digest(*row)) : std::nullopt;
}

}  // namespace parallax::core
