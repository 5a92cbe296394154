#pragma once

#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/admitted_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::protocol {

/// Wide enough for any sum over a block: whole coins times atomic units, over all rows.
using Wide = model::WideNumber;

/// What a stored amount can hold.
inline constexpr std::uint64_t kLargestAmount = std::numeric_limits<std::uint64_t>::max();

/// The outcome of an accepted block before its judges. A broken invariant is a `Difference` in
/// section `invariants` whose `control` text is what the invariant demands and whose `candidate`
/// text is what the outcome has.
struct InvariantCase {
    const AdmittedBlock& block;
    const model::BlockOutcome& outcome;
    std::vector<model::Difference>& broken;
    std::vector<model::UnjudgedInvariant>& unjudged;

    /// Transactions that the block and the outcome agree to have.
    [[nodiscard]] std::size_t transactions() const {
        return std::min(block.transactions().size(), outcome.results.size());
    }
    [[nodiscard]] bool executed(std::size_t i) const {
        return outcome.results[i].status == model::TransactionStatus::kExecuted;
    }
    [[nodiscard]] bool failed(std::size_t i) const {
        return outcome.results[i].status == model::TransactionStatus::kFailed;
    }

    model::Difference& breaks(std::string path, std::string demanded, std::string found) const {
        model::Difference difference;
        difference.section = model::Section::kInvariants;
        difference.values.place.kind = model::PlaceKind::kInvariant;
        difference.values.place.field = name_of(path);
        difference.path = std::move(path);
        difference.control = std::move(demanded);
        difference.candidate = std::move(found);
        broken.push_back(std::move(difference));
        return broken.back();
    }
    /// An invariant's name, which is its path without what it is about: `conservation[]`.
    [[nodiscard]] static std::string name_of(std::string_view path) {
        std::string name;
        std::size_t depth = 0;
        for (const char character : path) {
            depth -= character == ']' ? 1 : 0;
            if (depth == 0) {
                name += character;
            }
            depth += character == '[' ? 1 : 0;
        }
        return name;
    }
    /// Names what the invariant cannot judge here. Each invariant does so itself, for the rows that
    /// it leaves out and for no more: one that is silent has judged everything that it is about.
    void leaves(std::string law, std::string why,
                std::optional<model::StateKey> key = std::nullopt) const {
        unjudged.push_back({std::move(law), std::move(key), std::move(why)});
    }
    /// The invariant that two numbers are equal.
    void demand_equal(std::string path, Wide demanded, Wide found,
                      std::optional<model::StateKey> key = std::nullopt) const {
        if (demanded == found) {
            return;
        }
        model::Difference& difference =
            breaks(std::move(path), fmt::format("{}", demanded), fmt::format("{}", found));
        difference.delta = fmt::format("{:+}", found - demanded);
        difference.values.control = model::number_value(demanded);
        difference.values.candidate = model::number_value(found);
        difference.values.delta = model::Number::of(found - demanded);
        difference.key = key;
        if (key && difference.path == model::to_string(*key)) {
            difference.values.place.field.clear();  // the key says which
        }
    }
};

/// The record in `value`, or null if there is none or one of another family.
template <class T>
[[nodiscard]] const T* record_of(const std::optional<model::StateValue>& value) {
    return value ? std::get_if<T>(&*value) : nullptr;
}
[[nodiscard]] inline Wide amount_of(const std::optional<model::StateValue>& value) {
    const auto* record = record_of<model::AmountRecord>(value);
    return record != nullptr ? record->amount.value() : 0;
}

/// A sum as a total keeps it: executors stop at the largest number, whatever comes first.
[[nodiscard]] inline Wide as_total(Wide sum) {
    return std::min(sum, static_cast<Wide>(kLargestAmount));
}

}  // namespace parallax::protocol
