#pragma once

#include "replay/bundle/bundle_draft.hpp"
#include "verifier/crypto/signature.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace parallax::replay {

/// The key of canonical account `n`: the same on every machine, so that anybody can sign for it.
[[nodiscard]] const crypto::SigningKey& canonical_signing_key(std::size_t n);
/// `A`, `B`, ... `Z`, `A1`, ...
[[nodiscard]] std::string canonical_name(std::size_t n);

/// The draft with every account replaced by a canonical one, in the order in which the block names
/// them, and every transaction signed anew by its source. What depends on an account in another way
/// than by holding its bytes (proofs, contract addresses) is not followed.
[[nodiscard]] BundleDraft with_canonical_accounts(const BundleDraft& draft);

/// Accounts of a draft: sources and destinations in block order, then those of rows.
[[nodiscard]] std::vector<model::PublicKey> accounts_of(const BundleDraft& draft);

}  // namespace parallax::replay
