#pragma once

#include "verifier/chains/tos/v3/constants.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace parallax::tos::v3 {

/// The networks by the number that a node stores.
enum class Network : std::uint8_t { kMainnet = 0, kTestnet = 1, kStagenet = 2, kDevnet = 3 };

/// The rules of epoch V3 on one network (docs/protocol/v3.md). Versions of rows are state, and a
/// transaction that fails leaves what it had done. A plain value while it is set up; const from
/// then on.
struct Profile final : protocol::Protocol {
    Network network = Network::kDevnet;
    /// Receives the development share of each reward.
    model::PublicKey dev_key;

    using Protocol::admit;
    [[nodiscard]] std::shared_ptr<const Protocol> copy() const override {
        return std::make_shared<const Profile>(*this);
    }
    [[nodiscard]] protocol::ProtocolId id() const override;
    [[nodiscard]] protocol::FailureModel failures() const noexcept override {
        return protocol::FailureModel::kOrphanPartial;
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
    void initialize(protocol::TransactionState& state, const protocol::RuleContext& context,
                    model::BlockTotals& totals) const override;
    void finalize(protocol::TransactionState& state, const protocol::RuleContext& context,
                  model::BlockTotals& totals) const override;
    void check_invariants(const protocol::InvariantCase& judged) const override;
    [[nodiscard]] std::optional<model::StateKey> row_of_code(const protocol::AdmittedBlock& block,
                                                             model::TxIndex index,
                                                             model::ErrorCode code) const override;
    void write(base::ByteWriter& writer) const override;
};

/// Of `mainnet`, `testnet`, `stagenet` or `devnet`; nothing for another name.
[[nodiscard]] std::optional<Profile> find_profile(std::string_view network) noexcept;

/// The way in, for `ProtocolSet`.
[[nodiscard]] protocol::ProtocolFamily family() noexcept;

}  // namespace parallax::tos::v3
