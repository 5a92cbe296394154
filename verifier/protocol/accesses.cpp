#include "verifier/protocol/accesses.hpp"

#include "verifier/model/families.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace parallax::protocol {
namespace {

/// First byte of a conflict key: what kind of thing its 32 bytes name.
enum class ConflictKind : std::uint8_t { kAccount = 0, kContract = 1, kName = 2, kWhole = 3 };

ConflictKey conflict_key(ConflictKind kind, const std::array<std::uint8_t, 32>& name) {
    ConflictKey key;
    key.mutable_bytes()[0] = static_cast<std::uint8_t>(kind);
    std::copy(name.begin(), name.end(), key.mutable_bytes().begin() + 1);
    return key;
}

void add_owner(const model::StateKey& key, std::vector<ConflictKey>& conflicts) {
    switch (model::family_row(key.family).owner) {
        case model::KeyPart::kAccount:
            conflicts.push_back(conflict_key(ConflictKind::kAccount, key.owner));
            return;
        case model::KeyPart::kHash:
            conflicts.push_back(conflict_key(
                key.family == model::Family::kName ? ConflictKind::kName : ConflictKind::kContract,
                key.owner));
            return;
        // One row for all, as the state of AI mining: its family is its name.
        case model::KeyPart::kAsset:
        case model::KeyPart::kNone: {
            ConflictKey whole = conflict_key(ConflictKind::kWhole, key.owner);
            whole.mutable_bytes()[1] ^= static_cast<std::uint8_t>(key.family);
            conflicts.push_back(whole);
            return;
        }
        case model::KeyPart::kCounter:
            return;
    }
}

}  // namespace

ConflictKey account_conflict_key(const model::PublicKey& account) {
    return conflict_key(ConflictKind::kAccount, account.bytes());
}

std::vector<ConflictKey> conflict_keys(const AdmittedTransaction& transaction,
                                       const Accesses& accesses) {
    std::vector<ConflictKey> conflicts = {account_conflict_key(transaction.source)};
    for (const auto* rows : {&accesses.written, &accesses.read}) {
        for (const model::StateKey& key : *rows) {
            if (key.owner != transaction.source.bytes() && !never_conflicts(key.family)) {
                add_owner(key, conflicts);
            }
        }
    }
    std::sort(conflicts.begin(), conflicts.end());
    conflicts.erase(std::unique(conflicts.begin(), conflicts.end()), conflicts.end());
    return conflicts;
}

}  // namespace parallax::protocol
