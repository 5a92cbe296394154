#pragma once

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/protocol/protocol.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace parallax::testbed {

inline constexpr std::string_view kVectorProfileName = "e1-vectors";

/// The public vectors' harness (protocol notes, 4.1 and 7) as rules of its own around E1's: what it
/// does before and instead of the node's own way. Transactions alone: nothing is paid and counted
/// at the end.
class VectorProtocol final : public protocol::Protocol {
  public:
    enum class Kind : std::uint8_t {
        /// One transaction: pre-checks H1-H5 and shortcuts (4.1, 5.5.1, 5.10, 5.12).
        kTransaction = 0,
        /// A list of transactions (7).
        kBlock = 1,
    };
    /// On devnet; any failure rejects the block.
    explicit VectorProtocol(Kind kind);
    VectorProtocol(Kind kind, tos::e1::Profile rules);

    [[nodiscard]] static protocol::ProtocolFamily family() noexcept;
    /// E1 on devnet as the harness runs it, for vectors of whole chains (8).
    [[nodiscard]] static tos::e1::Profile devnet_rules();

    using Protocol::admit;
    [[nodiscard]] std::shared_ptr<const Protocol> copy() const override {
        return std::make_shared<const VectorProtocol>(*this);
    }
    [[nodiscard]] protocol::ProtocolId id() const override;
    [[nodiscard]] protocol::FailureModel failures() const noexcept override {
        return rules_.failure_model;
    }
    [[nodiscard]] absl::StatusOr<protocol::AdmittedBlock> admit(
        std::span<const std::uint8_t> wire, const protocol::Admission& admission) const override;
    [[nodiscard]] absl::StatusOr<model::Hash> block_hash(
        std::span<const std::uint8_t> wire) const override;
    [[nodiscard]] absl::StatusOr<protocol::EditableBlock> edit(
        std::span<const std::uint8_t> wire) const override {
        return rules_.edit(wire);
    }
    [[nodiscard]] absl::Status accesses(const protocol::AdmittedBlock& block, model::TxIndex index,
                                        const protocol::BlockStateReader* state,
                                        protocol::Accesses& out) const override {
        return rules_.accesses(block, index, state, out);
    }
    [[nodiscard]] std::vector<model::StateKey> block_rows(
        const protocol::AdmittedBlock& /*block*/) const override {
        return {};
    }
    [[nodiscard]] bool runs_whole_blocks() const noexcept override { return false; }
    [[nodiscard]] absl::StatusOr<std::optional<protocol::BlockRejection>> check_block(
        const protocol::StateView& view, const protocol::RuleContext& context,
        const std::atomic<bool>& cancelled) const override;
    [[nodiscard]] protocol::RuleResult execute(protocol::TransactionState& state,
                                               model::TxIndex index,
                                               const protocol::RuleContext& context) const override;
    void finalize(protocol::TransactionState& /*state*/, const protocol::RuleContext& /*context*/,
                  model::BlockTotals& /*totals*/) const override {}
    void check_invariants(const protocol::InvariantCase& judged) const override;
    [[nodiscard]] std::optional<model::StateKey> row_of_code(const protocol::AdmittedBlock& block,
                                                             model::TxIndex index,
                                                             model::ErrorCode code) const override {
        return rules_.row_of_code(block, index, code);
    }
    [[nodiscard]] std::span<const protocol::TypeUse> type_uses() const noexcept override {
        return rules_.type_uses();
    }
    void write(base::ByteWriter& writer) const override;

  private:
    const Kind kind_;
    const tos::e1::Profile rules_;
};

}  // namespace parallax::testbed
