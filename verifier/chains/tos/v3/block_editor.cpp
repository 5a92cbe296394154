#include "verifier/chains/tos/v3/profile.hpp"
#include "verifier/chains/tos/v3/wire.hpp"

#include <memory>
#include <utility>

namespace parallax::tos::v3 {
namespace {

class Editor final : public protocol::BlockEditor {
  public:
    explicit Editor(Block block) : block_(std::move(block)) {
        // Of other transactions it would be another's.
        block_.header.stated_hash.reset();
    }

    [[nodiscard]] std::unique_ptr<BlockEditor> clone() const override {
        return std::make_unique<Editor>(*this);
    }
    [[nodiscard]] std::size_t size() const override { return block_.transactions.size(); }
    [[nodiscard]] model::PublicKey source(std::size_t at) const override { return of(at).source; }
    [[nodiscard]] model::Nonce nonce(std::size_t at) const override { return of(at).nonce; }
    [[nodiscard]] model::Amount fee(std::size_t at) const override { return of(at).fee; }
    [[nodiscard]] model::TransactionType type(std::size_t at) const override {
        return transaction_type(of(at).payload);
    }
    [[nodiscard]] base::Bytes transaction_wire(std::size_t at) const override {
        return encode_transaction(of(at));
    }
    [[nodiscard]] model::Hash transaction_hash(std::size_t at) const override {
        return v3::transaction_hash(of(at));
    }

    void keep(std::span<const std::size_t> positions) override {
        std::vector<Transaction> kept;
        kept.reserve(positions.size());
        for (const std::size_t at : positions) {
            kept.push_back(of(at));
        }
        block_.transactions = std::move(kept);
    }
    void set_nonce(std::size_t at, model::Nonce nonce) override {
        block_.transactions[at].nonce = nonce;
    }
    [[nodiscard]] std::vector<model::Amount> amounts(std::size_t at) const override {
        std::vector<model::Amount> amounts;
        if (const auto* transfers = std::get_if<TransfersPayload>(&of(at).payload)) {
            for (const Transfer& transfer : transfers->transfers) {
                amounts.push_back(transfer.amount);
            }
        } else if (const auto* burn = std::get_if<BurnPayload>(&of(at).payload)) {
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
        return output_count(of(at).payload);
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
    /// What a reference says decides what may be spent: it stays.
    void forget_reference(std::size_t /*at*/) override {}

    [[nodiscard]] bool can_rename(std::size_t at) const override {
        return !runs_code(of(at).payload) && type(at) != model::TransactionType::kAiMining;
    }
    [[nodiscard]] std::vector<base::Bytes> opaque_bytes(std::size_t at) const override {
        if (!can_rename(at)) {
            return {transaction_wire(at)};
        }
        std::vector<base::Bytes> opaque;
        if (const auto* transfers = std::get_if<TransfersPayload>(&of(at).payload)) {
            for (const Transfer& transfer : transfers->transfers) {
                opaque.push_back(transfer.extra_data.value_or(base::Bytes{}));
            }
        }
        return opaque;
    }
    [[nodiscard]] bool rename(std::size_t at,
                              const std::function<base::Bytes(base::Bytes)>& renamed) override {
        auto transaction = decode_transaction(renamed(transaction_wire(at)), Trailing::kRejected);
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
    /// Time and blue score stay: energy and AI mining read them.
    void make_header_plain() override {
        BlockHeader& header = block_.header;
        header.parents.clear();
        header.nonce = 0;
        header.extra_nonce = {};
        header.daa_score = 0;
        header.blue_work = {};
        header.pruning_point = {};
        header.bits = 0;
        header.accepted_id_root = {};
        header.utxo_commitment = {};
    }
    [[nodiscard]] base::Bytes wire() const override {
        Block sealed = block_;
        std::vector<model::Hash> hashes;
        for (const Transaction& transaction : sealed.transactions) {
            hashes.push_back(v3::transaction_hash(transaction));
        }
        sealed.header.merkle_root = merkle_root(hashes);
        return encode_block(sealed);
    }

  private:
    [[nodiscard]] const Transaction& of(std::size_t at) const { return block_.transactions[at]; }
    Block block_;
};

}  // namespace

absl::StatusOr<protocol::EditableBlock> Profile::edit(std::span<const std::uint8_t> wire) const {
    auto decoded = decode_block(wire);
    if (!decoded.ok()) {
        return decoded.status();
    }
    return protocol::EditableBlock(std::make_unique<Editor>(std::move(decoded->block)));
}

}  // namespace parallax::tos::v3
