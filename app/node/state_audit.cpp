#include "app/node/state_audit.hpp"

#include "node/observe/observer.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <utility>

namespace parallax::app {
namespace {

constexpr std::size_t kMostExamples = 10;
/// Rows that are asked for together.
constexpr std::size_t kRowsAtOnce = 400;

/// The number of a row that a node can be asked for.
std::optional<std::uint64_t> number_of(const model::StateValue& value) {
    if (const auto* amount = std::get_if<model::AmountRecord>(&value)) {
        return amount->amount.value();
    }
    const auto* account = std::get_if<model::AccountRecord>(&value);
    return account != nullptr ? std::optional(account->nonce.value()) : std::nullopt;
}

void hold(const model::StateKey& key, std::uint64_t ours, std::uint64_t theirs, StateAudit& audit) {
    ++audit.answered;
    if (ours == theirs) {
        return;
    }
    ++audit.different;
    if (audit.examples.size() < kMostExamples) {
        audit.examples.push_back(
            fmt::format("{}: {} here, {} at the node", model::to_string(key), ours, theirs));
    }
}

using Row = std::pair<model::StateKey, std::uint64_t>;

absl::Status ask(std::vector<Row>& rows, NodeSession& node, StateAudit& audit) {
    std::vector<model::StateKey> keys;
    for (const Row& row : rows) {
        keys.push_back(row.first);
    }
    const auto answers = node::newest_values(node.chain(), keys);
    if (!answers.ok()) {
        return answers.status();
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (const auto& theirs = (*answers)[i].number) {
            hold(rows[i].first, rows[i].second, *theirs, audit);
        }
    }
    audit.rows += rows.size();
    rows.clear();
    return absl::OkStatus();
}

absl::Status hold_supply(model::Counter counter, const core::ChainStore& store,
                         const std::optional<model::Amount>& theirs, StateAudit& audit) {
    ++audit.rows;
    if (!theirs) {
        return absl::OkStatus();
    }
    const auto row = store.snapshot()->get(model::counter_key(counter));
    if (!row.ok()) {
        return row.status();
    }
    // A counter that nothing was ever added to has no row.
    const std::uint64_t ours = *row ? number_of(**row).value_or(0) : 0;
    hold(model::counter_key(counter), ours, theirs->value(), audit);
    return absl::OkStatus();
}

absl::Status hold_supplies(const core::ChainStore& store, const node::NodeInfo& info,
                           bool burned_known, StateAudit& audit) {
    auto status = hold_supply(model::Counter::kEmittedSupply, store, info.emitted_supply, audit);
    if (!status.ok()) {
        return status;
    }
    if (burned_known) {
        return hold_supply(model::Counter::kBurnedSupply, store, info.burned_supply, audit);
    }
    ++audit.rows;
    audit.examples.emplace_back(
        "the burned supply is not known here: a block burned what its node did not tell");
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StateAudit> audit_state(const core::ChainStore& store, NodeSession& node,
                                       bool burned_known) {
    StateAudit audit;
    const auto cursor = store.cursor();
    const auto before = node.chain().info();
    if (!cursor.ok() || !before.ok()) {
        return cursor.ok() ? before.status() : cursor.status();
    }
    if (!*cursor || (*cursor)->block_hash != before->top_hash) {
        audit.not_done = "the node has another block at its top than was verified last";
        return audit;
    }
    audit.at = **cursor;
    std::vector<Row> rows;
    const auto visit = [&](const model::StateKey& key, const model::StateValue& value) {
        const bool asked =
            key.family == model::Family::kBalance || key.family == model::Family::kAccount;
        if (const auto number = asked ? number_of(value) : std::nullopt) {
            rows.emplace_back(key, *number);
        }
        return rows.size() < kRowsAtOnce ? absl::OkStatus() : ask(rows, node, audit);
    };
    if (auto status = store.scan(visit); !status.ok()) {
        return status;
    }
    if (auto status = ask(rows, node, audit); !status.ok()) {
        return status;
    }
    if (auto status = hold_supplies(store, *before, burned_known, audit); !status.ok()) {
        return status;
    }
    const auto after = node.chain().info();
    if (!after.ok()) {
        return after.status();
    }
    if (after->top_hash != before->top_hash) {
        audit = StateAudit{};
        audit.not_done = "the node went on while it was asked";
    }
    return audit;
}

}  // namespace parallax::app
