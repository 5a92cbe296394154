#pragma once

#include "verifier/chains/tos/e1/constants.hpp"
#include "verifier/chains/tos/e1/epoch.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace parallax::tos::e1 {

/// The rules of epoch E1 or HEAD on one network: constants and switches, and the door to the rules.
/// A plain value while it is set up; const from then on.
struct Profile final : protocol::Protocol {
    /// HEAD is E1 without some kinds of transaction: the wire tells them apart, and the rules of
    /// what both have are the same.
    Epoch epoch = Epoch::kE1;
    std::uint8_t chain_id = kDevnetChainId;
    protocol::FailureModel failure_model = protocol::FailureModel::kOrphanAtomic;
    /// Blocks of a "day": freeze durations and cooldown count in it (protocol notes, 1).
    std::uint64_t blocks_per_day = kBlocksPerDayDevnet;
    /// Receives the development share of each reward (8.3).
    model::PublicKey dev_key;
    /// The only version of a block's header whose rules these are.
    std::uint8_t block_version = 0;

    using Protocol::admit;
    [[nodiscard]] std::shared_ptr<const Protocol> copy() const override {
        return std::make_shared<const Profile>(*this);
    }
    [[nodiscard]] protocol::ProtocolId id() const override;
    [[nodiscard]] protocol::FailureModel failures() const noexcept override {
        return failure_model;
    }
    [[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit(
        std::span<const std::uint8_t> wire, const protocol::Admission& admission) const override;
    [[nodiscard]] absl::StatusOr<model::Hash> block_hash(
        std::span<const std::uint8_t> wire) const override;
    [[nodiscard]] absl::StatusOr<protocol::EditableBlock> edit(
        std::span<const std::uint8_t> wire) const override;
    [[nodiscard]] absl::Status accesses(const protocol::AdmittedBlock& block, model::TxIndex index,
                                        const protocol::BlockStateReader* state,
                                        protocol::Accesses& out) const override;
    [[nodiscard]] std::vector<model::StateKey> block_rows(
        const protocol::AdmittedBlock& block) const override;
    [[nodiscard]] std::vector<model::PublicKey> named_accounts() const override {
        return {dev_key};
    }
    [[nodiscard]] protocol::RuleResult execute(protocol::TransactionState& state,
                                               model::TxIndex index,
                                               const protocol::RuleContext& context) const override;
    void finalize(protocol::TransactionState& state, const protocol::RuleContext& context,
                  model::BlockTotals& totals) const override;
    [[nodiscard]] bool passes_without_state(model::TxIndex index,
                                            const protocol::RuleContext& context) const override;
    void check_invariants(const protocol::InvariantCase& judged) const override;
    [[nodiscard]] std::optional<model::StateKey> row_of_code(const protocol::AdmittedBlock& block,
                                                             model::TxIndex index,
                                                             model::ErrorCode code) const override;
    [[nodiscard]] std::span<const protocol::TypeUse> type_uses() const noexcept override;
    void write(base::ByteWriter& writer) const override;

    /// A block that was decoded, or made. What decoding found in the bytes is taken, not found
    /// again; the bodies of one that was made are encoded for it.
    [[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit(
        DecodedBlock decoded, const protocol::Admission& admission) const;
    [[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit(DecodedBlock decoded) const;
    [[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit(Block block) const;
    /// A block whose bodies are not shown: `wire` is its header.
    [[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit_header(
        std::span<const std::uint8_t> wire, const protocol::Admission& admission) const;
    /// Transactions that no block of the chain holds. Its hash is that of the concatenated
    /// transaction hashes, its wire that of a block whose header says nothing else.
    [[nodiscard]] static protocol::AdmittedBlock admit_list(std::vector<Transaction> transactions,
                                                            const protocol::Admission& admission);
};

/// Of `mainnet`, `testnet`, `stagenet` or `devnet`; nothing for another name.
[[nodiscard]] std::optional<Profile> find_profile(std::string_view network,
                                                  Epoch epoch = Epoch::kE1) noexcept;

/// The way in, for `ProtocolSet`.
[[nodiscard]] protocol::ProtocolFamily family(Epoch epoch = Epoch::kE1) noexcept;

}  // namespace parallax::tos::e1
