#include "testbed/vectors/bundle_vector.hpp"

#include "replay/bundle/bundle_draft.hpp"
#include "testbed/rows_view.hpp"
#include "testbed/vectors/vector_outcome.hpp"
#include "testbed/vectors/vector_protocol.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace parallax::testbed {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::map<model::StateKey, model::StateValue>;

template <class T>
const T* value_at(const Rows& rows, const model::StateKey& key) {
    const auto found = rows.find(key);
    if (found == rows.end()) {
        return nullptr;
    }
    if constexpr (model::kValueIndex<T> < std::variant_size_v<model::StateValue>) {
        return std::get_if<T>(&found->second);
    } else {
        const auto* boxed = std::get_if<base::Boxed<T>>(&found->second);
        return boxed == nullptr ? nullptr : &boxed->get();
    }
}

VectorAccount account_of(const Rows& rows, const model::PublicKey& address) {
    VectorAccount account;
    account.address = address;
    if (const auto* record = value_at<model::AccountRecord>(rows, model::account_key(address))) {
        account.nonce = record->nonce;
    }
    if (const auto* balance =
            value_at<model::AmountRecord>(rows, model::balance_key(address, model::kTosAsset))) {
        account.balance = balance->amount;
    }
    if (const auto* energy = value_at<model::EnergyRecord>(rows, model::energy_key(address))) {
        account.energy = energy->energy;
        account.frozen =
            model::Amount{energy->frozen > std::numeric_limits<std::uint64_t>::max() / model::kCoin
                              ? 0
                              : energy->frozen * model::kCoin};
    }
    return account;
}

/// Rows that the harness has of its own or does not have.
bool is_outside(const model::StateKey& key) {
    return key.family == model::Family::kCounter ||
           key.family == model::Family::kExecutedTransaction;
}

/// The state, if loading it gives the bundle's rows back.
absl::StatusOr<VectorState> state_of(const replay::Bundle& bundle) {
    const auto* profile = dynamic_cast<const tos::e1::Profile*>(bundle.protocol.get());
    if (profile == nullptr) {
        return absl::FailedPreconditionError(
            fmt::format("the vectors are of profile {}, the bundle is of {}", tos::e1::kProfileName,
                        bundle.protocol->id().profile));
    }
    Rows rows;
    VectorState state;
    state.network_chain_id = profile->chain_id;
    state.globals.block_height = bundle.verification.value();
    std::set<model::PublicKey> accounts;
    for (const core::RecordedRow& row : bundle.pre_state) {
        if (row.value && row.key == model::counter_key(model::Counter::kBurnedSupply)) {
            state.globals.total_burned = std::get<model::AmountRecord>(*row.value).amount.value();
        }
        if (row.value && !is_outside(row.key)) {
            rows.emplace(row.key, *row.value);
            if (row.key.family == model::Family::kAccount) {
                accounts.insert(model::PublicKey::from_array(row.key.owner));
            }
        }
    }
    for (const model::PublicKey& account : accounts) {
        state.accounts.push_back(account_of(rows, account));
    }
    const std::vector<std::pair<model::StateKey, model::StateValue>> listed = load_rows(state);
    const Rows loaded(listed.begin(), listed.end());
    for (const auto& [key, value] : rows) {
        const auto found = loaded.find(key);
        if (found == loaded.end() || found->second != value) {
            return absl::FailedPreconditionError(
                fmt::format("the vectors have no field for row {}", model::to_string(key)));
        }
    }
    return state;
}

Json state_json(const VectorState& state) {
    Json json = Json::object();
    json["network_chain_id"] = state.network_chain_id;
    Json& globals = json["global_state"];
    globals["total_supply"] = state.globals.total_supply;
    globals["total_burned"] = state.globals.total_burned;
    globals["total_energy"] = state.globals.total_energy;
    globals["block_height"] = state.globals.block_height;
    globals["timestamp"] = state.globals.timestamp;
    Json& accounts = json["accounts"];
    accounts = Json::array();
    for (const VectorAccount& account : state.accounts) {
        Json item = Json::object();
        item["address"] = account.address.hex();
        item["balance"] = account.balance.value();
        item["nonce"] = account.nonce.value();
        item["frozen"] = account.frozen.value();
        item["energy"] = account.energy;
        item["flags"] = account.flags;
        item["data"] = base::to_hex(account.data);
        accounts.push_back(std::move(item));
    }
    return json;
}

/// What the control makes of the list under the harness's rules.
absl::StatusOr<VectorOutcome> expected_of(const VectorState& state,
                                          const std::vector<tos::e1::Transaction>& transactions,
                                          const replay::BundleLanes& lanes) {
    const model::Topoheight height{state.globals.block_height};
    const protocol::AdmittedBlock block =
        tos::e1::Profile::admit_list(transactions, {{model::next(height), std::nullopt}, height});
    const VectorProtocol profile(VectorProtocol::Kind::kBlock);
    const auto listed = transaction_rows(state);
    // Every row that the state lists, and absence of all else: a vector's state is whole.
    RowsView view(RowsView::Rows(listed.begin(), listed.end()));
    const core::Verification run = core::verify_block(view, block, profile, lanes.control, {}, {},
                                                      core::VerifyPolicy{}, lanes.runner);
    if (!run.control) {
        return absl::FailedPreconditionError(
            "the control gives no outcome under the harness's rules");
    }
    VectorOutcome outcome;
    outcome.globals = state.globals;
    std::set<model::PublicKey> addresses = exported_addresses(state);
    if (run.control->status == model::BlockStatus::kRejected) {
        outcome.code = run.control->code;
    } else {
        outcome.globals.block_height = model::next(height).value();
        outcome.globals.total_burned = add_burns(outcome.globals.total_burned, transactions);
        add_destinations(transactions, addresses);
    }
    view.apply(run.control->delta);
    if (auto status = export_accounts(view, addresses, outcome); !status.ok()) {
        return status;
    }
    return outcome;
}

Json expected_json(const VectorOutcome& outcome, std::uint64_t chain_id) {
    Json json = Json::object();
    json["success"] = outcome.code == model::ErrorCode::kSuccess;
    json["error_code"] = static_cast<std::uint16_t>(outcome.code);
    json["state_digest"] = vector_state_digest(outcome.globals, outcome.accounts).hex();
    VectorState post;
    post.network_chain_id = chain_id;
    post.globals = outcome.globals;
    post.accounts = outcome.accounts;
    json["post_state"] = state_json(post);
    return json;
}

absl::Status check_signatures(const std::vector<tos::e1::Transaction>& transactions) {
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        if (crypto::verify_signature(transactions[i].source,
                                     tos::e1::signing_bytes(transactions[i]),
                                     transactions[i].signature) != crypto::SignatureCheck::kValid) {
            return absl::FailedPreconditionError(
                fmt::format("transaction {} is not signed by its source, and a vector cannot say "
                            "that signatures were checked before",
                            i));
        }
    }
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> render_vector(const replay::Bundle& bundle,
                                          const replay::BundleLanes& lanes) {
    const auto draft = replay::BundleDraft::open(bundle);
    if (!draft.ok()) {
        return draft.status();
    }
    const auto state = state_of(bundle);
    if (!state.ok()) {
        return state.status();
    }
    std::vector<tos::e1::Transaction> transactions;
    Json list = Json::array();
    for (std::size_t i = 0; i < draft->parts.size(); ++i) {
        const base::Bytes wire = draft->block->transaction_wire(i);
        auto transaction = tos::e1::decode_transaction(wire, tos::e1::Trailing::kRejected);
        if (!transaction.ok()) {
            return transaction.status();
        }
        transactions.push_back(*std::move(transaction));
        Json item = Json::object();
        item["wire_hex"] = base::to_hex(wire);
        list.push_back(std::move(item));
    }
    if (auto status = check_signatures(transactions); !status.ok()) {
        return status;
    }
    const auto expected = expected_of(*state, transactions, lanes);
    if (!expected.ok()) {
        return expected.status();
    }
    Json vector = Json::object();
    vector["name"] = "bundle_" + bundle.finding.fingerprint.hex().substr(0, 16);
    vector["description"] = bundle.finding.sentence;
    vector["pre_state"] = state_json(*state);
    vector["input"]["kind"] = "block";
    vector["input"]["txs"] = std::move(list);
    vector["expected"] = expected_json(*expected, state->network_chain_id);
    Json file = Json::object();
    file["test_vectors"] = Json::array({std::move(vector)});
    return file.dump(2) + "\n";
}

}  // namespace parallax::testbed
