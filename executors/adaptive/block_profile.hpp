#pragma once

#include "verifier/protocol/protocol.hpp"

#include <cstdint>

namespace parallax::executors::adaptive {

/// What the choice of an executor is made from: taken from the block's bytes, deterministic.
struct BlockProfile {
    std::uint32_t transactions = 0;
    /// Transfers and burns that pay their fee in TOS: what the dense path decides.
    std::uint32_t plain = 0;
    /// Calls and constructors of contracts.
    std::uint32_t contracts = 0;
    /// Transactions that share an account, contract or name with an earlier one of the block.
    std::uint32_t conflicting = 0;

    /// In percent, rounded down; 0 for an empty block.
    [[nodiscard]] std::uint32_t plain_percent() const noexcept;
    [[nodiscard]] std::uint32_t contract_percent() const noexcept;
    [[nodiscard]] std::uint32_t conflict_percent() const noexcept;
};

/// Sizes and types only: a few nanoseconds a transaction. `conflicting` stays 0.
[[nodiscard]] BlockProfile profile_types(const protocol::AdmittedBlock& block);
/// Fills `conflicting`: hashes every account of the block.
void profile_conflicts(const protocol::Protocol& protocol, const protocol::AdmittedBlock& block,
                       BlockProfile& profile);

}  // namespace parallax::executors::adaptive
