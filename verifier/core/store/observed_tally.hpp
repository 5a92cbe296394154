#pragma once

#include "verifier/model/verdict.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace parallax::core {

/// How much of many blocks one node was seen to say.
struct ObservedSum {
    /// Blocks with an observation of it, and those of them in which it was seen to say something.
    std::uint64_t blocks = 0;
    std::uint64_t seen = 0;
    std::uint64_t touched = 0;
    std::uint64_t accounts = 0;
    std::uint64_t transactions = 0;
    std::uint64_t results = 0;
    std::uint64_t emitted_supply = 0;
    std::uint64_t burned_supply = 0;
    /// Blocks whose rows became the state, because the control could not execute everything.
    std::uint64_t adopted = 0;
    friend bool operator==(const ObservedSum&, const ObservedSum&) = default;
};

/// By source, as verdicts name it.
using ObservedTally = std::map<std::string, ObservedSum>;

/// Counts one verdict in, or what one has.
void add_observed(const std::vector<model::ObservedPart>& observed, ObservedTally& tally);
inline void add_observed(const model::Verdict& verdict, ObservedTally& tally) {
    add_observed(verdict.observed, tally);
}

}  // namespace parallax::core
