/// One fault gives one group, two faults two: over faults and seeds.

#include "tests/integration/faulty_blocks.hpp"
#include "tests/support/faulty_executors.hpp"

#include <array>
#include <map>
#include <string>

namespace parallax::test {
namespace {

/// Groups over many blocks, each with one of its sentences.
using Groups = std::map<model::Hash, std::string>;

class Faults : public FaultyBlocks {
  protected:
    Groups groups_of(core::BlockExecutor& faulty, std::uint32_t other_types_percent) {
        const std::uint64_t first_seed = test::random_blocks_seed();
        Groups groups;
        for (std::uint64_t seed = first_seed; seed < first_seed + test::random_blocks_count(60);
             ++seed) {
            if (const auto bundle = find(random_block(seed, other_types_percent), faulty)) {
                groups.emplace(core::group_of(bundle->finding.fingerprint),
                               bundle->finding.sentence);
            }
        }
        return groups;
    }
};

TEST_F(Faults, of_one_cause_give_one_group) {
    for (const auto& faulty : {test::lost_credit(), test::lost_nonce()}) {
        const Groups groups = groups_of(*faulty, 0);
        EXPECT_EQ(groups.size(), 1U) << faulty->name() << ": " << testing::PrintToString(groups);
    }
    EXPECT_EQ(groups_of(*test::lost_burn(), 60).size(), 1U);
}

TEST_F(Faults, of_two_causes_never_share_a_group) {
    std::map<model::Hash, std::string> owners;
    test::StaleRowsExecutor stale;
    const auto credit = test::lost_credit();
    const auto nonce = test::lost_nonce();
    const auto burn = test::lost_burn();
    const std::array<core::BlockExecutor*, 4> all = {&stale, credit.get(), nonce.get(), burn.get()};
    for (core::BlockExecutor* faulty : all) {
        const Groups groups = groups_of(*faulty, 30);
        EXPECT_FALSE(groups.empty()) << faulty->name();
        for (const auto& [group, sentence] : groups) {
            const auto [owner, is_new] = owners.emplace(group, faulty->name());
            EXPECT_TRUE(is_new) << owner->second << " and " << faulty->name() << ": " << sentence;
        }
    }
}

}  // namespace
}  // namespace parallax::test
