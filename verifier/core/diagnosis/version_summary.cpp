#include "verifier/core/diagnosis/version_summary.hpp"

#include "verifier/model/families.hpp"
#include "verifier/protocol/invariant_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace parallax::core {
namespace {

using protocol::Wide;

/// A row as both outcomes left it; one that did not write it left it as it was.
struct BothSides {
    std::optional<model::StateValue> control;
    std::optional<model::StateValue> candidate;
};
using Rows = std::map<model::StateKey, BothSides>;

Rows rows_of(const model::BlockOutcome& control, const model::BlockOutcome& candidate) {
    Rows rows;
    for (const model::DeltaEntry& entry : control.delta.entries) {
        rows[entry.key] = {entry.after, entry.before};
    }
    for (const model::DeltaEntry& entry : candidate.delta.entries) {
        const auto [place, is_new] = rows.try_emplace(entry.key, BothSides{entry.before, {}});
        place->second.candidate = entry.after;
    }
    return rows;
}

Wide nonce_of(const std::optional<model::StateValue>& value) {
    const auto* account = protocol::record_of<model::AccountRecord>(value);
    return account != nullptr ? account->nonce.value() : 0;
}

std::optional<std::uint64_t> at_of(const std::optional<model::StateValue>& value) {
    const auto* version = protocol::record_of<base::Boxed<model::BalanceVersionRecord>>(value);
    return version != nullptr ? std::optional(version->get().at.value()) : std::nullopt;
}

/// Counts over the accounts of a block.
struct Counts {
    std::size_t senders = 0;
    std::size_t untouched_senders = 0;
    /// Its nonce went on, and its balance is not what it should be.
    std::size_t wrong_senders = 0;
    bool reward_lost = false;
    std::size_t elsewhere = 0;
    std::uint64_t elsewhere_at = 0;
    std::size_t not_executed = 0;
    Wide surplus = 0;
};

void count_senders(const protocol::AdmittedBlock& block, const model::BlockOutcome& control,
                   Rows& rows, Counts& counts) {
    std::set<model::PublicKey> senders;
    for (std::size_t i = 0; i < control.results.size(); ++i) {
        if (control.results[i].status == model::TransactionStatus::kExecuted) {
            senders.insert(block.transactions()[i].source);
        }
    }
    for (const model::PublicKey& sender : senders) {
        const BothSides& account = rows[model::account_key(sender)];
        const BothSides& balance = rows[model::balance_key(sender, model::kTosAsset)];
        const bool advanced = nonce_of(account.candidate) >= nonce_of(account.control);
        const Wide more =
            protocol::amount_of(balance.candidate) - protocol::amount_of(balance.control);
        ++counts.senders;
        counts.untouched_senders += !advanced && more > 0 ? 1U : 0U;
        counts.wrong_senders += advanced && more != 0 ? 1U : 0U;
        counts.reward_lost = counts.reward_lost || (sender == block.miner() && more < 0);
    }
}

void count_rows(const Rows& rows, Counts& counts) {
    for (const auto& [key, sides] : rows) {
        if (key.family == model::Family::kBalance &&
            model::AssetId::from_array(key.detail) == model::kTosAsset) {
            counts.surplus +=
                protocol::amount_of(sides.candidate) - protocol::amount_of(sides.control);
        }
        const auto ours = at_of(sides.control);
        const auto theirs = at_of(sides.candidate);
        // Of what was not written at all the version is an older one.
        const model::StateKey balance{model::Family::kBalance, key.owner, key.detail};
        const auto amount = rows.find(balance);
        const bool written =
            amount != rows.end() && amount->second.candidate == amount->second.control;
        if (key.family == model::Family::kBalanceVersion && ours && theirs && *ours != *theirs &&
            written) {
            ++counts.elsewhere;
            counts.elsewhere_at = *theirs;
        }
    }
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

std::string version_summary(const protocol::AdmittedBlock& block,
                            const model::BlockOutcome& control,
                            const model::BlockOutcome& candidate) {
    if (std::ranges::none_of(control.delta.entries, [](const model::DeltaEntry& entry) {
            return entry.key.family == model::Family::kBalanceVersion;
        })) {
        return {};
    }
    Rows rows = rows_of(control, candidate);
    Counts counts;
    count_senders(block, control, rows, counts);
    count_rows(rows, counts);
    for (std::size_t i = 0; i < std::min(control.results.size(), candidate.results.size()); ++i) {
        counts.not_executed +=
            control.results[i].status == model::TransactionStatus::kExecuted &&
                    candidate.results[i].status != model::TransactionStatus::kExecuted
                ? 1U
                : 0U;
    }
    std::vector<std::string> parts;
    if (counts.untouched_senders > 0) {
        parts.push_back(fmt::format("{} of {} neither debited nor advanced",
                                    counts.untouched_senders,
                                    plural(counts.senders, "sender was", "senders were")));
    }
    if (counts.wrong_senders > 0) {
        parts.push_back(fmt::format("{} advanced, but without what was received and spent here",
                                    plural(counts.wrong_senders, "sender was", "senders were")));
    }
    if (counts.reward_lost) {
        parts.emplace_back("the miner's reward is lost");
    }
    if (counts.not_executed > 0) {
        parts.push_back(plural(counts.not_executed, "transaction was not executed",
                               "transactions were not executed"));
    }
    if (counts.elsewhere > 0) {
        parts.push_back(fmt::format("{} the right amount at topoheight {} in place of {}",
                                    plural(counts.elsewhere, "account has", "accounts have"),
                                    counts.elsewhere_at, block.execution_topoheight().value()));
    }
    if (counts.surplus != 0) {
        parts.push_back(fmt::format("{} units {}",
                                    counts.surplus > 0 ? counts.surplus : -counts.surplus,
                                    counts.surplus > 0 ? "came from nothing" : "are gone"));
    }
    return parts.empty() ? std::string() : fmt::format("In all: {}.", fmt::join(parts, "; "));
}

}  // namespace parallax::core
