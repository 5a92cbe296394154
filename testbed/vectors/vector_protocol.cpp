#include "testbed/vectors/vector_protocol.hpp"

#include "verifier/chains/tos/e1/laws.hpp"
#include "verifier/chains/tos/e1/spending.hpp"
#include "verifier/chains/tos/e1/transaction_rules.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/protocol/block_state.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include <algorithm>
#include <limits>

namespace parallax::testbed {
namespace {

using tos::e1::ContractDeposit;
using tos::e1::EnergyPayload;
using tos::e1::FeeType;
using tos::e1::InvokeContractPayload;
using tos::e1::kMaxTransfers;
using tos::e1::RuleContext;
using tos::e1::RuleResult;
using tos::e1::Transaction;
using tos::e1::TransfersPayload;
using tos::e1::UnoTransfer;
using tos::e1::UnoTransfersPayload;
using tos::e1::UnshieldTransfer;
using tos::e1::UnshieldTransfersPayload;
using Kind = VectorProtocol::Kind;

constexpr std::size_t kMaxDeposits = 255;

RuleResult failed(model::ErrorCode code) {
    return {model::TransactionStatus::kFailed, code, false};
}

RuleResult executed() {
    return {model::TransactionStatus::kExecuted, model::ErrorCode::kSuccess, true};
}

model::Amount tos_balance(protocol::TransactionState& state, const model::PublicKey& account) {
    return state.spendable(model::balance_key(account, model::kTosAsset))
        .value_or(model::Amount{0});
}

// H2 to H4 (protocol notes, 4.1).
model::ErrorCode precheck(protocol::TransactionState& state, const Transaction& transaction) {
    if (!state.exists(model::account_key(transaction.source))) {
        return model::ErrorCode::kAccountNotFound;
    }
    if (const auto* payload = std::get_if<TransfersPayload>(&transaction.payload)) {
        if (payload->transfers.empty() || payload->transfers.size() > kMaxTransfers) {
            return model::ErrorCode::kInvalidFormat;
        }
    }
    if (transaction.fee_type == FeeType::kTos && transaction.fee > model::Amount{0} &&
        !std::holds_alternative<EnergyPayload>(transaction.payload) &&
        tos_balance(state, transaction.source) < transaction.fee) {
        return model::ErrorCode::kInsufficientFee;
    }
    return model::ErrorCode::kSuccess;
}

void bump_nonce(protocol::TransactionState& state, const Transaction& transaction) {
    const model::StateKey key = model::account_key(transaction.source);
    if (const auto* account = state.find<model::AccountRecord>(key)) {
        state.put(key, model::AccountRecord{model::next(account->nonce), account->registered_at});
    }
}

/// Takes from the sender's TOS, at most all of it: the shortcuts subtract saturating.
void debit_saturating(protocol::TransactionState& state, const model::PublicKey& source,
                      model::Amount amount) {
    const model::StateKey key = model::balance_key(source, model::kTosAsset);
    const model::Amount balance = tos_balance(state, source);
    const model::Amount taken = std::min(balance, amount);
    state.set_spendable(key, model::saturating_sub(balance, taken));
    state.record_output(key, taken);
}

void credit_saturating(protocol::TransactionState& state, const model::PublicKey& destination,
                       model::Amount amount, model::Topoheight now) {
    if (!state.exists(model::account_key(destination))) {
        state.put(model::account_key(destination), model::AccountRecord{model::Nonce{0}, now});
    }
    const model::StateKey key = model::balance_key(destination, model::kTosAsset);
    const model::Amount held = state.received_total(key).value_or(model::Amount{0});
    const model::Amount room =
        model::Amount{std::numeric_limits<std::uint64_t>::max() - held.value()};
    // Never refused: the amount was cut to the room there is.
    static_cast<void>(state.credit(key, std::min(room, amount)));
}

model::Amount tos_fee(const Transaction& transaction) {
    return transaction.fee_type == FeeType::kTos ? transaction.fee : model::Amount{0};
}

// 5.5.1: nothing runs, deposits stay, and neither signature nor minimum fee is looked at.
RuleResult invoke_shortcut(protocol::TransactionState& state, const Transaction& transaction,
                           const InvokeContractPayload& invoke) {
    if (invoke.deposits.size() > kMaxDeposits || invoke.max_gas.value() > tos::e1::kMaxGas) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    for (const ContractDeposit& deposit : invoke.deposits) {
        if (deposit.amount == model::Amount{0}) {
            return failed(model::ErrorCode::kInvalidFormat);
        }
    }
    if (const auto code = tos::e1::check_nonce(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    if (!state.exists(model::contract_module_key(invoke.contract))) {
        return failed(model::ErrorCode::kContractNotFound);
    }
    const model::Amount cost = model::saturating_add(transaction.fee, invoke.max_gas);
    if (tos_balance(state, transaction.source) < cost) {
        return failed(model::ErrorCode::kInsufficientBalance);
    }
    debit_saturating(state, transaction.source, cost);
    bump_nonce(state, transaction);
    return executed();
}

// 5.10: no proof, signature, chain id or minimum fee; encrypted balances are not moved.
RuleResult uno_shortcut(protocol::TransactionState& state, const Transaction& transaction,
                        const UnoTransfersPayload& payload) {
    if (payload.transfers.empty() || payload.transfers.size() > kMaxTransfers) {
        return failed(model::ErrorCode::kInvalidFormat);
    }
    for (const UnoTransfer& transfer : payload.transfers) {
        if (transfer.destination == transaction.source) {
            return failed(model::ErrorCode::kSelfOperation);
        }
    }
    if (const auto code = tos::e1::check_nonce(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    if (transaction.fee_type == FeeType::kUno && transaction.fee != model::Amount{0}) {
        return failed(model::ErrorCode::kInvalidFormat);
    }
    if (transaction.fee_type == FeeType::kEnergy && transaction.fee != model::Amount{0}) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    if (const auto code = tos::e1::consume_energy_fee(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    debit_saturating(state, transaction.source, tos_fee(transaction));
    bump_nonce(state, transaction);
    return executed();
}

// 5.12: each destination (the source is allowed) gains its amount, saturating.
RuleResult unshield_shortcut(protocol::TransactionState& state, const Transaction& transaction,
                             const UnshieldTransfersPayload& payload, model::Topoheight now) {
    if (payload.transfers.empty()) {
        return failed(model::ErrorCode::kInvalidFormat);
    }
    if (const auto code = tos::e1::check_nonce(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    if (transaction.fee_type == FeeType::kEnergy && transaction.fee != model::Amount{0}) {
        return failed(model::ErrorCode::kInvalidPayload);
    }
    for (const UnshieldTransfer& transfer : payload.transfers) {
        if (transfer.amount == model::Amount{0}) {
            return failed(model::ErrorCode::kInvalidAmount);
        }
    }
    if (const auto code = tos::e1::consume_energy_fee(state, transaction);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    for (const UnshieldTransfer& transfer : payload.transfers) {
        credit_saturating(state, transfer.destination, transfer.amount, now);
    }
    debit_saturating(state, transaction.source, tos_fee(transaction));
    bump_nonce(state, transaction);
    return executed();
}

/// The result of the type's shortcut, if it has one on this path.
std::optional<RuleResult> run_shortcut(protocol::TransactionState& state,
                                       const Transaction& transaction, Kind kind,
                                       model::Topoheight now) {
    if (kind != Kind::kTransaction) {
        return std::nullopt;
    }
    if (const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload)) {
        return invoke_shortcut(state, transaction, *invoke);
    }
    if (const auto* uno = std::get_if<UnoTransfersPayload>(&transaction.payload)) {
        return uno_shortcut(state, transaction, *uno);
    }
    if (const auto* unshield = std::get_if<UnshieldTransfersPayload>(&transaction.payload)) {
        return unshield_shortcut(state, transaction, *unshield, now);
    }
    return std::nullopt;
}

/// Verification of one transaction of a vector: for `kTransaction` the pre-checks H2 to H4, then
/// the shortcut of its type (5.5.1, 5.10, 5.12) or the mempool sequence; on success the sender-side
/// effects, which later transactions of the sender see.
RuleResult verify_one(protocol::TransactionState& state, model::TxIndex index, Kind kind,
                      const RuleContext& context) {
    const Transaction& transaction = context.transaction(index);
    if (kind == Kind::kTransaction) {
        if (const auto code = precheck(state, transaction); code != model::ErrorCode::kSuccess) {
            return failed(code);
        }
    }
    if (const auto shortcut =
            run_shortcut(state, transaction, kind, context.block.execution_topoheight())) {
        return *shortcut;
    }
    if (const auto code = tos::e1::verify_transaction(state, index, context);
        code != model::ErrorCode::kSuccess) {
        return failed(code);
    }
    // What later transactions of this sender must see: its debits, nonce, and own records. A
    // failure here is the apply phase's to report.
    RuleResult applied = tos::e1::apply_transaction(state, index, context);
    applied.status = model::TransactionStatus::kExecuted;
    applied.code = model::ErrorCode::kSuccess;
    return applied;
}

/// Receipts are not visible to later transactions of the verification (7, step 4).
void merge_without_credits(const protocol::TransactionState& transaction,
                           protocol::BlockState& state) {
    for (const protocol::TransactionState::Entry& entry : transaction.entries()) {
        protocol::TransactionState::Entry kept = entry;
        kept.credited = false;
        kept.received = model::Amount{0};
        if (kept.value_written || kept.spend_written || kept.output_written) {
            state.merge_entry(kept, transaction.transaction());
        }
    }
}

/// The accounts and nonces of the whole list (7, steps 2 and 3).
absl::StatusOr<std::optional<protocol::BlockRejection>> check_nonces(
    const protocol::BlockStateReader& reader, const protocol::AdmittedBlock& block) {
    const auto& transactions = block.transactions();
    absl::flat_hash_map<model::PublicKey, model::Nonce> expected;
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        const model::PublicKey& source = transactions[i].source;
        protocol::VisibleValue account;
        if (const auto read = reader.read_value(model::account_key(source), account); !read.ok()) {
            return read;
        }
        if (!account.value) {
            return protocol::BlockRejection{model::ErrorCode::kAccountNotFound, model::TxIndex{i}};
        }
        expected.try_emplace(source, std::get<model::AccountRecord>(*account.value).nonce);
    }
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        model::Nonce& nonce = expected[transactions[i].source];
        if (transactions[i].nonce != nonce) {
            return protocol::BlockRejection{transactions[i].nonce > nonce
                                                ? model::ErrorCode::kNonceTooHigh
                                                : model::ErrorCode::kNonceTooLow,
                                            model::TxIndex{i}};
        }
        nonce = model::next(nonce);
    }
    return std::nullopt;
}

/// Every transaction's verification, on what those before it spend (4.1; 7, step 4).
absl::StatusOr<std::optional<protocol::BlockRejection>> verify_all(
    const protocol::StateView& view, Kind kind, const RuleContext& context,
    const std::atomic<bool>& cancelled) {
    protocol::BlockState state(view);
    protocol::TransactionState transaction(state, 0);
    for (std::uint32_t i = 0; i < context.block.transactions().size(); ++i) {
        if (cancelled.load(std::memory_order_relaxed)) {
            return absl::DeadlineExceededError("cancelled");
        }
        transaction.reset(i);
        const RuleResult result = verify_one(transaction, model::TxIndex{i}, kind, context);
        if (!transaction.status().ok()) {
            return transaction.status();
        }
        if (result.status == model::TransactionStatus::kFailed) {
            return protocol::BlockRejection{result.code, model::TxIndex{i}};
        }
        if (result.has_effects) {
            merge_without_credits(transaction, state);
        }
    }
    return std::nullopt;
}

/// What executed calls took beyond the rules: the harness takes the whole gas limit and the fee,
/// whatever the fee type, and stops at the largest number (5.5.1).
protocol::Wide gas_taken(const protocol::InvariantCase& judged) {
    protocol::Wide taken = 0;
    for (std::uint32_t i = 0; i < judged.transactions(); ++i) {
        const Transaction& transaction = tos::e1::transaction_of(judged.block, model::TxIndex{i});
        const auto* invoke = std::get_if<InvokeContractPayload>(&transaction.payload);
        if (invoke != nullptr && judged.executed(i)) {
            const protocol::Wide fee =
                transaction.fee_type == FeeType::kEnergy ? 0 : transaction.fee.value();
            taken += protocol::as_total(protocol::Wide{invoke->max_gas.value()} +
                                        transaction.fee.value()) -
                     fee;
        }
    }
    return taken;
}

std::shared_ptr<const protocol::Protocol> read(base::ByteReader& reader) {
    const std::uint8_t kind = reader.u8("kind");
    if (kind > static_cast<std::uint8_t>(Kind::kBlock)) {
        reader.fail("kind", "is not a listed value");
    }
    const auto rules = tos::e1::family().read(reader);
    return rules == nullptr || !reader.ok()
               ? nullptr
               : std::make_shared<const VectorProtocol>(
                     static_cast<Kind>(kind), static_cast<const tos::e1::Profile&>(*rules));
}

}  // namespace

tos::e1::Profile VectorProtocol::devnet_rules() {
    tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    // Chain vectors that are in scope hold no failing transaction that is executed (8.2).
    profile.failure_model = protocol::FailureModel::kRejectBlock;
    return profile;
}

VectorProtocol::VectorProtocol(Kind kind) : VectorProtocol(kind, devnet_rules()) {}

VectorProtocol::VectorProtocol(Kind kind, tos::e1::Profile rules)
    : kind_(kind), rules_(std::move(rules)) {}

protocol::ProtocolFamily VectorProtocol::family() noexcept {
    return {kVectorProfileName, nullptr, read};
}

protocol::ProtocolId VectorProtocol::id() const {
    protocol::ProtocolId id = rules_.id();
    id.profile = kVectorProfileName;
    return id;
}

absl::StatusOr<protocol::AdmittedBlock> VectorProtocol::admit(
    std::span<const std::uint8_t> wire, const protocol::Admission& admission) const {
    auto decoded = tos::e1::decode_block(wire, admission.placement);
    if (!decoded.ok()) {
        return decoded.status();
    }
    return tos::e1::Profile::admit_list(std::move(decoded->block.transactions), admission);
}

absl::StatusOr<model::Hash> VectorProtocol::block_hash(std::span<const std::uint8_t> wire) const {
    const auto block = admit(wire, model::BlockPlacement{});
    return block.ok() ? absl::StatusOr<model::Hash>(block->hash()) : block.status();
}

absl::StatusOr<std::optional<protocol::BlockRejection>> VectorProtocol::check_block(
    const protocol::StateView& view, const protocol::RuleContext& context,
    const std::atomic<bool>& cancelled) const {
    if (kind_ == Kind::kBlock) {
        auto rejection = check_nonces(protocol::BlockState(view), context.block);
        if (!rejection.ok() || *rejection) {
            return rejection;
        }
    }
    // Where failures do not reject a block, the apply phase alone decides.
    return failures() == protocol::FailureModel::kRejectBlock
               ? verify_all(view, kind_, {rules_, context.block, context.signatures}, cancelled)
               : std::nullopt;
}

protocol::RuleResult VectorProtocol::execute(protocol::TransactionState& state,
                                             model::TxIndex index,
                                             const protocol::RuleContext& context) const {
    const RuleContext rules{rules_, context.block, context.signatures};
    if (const auto shortcut = run_shortcut(state, rules.transaction(index), kind_,
                                           context.block.execution_topoheight())) {
        return *shortcut;
    }
    return tos::e1::apply_transaction(state, index, rules);
}

void VectorProtocol::check_invariants(const protocol::InvariantCase& judged) const {
    tos::e1::check_laws(
        judged, rules_,
        {.whole_block = false, .also_taken = kind_ == Kind::kTransaction ? gas_taken(judged) : 0});
}

void VectorProtocol::write(base::ByteWriter& writer) const {
    writer.u8(static_cast<std::uint8_t>(kind_));
    rules_.write(writer);
}

}  // namespace parallax::testbed
