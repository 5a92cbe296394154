#pragma once

#include "verifier/model/identifiers.hpp"
#include "verifier/model/state_key.hpp"

#include <cstdint>

namespace parallax::tos::v3 {

/// A row that lives inside a block only (`protocol::is_block_local`): its number is set as a sender
/// version, so that it reaches no delta.
enum class BlockLocal : std::uint8_t {
    /// Of a sender and an asset: how it spends, an `EntryKind`.
    kEntry = 1,
    /// Of an account and an asset: it received an amount of nothing.
    kEmptyReceipt = 2,
    /// Of a sender and an asset: the sum of what its transactions take.
    kSpentTotal = 7,
    /// The nonce checker's: see nonce_checker.cpp.
    kInitialNonce = 3,
    kExpectedNonce = 4,
    kLastNonce = 5,
    kUsedNonce = 6,
};
[[nodiscard]] model::StateKey block_local_key(BlockLocal kind, const model::PublicKey& account,
                                              const model::AssetId& asset = {});

/// How a sender spends an asset in a block; its first transaction decides.
enum class EntryKind : std::uint8_t {
    /// From a version that its reference found.
    kFound = 1,
    /// The reference lies before the first version that there is (quirk Q2).
    kBrandNew = 2,
};

}  // namespace parallax::tos::v3
