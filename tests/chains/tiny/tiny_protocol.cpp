#include "tests/chains/tiny/tiny_protocol.hpp"

#include "verifier/crypto/hashing.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::tiny {
namespace {

struct Body final : protocol::BlockBody {
    std::vector<Transaction> transactions;

    [[nodiscard]] crypto::SignatureCheck check_signature(model::TxIndex index) const override {
        const Transaction& transaction = transactions[index.value()];
        return crypto::verify_signature(transaction.source, signed_part(transaction),
                                        transaction.signature);
    }
};

const Transaction& transaction_of(const protocol::AdmittedBlock& block, model::TxIndex index) {
    return static_cast<const Body&>(block.body()).transactions[index.value()];
}

model::TransactionType type_of(Kind kind) {
    switch (kind) {
        case Kind::kPay:
            return model::TransactionType::kTransfers;
        case Kind::kName:
            return model::TransactionType::kRegisterName;
        case Kind::kCall:
            return model::TransactionType::kInvokeContract;
    }
    return model::TransactionType::kTransfers;
}

model::StateKey money(const model::PublicKey& account) {
    return model::balance_key(account, model::kTosAsset);
}

model::Hash contract() {
    return model::Hash::from_array({'t', 'i', 'n', 'y'});
}

protocol::RuleResult failed(model::ErrorCode code) {
    return {model::TransactionStatus::kFailed, code, false};
}

/// 0 for a slot that nobody has called yet.
std::uint64_t number_in(const model::BytesRecord* record) {
    std::uint64_t number = 0;
    if (record != nullptr) {
        for (const std::uint8_t byte : record->bytes) {
            number = number << 8 | byte;
        }
    }
    return number;
}

model::BytesRecord record_of(std::uint64_t number) {
    base::ByteWriter writer;
    writer.u64(number);
    return {std::move(writer).take()};
}

class Editor final : public protocol::BlockEditor {
  public:
    explicit Editor(Block block) : block_(std::move(block)) {}
    [[nodiscard]] std::unique_ptr<BlockEditor> clone() const override {
        return std::make_unique<Editor>(*this);
    }
    [[nodiscard]] std::size_t size() const override { return block_.transactions.size(); }
    [[nodiscard]] model::PublicKey source(std::size_t at) const override { return of(at).source; }
    [[nodiscard]] model::Nonce nonce(std::size_t at) const override {
        return model::Nonce{of(at).nonce};
    }
    [[nodiscard]] model::Amount fee(std::size_t at) const override {
        return model::Amount{of(at).fee};
    }
    [[nodiscard]] model::TransactionType type(std::size_t at) const override {
        return type_of(of(at).kind);
    }
    [[nodiscard]] base::Bytes transaction_wire(std::size_t at) const override {
        return encode(of(at));
    }
    [[nodiscard]] model::Hash transaction_hash(std::size_t at) const override {
        return crypto::blake3(encode(of(at)));
    }
    void keep(std::span<const std::size_t> positions) override {
        std::vector<Transaction> kept;
        for (const std::size_t at : positions) {
            kept.push_back(of(at));
        }
        block_.transactions = std::move(kept);
    }
    void set_nonce(std::size_t at, model::Nonce nonce) override {
        block_.transactions[at].nonce = static_cast<std::uint32_t>(nonce.value());
    }
    [[nodiscard]] std::vector<model::Amount> amounts(std::size_t at) const override {
        return of(at).kind == Kind::kPay ? std::vector{model::Amount{of(at).amount}}
                                         : std::vector<model::Amount>{};
    }
    void set_amount(std::size_t at, std::size_t /*amount*/, model::Amount value) override {
        block_.transactions[at].amount = value.value();
    }
    [[nodiscard]] std::size_t outputs(std::size_t /*at*/) const override { return 0; }
    void keep_outputs(std::size_t /*at*/, std::span<const std::size_t> /*positions*/) override {}
    void forget_reference(std::size_t /*at*/) override {}
    [[nodiscard]] bool can_rename(std::size_t at) const override {
        return of(at).kind == Kind::kPay;
    }
    [[nodiscard]] std::vector<base::Bytes> opaque_bytes(std::size_t at) const override {
        return {{of(at).name.begin(), of(at).name.end()}};
    }
    [[nodiscard]] bool rename(std::size_t at,
                              const std::function<base::Bytes(base::Bytes)>& renamed) override {
        auto transaction = decode_transaction(renamed(encode(of(at))));
        if (transaction.ok()) {
            block_.transactions[at] = *std::move(transaction);
        }
        return transaction.ok();
    }
    void sign(std::size_t at, const crypto::SigningKey& key) override {
        tiny::sign(block_.transactions[at], key);
    }
    [[nodiscard]] model::PublicKey miner() const override { return block_.miner; }
    void set_miner(const model::PublicKey& miner) override { block_.miner = miner; }
    void make_header_plain() override { block_.height = 1; }
    [[nodiscard]] base::Bytes wire() const override { return encode(block_); }

  private:
    [[nodiscard]] const Transaction& of(std::size_t at) const { return block_.transactions[at]; }
    Block block_;
};

/// What the kind does, once fee and nonce are paid.
model::ErrorCode apply(protocol::TransactionState& state, const Transaction& transaction,
                       model::Topoheight now) {
    switch (transaction.kind) {
        case Kind::kPay: {
            if (!state.exists(model::account_key(transaction.destination))) {
                state.put(model::account_key(transaction.destination),
                          model::AccountRecord{model::Nonce{0}, now});
            }
            return state.credit(money(transaction.destination), model::Amount{transaction.amount})
                       ? model::ErrorCode::kSuccess
                       : model::ErrorCode::kOverflow;
        }
        case Kind::kName:
            if (state.exists(name_key(transaction.name))) {
                return model::ErrorCode::kDomainExists;
            }
            state.put(name_key(transaction.name), model::NameRecord{transaction.source});
            return model::ErrorCode::kSuccess;
        case Kind::kCall: {
            const model::StateKey key = slot_key(transaction.slot);
            const std::uint64_t calls = number_in(state.find<model::BytesRecord>(key)) + 1;
            state.put(key, base::Boxed<model::BytesRecord>(record_of(calls)));
            const bool fits =
                calls % kLuckyCall != 0 ||
                state.credit(money(transaction.source), model::Amount{transaction.fee});
            return fits ? model::ErrorCode::kSuccess : model::ErrorCode::kOverflow;
        }
    }
    return model::ErrorCode::kInvalidType;
}

std::shared_ptr<const protocol::Protocol> find(std::string_view network, protocol::FailureModel) {
    return network == "testnet" ? std::make_shared<const TinyProtocol>() : nullptr;
}

std::shared_ptr<const protocol::Protocol> read(base::ByteReader& /*reader*/) {
    return std::make_shared<const TinyProtocol>();
}

}  // namespace

model::StateKey slot_key(std::uint8_t slot) {
    model::StateKey key{model::Family::kContractStorage, contract().bytes(), {}};
    key.detail[0] = slot;
    return key;
}

model::StateKey name_key(const std::string& name) {
    return model::name_key(
        crypto::blake3({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}));
}

protocol::ProtocolFamily TinyProtocol::family() noexcept {
    return {"tiny", find, read};
}

const protocol::ProtocolSet& tiny_protocols() {
    static const protocol::ProtocolSet set({TinyProtocol::family()});
    return set;
}

absl::StatusOr<protocol::AdmittedBlock> TinyProtocol::admit(
    std::span<const std::uint8_t> wire, const protocol::Admission& admission) const {
    auto block = decode_block(wire);
    if (!block.ok()) {
        return block.status();
    }
    protocol::AdmittedBlock::Parts parts;
    auto body = std::make_shared<Body>();
    for (Transaction& transaction : block->transactions) {
        const base::Bytes bytes = encode(transaction);
        protocol::AdmittedTransaction& admitted = parts.transactions.emplace_back();
        admitted.hash = crypto::blake3(bytes);
        admitted.source = transaction.source;
        admitted.nonce = model::Nonce{transaction.nonce};
        admitted.fee = model::Amount{transaction.fee};
        admitted.type = type_of(transaction.kind);
        admitted.fee_in_coin = true;
        admitted.runs_code = transaction.kind == Kind::kCall;
        admitted.wire_size = bytes.size();
        body->transactions.push_back(std::move(transaction));
    }
    parts.hash = crypto::blake3(wire);
    parts.admission = admission;
    parts.height = model::BlockHeight{block->height};
    parts.miner = block->miner;
    parts.wire.assign(wire.begin(), wire.end());
    parts.body = std::move(body);
    return make_block(std::move(parts));
}

absl::StatusOr<model::Hash> TinyProtocol::block_hash(std::span<const std::uint8_t> wire) const {
    const auto block = decode_block(wire);
    return block.ok() ? absl::StatusOr<model::Hash>(crypto::blake3(wire)) : block.status();
}

absl::StatusOr<protocol::EditableBlock> TinyProtocol::edit(
    std::span<const std::uint8_t> wire) const {
    auto block = decode_block(wire);
    if (!block.ok()) {
        return block.status();
    }
    return protocol::EditableBlock(std::make_unique<Editor>(*std::move(block)));
}

absl::Status TinyProtocol::accesses(const protocol::AdmittedBlock& block, model::TxIndex index,
                                    const protocol::BlockStateReader* /*state*/,
                                    protocol::Accesses& out) const {
    const Transaction& transaction = transaction_of(block, index);
    out.written = {model::account_key(transaction.source), money(transaction.source),
                   model::counter_key(model::Counter::kBurnedSupply)};
    if (transaction.kind == Kind::kPay && transaction.destination != transaction.source) {
        out.written.push_back(model::account_key(transaction.destination));
        out.written.push_back(money(transaction.destination));
    } else if (transaction.kind == Kind::kName) {
        out.written.push_back(name_key(transaction.name));
    }
    // Which slots a call touches is for its code to say.
    out.complete = transaction.kind != Kind::kCall;
    return absl::OkStatus();
}

std::vector<model::StateKey> TinyProtocol::block_rows(const protocol::AdmittedBlock& block) const {
    return {model::account_key(block.miner()), money(block.miner()),
            model::counter_key(model::Counter::kEmittedSupply)};
}

void TinyProtocol::initialize(protocol::TransactionState& state,
                              const protocol::RuleContext& context,
                              model::BlockTotals& totals) const {
    const model::PublicKey& miner = context.block.miner();
    const model::Amount held = state.spendable(money(miner)).value_or(model::Amount{0});
    if (!state.exists(model::account_key(miner))) {
        state.put(model::account_key(miner),
                  model::AccountRecord{model::Nonce{0}, context.block.execution_topoheight()});
    }
    if (state.credit(money(miner), model::Amount{kReward})) {
        state.set_spendable(money(miner), model::saturating_add(held, model::Amount{kReward}));
    }
    static_cast<void>(
        state.credit(model::counter_key(model::Counter::kEmittedSupply), model::Amount{kReward}));
    totals.emitted_supply = model::Amount{kReward};
    totals.miner_reward = model::Amount{kReward};
}

protocol::RuleResult TinyProtocol::execute(protocol::TransactionState& state, model::TxIndex index,
                                           const protocol::RuleContext& context) const {
    const Transaction& transaction = transaction_of(context.block, index);
    if (context.signatures.under_source(index) != crypto::SignatureCheck::kValid) {
        return failed(model::ErrorCode::kInvalidSignature);
    }
    const auto* account = state.find<model::AccountRecord>(model::account_key(transaction.source));
    if (account == nullptr) {
        return failed(model::ErrorCode::kAccountNotFound);
    }
    const model::AccountRecord before = *account;
    if (before.nonce.value() != transaction.nonce) {
        return failed(transaction.nonce > before.nonce.value() ? model::ErrorCode::kNonceTooHigh
                                                               : model::ErrorCode::kNonceTooLow);
    }
    const auto price =
        model::checked_add(model::Amount{transaction.fee},
                           model::Amount{transaction.kind == Kind::kPay ? transaction.amount : 0});
    const auto held = state.spendable(money(transaction.source));
    if (!price || !held || *held < *price) {
        return failed(model::ErrorCode::kInsufficientBalance);
    }
    state.put(model::account_key(transaction.source),
              model::AccountRecord{model::next(before.nonce), before.registered_at});
    state.set_spendable(money(transaction.source), model::saturating_sub(*held, *price));
    state.record_output(money(transaction.source), *price);
    if (!state.credit(model::counter_key(model::Counter::kBurnedSupply),
                      model::Amount{transaction.fee})) {
        return failed(model::ErrorCode::kOverflow);
    }
    if (const auto code = apply(state, transaction, context.block.execution_topoheight());
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    state.totals().fee = model::Amount{transaction.fee};
    state.totals().burned = model::Amount{transaction.fee};
    return {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
}

void TinyProtocol::check_invariants(const protocol::InvariantCase& judged) const {
    protocol::Wide demanded = kReward;
    for (std::size_t i = 0; i < judged.transactions(); ++i) {
        if (judged.executed(i)) {
            demanded -= judged.block.transactions()[i].fee.value();
        }
    }
    protocol::Wide found = 0;
    protocol::Wide lucky = 0;
    for (const model::DeltaEntry& entry : judged.outcome.delta.entries) {
        if (entry.key.family == model::Family::kBalance) {
            found += protocol::amount_of(entry.after) - protocol::amount_of(entry.before);
        }
    }
    // A lucky call's fee is burned and paid back: only its run tells whose that was.
    for (std::size_t i = 0; i < judged.transactions(); ++i) {
        const auto& transaction = judged.block.transactions()[i];
        lucky += transaction.runs_code && judged.executed(i) ? transaction.fee.value() : 0;
    }
    judged.demand_equal("money", std::clamp(found, demanded, demanded + lucky), found);
    judged.demand_equal("totals.miner_reward", kReward, judged.outcome.totals.miner_reward.value());
}

std::optional<model::StateKey> TinyProtocol::row_of_code(const protocol::AdmittedBlock& block,
                                                         model::TxIndex index,
                                                         model::ErrorCode code) const {
    const Transaction& transaction = transaction_of(block, index);
    if (code == model::ErrorCode::kDomainExists) {
        return name_key(transaction.name);
    }
    return code == model::ErrorCode::kInsufficientBalance ? money(transaction.source)
                                                          : model::account_key(transaction.source);
}

}  // namespace parallax::tiny
