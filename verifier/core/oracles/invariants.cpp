#include "verifier/core/oracles/invariants.hpp"

#include "verifier/codec/render.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parallax::core {
namespace {

// ---- Results, orphans, order ----

void judge_result(const protocol::InvariantCase& c, protocol::FailureModel model, std::size_t i) {
    const model::TransactionResult& result = c.outcome.results[i];
    const auto breaks = [&](const char* field, std::string demanded, std::string found) {
        c.breaks(fmt::format("results[{}].{}", i, field), std::move(demanded), std::move(found))
            .transaction = model::TxIndex{static_cast<std::uint32_t>(i)};
    };
    if (result.hash != c.block.transactions()[i].hash) {
        breaks("hash", c.block.transactions()[i].hash.hex(), result.hash.hex());
    }
    const bool executed = result.status == model::TransactionStatus::kExecuted;
    if (executed && result.code != model::ErrorCode::kSuccess) {
        breaks("code", codec::render_enum(model::ErrorCode::kSuccess),
               codec::render_enum(result.code));
    }
    if (result.status == model::TransactionStatus::kFailed &&
        result.code == model::ErrorCode::kSuccess) {
        breaks("code", "an error code", codec::render_enum(result.code));
    }
    if (result.status == model::TransactionStatus::kNotReached ||
        (result.status == model::TransactionStatus::kFailed &&
         model == protocol::FailureModel::kRejectBlock)) {
        breaks("status", "no such transaction in an accepted block",
               codec::render_enum(result.status));
    }
    if (!executed && (result.fee != model::Amount{} || result.burned != model::Amount{})) {
        breaks("fee", "no fee and nothing burned", codec::render_summary(result));
    }
}

void judge_results(const protocol::InvariantCase& c, protocol::FailureModel model) {
    const std::size_t demanded = c.block.transactions().size();
    c.demand_equal("results.size", demanded, c.outcome.results.size());
    if (c.outcome.code != model::ErrorCode::kSuccess) {
        c.breaks("block.code", codec::render_enum(model::ErrorCode::kSuccess),
                 codec::render_enum(c.outcome.code));
    }
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        judge_result(c, model, i);
    }
}

/// Keys strictly ascending, and every value of its key's family.
void judge_delta(const protocol::InvariantCase& c) {
    const std::vector<model::DeltaEntry>& entries = c.outcome.delta.entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0 && !(entries[i - 1].key < entries[i].key)) {
            c.breaks(fmt::format("delta[{}].key", i),
                     "a key above " + model::to_string(entries[i - 1].key),
                     model::to_string(entries[i].key))
                .key = entries[i].key;
        }
        const std::size_t index = model::family_row(entries[i].key.family).value_index;
        if ((entries[i].before && entries[i].before->index() != index) ||
            (entries[i].after && entries[i].after->index() != index)) {
            c.breaks(fmt::format("delta[{}].value", i), "a value of the key's family",
                     "a value of another family")
                .key = entries[i].key;
        }
    }
}

/// Exactly the failed transactions, ascending (8.4 step 3.3).
void judge_orphans(const protocol::InvariantCase& c) {
    std::vector<model::Hash> demanded;
    for (std::size_t i = 0; i < c.transactions(); ++i) {
        if (c.outcome.results[i].status == model::TransactionStatus::kFailed) {
            demanded.push_back(c.block.transactions()[i].hash);
        }
    }
    std::sort(demanded.begin(), demanded.end());
    const std::vector<model::Hash>& found = c.outcome.orphans;
    for (std::size_t i = 0; i < std::max(demanded.size(), found.size()); ++i) {
        if (i >= demanded.size() || i >= found.size() || demanded[i] != found[i]) {
            c.breaks(fmt::format("orphans[{}]", i),
                     i < demanded.size() ? demanded[i].hex() : std::string(codec::kAbsentText),
                     i < found.size() ? found[i].hex() : std::string(codec::kAbsentText));
            return;
        }
    }
}

}  // namespace

std::vector<model::Difference> check_invariants(const protocol::AdmittedBlock& block,
                                                const protocol::Protocol& protocol,
                                                const model::BlockOutcome& outcome,
                                                std::vector<model::UnjudgedInvariant>* unjudged) {
    std::vector<model::Difference> broken;
    std::vector<model::UnjudgedInvariant> left_out;
    const protocol::InvariantCase judged{block, outcome, broken, left_out};
    if (outcome.status == model::BlockStatus::kRejected) {
        judged.demand_equal("delta.size", 0, outcome.delta.entries.size());
        return broken;
    }
    judge_results(judged, protocol.failures());
    judge_delta(judged);
    judge_orphans(judged);
    protocol.check_invariants(judged);
    if (unjudged != nullptr) {
        unjudged->insert(unjudged->end(), left_out.begin(), left_out.end());
    }
    return broken;
}

}  // namespace parallax::core
