#include "replay/shrink/canonical_names.hpp"

#include "replay/twins/account_renaming.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace parallax::replay {

const crypto::SigningKey& canonical_signing_key(std::size_t n) {
    static std::vector<crypto::SigningKey> keys;
    while (keys.size() <= n) {
        std::array<std::uint8_t, 32> seed{};
        seed.fill('p');
        seed[0] = static_cast<std::uint8_t>(keys.size());
        seed[1] = static_cast<std::uint8_t>(keys.size() >> 8);
        keys.push_back(crypto::SigningKey::from_seed(seed));
    }
    return keys[n];
}

std::string canonical_name(std::size_t n) {
    std::string name(1, static_cast<char>('A' + n % 26));
    return n < 26 ? name : name + std::to_string(n / 26);
}

std::vector<model::PublicKey> accounts_of(const BundleDraft& draft) {
    std::set<model::PublicKey> known;
    for (const BundleDraft::Part& part : draft.parts) {
        known.insert(part.source);
    }
    for (const core::RecordedRow& row : draft.bundle.pre_state) {
        if (model::family_row(row.key.family).owner == model::KeyPart::kAccount) {
            known.insert(model::PublicKey::from_array(row.key.owner));
        }
    }
    for (const model::PublicKey& named : draft.bundle.protocol->named_accounts()) {
        known.erase(named);
    }
    std::vector<model::PublicKey> accounts;
    const auto take = [&](const model::PublicKey& account) {
        if (known.erase(account) != 0) {
            accounts.push_back(account);
        }
    };
    for (std::size_t i = 0; i < draft.parts.size(); ++i) {
        take(draft.parts[i].source);
        const base::Bytes wire = draft.block->transaction_wire(i);
        for (std::size_t at = 0; at + 32 <= wire.size(); ++at) {
            take(model::PublicKey::from_span(
                std::span<const std::uint8_t, 32>(wire.data() + at, 32)));
        }
    }
    accounts.insert(accounts.end(), known.begin(), known.end());
    return accounts;
}

BundleDraft with_canonical_accounts(const BundleDraft& draft) {
    AccountRenaming names;
    std::map<model::PublicKey, std::size_t> signers;
    std::size_t n = 0;
    for (const model::PublicKey& account : accounts_of(draft)) {
        const model::PublicKey& name = canonical_signing_key(n).public_key();
        names.add(account, name);
        signers.emplace(name, n++);
    }
    BundleDraft result = draft;
    result.block->set_miner(names.of(draft.block->miner()));
    for (std::size_t i = 0; i < result.parts.size(); ++i) {
        // What is no transaction under other names keeps its own; the finding will tell whether
        // that matters.
        if (!result.block->rename(i, [&](base::Bytes wire) { return names.in(std::move(wire)); })) {
            continue;
        }
        result.parts[i].source = result.block->source(i);
        if (const auto signer = signers.find(result.parts[i].source); signer != signers.end()) {
            result.block->sign(i, canonical_signing_key(signer->second));
        }
    }
    for (core::RecordedRow& row : result.bundle.pre_state) {
        row = names.row(row);
    }
    std::sort(result.bundle.pre_state.begin(), result.bundle.pre_state.end(),
              [](const core::RecordedRow& a, const core::RecordedRow& b) { return a.key < b.key; });
    return result;
}

}  // namespace parallax::replay
