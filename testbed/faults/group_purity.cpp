#include "testbed/faults/group_purity.hpp"

#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/selftest_bench.hpp"
#include "testbed/faults/selftest_material.hpp"
#include "verifier/core/diagnosis/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace parallax::testbed {
namespace {

/// Faults of which any two show the same, and what.
struct Alike {
    std::vector<std::string_view> faults;
    std::string_view why;
};
const std::vector<Alike>& alike() {
    static const std::vector<Alike> kAll = {
        {{"no-validation", "no-validation-silent", "no-commit-validation",
          "nonce-from-before-the-block", "shared-row-is-no-conflict-key", "name-is-no-conflict-key",
          "multisig-from-before-the-block", "lucky-stale-read", "sender-base-from-storage"},
         "a row is read too early: what was read does not say which check let it pass"},
        {{"fee-from-zero-filled-cache", "checked-balance-stored", "rows-of-an-earlier-block",
          "only-tos-is-checked", "reward-comes-first"},
         "a balance is read with a value that it has at no time in the block"},
        {{"nonce-not-compared", "nonce-may-jump"}, "the one is a part of the other"},
        {{"energy-fee-is-free", "energy-not-merged"}, "a change of energy is lost"},
        {{"burned-supply-clamped", "one-workers-count-lost"}, "the burn counter is too low"},
        {{"type-succeeds-and-does-nothing", "failed-is-executed"},
         "a transaction is executed by its result and by nothing else"},
        {{"retry-applied-twice", "credit-twice"}, "an effect is in the block twice"},
        {{"multisig-setup-not-merged", "rewritten-row-lost"}, "a set-up is lost"},
        {{"saturating-credit", "overflow-wraps", "credit-twice"},
         "a credit that does not fit is let in"},
        {{"fee-not-charged", "sender-never-debited"}, "some senders pay nothing but fees"},
        {{"fee-from-zero-filled-cache", "failed-pays-its-fee"},
         "the sender of a failed transaction has less"},
        {{"fee-from-zero-filled-cache", "reward-replaces-balance"},
         "of the miner's balance only the reward is left"},
    };
    return kAll;
}

void add(const std::string& group, const std::string& symptom, const std::string& sentence,
         FaultGroups& found) {
    FoundGroup& entry = found.groups[group];
    entry.findings += 1;
    entry.symptoms.insert(symptom);
    if (entry.sentence.empty()) {
        entry.sentence = sentence;
    }
}

/// What a report would group: the first finding of the candidate's lane. A run without an outcome
/// has no finding to group, and is told by how it ended.
void add_exploration(const executors::exploration::Exploration& explored, std::string_view lane,
                     FaultGroups& found) {
    if (!explored.finding) {
        if (explored.inconclusive > 0) {
            add("no outcome", explored.inconclusive_why, explored.inconclusive_why, found);
        }
        return;
    }
    if (explored.finding->hazard != executors::exploration::ScheduleHazard::kMismatch) {
        const std::string name(
            executors::exploration::schedule_hazard_name(explored.finding->hazard));
        add(name, name, explored.finding->sentence, found);
        return;
    }
    for (const model::Finding* finding :
         core::leading_findings(explored.finding->verification.verdict)) {
        if (finding->lane == lane) {
            add(core::group_text(finding->fingerprint), finding->fingerprint.hex(),
                finding->sentence, found);
        }
    }
}

}  // namespace

std::size_t GroupPurity::seen() const {
    return static_cast<std::size_t>(
        std::count_if(faults.begin(), faults.end(),
                      [](const FaultGroups& found) { return !found.groups.empty(); }));
}

std::size_t GroupPurity::single() const {
    return static_cast<std::size_t>(
        std::count_if(faults.begin(), faults.end(),
                      [](const FaultGroups& found) { return found.groups.size() == 1; }));
}

std::vector<GroupPurity::Confusion> GroupPurity::confusions() const {
    std::vector<Confusion> all;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        for (std::size_t j = i + 1; j < faults.size(); ++j) {
            Confusion pair{faults[i].fault, faults[j].fault, 0};
            for (const auto& [group, found] : faults[i].groups) {
                pair.shared += faults[j].groups.contains(group) ? 1U : 0U;
            }
            if (pair.shared > 0) {
                all.push_back(pair);
            }
        }
    }
    return all;
}

std::string_view confusion_reason(const GroupPurity::Confusion& pair) {
    for (const Alike& set : alike()) {
        const auto has = [&](const Fault* fault) {
            return std::find(set.faults.begin(), set.faults.end(), fault->name) != set.faults.end();
        };
        if (has(pair.one) && has(pair.other)) {
            return set.why;
        }
    }
    return "";
}

GroupPurity measure_purity(const SelftestOptions& options, const base::Clock& clock,
                           const SelftestMaterial& material,
                           const std::function<void(std::string_view)>& progress) {
    GroupPurity purity;
    const std::vector<SelftestMaterial::Item> blocks = material.all();
    for (const Fault& fault : fault_catalogue()) {
        progress(fmt::format("groups of {}", fault.name));
        FaultGroups& found = purity.faults.emplace_back();
        found.fault = &fault;
        SelftestBench bench(options, clock);
        if (!bench.ready()) {
            continue;
        }
        const auto executor = create_faulty_executor(fault, bench.pool());
        const core::SchedulePolicy policy =
            fault.needs_schedule ? core::SchedulePolicy::kPct : core::SchedulePolicy::kNative;
        const std::uint32_t runs = fault.needs_schedule ? options.runs : 1;
        for (const SelftestMaterial::Item& item : blocks) {
            add_exploration(bench.explore(*executor, item.block, item.control, policy, runs,
                                          model::SignaturePolicy::kPerLane),
                            executor->name(), found);
        }
    }
    return purity;
}

}  // namespace parallax::testbed
