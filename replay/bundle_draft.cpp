#include "replay/bundle_draft.hpp"

#include "verifier/codec/hashing.hpp"
#include "verifier/codec/wire.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace parallax {
namespace {

bool by_key(const RecordedRow& a, const RecordedRow& b) {
    return a.key < b.key;
}

/// Rows of executed markers move with the hashes; all others stay.
std::vector<RecordedRow> rows_under(const std::vector<RecordedRow>& rows,
                                    const std::multimap<Hash, Hash>& renamed) {
    std::vector<RecordedRow> moved;
    for (const RecordedRow& row : rows) {
        if (row.key.family != Family::kExecutedTransaction) {
            moved.push_back(row);
            continue;
        }
        const auto [begin, end] = renamed.equal_range(Hash::from_array(row.key.owner));
        for (auto entry = begin; entry != end; ++entry) {
            moved.push_back({executed_transaction_key(entry->second), row.value});
        }
    }
    std::sort(moved.begin(), moved.end(), by_key);
    const auto same = [](const RecordedRow& a, const RecordedRow& b) { return a.key == b.key; };
    moved.erase(std::unique(moved.begin(), moved.end(), same), moved.end());
    return moved;
}

}  // namespace

absl::StatusOr<BundleDraft> BundleDraft::open(const Bundle& bundle) {
    auto block = decode_block(bundle.block, bundle.placement);
    if (!block.ok()) {
        return block.status();
    }
    BundleDraft draft;
    draft.bundle = bundle;
    draft.header = std::move(block->header);
    for (std::size_t i = 0; i < block->transactions.size(); ++i) {
        Part part;
        part.known_as = draft.header.transaction_hashes[i];
        part.transaction = std::move(block->transactions[i]);
        part.as_signed = i < bundle.signed_transactions.size()
                             ? bundle.signed_transactions[i]
                             : encode_transaction(part.transaction);
        part.executed = i < bundle.control.results.size() &&
                        bundle.control.results[i].status == TransactionStatus::kExecuted;
        draft.parts.push_back(std::move(part));
    }
    return draft;
}

BundleDraft BundleDraft::with_only(std::span<const std::size_t> kept, Closure closure) const {
    BundleDraft draft;
    draft.bundle = bundle;
    draft.header = header;
    std::map<PublicKey, std::uint64_t> gone;
    std::set<PublicKey> broken;
    std::size_t next = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool stays = next < kept.size() && kept[next] == i;
        next += stays ? 1U : 0U;
        const PublicKey& sender = parts[i].transaction.source;
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
            part.transaction.nonce = Nonce{nonce - std::min(nonce, gone[sender])};
        }
        draft.parts.push_back(std::move(part));
    }
    return draft;
}

Bundle BundleDraft::seal() const {
    Block block;
    block.header = header;
    block.header.transaction_hashes.clear();
    std::multimap<Hash, Hash> renamed;
    std::vector<Bytes> as_signed;
    bool differs = false;
    for (const Part& part : parts) {
        const Bytes wire = encode_transaction(part.transaction);
        const Hash hash = blake3(wire);
        block.header.transaction_hashes.push_back(hash);
        block.transactions.push_back(part.transaction);
        renamed.emplace(part.known_as, hash);
        differs = differs || wire != part.as_signed;
        as_signed.push_back(part.as_signed);
    }
    Bundle sealed = bundle;
    sealed.signed_transactions = differs ? std::move(as_signed) : std::vector<Bytes>{};
    sealed.pre_state = rows_under(bundle.pre_state, renamed);
    sealed.block = encode_block(block);
    if (sealed.block != bundle.block) {
        sealed.schedule.reset();
        sealed.recorded.reset();
    }
    return sealed;
}

}  // namespace parallax
