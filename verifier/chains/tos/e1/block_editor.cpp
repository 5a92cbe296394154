#include "verifier/chains/tos/e1/identities.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/hashing.hpp"

#include <memory>
#include <utility>

namespace parallax::tos::e1 {
namespace {

class Editor final : public protocol::BlockEditor {
  public:
    explicit Editor(Block block) : block_(std::move(block)) {}

    [[nodiscard]] std::unique_ptr<BlockEditor> clone() const override {
        return std::make_unique<Editor>(*this);
    }
    [[nodiscard]] std::size_t size() const override { return block_.transactions.size(); }
    [[nodiscard]] model::PublicKey source(std::size_t at) const override {
        return block_.transactions[at].source;
    }
    [[nodiscard]] model::Nonce nonce(std::size_t at) const override {
        return block_.transactions[at].nonce;
    }
    [[nodiscard]] model::Amount fee(std::size_t at) const override {
        return block_.transactions[at].fee;
    }
    [[nodiscard]] model::TransactionType type(std::size_t at) const override {
        return transaction_type(block_.transactions[at].payload);
    }
    [[nodiscard]] base::Bytes transaction_wire(std::size_t at) const override {
        return encode_transaction(block_.transactions[at]);
    }
    [[nodiscard]] model::Hash transaction_hash(std::size_t at) const override {
        return e1::transaction_hash(block_.transactions[at]);
    }

    void keep(std::span<const std::size_t> positions) override {
        std::vector<Transaction> kept;
        kept.reserve(positions.size());
        for (const std::size_t at : positions) {
            kept.push_back(block_.transactions[at]);
        }
        block_.transactions = std::move(kept);
    }
    void set_nonce(std::size_t at, model::Nonce nonce) override {
        block_.transactions[at].nonce = nonce;
    }
    [[nodiscard]] std::vector<model::Amount> amounts(std::size_t at) const override {
        const Payload& payload = block_.transactions[at].payload;
        std::vector<model::Amount> amounts;
        if (const auto* transfers = std::get_if<TransfersPayload>(&payload)) {
            for (const Transfer& transfer : transfers->transfers) {
                amounts.push_back(transfer.amount);
            }
        } else if (const auto* burn = std::get_if<BurnPayload>(&payload)) {
            amounts.push_back(burn->amount);
        }
        return amounts;
    }
    void set_amount(std::size_t at, std::size_t amount, model::Amount value) override {
        Payload& payload = block_.transactions[at].payload;
        if (auto* transfers = std::get_if<TransfersPayload>(&payload)) {
            transfers->transfers[amount].amount = value;
        } else if (auto* burn = std::get_if<BurnPayload>(&payload)) {
            burn->amount = value;
        }
    }
    [[nodiscard]] std::size_t outputs(std::size_t at) const override {
        const auto* transfers = std::get_if<TransfersPayload>(&block_.transactions[at].payload);
        return transfers == nullptr ? 0 : transfers->transfers.size();
    }
    void keep_outputs(std::size_t at, std::span<const std::size_t> positions) override {
        auto* transfers = std::get_if<TransfersPayload>(&block_.transactions[at].payload);
        if (transfers == nullptr) {
            return;
        }
        std::vector<Transfer> kept;
        for (const std::size_t position : positions) {
            kept.push_back(transfers->transfers[position]);
            kept.back().extra_data.reset();
        }
        transfers->transfers = std::move(kept);
    }
    void forget_reference(std::size_t at) override {
        block_.transactions[at].reference.topoheight = model::Topoheight{0};
    }

    [[nodiscard]] bool can_rename(std::size_t at) const override {
        switch (type(at)) {
            case model::TransactionType::kInvokeContract:
            case model::TransactionType::kDeployContract:
            case model::TransactionType::kUnoTransfers:
            case model::TransactionType::kShieldTransfers:
            case model::TransactionType::kUnshieldTransfers:
            case model::TransactionType::kAiMining:
                return false;
            case model::TransactionType::kBurn:
            case model::TransactionType::kTransfers:
            case model::TransactionType::kMultisig:
            case model::TransactionType::kEnergy:
            case model::TransactionType::kRegisterName:
            case model::TransactionType::kAgentAccount:
                return true;
        }
        return false;
    }
    [[nodiscard]] std::vector<base::Bytes> opaque_bytes(std::size_t at) const override {
        if (!can_rename(at)) {
            return {transaction_wire(at)};
        }
        const Payload& payload = block_.transactions[at].payload;
        std::vector<base::Bytes> opaque;
        if (const auto* transfers = std::get_if<TransfersPayload>(&payload)) {
            for (const Transfer& transfer : transfers->transfers) {
                opaque.push_back(transfer.extra_data.value_or(base::Bytes{}));
            }
        } else if (const auto* name = std::get_if<RegisterNamePayload>(&payload)) {
            opaque.emplace_back(name->name.begin(), name->name.end());
        }
        return opaque;
    }
    [[nodiscard]] bool rename(std::size_t at,
                              const std::function<base::Bytes(base::Bytes)>& renamed) override {
        auto transaction = decode_transaction(renamed(transaction_wire(at)), Trailing::kRejected,
                                              block_.transactions[at].epoch);
        if (!transaction.ok()) {
            return false;
        }
        block_.transactions[at] = *std::move(transaction);
        return true;
    }
    void sign(std::size_t at, const crypto::SigningKey& key) override {
        Transaction& transaction = block_.transactions[at];
        transaction.signature = key.sign(signing_bytes(transaction));
    }

    [[nodiscard]] model::PublicKey miner() const override { return block_.header.miner; }
    void set_miner(const model::PublicKey& miner) override { block_.header.miner = miner; }
    void make_header_plain() override {
        BlockHeader& header = block_.header;
        header.height = model::BlockHeight{1};
        header.timestamp = model::TimestampMs{0};
        header.nonce = 0;
        header.extra_nonce = {};
        header.tips.clear();
        header.vrf.reset();
    }
    [[nodiscard]] base::Bytes wire() const override {
        Block sealed = block_;
        sealed.header.transaction_hashes.clear();
        for (const Transaction& transaction : sealed.transactions) {
            sealed.header.transaction_hashes.push_back(e1::transaction_hash(transaction));
        }
        return encode_block(sealed);
    }

  private:
    Block block_;
};

}  // namespace

absl::StatusOr<protocol::EditableBlock> Profile::edit(std::span<const std::uint8_t> wire) const {
    auto decoded = decode_block(wire, {}, epoch);
    if (!decoded.ok()) {
        return decoded.status();
    }
    return protocol::EditableBlock(std::make_unique<Editor>(std::move(decoded->block)));
}

}  // namespace parallax::tos::e1
