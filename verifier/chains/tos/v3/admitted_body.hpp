#pragma once

#include "verifier/chains/tos/v3/block.hpp"
#include "verifier/protocol/admitted_block.hpp"

#include <vector>

namespace parallax::tos::v3 {

/// A decoded transaction with what follows from its bytes alone.
struct AdmittedEntry {
    Transaction transaction;
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
[[nodiscard]] inline const Transaction& transaction_of(const protocol::AdmittedBlock& block,
                                                       model::TxIndex index) {
    return body_of(block).entries[index.value()].transaction;
}

}  // namespace parallax::tos::v3
