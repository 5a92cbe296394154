#pragma once

#include "verifier/crypto/signature.hpp"
#include "verifier/model/block_placement.hpp"
#include "verifier/model/identifiers.hpp"
#include "verifier/model/transaction_type.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace parallax::protocol {

/// Where and against what a block is admitted.
struct Admission {
    model::BlockPlacement placement;
    /// What the checks of a transaction take as "now"; execution's "now" is the placement's
    /// topoheight. Equal for a block that a node has ordered.
    model::Topoheight verification;

    /// Verified where it is executed.
    [[nodiscard]] static Admission at(const model::BlockPlacement& placement) {
        return {placement, placement.topoheight};
    }
};

/// What a plain payment does: see `AdmittedTransaction::payment`.
enum class Payment : std::uint8_t { kNone, kTransfers, kBurn };

/// One output of a plain payment; of a burn, what is burned, with no destination.
struct PlainOutput {
    model::AssetId asset;
    model::PublicKey destination;
    model::Amount amount;
};

/// What everybody may know of a transaction; the rest is its chain's (`BlockBody`).
struct AdmittedTransaction {
    model::Hash hash;
    model::PublicKey source;
    model::Nonce nonce;
    /// As it states it: in units of the coin if `fee_in_coin`.
    model::Amount fee;
    model::TransactionType type = model::TransactionType::kBurn;
    bool fee_in_coin = false;
    /// Others than its source have signed it, too.
    bool cosigned = false;
    /// It may run code of a contract: how long, and what it touches, only the run can tell.
    bool runs_code = false;
    /// Not `kNone` only for a transfer or a burn whose source alone signs and pays its fee in the
    /// coin. Whether it may be executed as one is for `Protocol::passes_without_state` to say.
    Payment payment = Payment::kNone;
    /// Of a plain payment, in `AdmittedBlock::outputs`.
    std::uint32_t first_output = 0;
    std::uint32_t output_count = 0;
    /// Bytes on the wire.
    std::size_t wire_size = 0;
};

/// What of a block only its chain can read. Made and opened by one `Protocol`; immutable.
class BlockBody {
  public:
    virtual ~BlockBody() = default;
    /// The main signature of a transaction under its source key.
    [[nodiscard]] virtual crypto::SignatureCheck check_signature(model::TxIndex index) const = 0;

  protected:
    BlockBody() = default;
    BlockBody(const BlockBody&) = default;
    BlockBody& operator=(const BlockBody&) = default;
};

/// A block that can be executed. Only a `Protocol` makes one, so an executor never sees a block
/// whose structure was not checked. Immutable; safe to share between lanes, cheap to copy but for
/// its transactions.
class AdmittedBlock {
  public:
    struct Parts {
        model::Hash hash;
        Admission admission;
        model::BlockHeight height;
        model::TimestampMs timestamp;
        /// Receives what the block earns.
        model::PublicKey miner;
        /// As its node serialises it.
        base::Bytes wire;
        std::vector<AdmittedTransaction> transactions;
        std::vector<PlainOutput> outputs;
        std::shared_ptr<const BlockBody> body;
    };

    [[nodiscard]] const model::Hash& hash() const noexcept { return parts_.hash; }
    [[nodiscard]] const model::BlockPlacement& placement() const noexcept {
        return parts_.admission.placement;
    }
    [[nodiscard]] model::BlockHeight height() const noexcept { return parts_.height; }
    [[nodiscard]] model::TimestampMs timestamp() const noexcept { return parts_.timestamp; }
    [[nodiscard]] const model::PublicKey& miner() const noexcept { return parts_.miner; }
    /// `Protocol::admit` makes this block of them again.
    [[nodiscard]] const base::Bytes& wire() const noexcept { return parts_.wire; }
    [[nodiscard]] const std::vector<AdmittedTransaction>& transactions() const noexcept {
        return parts_.transactions;
    }
    /// The outputs of all plain payments, in block order.
    [[nodiscard]] const std::vector<PlainOutput>& outputs() const noexcept {
        return parts_.outputs;
    }
    [[nodiscard]] std::span<const PlainOutput> outputs_of(model::TxIndex index) const {
        const AdmittedTransaction& transaction = parts_.transactions[index.value()];
        return std::span(parts_.outputs)
            .subspan(transaction.first_output, transaction.output_count);
    }
    [[nodiscard]] const BlockBody& body() const noexcept { return *parts_.body; }

    /// What checks and execution use as "now".
    [[nodiscard]] model::Topoheight verification_topoheight() const noexcept {
        return parts_.admission.verification;
    }
    [[nodiscard]] model::Topoheight execution_topoheight() const noexcept {
        return parts_.admission.placement.topoheight;
    }

  private:
    friend class Protocol;
    explicit AdmittedBlock(Parts parts) : parts_(std::move(parts)) {}

    Parts parts_;
};

}  // namespace parallax::protocol
