#include "executors/batch/batch_executor.hpp"
#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/clean_check.hpp"
#include "testbed/faults/minimal_chains.hpp"
#include "testbed/faults/selftest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace parallax::testbed {
namespace {

TEST(FaultCatalogue, has_the_core_set_and_every_entry_is_complete) {
    std::set<std::string_view> names;
    std::set<std::string> core;
    for (const Fault& fault : fault_catalogue()) {
        EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
        EXPECT_FALSE(fault.source.empty() || fault.breaks.empty()) << fault.name;
        EXPECT_NE(fault.expected, 0) << fault.name;
        EXPECT_TRUE(minimal_chain(fault.chain)) << fault.name;
        EXPECT_EQ(find_fault(fault.name), &fault);
        if (fault.core) {
            core.insert(std::string(fault.source.substr(0, 5)));
        }
    }
    EXPECT_GE(names.size(), 50U);
    EXPECT_EQ(core.size(), 39U) << "40 of V3, and V3-46 cannot be expressed";
    EXPECT_EQ(find_fault("none-such"), nullptr);
}

TEST(FaultCatalogue, every_bug_of_v3_is_expressed_or_excused) {
    std::set<std::string> seen;
    const auto note = [&seen](std::string_view source) {
        if (source.substr(0, 3) == "V3-") {
            seen.insert(std::string(source.substr(0, 5)));
        }
    };
    for (const Fault& fault : fault_catalogue()) {
        note(fault.source);
    }
    for (const InexpressibleFault& fault : inexpressible_faults()) {
        EXPECT_FALSE(fault.why.empty());
        note(fault.source);
    }
    EXPECT_EQ(seen.size(), 56U);
}

TEST(MinimalChains, are_small_and_can_be_built) {
    for (const std::string_view name : minimal_chain_names()) {
        const auto chain = minimal_chain(name);
        ASSERT_TRUE(chain) << name;
        ASSERT_FALSE(chain->blocks.empty()) << name;
        EXPECT_LE(chain->blocks.size(), 2U) << name;
        for (const protocol::AdmittedBlock& block : chain->blocks) {
            EXPECT_LE(block.transactions().size(), 4U) << name;
        }
    }
    EXPECT_FALSE(minimal_chain("none-such"));
}

TEST(VerifierFaults, have_names_that_are_found) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < core::kVerifierFaults; ++i) {
        const auto fault = static_cast<core::VerifierFault>(i);
        EXPECT_TRUE(names.insert(core::verifier_fault_name(fault)).second);
        EXPECT_EQ(core::find_verifier_fault(core::verifier_fault_name(fault)), fault);
    }
    EXPECT_FALSE(core::find_verifier_fault("none-such"));
}

TEST(Selftest, without_a_single_row_has_not_passed) {
    EXPECT_FALSE(SelftestReport{}.passed());
}

class StoppedClock final : public base::Clock {
  public:
    [[nodiscard]] std::chrono::nanoseconds now() const override { return {}; }
};

TEST(CleanCheck, blames_nobody_who_is_sound_and_whoever_is_not) {
    const auto chain = prepare_chain("two_payers");
    ASSERT_NE(chain, nullptr);
    const StoppedClock clock;
    const auto check_with = [&](CleanCheck::MakeSound make) {
        auto check = std::make_unique<CleanCheck>(
            SelftestOptions{}, clock, std::vector<CleanCheck::MakeSound>{std::move(make)});
        EXPECT_TRUE(check->run(chain->blocks.front()).ok());
        return check;
    };
    const auto sound = check_with([](executors::runtime::WorkerPool& pool) {
        return std::make_unique<executors::batch::BatchExecutor>(
            pool, executors::batch::BatchExecutor::Options{});
    });
    EXPECT_EQ(sound->alarm_count(), 0U);
    EXPECT_EQ(sound->blocks(), 1U);
    EXPECT_EQ(sound->runs(), 2U) << "as it is, and delayed";
    const auto faulty = check_with([](executors::runtime::WorkerPool& pool) {
        return create_faulty_executor(*find_fault("credit-twice"), pool);
    });
    EXPECT_EQ(faulty->alarm_count(), 2U);
    EXPECT_NE(faulty->alarms().front().find("batch+credit-twice"), std::string::npos);
    CleanCheck empty({}, clock, {});
    EXPECT_FALSE(empty.run(chain->blocks.front()).ok()) << "nothing was looked at";
}

TEST(FaultyExecutor, says_in_its_name_that_it_is_faulty) {
    auto pool = executors::runtime::WorkerPool::create(
        {.name = "px-test", .workers = 1, .observer = nullptr});
    ASSERT_TRUE(pool.ok());
    for (const Fault& fault : fault_catalogue()) {
        const auto executor = create_faulty_executor(fault, **pool);
        EXPECT_NE(executor->name().find("+" + std::string(fault.name)), std::string_view::npos);
    }
}

}  // namespace
}  // namespace parallax::testbed
