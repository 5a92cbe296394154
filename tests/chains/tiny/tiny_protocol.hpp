#pragma once

#include "tests/chains/tiny/tiny_block.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace parallax::tiny {

inline constexpr std::uint64_t kReward = 1'000;
/// The fee of each call whose number is a multiple of it comes back.
inline constexpr std::uint64_t kLuckyCall = 10;

/// The number in a slot, as calls see it.
[[nodiscard]] model::StateKey slot_key(std::uint8_t slot);
[[nodiscard]] model::StateKey name_key(const std::string& name);

/// The rules. A block pays its miner before its transactions, and the miner may spend that at once;
/// fees are burned; a transaction that fails leaves nothing.
class TinyProtocol final : public protocol::Protocol {
  public:
    [[nodiscard]] static protocol::ProtocolFamily family() noexcept;

    using Protocol::admit;
    [[nodiscard]] std::shared_ptr<const Protocol> copy() const override {
        return std::make_shared<const TinyProtocol>(*this);
    }
    [[nodiscard]] protocol::ProtocolId id() const override {
        return {"testnet", "tiny", failures()};
    }
    [[nodiscard]] protocol::FailureModel failures() const noexcept override {
        return protocol::FailureModel::kOrphanAtomic;
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
    void initialize(protocol::TransactionState& state, const protocol::RuleContext& context,
                    model::BlockTotals& totals) const override;
    [[nodiscard]] protocol::RuleResult execute(protocol::TransactionState& state,
                                               model::TxIndex index,
                                               const protocol::RuleContext& context) const override;
    void finalize(protocol::TransactionState& /*state*/, const protocol::RuleContext& /*context*/,
                  model::BlockTotals& /*totals*/) const override {}
    void check_invariants(const protocol::InvariantCase& judged) const override;
    [[nodiscard]] std::optional<model::StateKey> row_of_code(const protocol::AdmittedBlock& block,
                                                             model::TxIndex index,
                                                             model::ErrorCode code) const override;
    void write(base::ByteWriter& /*writer*/) const override {}
};

/// The rules that a program of this chain knows.
[[nodiscard]] const protocol::ProtocolSet& tiny_protocols();

}  // namespace parallax::tiny
