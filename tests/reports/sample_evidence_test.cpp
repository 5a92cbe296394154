#include "tests/reports/sample_run.hpp"
#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/coverage/conflict_shapes.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace parallax::reports {
namespace {

const model::Finding& finding_at(const test::SampleRun& sample, std::size_t block) {
    return sample.records.at(block).verdict.findings.at(0);
}

TEST(Evidence, shows_the_stale_read_in_both_lanes) {
    const auto sample = test::sample_run();
    const model::Finding& finding = finding_at(sample, 1);
    ASSERT_TRUE(finding.first.key.has_value());
    EXPECT_EQ(finding.first.key->family, model::Family::kAccount);
    EXPECT_EQ(finding.first.transaction, model::TxIndex{1});
    EXPECT_EQ(finding.first.pre_state->substr(0, 10), "{nonce: 2,");
    EXPECT_EQ(finding.first.control_writers,
              (std::vector<model::TxIndex>{model::TxIndex{0}, model::TxIndex{1}}));
    EXPECT_EQ(finding.first.candidate_writers, (std::vector<model::TxIndex>{model::TxIndex{0}}));

    // The control's second transaction saw the first one's nonce; the candidate's did not, failed,
    // and so left nothing.
    const auto reads = [&](bool in_candidate) {
        std::vector<std::uint32_t> writers;
        for (const model::LaneEvent& event : finding.events) {
            if (event.in_candidate == in_candidate && event.transaction == model::TxIndex{1} &&
                event.kind == model::AccessKind::kRead) {
                writers.push_back(event.observed_writer.value());
            }
        }
        return writers;
    };
    EXPECT_EQ(reads(false), (std::vector<std::uint32_t>{0}));
    EXPECT_EQ(reads(true), (std::vector<std::uint32_t>{}));

    ASSERT_EQ(finding.transactions.size(), 2U);
    EXPECT_EQ(finding.transactions[0].index, model::TxIndex{0});
    EXPECT_EQ(finding.transactions[1].type, model::TransactionType::kTransfers);
}

TEST(Evidence, names_the_row_that_two_transactions_fought_for) {
    const auto sample = test::sample_run();
    const model::Finding& finding = finding_at(sample, 2);
    ASSERT_TRUE(finding.first.key.has_value());
    EXPECT_EQ(finding.first.key->family, model::Family::kName);
    EXPECT_EQ(finding.first.pre_state, "absent");
    EXPECT_EQ(finding.first.control_writers, (std::vector<model::TxIndex>{model::TxIndex{0}}));
    EXPECT_EQ(finding.first.candidate_writers,
              (std::vector<model::TxIndex>{model::TxIndex{0}, model::TxIndex{1}}));
}

TEST(Evidence, gives_each_row_its_field_before_the_block_and_its_writers) {
    const auto sample = test::sample_run();
    const model::Finding& finding = finding_at(sample, 1);
    bool found = false;
    for (const model::Difference& difference : finding.derived) {
        if (difference.key && difference.key->family == model::Family::kCounter) {
            continue;
        }
        if (difference.path.ends_with(".after.amount")) {
            found = true;
            ASSERT_TRUE(difference.pre_state.has_value());
            EXPECT_EQ(difference.pre_state->find_first_not_of("0123456789"), std::string::npos);
            EXPECT_FALSE(difference.control_writers.empty());
        }
    }
    EXPECT_TRUE(found);
}

TEST(ConflictShapes, count_what_a_block_really_tries) {
    const auto sample = test::clean_run();
    const auto count = [&](model::Family family, model::Dependency hazard) {
        std::uint32_t sum = 0;
        for (const model::ConflictCount& shape : sample.records.at(0).verdict.conflicts) {
            sum += shape.family == family && shape.hazard == hazard ? shape.count : 0;
        }
        return sum;
    };
    // One sender twice: its nonce and its balance; three payments to one receiver commute.
    EXPECT_EQ(count(model::Family::kAccount, model::Dependency::kReadAfterWrite), 1U);
    EXPECT_EQ(count(model::Family::kAccount, model::Dependency::kWriteAfterWrite), 1U);
    EXPECT_EQ(count(model::Family::kBalance, model::Dependency::kReadAfterWrite), 1U);
    EXPECT_EQ(count(model::Family::kBalance, model::Dependency::kCreditAfterCredit), 2U);
    EXPECT_EQ(count(model::Family::kName, model::Dependency::kReadAfterWrite), 0U);
}

TEST(ConflictShapes, see_a_write_that_must_not_come_before_a_read) {
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const auto block = test::chain_block(
        {test::transfer(1, 0, 2, 5), test::transfer(2, 0, 3, 5), test::transfer(2, 1, 3, 5)}, 7,
        profile);
    ASSERT_TRUE(block.ok()) << block.status();
    const model::StateKey row = model::account_key(model::PublicKey{});
    const auto access = [&](std::uint32_t transaction, model::AccessKind kind, std::uint32_t saw) {
        model::Access line;
        line.transaction = model::TxIndex{transaction};
        line.kind = kind;
        line.key = row;
        line.observed_writer = saw;
        return line;
    };
    // 0 only reads; 1 and 2 read and write, so that only 1 has a reader before it to mind.
    model::AccessLog log;
    log.accesses = {access(0, model::AccessKind::kRead, model::kPreState),
                    access(1, model::AccessKind::kRead, model::kPreState),
                    access(1, model::AccessKind::kWrite, model::kPreState),
                    access(2, model::AccessKind::kRead, 1),
                    access(2, model::AccessKind::kWrite, model::kPreState)};
    std::map<model::Dependency, std::uint32_t> counts;
    for (const model::ConflictCount& shape : core::conflict_shapes(*block, log)) {
        counts[shape.hazard] += shape.count;
    }
    EXPECT_EQ(counts, (std::map<model::Dependency, std::uint32_t>{
                          {model::Dependency::kReadAfterWrite, 1},
                          {model::Dependency::kWriteAfterRead, 1},
                          {model::Dependency::kWriteAfterWrite, 1}}));
}

TEST(ConflictShapes, are_sorted_and_hold_no_shape_twice) {
    for (const core::LedgerRecord& record : test::sample_run().records) {
        const auto& shapes = record.verdict.conflicts;
        for (std::size_t i = 1; i < shapes.size(); ++i) {
            const auto order = [](const model::ConflictCount& shape) {
                return std::tie(shape.first, shape.second, shape.family, shape.hazard);
            };
            EXPECT_LT(order(shapes[i - 1]), order(shapes[i]));
        }
    }
}

}  // namespace
}  // namespace parallax::reports
