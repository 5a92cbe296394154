#include "verifier/chains/tos/e1/wire_payload.hpp"

#include "verifier/base/utf8.hpp"
#include "verifier/chains/tos/e1/value_cell.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace parallax::tos::e1 {
namespace {

constexpr std::array<std::uint8_t, 4> kElfMagic = {0x7F, 0x45, 0x4C, 0x46};

constexpr std::size_t kTransferSize = 32 + 32 + 8 + 1;
constexpr std::size_t kDepositSize = 32 + 1 + 8;
constexpr std::size_t kDelegateeSize = 32 + 8;
constexpr std::size_t kMinValueCellSize = 2;

using Scope = base::ByteReader::Scope;

template <class T>
bool has_repeats(std::vector<T> values) {
    std::ranges::sort(values);
    return std::ranges::adjacent_find(values) != values.end();
}

template <class T>
std::optional<T> read_optional_tagged(base::ByteReader& reader, const char* field) {
    if (!reader.boolean(field)) {
        return std::nullopt;
    }
    return reader.tagged<T>(field);
}
template <class T>
void write_optional_tagged(base::ByteWriter& writer, const std::optional<T>& value) {
    writer.boolean(value.has_value());
    if (value) {
        writer.tagged(*value);
    }
}

template <class T>
std::vector<T> read_tagged_list(base::ByteReader& reader, std::size_t count, const char* field) {
    std::vector<T> items;
    items.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, field, i);
        items.push_back(reader.tagged<T>(""));
    }
    return items;
}

BurnPayload read_burn(base::ByteReader& reader) {
    const auto asset = reader.tagged<model::AssetId>("asset");
    return {asset, reader.number<model::Amount>("amount")};
}

TransfersPayload read_transfers(base::ByteReader& reader) {
    TransfersPayload payload;
    const std::size_t count = read_transfer_count(reader, kTransferSize);
    payload.transfers.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "transfers", i);
        Transfer& transfer = payload.transfers.emplace_back();
        transfer.asset = reader.tagged<model::AssetId>("asset");
        transfer.destination = reader.tagged<model::PublicKey>("destination");
        transfer.amount = reader.number<model::Amount>("amount");
        transfer.extra_data = read_extra_data(reader);
    }
    return payload;
}

MultisigPayload read_multisig(base::ByteReader& reader) {
    MultisigPayload payload;
    payload.threshold = reader.u8("threshold");
    if (payload.threshold == 0) {
        return payload;
    }
    const std::uint8_t count = reader.u8("participant_count");
    if (!reader.check_count(count, 1, 255, model::PublicKey::kSize, "participant_count")) {
        return payload;
    }
    payload.participants = read_tagged_list<model::PublicKey>(reader, count, "participants");
    if (has_repeats(payload.participants)) {
        reader.fail("participants", "has a repeated key");
    }
    return payload;
}

std::vector<ContractDeposit> read_deposits(base::ByteReader& reader) {
    std::vector<ContractDeposit> deposits;
    const std::uint8_t count = reader.u8("deposit_count");
    if (!reader.check_count(count, 0, 255, kDepositSize, "deposit_count")) {
        return deposits;
    }
    deposits.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "deposits", i);
        ContractDeposit deposit;
        deposit.asset = reader.tagged<model::AssetId>("asset");
        if (const std::uint8_t tag = reader.u8("tag"); tag != 0) {
            reader.fail("tag", fmt::format("is {}, only public deposits (0) exist", tag));
        }
        deposit.amount = reader.number<model::Amount>("amount");
        add_deposit(deposits, deposit);
    }
    return deposits;
}

InvokeContractPayload read_invoke(base::ByteReader& reader) {
    InvokeContractPayload payload;
    payload.contract = reader.tagged<model::Hash>("contract");
    payload.deposits = read_deposits(reader);
    payload.entry_id = reader.u16("entry_id");
    payload.max_gas = reader.number<model::Amount>("max_gas");
    const std::uint8_t count = reader.u8("parameter_count");
    if (!reader.check_count(count, 0, 255, kMinValueCellSize, "parameter_count")) {
        return payload;
    }
    payload.parameters.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "parameters", i);
        payload.parameters.push_back(read_value_cell(reader));
    }
    return payload;
}

DeployContractPayload read_deploy(base::ByteReader& reader) {
    DeployContractPayload payload;
    const std::uint32_t length = reader.u32("module_length");
    if (!reader.check_count(length, kElfMagic.size(), kMaxModuleSize, 1, "module_length")) {
        return payload;
    }
    payload.module = reader.bytes(length, "module");
    if (reader.ok() && !std::equal(kElfMagic.begin(), kElfMagic.end(), payload.module.begin())) {
        reader.fail("module", "does not start with the ELF magic");
    }
    if (reader.boolean("has_constructor")) {
        const Scope scope(reader, "constructor");
        const auto max_gas = reader.number<model::Amount>("max_gas");
        payload.constructor = ContractConstructor{max_gas, read_deposits(reader)};
    }
    return payload;
}

std::uint32_t read_freeze_days(base::ByteReader& reader) {
    const std::uint32_t days = reader.u32("days");
    reader.check_count(days, kMinFreezeDays, kMaxFreezeDays, 0, "days");
    return days;
}

EnergyDelegate read_energy_delegate(base::ByteReader& reader) {
    EnergyDelegate delegate;
    const std::uint64_t count = reader.u64("delegatee_count");
    if (!reader.check_count(count, 0, kMaxDelegatees, kDelegateeSize, "delegatee_count")) {
        return delegate;
    }
    delegate.delegatees.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "delegatees", i);
        const auto delegatee = reader.tagged<model::PublicKey>("delegatee");
        delegate.delegatees.push_back({delegatee, reader.number<model::Amount>("amount")});
    }
    delegate.days = read_freeze_days(reader);
    return delegate;
}

EnergyUnfreeze read_energy_unfreeze(base::ByteReader& reader) {
    EnergyUnfreeze unfreeze;
    unfreeze.amount = reader.number<model::Amount>("amount");
    unfreeze.from_delegation = reader.boolean("from_delegation");
    if (reader.boolean("has_record_index")) {
        unfreeze.record_index = reader.u32("record_index");
    }
    unfreeze.delegatee = read_optional_tagged<model::PublicKey>(reader, "delegatee");
    return unfreeze;
}

EnergyPayload read_energy(base::ByteReader& reader) {
    const std::uint8_t variant = reader.u8("variant");
    switch (variant) {
        case 0: {
            const auto amount = reader.number<model::Amount>("amount");
            return EnergyFreeze{amount, read_freeze_days(reader)};
        }
        case 1:
            return read_energy_delegate(reader);
        case 2:
            return read_energy_unfreeze(reader);
        case 3:
            return EnergyWithdraw{};
        default:  // not an enum: every other byte is invalid
            reader.fail("variant", fmt::format("is {}, allowed are 0 to 3", variant));
            return EnergyWithdraw{};
    }
}

RegisterNamePayload read_register_name(base::ByteReader& reader) {
    const std::uint8_t length = reader.u8("name_length");
    if (!reader.check_count(length, kMinNameLength, kMaxNameLength, 1, "name_length")) {
        return {};
    }
    const auto name = reader.view(length, "name");
    if (!base::is_valid_utf8(name)) {
        reader.fail("name", "is not UTF-8");
    }
    return {std::string(name.begin(), name.end())};
}

template <class T>
std::vector<T> read_allowed(base::ByteReader& reader, const char* count_field, const char* field) {
    const std::uint16_t count = reader.u16(count_field);
    if (!reader.check_count(count, 0, kMaxSessionKeyListDecoded, T::kSize, count_field)) {
        return {};
    }
    return read_tagged_list<T>(reader, count, field);
}

AgentAddSessionKey read_session_key(base::ByteReader& reader) {
    AgentAddSessionKey key;
    key.key_id = reader.u64("key_id");
    key.public_key = reader.tagged<model::PublicKey>("public_key");
    key.expiry = reader.number<model::Topoheight>("expiry");
    key.max_value = reader.number<model::Amount>("max_value");
    key.allowed_targets = read_allowed<model::PublicKey>(reader, "target_count", "allowed_targets");
    key.allowed_assets = read_allowed<model::AssetId>(reader, "asset_count", "allowed_assets");
    return key;
}

AgentRegister read_agent_register(base::ByteReader& reader) {
    AgentRegister agent;
    agent.controller = reader.tagged<model::PublicKey>("controller");
    agent.policy_hash = reader.tagged<model::Hash>("policy_hash");
    agent.energy_pool = read_optional_tagged<model::PublicKey>(reader, "energy_pool");
    agent.session_key_root = read_optional_tagged<model::Hash>(reader, "session_key_root");
    return agent;
}

AgentAccountPayload read_agent(base::ByteReader& reader) {
    const std::uint8_t variant = reader.u8("variant");
    switch (variant) {
        case 0:
            return read_agent_register(reader);
        case 1:
            return AgentUpdatePolicy{reader.tagged<model::Hash>("policy_hash")};
        case 2:
            return AgentRotateController{reader.tagged<model::PublicKey>("new_controller")};
        case 3:
            return AgentSetStatus{reader.u8("status")};
        case 4:
            return AgentSetEnergyPool{
                read_optional_tagged<model::PublicKey>(reader, "energy_pool")};
        case 5:
            return AgentSetSessionKeyRoot{
                read_optional_tagged<model::Hash>(reader, "session_key_root")};
        case 6:
            return read_session_key(reader);
        case 7:
            return AgentRevokeSessionKey{reader.u64("key_id")};
        default:  // not an enum: every other byte is invalid
            reader.fail("variant", fmt::format("is {}, allowed are 0 to 7", variant));
            return AgentSetStatus{};
    }
}

void write_deposits(base::ByteWriter& writer, const std::vector<ContractDeposit>& deposits) {
    writer.u8(static_cast<std::uint8_t>(deposits.size()));
    for (const ContractDeposit& deposit : deposits) {
        writer.tagged(deposit.asset);
        writer.u8(0);
        writer.number(deposit.amount);
    }
}

void write_energy(base::ByteWriter& writer, const EnergyFreeze& freeze) {
    writer.number(freeze.amount);
    writer.u32(freeze.days);
}
void write_energy(base::ByteWriter& writer, const EnergyDelegate& delegate) {
    writer.u64(delegate.delegatees.size());
    for (const EnergyDelegatee& entry : delegate.delegatees) {
        writer.tagged(entry.delegatee);
        writer.number(entry.amount);
    }
    writer.u32(delegate.days);
}
void write_energy(base::ByteWriter& writer, const EnergyUnfreeze& unfreeze) {
    writer.number(unfreeze.amount);
    writer.boolean(unfreeze.from_delegation);
    writer.boolean(unfreeze.record_index.has_value());
    if (unfreeze.record_index) {
        writer.u32(*unfreeze.record_index);
    }
    write_optional_tagged(writer, unfreeze.delegatee);
}
void write_energy(base::ByteWriter&, const EnergyWithdraw&) {}

void write_agent(base::ByteWriter& writer, const AgentRegister& agent) {
    writer.tagged(agent.controller);
    writer.tagged(agent.policy_hash);
    write_optional_tagged(writer, agent.energy_pool);
    write_optional_tagged(writer, agent.session_key_root);
}
void write_agent(base::ByteWriter& writer, const AgentUpdatePolicy& agent) {
    writer.tagged(agent.policy_hash);
}
void write_agent(base::ByteWriter& writer, const AgentRotateController& agent) {
    writer.tagged(agent.new_controller);
}
void write_agent(base::ByteWriter& writer, const AgentSetStatus& agent) {
    writer.u8(agent.status);
}
void write_agent(base::ByteWriter& writer, const AgentSetEnergyPool& agent) {
    write_optional_tagged(writer, agent.energy_pool);
}
void write_agent(base::ByteWriter& writer, const AgentSetSessionKeyRoot& agent) {
    write_optional_tagged(writer, agent.session_key_root);
}
void write_agent(base::ByteWriter& writer, const AgentAddSessionKey& key) {
    writer.u64(key.key_id);
    writer.tagged(key.public_key);
    writer.number(key.expiry);
    writer.number(key.max_value);
    writer.u16(static_cast<std::uint16_t>(key.allowed_targets.size()));
    for (const model::PublicKey& target : key.allowed_targets) {
        writer.tagged(target);
    }
    writer.u16(static_cast<std::uint16_t>(key.allowed_assets.size()));
    for (const model::AssetId& asset : key.allowed_assets) {
        writer.tagged(asset);
    }
}
void write_agent(base::ByteWriter& writer, const AgentRevokeSessionKey& key) {
    writer.u64(key.key_id);
}

/// One overload per alternative of `Payload`, so that a new one does not compile without it.
struct PayloadWriter {
    base::ByteWriter& writer;

    void operator()(const BurnPayload& burn) const {
        writer.tagged(burn.asset);
        writer.number(burn.amount);
    }
    void operator()(const TransfersPayload& payload) const {
        writer.u16(static_cast<std::uint16_t>(payload.transfers.size()));
        for (const Transfer& transfer : payload.transfers) {
            writer.tagged(transfer.asset);
            writer.tagged(transfer.destination);
            writer.number(transfer.amount);
            write_extra_data(writer, transfer.extra_data);
        }
    }
    void operator()(const MultisigPayload& multisig) const {
        writer.u8(multisig.threshold);
        if (multisig.threshold == 0) {
            return;
        }
        writer.u8(static_cast<std::uint8_t>(multisig.participants.size()));
        for (const model::PublicKey& participant : multisig.participants) {
            writer.tagged(participant);
        }
    }
    void operator()(const InvokeContractPayload& invoke) const {
        writer.tagged(invoke.contract);
        write_deposits(writer, invoke.deposits);
        writer.u16(invoke.entry_id);
        writer.number(invoke.max_gas);
        writer.u8(static_cast<std::uint8_t>(invoke.parameters.size()));
        for (const ValueCell& parameter : invoke.parameters) {
            writer.raw(parameter.bytes);
        }
    }
    void operator()(const DeployContractPayload& deploy) const {
        writer.u32(static_cast<std::uint32_t>(deploy.module.size()));
        writer.raw(deploy.module);
        writer.boolean(deploy.constructor.has_value());
        if (deploy.constructor) {
            writer.number(deploy.constructor->max_gas);
            write_deposits(writer, deploy.constructor->deposits);
        }
    }
    void operator()(const EnergyPayload& energy) const {
        writer.u8(static_cast<std::uint8_t>(energy.index()));
        std::visit([&](const auto& variant) { write_energy(writer, variant); }, energy);
    }
    void operator()(const UnoTransfersPayload& payload) const { write_encrypted(writer, payload); }
    void operator()(const ShieldTransfersPayload& payload) const {
        write_encrypted(writer, payload);
    }
    void operator()(const UnshieldTransfersPayload& payload) const {
        write_encrypted(writer, payload);
    }
    void operator()(const RegisterNamePayload& payload) const {
        writer.u8(static_cast<std::uint8_t>(payload.name.size()));
        for (const char character : payload.name) {
            writer.u8(static_cast<std::uint8_t>(character));
        }
    }
    void operator()(const AgentAccountPayload& agent) const {
        writer.u8(static_cast<std::uint8_t>(agent.index()));
        std::visit([&](const auto& variant) { write_agent(writer, variant); }, agent);
    }
};

}  // namespace

model::Scalar read_scalar(base::ByteReader& reader, const char* field) {
    const auto scalar = reader.tagged<model::Scalar>(field);
    // Everything below 2^252 is below L, and nearly every scalar is: no arithmetic for those.
    const bool is_small = scalar.bytes()[model::Scalar::kSize - 1] < 0x10;
    if (!is_small && !crypto::is_canonical_scalar(scalar.bytes())) {
        reader.fail(field, "is not a canonical scalar");
    }
    return scalar;
}

std::size_t read_transfer_count(base::ByteReader& reader, std::size_t item_size) {
    const std::uint16_t count = reader.u16("transfer_count");
    return reader.check_count(count, 1, kMaxTransfers, item_size, "transfer_count") ? count : 0;
}

std::optional<base::Bytes> read_extra_data(base::ByteReader& reader) {
    if (!reader.boolean("has_extra_data")) {
        return std::nullopt;
    }
    const std::uint16_t length = reader.u16("extra_data_length");
    if (!reader.check_count(length, 0, kMaxExtraDataDecoded, 1, "extra_data_length")) {
        return std::nullopt;
    }
    return reader.bytes(length, "extra_data");
}

void write_extra_data(base::ByteWriter& writer, const std::optional<base::Bytes>& extra_data) {
    writer.boolean(extra_data.has_value());
    if (extra_data) {
        writer.u16(static_cast<std::uint16_t>(extra_data->size()));
        writer.raw(*extra_data);
    }
}

void add_deposit(std::vector<ContractDeposit>& deposits, const ContractDeposit& deposit) {
    const auto same = std::ranges::find(deposits, deposit.asset, &ContractDeposit::asset);
    if (same != deposits.end()) {
        same->amount = deposit.amount;
    } else {
        deposits.push_back(deposit);
    }
}

Payload read_payload(base::ByteReader& reader, model::TransactionType type) {
    switch (type) {
        case model::TransactionType::kBurn:
            return read_burn(reader);
        case model::TransactionType::kTransfers:
            return read_transfers(reader);
        case model::TransactionType::kMultisig:
            return read_multisig(reader);
        case model::TransactionType::kInvokeContract:
            return read_invoke(reader);
        case model::TransactionType::kDeployContract:
            return read_deploy(reader);
        case model::TransactionType::kEnergy:
            return read_energy(reader);
        case model::TransactionType::kUnoTransfers:
            return read_uno_transfers(reader);
        case model::TransactionType::kShieldTransfers:
            return read_shield_transfers(reader);
        case model::TransactionType::kUnshieldTransfers:
            return read_unshield_transfers(reader);
        case model::TransactionType::kRegisterName:
            return read_register_name(reader);
        case model::TransactionType::kAgentAccount:
            return read_agent(reader);
        case model::TransactionType::kAiMining:
            break;  // of another epoch
    }
    reader.fail("", fmt::format("has the unassigned opcode {}", static_cast<unsigned>(type)));
    return {};
}

void write_payload(base::ByteWriter& writer, const Payload& payload) {
    std::visit(PayloadWriter{writer}, payload);
}

}  // namespace parallax::tos::e1
