#include "replay/canonical_names.hpp"

#include "replay/account_renaming.hpp"
#include "verifier/codec/signature.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/model/families.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace parallax {

const SigningKey& canonical_signing_key(std::size_t n) {
    static std::vector<SigningKey> keys;
    while (keys.size() <= n) {
        std::array<std::uint8_t, 32> seed{};
        seed.fill('p');
        seed[0] = static_cast<std::uint8_t>(keys.size());
        seed[1] = static_cast<std::uint8_t>(keys.size() >> 8);
        keys.push_back(SigningKey::from_seed(seed));
    }
    return keys[n];
}

std::string canonical_name(std::size_t n) {
    std::string name(1, static_cast<char>('A' + n % 26));
    return n < 26 ? name : name + std::to_string(n / 26);
}

std::vector<PublicKey> accounts_of(const BundleDraft& draft) {
    std::set<PublicKey> known;
    for (const BundleDraft::Part& part : draft.parts) {
        known.insert(part.transaction.source);
    }
    for (const RecordedRow& row : draft.bundle.pre_state) {
        if (family_row(row.key.family).owner == KeyPart::kAccount) {
            known.insert(PublicKey::from_array(row.key.owner));
        }
    }
    known.erase(draft.bundle.rules.dev_key);
    std::vector<PublicKey> accounts;
    const auto take = [&](const PublicKey& account) {
        if (known.erase(account) != 0) {
            accounts.push_back(account);
        }
    };
    for (const BundleDraft::Part& part : draft.parts) {
        take(part.transaction.source);
        const Bytes wire = encode_transaction(part.transaction);
        for (std::size_t at = 0; at + 32 <= wire.size(); ++at) {
            take(PublicKey::from_span(std::span<const std::uint8_t, 32>(wire.data() + at, 32)));
        }
    }
    accounts.insert(accounts.end(), known.begin(), known.end());
    return accounts;
}

BundleDraft with_canonical_accounts(const BundleDraft& draft) {
    AccountRenaming names;
    std::map<PublicKey, std::size_t> signers;
    std::size_t n = 0;
    for (const PublicKey& account : accounts_of(draft)) {
        const PublicKey& name = canonical_signing_key(n).public_key();
        names.add(account, name);
        signers.emplace(name, n++);
    }
    BundleDraft result = draft;
    result.header.miner = names.of(draft.header.miner);
    for (BundleDraft::Part& part : result.parts) {
        auto transaction =
            decode_transaction(names.in(encode_transaction(part.transaction)), Trailing::kRejected);
        if (!transaction.ok()) {
            continue;  // it keeps its names, and the finding will tell whether that matters
        }
        part.transaction = *std::move(transaction);
        if (const auto signer = signers.find(part.transaction.source); signer != signers.end()) {
            part.transaction.signature =
                canonical_signing_key(signer->second).sign(signing_bytes(part.transaction));
        }
    }
    for (RecordedRow& row : result.bundle.pre_state) {
        row = names.row(row);
    }
    std::sort(result.bundle.pre_state.begin(), result.bundle.pre_state.end(),
              [](const RecordedRow& a, const RecordedRow& b) { return a.key < b.key; });
    return result;
}

}  // namespace parallax
