#include "verifier/service/messages/chain_conversion.hpp"

#include "verifier/codec/canonical.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace parallax::service {
namespace {

absl::Status wrong(std::string_view field, std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", field, what));
}

absl::Status inside(std::string_view field, const absl::Status& status) {
    return wrong(field, std::string(status.message()));
}

std::optional<model::TransactionStatus> from_wire(wire::TransactionStatus status) {
    switch (status) {
        case wire::TRANSACTION_STATUS_EXECUTED:
            return model::TransactionStatus::kExecuted;
        case wire::TRANSACTION_STATUS_FAILED:
            return model::TransactionStatus::kFailed;
        case wire::TRANSACTION_STATUS_SKIPPED:
            return model::TransactionStatus::kSkipped;
        case wire::TRANSACTION_STATUS_UNSUPPORTED:
            return model::TransactionStatus::kUnsupported;
        case wire::TRANSACTION_STATUS_NOT_REACHED:
            return model::TransactionStatus::kNotReached;
        default:  // protobuf's enumerations are open
            return std::nullopt;
    }
}

wire::TransactionStatus to_wire(model::TransactionStatus status) {
    switch (status) {
        case model::TransactionStatus::kExecuted:
            return wire::TRANSACTION_STATUS_EXECUTED;
        case model::TransactionStatus::kFailed:
            return wire::TRANSACTION_STATUS_FAILED;
        case model::TransactionStatus::kSkipped:
            return wire::TRANSACTION_STATUS_SKIPPED;
        case model::TransactionStatus::kUnsupported:
            return wire::TRANSACTION_STATUS_UNSUPPORTED;
        case model::TransactionStatus::kNotReached:
            return wire::TRANSACTION_STATUS_NOT_REACHED;
    }
    return wire::TRANSACTION_STATUS_UNSPECIFIED;
}

absl::StatusOr<model::ErrorCode> read_code(std::uint32_t number, std::string_view field) {
    const auto code = static_cast<model::ErrorCode>(number);
    if (number > std::numeric_limits<std::uint16_t>::max() ||
        model::error_code_name(code) == "UNNAMED") {
        return wrong(field, fmt::format("{} is no error code", number));
    }
    return code;
}

absl::StatusOr<model::TransactionResult> read(const wire::TransactionResult& message,
                                              const std::string& field) {
    const auto hash = read_hash(message.hash(), field + ".hash");
    if (!hash.ok()) {
        return hash.status();
    }
    const auto status = from_wire(message.status());
    if (!status) {
        return wrong(field + ".status", "is not known");
    }
    const auto code = read_code(message.code(), field + ".code");
    if (!code.ok()) {
        return code.status();
    }
    return model::TransactionResult{*hash, *status, *code, model::Amount{message.fee()},
                                    model::Amount{message.burned()}};
}

absl::StatusOr<std::optional<model::StateValue>> read_value(bool present, model::Family family,
                                                            const std::string& bytes,
                                                            const std::string& field) {
    if (!present) {
        return std::optional<model::StateValue>();
    }
    auto value = codec::decode_value(family, as_bytes(bytes));
    if (!value.ok()) {
        return inside(field, value.status());
    }
    return std::optional(*std::move(value));
}

absl::StatusOr<model::DeltaEntry> read(const wire::StateChange& message, const std::string& field) {
    const auto key = codec::decode_key(as_bytes(message.key()));
    if (!key.ok()) {
        return inside(field + ".key", key.status());
    }
    auto before =
        read_value(message.has_before(), key->family, message.before(), field + ".before");
    if (!before.ok()) {
        return before.status();
    }
    auto after = read_value(message.has_after(), key->family, message.after(), field + ".after");
    if (!after.ok()) {
        return after.status();
    }
    return model::DeltaEntry{*key, *std::move(before), *std::move(after)};
}

absl::Status read_delta(const wire::RecordedOutcome& message, model::Delta& delta) {
    for (int i = 0; i < message.changes_size(); ++i) {
        const std::string field = fmt::format("recorded_outcome.changes[{}]", i);
        auto entry = read(message.changes(i), field);
        if (!entry.ok()) {
            return entry.status();
        }
        if (!delta.entries.empty() && !(delta.entries.back().key < entry->key)) {
            return wrong(field + ".key", "does not ascend");
        }
        delta.entries.push_back(*std::move(entry));
    }
    return absl::OkStatus();
}

// A node's own miner reward is without the fees, and so is the contract's; an outcome's is all that
// the miner gets.
absl::StatusOr<model::BlockTotals> read(const wire::BlockTotals& message) {
    const auto miner =
        model::checked_add(model::Amount{message.miner_reward()}, model::Amount{message.fees()});
    if (!miner) {
        return wrong("recorded_outcome.totals.miner_reward",
                     fmt::format("{} and {} of fees are more than a miner can get",
                                 message.miner_reward(), message.fees()));
    }
    return model::BlockTotals{
        model::Amount{message.fees()},          model::Amount{message.gas_fee()},
        model::Amount{message.burned_supply()}, model::Amount{message.emitted_supply()},
        model::Amount{message.dev_reward()},    *miner};
}

/// A recorded total below its own fees has no such form: it becomes one that is refused, so that it
/// cannot turn into an equal one on its way.
std::uint64_t without_fees(const model::BlockTotals& totals) {
    return model::checked_sub(totals.miner_reward, totals.fees)
        .value_or(model::Amount{std::numeric_limits<std::uint64_t>::max()})
        .value();
}

}  // namespace

absl::StatusOr<model::Hash> read_hash(const std::string& bytes, std::string_view field) {
    if (bytes.size() != model::Hash::kSize) {
        return wrong(field, fmt::format("{} bytes, {} needed", bytes.size(), model::Hash::kSize));
    }
    return model::Hash::from_span(as_bytes(bytes).first<model::Hash::kSize>());
}

void write(const BlockId& id, wire::BlockId& message) {
    message.set_topoheight(id.topoheight.value());
    message.set_hash(as_text(id.hash.bytes()));
}

absl::StatusOr<BlockId> read(const wire::BlockId& message, std::string_view field) {
    const auto hash = read_hash(message.hash(), fmt::format("{}.hash", field));
    if (!hash.ok()) {
        return hash.status();
    }
    if (message.topoheight() == std::numeric_limits<std::uint64_t>::max()) {
        return absl::InvalidArgumentError(
            fmt::format("{}.topoheight: is {}, the last number: no block could follow", field,
                        message.topoheight()));
    }
    return BlockId{model::Topoheight{message.topoheight()}, *hash};
}

wire::FailureModel to_wire(protocol::FailureModel model) {
    switch (model) {
        case protocol::FailureModel::kRejectBlock:
            return wire::FAILURE_MODEL_REJECT_BLOCK;
        case protocol::FailureModel::kOrphanAtomic:
            return wire::FAILURE_MODEL_ORPHAN_ATOMIC;
        case protocol::FailureModel::kOrphanPartial:
            return wire::FAILURE_MODEL_ORPHAN_PARTIAL;
    }
    return wire::FAILURE_MODEL_UNSPECIFIED;
}

std::optional<protocol::FailureModel> from_wire(wire::FailureModel model) {
    switch (model) {
        case wire::FAILURE_MODEL_REJECT_BLOCK:
            return protocol::FailureModel::kRejectBlock;
        case wire::FAILURE_MODEL_ORPHAN_ATOMIC:
            return protocol::FailureModel::kOrphanAtomic;
        case wire::FAILURE_MODEL_ORPHAN_PARTIAL:
            return protocol::FailureModel::kOrphanPartial;
        default:  // protobuf's enumerations are open
            return std::nullopt;
    }
}

void write(const model::BlockOutcome& outcome, wire::RecordedOutcome& message) {
    message.set_rejected(outcome.status == model::BlockStatus::kRejected);
    message.set_code(static_cast<std::uint32_t>(outcome.code));
    for (const model::TransactionResult& result : outcome.results) {
        auto& written = *message.add_results();
        written.set_hash(as_text(result.hash.bytes()));
        written.set_status(to_wire(result.status));
        written.set_code(static_cast<std::uint32_t>(result.code));
        written.set_fee(result.fee.value());
        written.set_burned(result.burned.value());
    }
    for (const model::Hash& orphan : outcome.orphans) {
        message.add_orphans(as_text(orphan.bytes()));
    }
    auto& totals = *message.mutable_totals();
    totals.set_fees(outcome.totals.fees.value());
    totals.set_gas_fee(outcome.totals.gas_fee.value());
    totals.set_burned_supply(outcome.totals.burned_supply.value());
    totals.set_emitted_supply(outcome.totals.emitted_supply.value());
    totals.set_dev_reward(outcome.totals.dev_reward.value());
    totals.set_miner_reward(without_fees(outcome.totals));
    for (const model::DeltaEntry& entry : outcome.delta.entries) {
        auto& change = *message.add_changes();
        change.set_key(as_text(codec::encode_key(entry.key)));
        if (entry.before) {
            change.set_before(as_text(codec::encode_value(*entry.before)));
        }
        if (entry.after) {
            change.set_after(as_text(codec::encode_value(*entry.after)));
        }
    }
}

absl::StatusOr<model::BlockOutcome> read(const wire::RecordedOutcome& message) {
    model::BlockOutcome outcome;
    outcome.status =
        message.rejected() ? model::BlockStatus::kRejected : model::BlockStatus::kAccepted;
    const auto code = read_code(message.code(), "recorded_outcome.code");
    if (!code.ok()) {
        return code.status();
    }
    outcome.code = *code;
    for (int i = 0; i < message.results_size(); ++i) {
        auto result = read(message.results(i), fmt::format("recorded_outcome.results[{}]", i));
        if (!result.ok()) {
            return result.status();
        }
        outcome.results.push_back(*result);
    }
    for (int i = 0; i < message.orphans_size(); ++i) {
        auto orphan = read_hash(message.orphans(i), fmt::format("recorded_outcome.orphans[{}]", i));
        if (!orphan.ok()) {
            return orphan.status();
        }
        outcome.orphans.push_back(*orphan);
    }
    const auto totals = read(message.totals());
    if (!totals.ok()) {
        return totals.status();
    }
    outcome.totals = *totals;
    if (auto status = read_delta(message, outcome.delta); !status.ok()) {
        return status;
    }
    return outcome;
}

absl::StatusOr<model::DeltaEntry> read(const wire::StateRow& message) {
    const auto key = codec::decode_key(as_bytes(message.key()));
    if (!key.ok()) {
        return inside("key", key.status());
    }
    auto value = codec::decode_value(key->family, as_bytes(message.value()));
    if (!value.ok()) {
        return inside("value", value.status());
    }
    return model::DeltaEntry{*key, std::nullopt, *std::move(value)};
}

void write(const model::StateKey& key, const model::StateValue& value, wire::StateRow& message) {
    message.set_key(as_text(codec::encode_key(key)));
    message.set_value(as_text(codec::encode_value(value)));
}

}  // namespace parallax::service
