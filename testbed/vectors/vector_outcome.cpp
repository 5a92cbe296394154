#include "testbed/vectors/vector_outcome.hpp"

#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace parallax::testbed {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
    return model::saturating_add(model::Amount{a}, model::Amount{b}).value();
}

template <class Record>
absl::Status read_record(const protocol::StateView& view, const model::StateKey& key,
                         std::optional<Record>& record) {
    const auto value = view.get(key);
    if (!value.ok()) {
        return value.status();
    }
    if (!*value) {
        return absl::OkStatus();
    }
    model::visit_record(**value, [&](const auto& found) {
        if constexpr (std::is_same_v<std::decay_t<decltype(found)>, Record>) {
            record = found;
        }
    });
    return absl::OkStatus();
}

absl::StatusOr<VectorAccount> export_account(const protocol::StateView& view,
                                             const model::PublicKey& address) {
    VectorAccount account;
    account.address = address;
    std::optional<model::AccountRecord> record;
    std::optional<model::AmountRecord> balance;
    std::optional<model::EnergyRecord> energy;
    std::optional<model::AccountAttributesRecord> attributes;
    for (const absl::Status& status :
         {read_record(view, model::account_key(address), record),
          read_record(view, model::balance_key(address, model::kTosAsset), balance),
          read_record(view, model::energy_key(address), energy),
          read_record(view, model::account_attributes_key(address), attributes)}) {
        if (!status.ok()) {
            return status;
        }
    }
    account.nonce = record ? record->nonce : model::Nonce{0};
    account.balance = balance ? balance->amount : model::Amount{0};
    if (energy) {
        account.energy = energy->energy;
        account.frozen = model::Amount{
            energy->frozen > kLargest / model::kCoin ? kLargest : energy->frozen * model::kCoin};
    }
    if (attributes) {
        account.flags = attributes->flags;
        account.data = attributes->data;
    }
    return account;
}

std::string code_text(model::ErrorCode code) {
    return fmt::format("{:#06x} {}", static_cast<std::uint16_t>(code),
                       model::error_code_name(code));
}

void compare_text(const std::string& what, const std::string& expected, const std::string& actual,
                  std::vector<std::string>& found) {
    if (expected != actual) {
        found.push_back(fmt::format("{}: expected {}, actual {}", what, expected, actual));
    }
}

void compare_number(const std::string& what, std::uint64_t expected, std::uint64_t actual,
                    std::vector<std::string>& found) {
    compare_text(what, std::to_string(expected), std::to_string(actual), found);
}

void compare_globals(const VectorGlobals& expected, const VectorGlobals& actual,
                     std::vector<std::string>& found) {
    compare_number("total_supply", expected.total_supply, actual.total_supply, found);
    compare_number("total_burned", expected.total_burned, actual.total_burned, found);
    compare_number("total_energy", expected.total_energy, actual.total_energy, found);
    compare_number("block_height", expected.block_height, actual.block_height, found);
    compare_number("timestamp", expected.timestamp, actual.timestamp, found);
}

void compare_account(const VectorAccount& expected, const VectorOutcome& outcome,
                     std::vector<std::string>& found) {
    const std::string who = fmt::format("account {}", expected.address.hex());
    const auto actual = std::find_if(
        outcome.accounts.begin(), outcome.accounts.end(),
        [&](const VectorAccount& account) { return account.address == expected.address; });
    if (actual == outcome.accounts.end()) {
        found.push_back(fmt::format("{}: expected, actual absent", who));
        return;
    }
    compare_number(who + " balance", expected.balance.value(), actual->balance.value(), found);
    compare_number(who + " nonce", expected.nonce.value(), actual->nonce.value(), found);
    compare_number(who + " frozen", expected.frozen.value(), actual->frozen.value(), found);
    compare_number(who + " energy", expected.energy, actual->energy, found);
    compare_number(who + " flags", expected.flags, actual->flags, found);
    compare_text(who + " data", base::to_hex(expected.data), base::to_hex(actual->data), found);
}

}  // namespace

std::vector<std::pair<model::StateKey, model::StateValue>> transaction_rows(
    const VectorState& state) {
    auto rows = load_rows(state);
    rows.emplace_back(model::counter_key(model::Counter::kBurnedSupply),
                      model::AmountRecord{model::Amount{state.globals.total_burned}});
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return rows;
}

std::set<model::PublicKey> exported_addresses(const VectorState& pre_state) {
    std::set<model::PublicKey> addresses;
    for (const VectorAccount& account : pre_state.accounts) {
        addresses.insert(account.address);
    }
    return addresses;
}

void add_destinations(std::span<const tos::e1::Transaction> transactions,
                      std::set<model::PublicKey>& addresses) {
    for (const tos::e1::Transaction& transaction : transactions) {
        if (const auto* transfers = std::get_if<tos::e1::TransfersPayload>(&transaction.payload)) {
            for (const tos::e1::Transfer& transfer : transfers->transfers) {
                addresses.insert(transfer.destination);
            }
        }
        if (const auto* unshield =
                std::get_if<tos::e1::UnshieldTransfersPayload>(&transaction.payload)) {
            for (const tos::e1::UnshieldTransfer& transfer : unshield->transfers) {
                addresses.insert(transfer.destination);
            }
        }
    }
}

std::uint64_t add_burns(std::uint64_t total_burned,
                        std::span<const tos::e1::Transaction> transactions) {
    for (const tos::e1::Transaction& transaction : transactions) {
        if (const auto* burn = std::get_if<tos::e1::BurnPayload>(&transaction.payload)) {
            total_burned = saturating_sum(total_burned, burn->amount.value());
        }
    }
    return total_burned;
}

absl::Status export_accounts(const protocol::StateView& view,
                             const std::set<model::PublicKey>& addresses, VectorOutcome& outcome) {
    outcome.globals.total_energy = 0;
    outcome.accounts.clear();
    for (const model::PublicKey& address : addresses) {
        auto account = export_account(view, address);
        if (!account.ok()) {
            return account.status();
        }
        outcome.globals.total_energy =
            saturating_sum(outcome.globals.total_energy, account->energy);
        outcome.accounts.push_back(*std::move(account));
    }
    return absl::OkStatus();
}

std::vector<std::string> differences(const VectorExpected& expected, const VectorOutcome& actual) {
    std::vector<std::string> found;
    const bool success = actual.code == model::ErrorCode::kSuccess;
    compare_text("success", expected.success ? "true" : "false", success ? "true" : "false", found);
    compare_text("error_code", code_text(expected.code), code_text(actual.code), found);
    if (!expected.state_digest.empty()) {
        compare_text("state_digest", expected.state_digest,
                     vector_state_digest(actual.globals, actual.accounts).hex(), found);
    }
    if (expected.post_state) {
        compare_globals(expected.post_state->globals, actual.globals, found);
        for (const VectorAccount& account : expected.post_state->accounts) {
            compare_account(account, actual, found);
        }
    }
    return found;
}

}  // namespace parallax::testbed
