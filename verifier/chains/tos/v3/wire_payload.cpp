#include "verifier/chains/tos/v3/wire_payload.hpp"

#include "verifier/base/utf8.hpp"
#include "verifier/chains/tos/v3/constants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace parallax::tos::v3 {
namespace {

constexpr std::size_t kTransferSize = 32 + 32 + 8 + 1;
constexpr std::size_t kDepositSize = 32 + 1 + 8;
constexpr std::size_t kMinCellSize = 2;

using Scope = base::ByteReader::Scope;

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

BurnPayload read_burn(base::ByteReader& reader) {
    const auto asset = reader.tagged<model::AssetId>("asset");
    return {asset, reader.number<model::Amount>("amount")};
}

TransfersPayload read_transfers(base::ByteReader& reader) {
    TransfersPayload payload;
    const std::uint8_t count = reader.u8("transfer_count");
    if (!reader.check_count(count, 1, 255, kTransferSize, "transfer_count")) {
        return payload;
    }
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
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "participants", i);
        payload.participants.push_back(reader.tagged<model::PublicKey>(""));
    }
    auto sorted = payload.participants;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
        reader.fail("participants", "has a repeated key");
    }
    return payload;
}

/// A repeated asset keeps its first position and takes the last amount.
void add_deposit(std::vector<ContractDeposit>& deposits, const ContractDeposit& deposit) {
    const auto known = std::ranges::find(deposits, deposit.asset, &ContractDeposit::asset);
    if (known != deposits.end()) {
        known->amount = deposit.amount;
    } else {
        deposits.push_back(deposit);
    }
}

std::vector<ContractDeposit> read_deposits(base::ByteReader& reader, std::size_t count) {
    std::vector<ContractDeposit> deposits;
    if (!reader.check_count(count, 0, count, kDepositSize, "deposit_count")) {
        return deposits;
    }
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
    payload.deposits = read_deposits(reader, reader.u8("deposit_count"));
    payload.chunk_id = reader.u16("chunk_id");
    payload.max_gas = reader.number<model::Amount>("max_gas");
    const std::uint8_t count = reader.u8("parameter_count");
    if (!reader.check_count(count, 0, 255, kMinCellSize, "parameter_count")) {
        return payload;
    }
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        const Scope scope(reader, "parameters", i);
        payload.parameters.push_back({read_value_cell(reader)});
    }
    return payload;
}

DeployContractPayload read_deploy(base::ByteReader& reader) {
    DeployContractPayload payload;
    payload.module = read_module(reader);
    if (reader.boolean("has_constructor")) {
        ContractConstructor& constructor = payload.constructor.emplace();
        constructor.max_gas = reader.number<model::Amount>("max_gas");
        constructor.deposits = read_deposits(reader, reader.u16("deposit_count"));
    }
    return payload;
}

EnergyPayload read_energy(base::ByteReader& reader) {
    const std::uint8_t variant = reader.u8("variant");
    if (variant == 0) {
        EnergyFreeze freeze{reader.number<model::Amount>("amount"), reader.u32("days")};
        if (reader.ok() && (freeze.days < kMinFreezeDays || freeze.days > kMaxFreezeDays)) {
            reader.fail("days", fmt::format("is {}, allowed are {} to {}", freeze.days,
                                            kMinFreezeDays, kMaxFreezeDays));
        }
        return freeze;
    }
    if (variant != 1) {
        reader.fail("variant", fmt::format("is {}, allowed are 0 and 1", variant));
    }
    return EnergyUnfreeze{reader.number<model::Amount>("amount")};
}

std::string read_text(base::ByteReader& reader, const char* field) {
    const auto text = reader.view(reader.u8(field), field);
    if (!base::is_valid_utf8(text)) {
        reader.fail(field, "is not UTF-8");
    }
    return {text.begin(), text.end()};
}

AiMiningPayload read_ai_mining(base::ByteReader& reader) {
    switch (const std::uint8_t variant = reader.u8("variant")) {
        case 0: {
            AiPublishTask publish;
            publish.task = reader.tagged<model::Hash>("task");
            publish.reward = reader.u64("reward");
            publish.difficulty = reader.u8("difficulty");
            if (publish.difficulty > 3) {
                reader.fail("difficulty",
                            fmt::format("is {}, allowed are 0 to 3", publish.difficulty));
            }
            publish.deadline = reader.u64("deadline");
            publish.description = read_text(reader, "description");
            return publish;
        }
        case 1: {
            AiSubmitAnswer submit;
            submit.task = reader.tagged<model::Hash>("task");
            submit.content = read_text(reader, "content");
            submit.answer_hash = reader.tagged<model::Hash>("answer_hash");
            submit.stake = reader.u64("stake");
            return submit;
        }
        case 2: {
            const auto task = reader.tagged<model::Hash>("task");
            const auto answer = reader.tagged<model::Hash>("answer");
            return AiValidateAnswer{task, answer, reader.u8("score")};
        }
        case 3: {
            const auto miner = reader.tagged<model::PublicKey>("miner");
            return AiRegisterMiner{miner, reader.u64("fee")};
        }
        default:
            reader.fail("variant", fmt::format("is {}, allowed are 0 to 3", variant));
            return AiRegisterMiner{};
    }
}

void write_text(base::ByteWriter& writer, const std::string& text) {
    const std::size_t size = std::min<std::size_t>(text.size(), 255);
    writer.u8(static_cast<std::uint8_t>(size));
    writer.raw({reinterpret_cast<const std::uint8_t*>(text.data()), size});
}

void write_deposits(base::ByteWriter& writer, const std::vector<ContractDeposit>& deposits) {
    for (const ContractDeposit& deposit : deposits) {
        writer.tagged(deposit.asset);
        writer.u8(0);
        writer.number(deposit.amount);
    }
}

struct AiMiningWriter {
    base::ByteWriter& writer;

    void operator()(const AiPublishTask& publish) const {
        writer.u8(0);
        writer.tagged(publish.task);
        writer.u64(publish.reward);
        writer.u8(publish.difficulty);
        writer.u64(publish.deadline);
        write_text(writer, publish.description);
    }
    void operator()(const AiSubmitAnswer& submit) const {
        writer.u8(1);
        writer.tagged(submit.task);
        write_text(writer, submit.content);
        writer.tagged(submit.answer_hash);
        writer.u64(submit.stake);
    }
    void operator()(const AiValidateAnswer& validate) const {
        writer.u8(2);
        writer.tagged(validate.task);
        writer.tagged(validate.answer);
        writer.u8(validate.score);
    }
    void operator()(const AiRegisterMiner& registration) const {
        writer.u8(3);
        writer.tagged(registration.miner);
        writer.u64(registration.fee);
    }
};

struct PayloadWriter {
    base::ByteWriter& writer;

    void operator()(const BurnPayload& burn) const {
        writer.tagged(burn.asset);
        writer.number(burn.amount);
    }
    void operator()(const TransfersPayload& payload) const {
        writer.u8(static_cast<std::uint8_t>(payload.transfers.size()));
        for (const Transfer& transfer : payload.transfers) {
            writer.tagged(transfer.asset);
            writer.tagged(transfer.destination);
            writer.number(transfer.amount);
            writer.boolean(transfer.extra_data.has_value());
            if (transfer.extra_data) {
                writer.u16(static_cast<std::uint16_t>(transfer.extra_data->size()));
                writer.raw(*transfer.extra_data);
            }
        }
    }
    void operator()(const MultisigPayload& payload) const {
        writer.u8(payload.threshold);
        if (payload.threshold == 0) {
            return;
        }
        writer.u8(static_cast<std::uint8_t>(payload.participants.size()));
        for (const model::PublicKey& participant : payload.participants) {
            writer.tagged(participant);
        }
    }
    void operator()(const InvokeContractPayload& invoke) const {
        writer.tagged(invoke.contract);
        writer.u8(static_cast<std::uint8_t>(invoke.deposits.size()));
        write_deposits(writer, invoke.deposits);
        writer.u16(invoke.chunk_id);
        writer.number(invoke.max_gas);
        writer.u8(static_cast<std::uint8_t>(invoke.parameters.size()));
        for (const ValueCell& cell : invoke.parameters) {
            writer.raw(cell.bytes);
        }
    }
    void operator()(const DeployContractPayload& deploy) const {
        writer.raw(deploy.module);
        writer.boolean(deploy.constructor.has_value());
        if (deploy.constructor) {
            writer.number(deploy.constructor->max_gas);
            writer.u16(static_cast<std::uint16_t>(deploy.constructor->deposits.size()));
            write_deposits(writer, deploy.constructor->deposits);
        }
    }
    void operator()(const EnergyPayload& energy) const {
        const auto* freeze = std::get_if<EnergyFreeze>(&energy);
        writer.u8(freeze != nullptr ? 0 : 1);
        if (freeze != nullptr) {
            writer.number(freeze->amount);
            writer.u32(freeze->days);
        } else {
            writer.number(std::get<EnergyUnfreeze>(energy).amount);
        }
    }
    void operator()(const AiMiningPayload& payload) const {
        std::visit(AiMiningWriter{writer}, payload);
    }
};

}  // namespace

Payload read_payload(base::ByteReader& reader, std::uint8_t opcode) {
    switch (opcode) {
        case 0:
            return read_burn(reader);
        case 1:
            return read_transfers(reader);
        case 2:
            return read_multisig(reader);
        case 3:
            return read_invoke(reader);
        case 4:
            return read_deploy(reader);
        case 5:
            return read_energy(reader);
        case 6:
            return read_ai_mining(reader);
        default:
            reader.fail("", fmt::format("has the opcode {}, allowed are 0 to 6", opcode));
            return BurnPayload{};
    }
}

void write_payload(base::ByteWriter& writer, const Payload& payload) {
    std::visit(PayloadWriter{writer}, payload);
}

bool may_shrink(const Payload& payload) noexcept {
    return runs_code(payload);
}

}  // namespace parallax::tos::v3
