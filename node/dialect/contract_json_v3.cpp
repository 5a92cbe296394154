#include "node/dialect/contract_json_v3.hpp"

#include "node/dialect/json_values.hpp"
#include "verifier/base/byte_writer.hpp"
#include "verifier/crypto/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace parallax::node {
namespace {

namespace v3 = tos::v3;
using codec::JsonObject;
using Json = nlohmann::json;

constexpr std::size_t kMostBytes = 1'048'576;
constexpr int kDeepest = 70;

/// Writes values back into the bytes that they were decoded from. Once one is not shown whole, what
/// was written means nothing.
class CellWriter {
  public:
    explicit CellWriter(base::ByteWriter& writer) : writer_(writer) {}
    [[nodiscard]] bool ok() const { return ok_; }

    void cell(const Json& json, int depth) {
        const std::string type = type_of(json);
        const Json& value = member(json, "value");
        if (depth > kDeepest) {
            ok_ = false;
        } else if (type == "default") {
            writer_.u8(0);
            primitive(value, depth);
        } else if (type == "bytes") {
            const auto bytes = bytes_of_list(value, kMostBytes);
            ok_ = ok_ && bytes.has_value();
            writer_.u8(1);
            writer_.u32(static_cast<std::uint32_t>(bytes ? bytes->size() : 0));
            writer_.raw(bytes.value_or(base::Bytes{}));
        } else if (type == "object" && value.is_array()) {
            writer_.u8(2);
            writer_.u32(static_cast<std::uint32_t>(value.size()));
            for (const Json& item : value) {
                cell(item, depth + 1);
            }
        } else if (type == "map" && value.is_array()) {
            writer_.u8(3);
            writer_.u32(static_cast<std::uint32_t>(value.size()));
            for (const Json& item : value) {
                const bool is_pair = item.is_array() && item.size() == 2;
                cell(is_pair ? item[0] : Json(), depth + 1);
                cell(is_pair ? item[1] : Json(), depth + 1);
            }
        } else {
            ok_ = false;
        }
    }

  private:
    static const Json& member(const Json& json, const char* name) {
        static const Json kNone;
        const auto found = json.is_object() ? json.find(name) : json.end();
        return json.is_object() && found != json.end() ? *found : kNone;
    }
    static std::string type_of(const Json& json) {
        const auto* text = member(json, "type").get_ptr<const Json::string_t*>();
        return text != nullptr ? *text : std::string();
    }
    std::uint64_t number(const Json& value, std::uint64_t most) {
        const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() <= most;
        ok_ = ok_ && fits;
        return fits ? value.get<std::uint64_t>() : 0;
    }
    std::string text(const Json& value) {
        const auto* found = value.get_ptr<const Json::string_t*>();
        ok_ = ok_ && found != nullptr;
        return found != nullptr ? *found : std::string();
    }

    void primitive(const Json& json, int depth) {
        const std::string type = type_of(json);
        const Json& value = member(json, "value");
        if (type == "null") {
            writer_.u8(0);
        } else if (type == "u8") {
            writer_.u8(1);
            writer_.u8(static_cast<std::uint8_t>(number(value, 0xFF)));
        } else if (type == "u16") {
            writer_.u8(2);
            writer_.u16(static_cast<std::uint16_t>(number(value, 0xFFFF)));
        } else if (type == "u32") {
            writer_.u8(3);
            writer_.u32(static_cast<std::uint32_t>(number(value, 0xFFFF'FFFF)));
        } else if (type == "u64") {
            writer_.u8(4);
            writer_.u64(number(value, ~std::uint64_t{0}));
        } else if (type == "u128") {
            // A larger one is none that a node can put into JSON.
            writer_.u8(5);
            writer_.u64(0);
            writer_.u64(number(value, ~std::uint64_t{0}));
        } else if (type == "u256") {
            writer_.u8(6);
            decimal_256(text(value));
        } else if (type == "boolean") {
            ok_ = ok_ && value.is_boolean();
            writer_.u8(7);
            writer_.boolean(value.is_boolean() && value.get<bool>());
        } else if (type == "string") {
            const std::string string = text(value);
            ok_ = ok_ && string.size() <= 0xFFFF;
            writer_.u8(8);
            writer_.u16(static_cast<std::uint16_t>(string.size()));
            writer_.raw({reinterpret_cast<const std::uint8_t*>(string.data()), string.size()});
        } else if (type == "range" && value.is_array() && value.size() == 2 && depth < kDeepest) {
            writer_.u8(9);
            primitive(value[0], depth + 1);
            primitive(value[1], depth + 1);
        } else if (type == "opaque") {
            writer_.u8(10);
            opaque(value);
        } else {
            ok_ = false;
        }
    }

    /// Four words of 64 bits, the least significant first, each big-endian.
    void decimal_256(const std::string& digits) {
        std::array<std::uint64_t, 4> words{};
        for (const char digit : digits) {
            if (digit < '0' || digit > '9') {
                ok_ = false;
                return;
            }
            __extension__ using Wide = unsigned __int128;
            Wide carry = static_cast<Wide>(digit - '0');
            for (std::uint64_t& word : words) {
                const Wide product = static_cast<Wide>(word) * 10 + carry;
                word = static_cast<std::uint64_t>(product);
                carry = product >> 64U;
            }
            ok_ = ok_ && carry == 0;
        }
        ok_ = ok_ && !digits.empty();
        for (const std::uint64_t word : words) {
            writer_.u64(word);
        }
    }

    void opaque(const Json& json) {
        const std::string type = type_of(json);
        const std::string value = text(member(json, "value"));
        if (type == "Hash") {
            const auto hash = model::Hash::from_hex(value);
            ok_ = ok_ && hash.has_value();
            writer_.u8(0);
            writer_.tagged(hash.value_or(model::Hash{}));
        } else if (type == "Address") {
            const auto address = crypto::decode_address(value);
            ok_ = ok_ && address.ok();
            writer_.u8(1);
            writer_.boolean(value.starts_with("tos1"));
            writer_.tagged(address.ok() ? address->key : model::PublicKey{});
            writer_.u8(0);
        } else if (type == "Signature") {
            using Both = base::TaggedBytes<struct OpaqueSignatureTag, 64>;
            const auto both = Both::from_hex(value);
            ok_ = ok_ && both.has_value();
            writer_.u8(2);
            writer_.tagged(both.value_or(Both{}));
        } else {
            ok_ = false;
        }
    }

    base::ByteWriter& writer_;
    bool ok_ = true;
};

std::uint16_t small_number(const Json& value, const std::string& path, const JsonObject& json) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xFFFF) {
        json.fail(path.c_str(), "is no number of 16 bits");
        return 0;
    }
    return static_cast<std::uint16_t>(value.get<std::uint64_t>());
}

/// In the order of their names: the order on the wire is not shown.
std::vector<v3::ContractDeposit> read_deposits(const JsonObject& json) {
    std::vector<v3::ContractDeposit> deposits;
    const Json* map = json.find("deposits");
    if (map == nullptr || !map->is_object()) {
        json.fail("deposits", "is not an object");
        return deposits;
    }
    for (const auto& [name, amount] : map->items()) {
        const auto asset = model::AssetId::from_hex(name);
        if (!asset || !amount.is_number_unsigned()) {
            json.fail("deposits", "has one that is no asset with an amount");
            return deposits;
        }
        deposits.push_back({*asset, model::Amount{amount.get<std::uint64_t>()}});
    }
    return deposits;
}

void write_chunks(const JsonObject& module, base::ByteWriter& writer) {
    const Json* chunks = module.find("chunks");
    writer.u16(static_cast<std::uint16_t>(chunks != nullptr ? chunks->size() : 0));
    module.each_object("chunks", [&](const JsonObject& chunk) {
        const Json* code = chunk.find("instructions");
        const auto bytes = code != nullptr ? bytes_of_list(*code, kMostBytes) : std::nullopt;
        if (!bytes) {
            chunk.fail("instructions", "is no list of byte numbers");
            return;
        }
        writer.u32(static_cast<std::uint32_t>(bytes->size()));
        writer.raw(*bytes);
    });
}

void write_entries(const JsonObject& module, base::ByteWriter& writer) {
    const Json* entries = module.find("entry_chunk_ids");
    writer.u16(static_cast<std::uint16_t>(entries != nullptr ? entries->size() : 0));
    module.each_value("entry_chunk_ids", [&](const Json& item, const std::string& path) {
        writer.u16(small_number(item, path, module));
    });
}

void write_hooks(const JsonObject& module, base::ByteWriter& writer) {
    const Json* hooks = module.find("hook_chunk_ids");
    const bool is_map = hooks != nullptr && hooks->is_object() && hooks->size() <= 255;
    writer.u8(is_map ? static_cast<std::uint8_t>(hooks->size()) : 0);
    if (!is_map) {
        return;
    }
    for (const auto& [name, chunk] : hooks->items()) {
        const bool is_number =
            !name.empty() && name.size() <= 3 &&
            std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
        const int hook = is_number ? std::stoi(name) : 256;
        if (hook > 255) {
            module.fail("hook_chunk_ids", "has a name that is no hook");
            return;
        }
        writer.u8(static_cast<std::uint8_t>(hook));
        writer.u16(small_number(chunk, "hook_chunk_ids", module));
    }
}

/// Nothing if a constant is not shown whole.
std::optional<base::Bytes> read_module(const JsonObject& module) {
    base::ByteWriter writer;
    const Json* constants = module.find("constants");
    writer.u16(static_cast<std::uint16_t>(constants != nullptr ? constants->size() : 0));
    CellWriter cells(writer);
    module.each_value("constants",
                      [&](const Json& item, const std::string&) { cells.cell(item, 0); });
    if (!cells.ok()) {
        return std::nullopt;
    }
    write_chunks(module, writer);
    write_entries(module, writer);
    write_hooks(module, writer);
    return std::move(writer).take();
}

}  // namespace

std::optional<v3::InvokeContractPayload> read_invoke(const JsonObject& json) {
    v3::InvokeContractPayload payload;
    payload.contract = json.tagged<model::Hash>("contract");
    payload.deposits = read_deposits(json);
    payload.chunk_id = json.number<std::uint16_t>("chunk_id");
    payload.max_gas = read_amount(json, "max_gas");
    bool shown = true;
    json.each_value("parameters", [&](const Json& item, const std::string&) {
        base::ByteWriter writer;
        CellWriter cells(writer);
        cells.cell(item, 0);
        shown = shown && cells.ok();
        payload.parameters.push_back({std::move(writer).take()});
    });
    return shown ? std::optional(std::move(payload)) : std::nullopt;
}

std::optional<v3::DeployContractPayload> read_deploy(const JsonObject& json) {
    const Json* module = json.find("module");
    if (module == nullptr) {
        json.fail("module", "is missing");
        return std::nullopt;
    }
    auto bytes = read_module(json.child(*module, "module"));
    if (!bytes) {
        return std::nullopt;
    }
    v3::DeployContractPayload payload;
    payload.module = *std::move(bytes);
    if (const Json* invoke = json.find("invoke")) {
        const JsonObject constructor = json.child(*invoke, "invoke");
        payload.constructor = {read_amount(constructor, "max_gas"), read_deposits(constructor)};
    }
    return payload;
}

}  // namespace parallax::node
