#include "testbed/vectors/vector_json.hpp"

#include "testbed/vectors/vector_transaction.hpp"
#include "verifier/codec/json_object.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>

namespace parallax::testbed {
namespace {

/// Nothing for a word that no vector may have as its kind.
std::optional<VectorKind> kind_of(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, VectorKind>, 6> kKinds = {{
        {"tx", VectorKind::kTransaction},
        {"tx_roundtrip", VectorKind::kRoundtrip},
        {"block", VectorKind::kBlock},
        {"chain", VectorKind::kChain},
        {"p2p", VectorKind::kOther},
        {"ristretto255", VectorKind::kOther},
    }};
    const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                    [&](const auto& kind) { return kind.first == word; });
    return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

/// Vectors of the node's RPC have no kind, but a request (12.1). Anything else without a kind that
/// is known is a mistake: to skip it would be to say that it passes.
VectorKind read_kind(const codec::JsonObject& input) {
    const auto word = input.optional_text("kind");
    if (!word && input.find("kind") == nullptr && input.find("rpc") != nullptr) {
        return VectorKind::kOther;
    }
    const auto kind = kind_of(word.value_or(""));
    if (!kind) {
        input.fail("kind", fmt::format("is '{}'; there are tx, tx_roundtrip, block, chain, p2p and "
                                       "ristretto255",
                                       word.value_or("")));
    }
    return kind.value_or(VectorKind::kOther);
}

model::Amount amount(const codec::JsonObject& json, const char* name) {
    return model::Amount{json.number<std::uint64_t>(name)};
}
model::Topoheight topoheight(const codec::JsonObject& json, const char* name) {
    return model::Topoheight{json.number<std::uint64_t>(name)};
}

VectorAccount read_account(const codec::JsonObject& json) {
    json.allow_only({"address", "balance", "nonce", "frozen", "energy", "flags", "data"});
    return {json.tagged<model::PublicKey>("address"),
            amount(json, "balance"),
            model::Nonce{json.number<std::uint64_t>("nonce")},
            amount(json, "frozen"),
            json.number<std::uint64_t>("energy"),
            json.number<std::uint64_t>("flags"),
            json.optional_hex("data").value_or(base::Bytes{})};
}

VectorAgent read_agent(const codec::JsonObject& json) {
    json.allow_only({"address", "owner", "controller", "policy_hash", "status"});
    return {json.tagged<model::PublicKey>("address"), json.tagged<model::PublicKey>("owner"),
            json.tagged<model::PublicKey>("controller"), json.tagged<model::Hash>("policy_hash"),
            json.number<std::uint8_t>("status")};
}

VectorEnergy read_energy(const codec::JsonObject& json) {
    json.allow_only({"address", "energy", "frozen_tos", "freeze_records", "pending_unfreezes"});
    VectorEnergy energy;
    energy.address = json.tagged<model::PublicKey>("address");
    energy.energy = json.number<std::uint64_t>("energy");
    energy.frozen = amount(json, "frozen_tos");
    json.each_object("freeze_records", [&](const codec::JsonObject& item) {
        item.allow_only(
            {"amount", "energy_gained", "freeze_height", "unlock_height", "duration_days"});
        VectorFreeze& record = energy.freeze_records.emplace_back();
        record.amount = amount(item, "amount");
        record.energy_gained = item.number<std::uint64_t>("energy_gained");
        record.freeze_height = topoheight(item, "freeze_height");
        record.unlock_height = topoheight(item, "unlock_height");
        if (item.find("duration_days") != nullptr) {
            record.duration_days = item.number<std::uint32_t>("duration_days");
        }
    });
    json.each_object("pending_unfreezes", [&](const codec::JsonObject& item) {
        item.allow_only({"amount", "expire_height"});
        energy.pending_unfreezes.push_back(
            {amount(item, "amount"), topoheight(item, "expire_height")});
    });
    return energy;
}

VectorGlobals read_globals(const codec::JsonObject& json) {
    json.allow_only({"total_supply", "total_burned", "total_energy", "block_height", "timestamp"});
    return {json.number<std::uint64_t>("total_supply"), json.number<std::uint64_t>("total_burned"),
            json.number<std::uint64_t>("total_energy"), json.number<std::uint64_t>("block_height"),
            json.number<std::uint64_t>("timestamp")};
}

VectorState read_state(const codec::JsonObject& json) {
    json.allow_only({"network_chain_id", "global_state", "accounts", "agent_accounts", "tns_names",
                     "energy_resources", "contracts"});
    VectorState state;
    state.network_chain_id = json.number<std::uint64_t>("network_chain_id");
    if (const auto* globals = json.find("global_state")) {
        state.globals = read_globals(json.child(*globals, "global_state"));
    }
    json.each_object("accounts", [&](const codec::JsonObject& item) {
        state.accounts.push_back(read_account(item));
    });
    json.each_object("agent_accounts", [&](const codec::JsonObject& item) {
        state.agent_accounts.push_back(read_agent(item));
    });
    json.each_object("tns_names", [&](const codec::JsonObject& item) {
        item.allow_only({"name", "owner"});
        state.names.push_back(
            {item.optional_text("name").value_or(""), item.tagged<model::PublicKey>("owner")});
    });
    json.each_object("energy_resources", [&](const codec::JsonObject& item) {
        state.energy_resources.push_back(read_energy(item));
    });
    json.each_object("contracts", [&](const codec::JsonObject& item) {
        item.allow_only({"hash", "module"});
        state.contracts.push_back({item.tagged<model::Hash>("hash"),
                                   item.optional_hex("module").value_or(base::Bytes{})});
    });
    return state;
}

std::optional<VectorState> read_optional_state(const codec::JsonObject& json, const char* name) {
    const nlohmann::json* state = json.find(name);
    if (state == nullptr) {
        return std::nullopt;
    }
    return read_state(json.child(*state, name));
}

VectorTransaction read_transaction_forms(const codec::JsonObject& json) {
    VectorTransaction transaction;
    transaction.wire_hex = json.optional_text("wire_hex");
    if (const nlohmann::json* form = json.find("tx")) {
        transaction.has_json = true;
        transaction.from_json = transaction_from_json(*form);
    }
    return transaction;
}

std::vector<VectorTransaction> read_transactions(const codec::JsonObject& json) {
    std::vector<VectorTransaction> transactions;
    json.each_object("txs", [&](const codec::JsonObject& item) {
        item.allow_only({"wire_hex", "tx"});
        transactions.push_back(read_transaction_forms(item));
    });
    return transactions;
}

VectorChainBlock read_chain_block(const codec::JsonObject& json) {
    json.allow_only({"id", "parents", "height", "timestamp_ms", "txs"});
    VectorChainBlock block;
    block.id = json.optional_text("id").value_or("");
    json.each_value("parents", [&](const nlohmann::json& item, const std::string&) {
        const auto* parent = item.get_ptr<const nlohmann::json::string_t*>();
        if (parent == nullptr) {
            json.fail("parents", "has an item that is not a string");
            return;
        }
        block.parents.push_back(*parent);
    });
    block.height = json.optional_number("height");
    block.timestamp_ms = json.optional_number("timestamp_ms");
    block.transactions = read_transactions(json);
    return block;
}

/// What is not stated would be compared with nothing, or with a default.
VectorExpected read_expected(const codec::JsonObject& json, const VectorCase& vector) {
    json.allow_only({"success", "error_code", "state_digest", "post_state"});
    for (const char* name : {"success", "error_code"}) {
        if (vector.runnable && json.find(name) == nullptr) {
            json.fail(name, "is missing");
        }
    }
    VectorExpected expected;
    expected.success = json.boolean("success", false);
    expected.code = static_cast<model::ErrorCode>(json.number<std::uint16_t>("error_code"));
    expected.state_digest = json.optional_text("state_digest").value_or("");
    expected.post_state = read_optional_state(json, "post_state");
    const bool states_something = !expected.state_digest.empty() ||
                                  (expected.post_state && !expected.post_state->accounts.empty());
    if (vector.runnable && expected.success && vector.kind != VectorKind::kRoundtrip &&
        !states_something) {
        json.fail("post_state",
                  "is missing, and so is state_digest: nothing tells the state that "
                  "a success leaves");
    }
    return expected;
}

void read_input(const codec::JsonObject& input, VectorCase& vector) {
    switch (vector.kind) {
        case VectorKind::kTransaction:
        case VectorKind::kRoundtrip:
            input.allow_only({"kind", "wire_hex", "tx"});
            vector.transactions.push_back(read_transaction_forms(input));
            return;
        case VectorKind::kBlock:
            input.allow_only({"kind", "txs"});
            vector.transactions = read_transactions(input);
            return;
        case VectorKind::kChain:
            input.allow_only({"kind", "blocks"});
            input.each_object("blocks", [&](const codec::JsonObject& item) {
                vector.chain_blocks.push_back(read_chain_block(item));
            });
            return;
        case VectorKind::kOther:
            return;
    }
}

/// Sees an object that has a member twice: of such a pair only the last one would count.
class RepeatedMember {
  public:
    bool operator()(int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        switch (event) {
            case nlohmann::json::parse_event_t::object_start:
                open_.emplace_back();
                break;
            case nlohmann::json::parse_event_t::object_end:
                open_.pop_back();
                break;
            case nlohmann::json::parse_event_t::key: {
                const auto& name = *parsed.get_ptr<const nlohmann::json::string_t*>();
                if (!open_.back().insert(name).second && !name_) {
                    name_ = name;
                }
                break;
            }
            default:
                break;
        }
        return true;
    }
    /// The first such member, if there is one.
    [[nodiscard]] const std::optional<std::string>& name() const { return name_; }

  private:
    std::vector<std::set<std::string>> open_;
    std::optional<std::string> name_;
};

VectorCase read_case(const nlohmann::json& value, const std::string& path) {
    VectorCase vector;
    const codec::JsonObject json(value, path, vector.problem);
    vector.name = json.optional_text("name").value_or("");
    vector.runnable = json.boolean("runnable", true);
    const nlohmann::json* input = json.find("input");
    if (input == nullptr) {
        json.fail("input", "is missing");
        return vector;
    }
    const codec::JsonObject fields = json.child(*input, "input");
    vector.kind = read_kind(fields);
    if (vector.kind == VectorKind::kOther) {
        return vector;
    }
    json.allow_only({"name", "description", "runnable", "pre_state", "input", "expected"});
    const nlohmann::json* expected = json.find("expected");
    if (expected == nullptr) {
        json.fail("expected", "is missing");
        return vector;
    }
    vector.expected = read_expected(json.child(*expected, "expected"), vector);
    vector.pre_state = read_optional_state(json, "pre_state");
    read_input(fields, vector);
    return vector;
}

}  // namespace

bool is_account_list(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || json.size() != 1) {
        return false;
    }
    const auto list = json.find("accounts");
    return list != json.end() && list->is_array();
}

absl::StatusOr<VectorFile> parse_json_vectors(std::string_view text) {
    RepeatedMember repeated;
    const auto json = nlohmann::json::parse(text, std::ref(repeated), /*allow_exceptions=*/false);
    if (json.is_discarded()) {
        return absl::InvalidArgumentError("vector file: is not JSON");
    }
    if (repeated.name()) {
        return absl::InvalidArgumentError(
            fmt::format("vector file: an object has two members '{}'", *repeated.name()));
    }
    const auto list = json.is_object() ? json.find("test_vectors") : json.end();
    if (list == json.end() || !list->is_array()) {
        return absl::InvalidArgumentError("vector file: has no list test_vectors");
    }
    if (list->empty()) {
        return absl::InvalidArgumentError("vector file: test_vectors is empty: it tests nothing");
    }
    VectorFile file;
    file.cases.reserve(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
        file.cases.push_back(read_case((*list)[i], fmt::format("test_vectors[{}]", i)));
    }
    return file;
}

}  // namespace parallax::testbed
