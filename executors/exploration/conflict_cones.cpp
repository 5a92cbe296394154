#include "executors/exploration/conflict_cones.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace parallax::executors::exploration {
namespace {

bool is_change(model::AccessKind kind) {
    switch (kind) {
        case model::AccessKind::kWrite:
        case model::AccessKind::kSpend:
        case model::AccessKind::kCredit:
        case model::AccessKind::kOutput:
            return true;
        case model::AccessKind::kRead:
        case model::AccessKind::kReadSpendable:
            return false;
    }
    return false;
}

/// Who touched a key, in block order.
struct Touch {
    std::uint32_t transaction = 0;
    bool changes = false;
};
using Touches = std::map<model::StateKey, std::vector<Touch>>;

Touches touches_of(const model::AccessLog& log) {
    Touches touches;
    for (const model::Access& access : log.accesses) {
        const std::uint32_t transaction = access.transaction.value();
        if (!model::is_transaction(transaction) || access.key.family == model::Family::kCounter) {
            continue;
        }
        auto& list = touches[access.key];
        if (list.empty() || list.back().transaction != transaction) {
            list.push_back({transaction, false});
        }
        list.back().changes = list.back().changes || is_change(access.kind);
    }
    return touches;
}

/// Two or three transactions that meet, ascending.
using Meeting = std::vector<std::uint32_t>;

/// Triples are made of at most so many pairs of one transaction.
constexpr std::size_t kMaxPairsOfOne = 8;

/// They and every earlier transaction of their sources.
ConflictCone close_over_nonces(const protocol::AdmittedBlock& block, const Meeting& meeting) {
    const auto& transactions = block.transactions();
    ConflictCone cone;
    for (std::uint32_t i = 0; i <= meeting.back(); ++i) {
        const bool needed = std::any_of(meeting.begin(), meeting.end(), [&](std::uint32_t member) {
            return i <= member && transactions[i].source == transactions[member].source;
        });
        if (needed) {
            cone.push_back(i);
        }
    }
    return cone;
}

/// Each transaction with the one before it that touched the same key.
std::set<Meeting> pairs_of(const protocol::AdmittedBlock& block, const model::AccessLog& log) {
    std::set<Meeting> pairs;
    for (const auto& [key, list] : touches_of(log)) {
        for (std::size_t i = 1; i < list.size(); ++i) {
            const Touch& a = list[i - 1];
            const Touch& b = list[i];
            if ((a.changes || b.changes) && b.transaction < block.transactions().size()) {
                pairs.insert({a.transaction, b.transaction});
            }
        }
    }
    return pairs;
}

/// Pairs that have one transaction in common.
std::set<Meeting> triples_of(const std::set<Meeting>& pairs) {
    std::map<std::uint32_t, std::vector<const Meeting*>> by_member;
    for (const Meeting& pair : pairs) {
        for (const std::uint32_t member : pair) {
            auto& list = by_member[member];
            if (list.size() < kMaxPairsOfOne) {
                list.push_back(&pair);
            }
        }
    }
    std::set<Meeting> triples;
    for (const auto& [member, list] : by_member) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            for (std::size_t j = i + 1; j < list.size(); ++j) {
                std::set<std::uint32_t> all(list[i]->begin(), list[i]->end());
                all.insert(list[j]->begin(), list[j]->end());
                triples.insert(Meeting(all.begin(), all.end()));
            }
        }
    }
    return triples;
}

/// Adds one cone of each combination of types after the other, the rarest combination first.
void choose(const protocol::AdmittedBlock& block, const std::set<Meeting>& meetings,
            const ConeOptions& options, std::set<ConflictCone>& known,
            std::vector<ConflictCone>& chosen) {
    std::map<std::vector<model::TransactionType>, std::vector<ConflictCone>> by_types;
    for (const Meeting& meeting : meetings) {
        ConflictCone cone = close_over_nonces(block, meeting);
        if (cone.size() < 2 || cone.size() > options.max_size || !known.insert(cone).second) {
            continue;
        }
        std::vector<model::TransactionType> types;
        for (const std::uint32_t member : meeting) {
            types.push_back(block.transactions()[member].type);
        }
        by_types[types].push_back(std::move(cone));
    }
    std::vector<std::vector<ConflictCone>*> groups;
    for (auto& [types, cones] : by_types) {
        std::sort(cones.begin(), cones.end());
        groups.push_back(&cones);
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto* a, const auto* b) { return a->size() < b->size(); });
    for (std::size_t round = 0; chosen.size() < options.max_cones; ++round) {
        const std::size_t before = chosen.size();
        for (auto* group : groups) {
            if (round < group->size() && chosen.size() < options.max_cones) {
                chosen.push_back(std::move((*group)[round]));
            }
        }
        if (chosen.size() == before) {
            return;
        }
    }
}

}  // namespace

std::vector<ConflictCone> conflict_cones(const protocol::AdmittedBlock& block,
                                         const model::AccessLog& log, const ConeOptions& options) {
    std::set<ConflictCone> known;
    std::vector<ConflictCone> chosen;
    const std::set<Meeting> pairs = pairs_of(block, log);
    choose(block, pairs, options, known, chosen);
    if (options.meeting >= kMaxMeeting) {
        choose(block, triples_of(pairs), options, known, chosen);
    }
    return chosen;
}

absl::StatusOr<protocol::AdmittedBlock> cut_block(const protocol::AdmittedBlock& block,
                                                  const ConflictCone& cone,
                                                  const protocol::Protocol& protocol) {
    auto cut = protocol.edit(block.wire());
    if (!cut.ok()) {
        return cut.status();
    }
    (*cut)->keep(std::vector<std::size_t>(cone.begin(), cone.end()));
    return protocol.admit((*cut)->wire(), block.placement());
}

}  // namespace parallax::executors::exploration
