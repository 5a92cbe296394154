#pragma once

#include "verifier/base/byte_writer.hpp"
#include "verifier/model/error_code.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/protocol/accesses.hpp"
#include "verifier/protocol/admitted_block.hpp"
#include "verifier/protocol/block_editor.hpp"
#include "verifier/protocol/block_state.hpp"
#include "verifier/protocol/failure_model.hpp"
#include "verifier/protocol/invariant_case.hpp"
#include "verifier/protocol/signature_source.hpp"
#include "verifier/protocol/transaction_state.hpp"
#include "verifier/protocol/type_use.hpp"

#include "absl/status/statusor.h"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parallax::protocol {

class Protocol;

/// Which rules these are: a part of every verdict's provenance.
struct ProtocolId {
    /// `mainnet`, `devnet`, ...
    std::string network;
    /// The epoch: `e1`.
    std::string profile;
    FailureModel failures = FailureModel::kOrphanAtomic;
    friend bool operator==(const ProtocolId&, const ProtocolId&) = default;
};

/// What the rules need to know besides state and transaction. References stay valid for the call.
struct RuleContext {
    const Protocol& protocol;
    const AdmittedBlock& block;
    const SignatureSource& signatures;
};

/// How one step over one transaction ended.
struct RuleResult {
    /// kExecuted, kFailed, kSkipped or kUnsupported.
    model::TransactionStatus status = model::TransactionStatus::kExecuted;
    model::ErrorCode code = model::ErrorCode::kSuccess;
    /// False if nothing of `TransactionState` may be kept under any failure model.
    bool has_effects = false;
};

/// Why a block was refused before any transaction ran.
struct BlockRejection {
    model::ErrorCode code = model::ErrorCode::kSuccess;
    model::TxIndex transaction;
};

/// The rules of one epoch of a chain on one network: all that the rest of the program sees of a
/// chain. Immutable once it is shared; every method may be called from any thread. A block goes to
/// the protocol that admitted it, or to one that says that it opens the other's blocks.
class Protocol {
  public:
    virtual ~Protocol() = default;
    /// The same rules, to be kept.
    [[nodiscard]] virtual std::shared_ptr<const Protocol> copy() const = 0;

    [[nodiscard]] virtual ProtocolId id() const = 0;
    [[nodiscard]] virtual FailureModel failures() const noexcept = 0;

    /// Decodes a block, checks its structure, and hashes each thing once. The whole of `wire` is
    /// the block. InvalidArgument says what is wrong with it; nothing here depends on state.
    [[nodiscard]] virtual absl::StatusOr<AdmittedBlock> admit(std::span<const std::uint8_t> wire,
                                                              const Admission& admission) const = 0;
    [[nodiscard]] absl::StatusOr<AdmittedBlock> admit(
        std::span<const std::uint8_t> wire, const model::BlockPlacement& placement) const {
        return admit(wire, Admission::at(placement));
    }
    /// A block's identity alone: as `admit`, but its structure is looked at no further than
    /// decoding needs it.
    [[nodiscard]] virtual absl::StatusOr<model::Hash> block_hash(
        std::span<const std::uint8_t> wire) const = 0;
    /// The block taken apart, to be changed (shrinking, twins). As `admit`, but the structure is
    /// looked at no further than decoding needs it.
    [[nodiscard]] virtual absl::StatusOr<EditableBlock> edit(
        std::span<const std::uint8_t> wire) const = 0;

    /// The rows that a transaction may touch. `state` is the block state before it, or null: then
    /// what depends on it is missing, and a row that may be written counts as written. An error is
    /// a failed read.
    [[nodiscard]] virtual absl::Status accesses(const AdmittedBlock& block, model::TxIndex index,
                                                const BlockStateReader* state,
                                                Accesses& out) const = 0;
    /// The rows that the block itself touches, before and after its transactions.
    [[nodiscard]] virtual std::vector<model::StateKey> block_rows(
        const AdmittedBlock& block) const = 0;
    /// False for what executes lists of transactions that are no block of a chain (a harness).
    [[nodiscard]] virtual bool runs_whole_blocks() const noexcept { return true; }
    /// Accounts that the rules themselves name: no renaming may touch them.
    [[nodiscard]] virtual std::vector<model::PublicKey> named_accounts() const { return {}; }

    /// What is checked over the whole block, on the state before it, before any transaction runs.
    /// An error is a failed read, or DeadlineExceeded once `cancelled` is set.
    [[nodiscard]] virtual absl::StatusOr<std::optional<BlockRejection>> check_block(
        const StateView& view, const RuleContext& context,
        const std::atomic<bool>& cancelled) const;

    /// One transaction of a block, on the state that those before it have left: what every executor
    /// runs, once for each and again where its schedule wants it.
    [[nodiscard]] virtual RuleResult execute(TransactionState& state, model::TxIndex index,
                                             const RuleContext& context) const = 0;

    /// What a block does before its transactions, which then see it; fills what `totals` has of it.
    /// Does nothing, unless a chain says otherwise.
    virtual void initialize(TransactionState& state, const RuleContext& context,
                            model::BlockTotals& totals) const;
    /// What a block does after its transactions; fills what `totals` has of it.
    virtual void finalize(TransactionState& state, const RuleContext& context,
                          model::BlockTotals& totals) const = 0;

    /// True for a plain payment that passes every check which needs no state, the signature under
    /// its source key included, if this chain executes it exactly like this:
    ///
    ///   - it fails unless the source has the nonce, no agent record, no configuration of
    ///     co-signers, and of each asset at least the sum of its outputs, the fee added to the
    ///     coin's
    ///   - the source's nonce goes up by one and the sums leave its balances; each output is
    ///     credited on the receiver side, where an account that is not there is created with nonce
    ///     0 at the execution topoheight; a burn of the coin is credited to the burned supply
    ///   - the hash is marked as executed, and fee and gas fee are the stated fee
    ///
    /// What is left then are the reads of its source's rows: an executor that knows those may
    /// decide it by itself. A chain that does otherwise says false.
    [[nodiscard]] virtual bool passes_without_state(model::TxIndex index,
                                                    const RuleContext& context) const;

    /// The laws that an outcome of an accepted block must keep beyond those of every chain,
    /// computed from block and delta without `execute` and `finalize`.
    virtual void check_invariants(const InvariantCase& judged) const = 0;

    /// What each type of transaction can do to rows of each family, for coverage. Types that no
    /// executor runs have none, and neither have families on which two transactions of a block
    /// never share a row. Empty where nobody has said it: then no coverage is told.
    [[nodiscard]] virtual std::span<const TypeUse> type_uses() const noexcept { return {}; }

    /// The row that a code is about, for the transaction that got it; nothing if it is about none.
    [[nodiscard]] virtual std::optional<model::StateKey> row_of_code(const AdmittedBlock& block,
                                                                     model::TxIndex index,
                                                                     model::ErrorCode code) const;

    /// Everything that tells these rules from others of the same profile: what `ProtocolSet::read`
    /// makes them of again.
    virtual void write(base::ByteWriter& writer) const = 0;

  protected:
    Protocol() = default;
    Protocol(const Protocol&) = default;
    Protocol& operator=(const Protocol&) = default;
    /// Requires a body, and as many transactions as its chain finds in it.
    [[nodiscard]] static AdmittedBlock make_block(AdmittedBlock::Parts parts) {
        return AdmittedBlock(std::move(parts));
    }
};

/// All rows that can be named before a block runs, ascending and distinct.
[[nodiscard]] std::vector<model::StateKey> foreseeable_rows(const Protocol& protocol,
                                                            const AdmittedBlock& block);
/// Those of its transactions alone.
[[nodiscard]] std::vector<model::StateKey> transaction_rows(const Protocol& protocol,
                                                            const AdmittedBlock& block);

}  // namespace parallax::protocol
