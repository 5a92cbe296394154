#pragma once

#include "testbed/faults/detection.hpp"
#include "verifier/base/clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parallax::testbed {

class SelftestMaterial;

/// Findings that were taken for one cause.
struct FoundGroup {
    std::uint64_t findings = 0;
    /// The fingerprints in it.
    std::set<std::string> symptoms;
    std::string sentence;
};

/// The groups that the findings of one fault fell into, by their name.
struct FaultGroups {
    const Fault* fault = nullptr;
    std::map<std::string, FoundGroup> groups;
};

/// How well groups stand for causes: one fault should give one group, and two faults two.
struct GroupPurity {
    std::vector<FaultGroups> faults;

    [[nodiscard]] std::size_t seen() const;
    /// Faults whose findings all fell into one group.
    [[nodiscard]] std::size_t single() const;
    /// Pairs of faults that share a group, with how many they share.
    struct Confusion {
        const Fault* one = nullptr;
        const Fault* other = nullptr;
        std::size_t shared = 0;
    };
    [[nodiscard]] std::vector<Confusion> confusions() const;
};

/// Why two faults that share a group cannot be told apart by what a block shows; empty if they only
/// met by chance, as where two amounts are equal.
[[nodiscard]] std::string_view confusion_reason(const GroupPurity::Confusion& pair);

/// Runs every fault on all blocks of the material and groups what is found in each.
[[nodiscard]] GroupPurity measure_purity(const SelftestOptions& options, const base::Clock& clock,
                                         const SelftestMaterial& material,
                                         const std::function<void(std::string_view)>& progress);

}  // namespace parallax::testbed
