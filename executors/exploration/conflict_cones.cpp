#include "executors/exploration/conflict_cones.hpp"

#include "verifier/codec/hashing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace parallax {
namespace {

bool is_change(AccessKind kind) {
    switch (kind) {
        case AccessKind::kWrite:
        case AccessKind::kSpend:
        case AccessKind::kCredit:
        case AccessKind::kOutput:
            return true;
        case AccessKind::kRead:
        case AccessKind::kReadSpendable:
            return false;
    }
    return false;
}

/// Who touched a key, in block order.
struct Touch {
    std::uint32_t transaction = 0;
    bool changes = false;
};
using Touches = std::map<StateKey, std::vector<Touch>>;

Touches touches_of(const AccessLog& log) {
    Touches touches;
    for (const Access& access : log.accesses) {
        const std::uint32_t transaction = access.transaction.value();
        if (transaction == kEpilogueTransaction || access.key.family == Family::kCounter) {
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

/// The pair and every earlier transaction of their sources.
ConflictCone close_over_nonces(const AdmittedBlock& block, std::uint32_t first,
                               std::uint32_t second) {
    const auto& transactions = block.transactions();
    ConflictCone cone;
    for (std::uint32_t i = 0; i <= second; ++i) {
        const PublicKey& source = transactions[i].transaction.source;
        const bool of_first = i <= first && source == transactions[first].transaction.source;
        const bool of_second = source == transactions[second].transaction.source;
        if (of_first || of_second) {
            cone.push_back(i);
        }
    }
    return cone;
}

using TypePair = std::pair<TransactionType, TransactionType>;

}  // namespace

std::vector<ConflictCone> conflict_cones(const AdmittedBlock& block, const AccessLog& log,
                                         std::size_t max_size, std::size_t max_cones) {
    std::map<TypePair, std::vector<ConflictCone>> by_types;
    std::set<ConflictCone> known;
    for (const auto& [key, list] : touches_of(log)) {
        for (std::size_t i = 1; i < list.size(); ++i) {
            const Touch& a = list[i - 1];
            const Touch& b = list[i];
            if ((!a.changes && !b.changes) || b.transaction >= block.transactions().size()) {
                continue;
            }
            ConflictCone cone = close_over_nonces(block, a.transaction, b.transaction);
            if (cone.size() < 2 || cone.size() > max_size || !known.insert(cone).second) {
                continue;
            }
            const auto type = [&](std::uint32_t index) {
                return transaction_type(block.transactions()[index].transaction.payload);
            };
            by_types[{type(a.transaction), type(b.transaction)}].push_back(std::move(cone));
        }
    }
    std::vector<std::vector<ConflictCone>*> groups;
    for (auto& [types, cones] : by_types) {
        std::sort(cones.begin(), cones.end());
        groups.push_back(&cones);
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto* a, const auto* b) { return a->size() < b->size(); });
    std::vector<ConflictCone> chosen;
    for (std::size_t round = 0; chosen.size() < max_cones; ++round) {
        const std::size_t before = chosen.size();
        for (auto* group : groups) {
            if (round < group->size() && chosen.size() < max_cones) {
                chosen.push_back(std::move((*group)[round]));
            }
        }
        if (chosen.size() == before) {
            break;
        }
    }
    return chosen;
}

absl::StatusOr<AdmittedBlock> cut_block(const AdmittedBlock& block, const ConflictCone& cone,
                                        const Profile& profile) {
    Block cut;
    cut.placement = block.placement();
    cut.header = block.header();
    cut.header.transaction_hashes.clear();
    for (const std::uint32_t index : cone) {
        const AdmittedTransaction& admitted = block.transactions()[index];
        cut.header.transaction_hashes.push_back(admitted.hash);
        cut.transactions.push_back(admitted.transaction);
    }
    cut.hash = block_hash(cut.header);
    return admit(std::move(cut), profile);
}

}  // namespace parallax
