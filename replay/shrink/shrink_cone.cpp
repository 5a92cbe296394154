#include "replay/shrink/shrink_cone.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <set>

namespace parallax::replay {
namespace {

bool is_read(model::AccessKind kind) {
    switch (kind) {
        case model::AccessKind::kRead:
        case model::AccessKind::kReadSpendable:
            return true;
        case model::AccessKind::kWrite:
        case model::AccessKind::kSpend:
        case model::AccessKind::kCredit:
        case model::AccessKind::kOutput:
            return false;
    }
    return true;
}

/// Rows that every transaction touches tell nothing.
bool tells(const model::StateKey& key) {
    return key.family != model::Family::kCounter &&
           key.family != model::Family::kExecutedTransaction;
}

struct Links {
    std::map<model::StateKey, std::set<std::size_t>> writers;
    std::vector<std::set<model::StateKey>> touched;
};

void add(const model::BlockOutcome& outcome, Links& links) {
    if (!outcome.access_log) {
        return;
    }
    for (const model::Access& access : outcome.access_log->accesses) {
        const std::size_t at = access.transaction.value();
        if (at >= links.touched.size() || !tells(access.key)) {
            continue;
        }
        links.touched[at].insert(access.key);
        if (!is_read(access.kind)) {
            links.writers[access.key].insert(at);
        }
    }
}

}  // namespace

std::vector<std::size_t> cone_of(const BundleDraft& draft) {
    const std::size_t count = draft.parts.size();
    Links links;
    links.touched.resize(count);
    add(draft.bundle.control, links);
    if (draft.bundle.candidate) {
        add(*draft.bundle.candidate, links);
    }

    std::set<std::size_t> cone;
    std::deque<std::size_t> open;
    const auto include = [&](std::size_t at) {
        if (at < count && cone.insert(at).second) {
            open.push_back(at);
        }
    };
    const model::Difference& first = draft.bundle.finding.first;
    if (first.transaction) {
        include(first.transaction->value());
    }
    if (first.key) {
        for (const std::size_t writer : links.writers[*first.key]) {
            include(writer);
        }
    }
    while (!open.empty()) {
        const std::size_t at = open.front();
        open.pop_front();
        for (const model::StateKey& key : links.touched[at]) {
            for (const std::size_t writer : links.writers[key]) {
                if (writer < at) {
                    include(writer);
                }
            }
        }
        for (std::size_t earlier = 0; earlier < at; ++earlier) {
            if (draft.parts[earlier].source == draft.parts[at].source) {
                include(earlier);
            }
        }
    }
    if (cone.empty()) {
        std::vector<std::size_t> all(count);
        std::iota(all.begin(), all.end(), std::size_t{0});
        return all;
    }
    return {cone.begin(), cone.end()};
}

}  // namespace parallax::replay
