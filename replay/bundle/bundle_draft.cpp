#include "replay/bundle/bundle_draft.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace parallax::replay {
namespace {

bool by_key(const core::RecordedRow& a, const core::RecordedRow& b) {
    return a.key < b.key;
}

/// Rows of executed markers move with the hashes; all others stay.
std::vector<core::RecordedRow> rows_under(const std::vector<core::RecordedRow>& rows,
                                          const std::multimap<model::Hash, model::Hash>& renamed) {
    std::vector<core::RecordedRow> moved;
    for (const core::RecordedRow& row : rows) {
        if (row.key.family != model::Family::kExecutedTransaction) {
            moved.push_back(row);
            continue;
        }
        const auto [begin, end] = renamed.equal_range(model::Hash::from_array(row.key.owner));
        for (auto entry = begin; entry != end; ++entry) {
            moved.push_back({model::executed_transaction_key(entry->second), row.value});
        }
    }
    std::sort(moved.begin(), moved.end(), by_key);
    const auto same = [](const core::RecordedRow& a, const core::RecordedRow& b) {
        return a.key == b.key;
    };
    moved.erase(std::unique(moved.begin(), moved.end(), same), moved.end());
    return moved;
}

}  // namespace

absl::StatusOr<BundleDraft> BundleDraft::open(const Bundle& bundle) {
    auto block = bundle.protocol->edit(bundle.block);
    if (!block.ok()) {
        return block.status();
    }
    BundleDraft draft;
    draft.bundle = bundle;
    draft.block = *std::move(block);
    for (std::size_t i = 0; i < draft.block->size(); ++i) {
        Part part;
        part.source = draft.block->source(i);
        part.known_as = draft.block->transaction_hash(i);
        part.as_signed = i < bundle.signed_transactions.size() ? bundle.signed_transactions[i]
                                                               : draft.block->transaction_wire(i);
        part.executed = i < bundle.control.results.size() &&
                        bundle.control.results[i].status == model::TransactionStatus::kExecuted;
        draft.parts.push_back(std::move(part));
    }
    return draft;
}

BundleDraft BundleDraft::with_only(std::span<const std::size_t> kept, Closure closure) const {
    BundleDraft draft;
    draft.bundle = bundle;
    draft.block = block;
    std::map<model::PublicKey, std::uint64_t> gone;
    std::set<model::PublicKey> broken;
    std::vector<std::size_t> positions;
    std::size_t next = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool stays = next < kept.size() && kept[next] == i;
        next += stays ? 1U : 0U;
        const model::PublicKey& sender = parts[i].source;
        if (!stays) {
            gone[sender] += parts[i].executed ? 1U : 0U;
            broken.insert(sender);
            continue;
        }
        if (closure == Closure::kDropLater && broken.contains(sender)) {
            continue;
        }
        if (closure == Closure::kRenumber) {
            const std::uint64_t nonce = block->nonce(i).value();
            draft.block->set_nonce(i, model::Nonce{nonce - std::min(nonce, gone[sender])});
        }
        positions.push_back(i);
        draft.parts.push_back(parts[i]);
    }
    draft.block->keep(positions);
    return draft;
}

Bundle BundleDraft::seal() const {
    std::multimap<model::Hash, model::Hash> renamed;
    std::vector<base::Bytes> as_signed;
    bool differs = false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        renamed.emplace(parts[i].known_as, block->transaction_hash(i));
        differs = differs || block->transaction_wire(i) != parts[i].as_signed;
        as_signed.push_back(parts[i].as_signed);
    }
    Bundle sealed = bundle;
    sealed.signed_transactions = differs ? std::move(as_signed) : std::vector<base::Bytes>{};
    sealed.pre_state = rows_under(bundle.pre_state, renamed);
    sealed.block = block->wire();
    if (sealed.block != bundle.block) {
        sealed.schedule.reset();
        sealed.recorded.reset();
    }
    return sealed;
}

}  // namespace parallax::replay
