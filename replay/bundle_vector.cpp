#include "replay/bundle_vector.hpp"

#include "replay/bundle_draft.hpp"
#include "replay/vector_outcome.hpp"
#include "verifier/codec/signature.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace parallax {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::map<StateKey, StateValue>;

template <class T>
const T* value_at(const Rows& rows, const StateKey& key) {
    const auto found = rows.find(key);
    if (found == rows.end()) {
        return nullptr;
    }
    if constexpr (kValueIndex<T> < std::variant_size_v<StateValue>) {
        return std::get_if<T>(&found->second);
    } else {
        const auto* boxed = std::get_if<Boxed<T>>(&found->second);
        return boxed == nullptr ? nullptr : &boxed->get();
    }
}

VectorAccount account_of(const Rows& rows, const PublicKey& address) {
    VectorAccount account;
    account.address = address;
    if (const auto* record = value_at<AccountRecord>(rows, account_key(address))) {
        account.nonce = record->nonce;
    }
    if (const auto* balance = value_at<AmountRecord>(rows, balance_key(address, kTosAsset))) {
        account.balance = balance->amount;
    }
    if (const auto* energy = value_at<EnergyRecord>(rows, energy_key(address))) {
        account.energy = energy->energy;
        account.frozen = Amount{energy->frozen > std::numeric_limits<std::uint64_t>::max() / kCoin
                                    ? 0
                                    : energy->frozen * kCoin};
    }
    return account;
}

/// Rows that the harness has of its own or does not have.
bool is_outside(const StateKey& key) {
    return key.family == Family::kCounter || key.family == Family::kExecutedTransaction;
}

/// The state, if loading it gives the bundle's rows back.
absl::StatusOr<VectorState> state_of(const Bundle& bundle) {
    Rows rows;
    VectorState state;
    state.network_chain_id = bundle.rules.chain_id;
    state.globals.block_height = bundle.verification.value();
    std::set<PublicKey> accounts;
    for (const RecordedRow& row : bundle.pre_state) {
        if (row.value && row.key == counter_key(Counter::kBurnedSupply)) {
            state.globals.total_burned = std::get<AmountRecord>(*row.value).amount.value();
        }
        if (row.value && !is_outside(row.key)) {
            rows.emplace(row.key, *row.value);
            if (row.key.family == Family::kAccount) {
                accounts.insert(PublicKey::from_array(row.key.owner));
            }
        }
    }
    for (const PublicKey& account : accounts) {
        state.accounts.push_back(account_of(rows, account));
    }
    const std::vector<std::pair<StateKey, StateValue>> listed = load_rows(state);
    const Rows loaded(listed.begin(), listed.end());
    for (const auto& [key, value] : rows) {
        const auto found = loaded.find(key);
        if (found == loaded.end() || found->second != value) {
            return absl::FailedPreconditionError(
                fmt::format("the vectors have no field for row {}", to_string(key)));
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
        item["data"] = to_hex(account.data);
        accounts.push_back(std::move(item));
    }
    return json;
}

/// What the control makes of the list under the harness's rules.
absl::StatusOr<VectorOutcome> expected_of(const VectorState& state,
                                          const std::vector<Transaction>& transactions,
                                          const BundleLanes& lanes) {
    const Topoheight height{state.globals.block_height};
    const AdmittedBlock block = admit_vector(transactions, height, next(height));
    const Profile profile = e1_vector_profile(ExecutionPath::kVectorBlock);
    // Every row that the state lists, and absence of all else: a vector's state is whole.
    class WholeState final : public StateView {
      public:
        explicit WholeState(Rows rows) : rows_(std::move(rows)) {}
        absl::StatusOr<std::optional<StateValue>> get(const StateKey& key) const override {
            const auto found = rows_.find(key);
            return found == rows_.end() ? std::nullopt : std::optional(found->second);
        }
        Rows rows_;
    };
    const auto listed = transaction_rows(state);
    WholeState view(Rows(listed.begin(), listed.end()));
    const Verification run = verify_block(view, block, profile, lanes.control, {}, nullptr,
                                          VerifyPolicy{}, lanes.runner);
    if (!run.control) {
        return absl::FailedPreconditionError(
            "the control gives no outcome under the harness's rules");
    }
    VectorOutcome outcome;
    outcome.globals = state.globals;
    std::set<PublicKey> addresses = exported_addresses(state);
    if (run.control->status == BlockStatus::kRejected) {
        outcome.code = run.control->code;
    } else {
        outcome.globals.block_height = next(height).value();
        outcome.globals.total_burned = add_burns(outcome.globals.total_burned, transactions);
        add_destinations(transactions, addresses);
    }
    for (const DeltaEntry& entry : run.control->delta.entries) {
        view.rows_.erase(entry.key);
        if (entry.after) {
            view.rows_.emplace(entry.key, *entry.after);
        }
    }
    if (auto status = export_accounts(view, addresses, outcome); !status.ok()) {
        return status;
    }
    return outcome;
}

Json expected_json(const VectorOutcome& outcome, std::uint64_t chain_id) {
    Json json = Json::object();
    json["success"] = outcome.code == ErrorCode::kSuccess;
    json["error_code"] = static_cast<std::uint16_t>(outcome.code);
    json["state_digest"] = vector_state_digest(outcome.globals, outcome.accounts).hex();
    VectorState post;
    post.network_chain_id = chain_id;
    post.globals = outcome.globals;
    post.accounts = outcome.accounts;
    json["post_state"] = state_json(post);
    return json;
}

absl::Status check_signatures(const std::vector<Transaction>& transactions) {
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        if (verify_signature(transactions[i].source, signing_bytes(transactions[i]),
                             transactions[i].signature) != SignatureCheck::kValid) {
            return absl::FailedPreconditionError(
                fmt::format("transaction {} is not signed by its source, and a vector cannot say "
                            "that signatures were checked before",
                            i));
        }
    }
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> render_vector(const Bundle& bundle, const BundleLanes& lanes) {
    const auto draft = BundleDraft::open(bundle);
    if (!draft.ok()) {
        return draft.status();
    }
    std::vector<Transaction> transactions;
    Json list = Json::array();
    for (const BundleDraft::Part& part : draft->parts) {
        transactions.push_back(part.transaction);
        Json item = Json::object();
        item["wire_hex"] = to_hex(encode_transaction(part.transaction));
        list.push_back(std::move(item));
    }
    if (auto status = check_signatures(transactions); !status.ok()) {
        return status;
    }
    const auto state = state_of(bundle);
    if (!state.ok()) {
        return state.status();
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

}  // namespace parallax
