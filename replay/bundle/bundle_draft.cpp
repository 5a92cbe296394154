#include "replay/bundle/bundle_draft.hpp"

#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"

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
    auto decoded = tos::e1::decode_block(bundle.block, bundle.placement);
    if (!decoded.ok()) {
        return decoded.status();
    }
    tos::e1::Block* const block = &decoded->block;
    BundleDraft draft;
    draft.bundle = bundle;
    draft.header = std::move(block->header);
    for (std::size_t i = 0; i < block->transactions.size(); ++i) {
        Part part;
        part.known_as = draft.header.transaction_hashes[i];
        part.transaction = std::move(block->transactions[i]);
        part.as_signed = i < bundle.signed_transactions.size()
                             ? bundle.signed_transactions[i]
                             : tos::e1::encode_transaction(part.transaction);
        part.executed = i < bundle.control.results.size() &&
                        bundle.control.results[i].status == model::TransactionStatus::kExecuted;
        draft.parts.push_back(std::move(part));
    }
    return draft;
}

BundleDraft BundleDraft::with_only(std::span<const std::size_t> kept, Closure closure) const {
    BundleDraft draft;
    draft.bundle = bundle;
    draft.header = header;
    std::map<model::PublicKey, std::uint64_t> gone;
    std::set<model::PublicKey> broken;
    std::size_t next = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool stays = next < kept.size() && kept[next] == i;
        next += stays ? 1U : 0U;
        const model::PublicKey& sender = parts[i].transaction.source;
        if (!stays) {
            gone[sender] += parts[i].executed ? 1U : 0U;
            broken.insert(sender);
            continue;
        }
        if (closure == Closure::kDropLater && broken.contains(sender)) {
            continue;
        }
        Part part = parts[i];
        if (closure == Closure::kRenumber) {
            const std::uint64_t nonce = part.transaction.nonce.value();
            part.transaction.nonce = model::Nonce{nonce - std::min(nonce, gone[sender])};
        }
        draft.parts.push_back(std::move(part));
    }
    return draft;
}

Bundle BundleDraft::seal() const {
    tos::e1::Block block;
    block.header = header;
    block.header.transaction_hashes.clear();
    std::multimap<model::Hash, model::Hash> renamed;
    std::vector<base::Bytes> as_signed;
    bool differs = false;
    for (const Part& part : parts) {
        const base::Bytes wire = tos::e1::encode_transaction(part.transaction);
        const model::Hash hash = crypto::blake3(wire);
        block.header.transaction_hashes.push_back(hash);
        block.transactions.push_back(part.transaction);
        renamed.emplace(part.known_as, hash);
        differs = differs || wire != part.as_signed;
        as_signed.push_back(part.as_signed);
    }
    Bundle sealed = bundle;
    sealed.signed_transactions = differs ? std::move(as_signed) : std::vector<base::Bytes>{};
    sealed.pre_state = rows_under(bundle.pre_state, renamed);
    sealed.block = tos::e1::encode_block(block);
    if (sealed.block != bundle.block) {
        sealed.schedule.reset();
        sealed.recorded.reset();
    }
    return sealed;
}

}  // namespace parallax::replay
