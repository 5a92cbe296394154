#pragma once

#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/protocol/admitted_block.hpp"

#include <cstddef>
#include <vector>

namespace parallax::tos::e1 {

/// A decoded transaction with what follows from its bytes alone.
struct AdmittedEntry {
    Transaction transaction;
    /// As the minimum fee counts its bytes (protocol notes, 1).
    std::size_t computed_size = 0;
    /// What the source signs (3.1).
    base::Bytes signing_bytes;
};

/// What this chain's rules read of a block.
struct AdmittedBody final : protocol::BlockBody {
    BlockHeader header;
    /// One per transaction of the block.
    std::vector<AdmittedEntry> entries;

    [[nodiscard]] crypto::SignatureCheck check_signature(model::TxIndex index) const override;
};

/// Requires a block that this chain admitted.
[[nodiscard]] inline const AdmittedBody& body_of(const protocol::AdmittedBlock& block) {
    return static_cast<const AdmittedBody&>(block.body());
}
[[nodiscard]] inline const AdmittedEntry& entry_of(const protocol::AdmittedBlock& block,
                                                   model::TxIndex index) {
    return body_of(block).entries[index.value()];
}
[[nodiscard]] inline const Transaction& transaction_of(const protocol::AdmittedBlock& block,
                                                       model::TxIndex index) {
    return entry_of(block, index).transaction;
}

}  // namespace parallax::tos::e1
