#include "verifier/core/conflict_space.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "replay/workload.hpp"
#include "tests/support/memory_view.hpp"
#include "verifier/core/conflict_shapes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

namespace parallax {
namespace {

using Shape = std::tuple<TransactionType, TransactionType, Family, Dependency>;

Shape shape_of(const ConflictCount& count) {
    return {count.first, count.second, count.family, count.hazard};
}

std::string text_of(const TypeUse& use) {
    return std::string(transaction_type_name(use.type)) + " " +
           std::string(family_row(use.family).name) + (use.reads ? " reads" : "") +
           (use.reads_only ? " alone" : "") + (use.writes ? " writes" : "") +
           (use.credits ? " credits" : "");
}

/// What the transactions of generated blocks really do, by the control's access log.
class Observed {
  public:
    explicit Observed(WorkloadOptions options) {
        auto workload = Workload::create(options);
        EXPECT_TRUE(workload.ok()) << workload.status();
        const Profile profile = *e1_profile("devnet");
        for (std::uint32_t i = 0; i < options.blocks; ++i) {
            const test::MemoryView state((*workload)->state());
            auto block = (*workload)->next_block();
            EXPECT_TRUE(block.ok()) << block.status();
            const auto admitted = admit(std::move(block->block), profile);
            EXPECT_TRUE(admitted.ok()) << admitted.status();
            add(*admitted, state, profile);
        }
    }

    std::map<std::pair<TransactionType, Family>, TypeUse> uses;
    std::set<Shape> shapes;

  private:
    void add(const AdmittedBlock& block, const StateView& state, const Profile& profile) {
        const std::atomic<bool> cancelled{false};
        const SignatureSource signatures = SignatureSource::off(block);
        const auto outcome = SequentialExecutor().execute(
            state, block, ExecutionContext{profile, signatures, cancelled, true});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
        for (const ConflictCount& count : conflict_shapes(block, *outcome->access_log)) {
            shapes.insert(shape_of(count));
        }
        std::map<std::pair<std::uint32_t, StateKey>, std::pair<bool, bool>> rows;
        for (const Access& access : outcome->access_log->accesses) {
            const std::uint32_t index = access.transaction.value();
            if (index >= block.transactions().size() ||
                access.key.family == Family::kExecutedTransaction) {
                continue;
            }
            TypeUse& use = at(block, index, access.key.family);
            auto& [read, written] = rows[{index, access.key}];
            switch (access.kind) {
                case AccessKind::kRead:
                case AccessKind::kReadSpendable:
                    use.reads = read = true;
                    break;
                case AccessKind::kWrite:
                case AccessKind::kSpend:
                case AccessKind::kOutput:
                    use.writes = written = true;
                    break;
                case AccessKind::kCredit:
                    use.credits = true;
                    break;
            }
        }
        for (const auto& [row, how] : rows) {
            at(block, row.first, row.second.family).reads_only |= how.first && !how.second;
        }
    }
    TypeUse& at(const AdmittedBlock& block, std::uint32_t index, Family family) {
        const TransactionType type =
            transaction_type(block.transactions()[index].transaction.payload);
        TypeUse& use = uses[{type, family}];
        use.type = type;
        use.family = family;
        return use;
    }
};

const Observed& observed() {
    static const Observed kObserved([] {
        WorkloadOptions options;
        options.seed = 3;
        options.accounts = 40;
        options.blocks = 60;
        options.transactions_per_block = 120;
        options.conflict_percent = 60;
        options.weights.fill(1);
        return options;
    }());
    return kObserved;
}

TEST(ConflictSpace, is_what_transactions_really_do) {
    std::map<std::pair<TransactionType, Family>, TypeUse> listed;
    for (const TypeUse& use : type_uses()) {
        EXPECT_TRUE(listed.emplace(std::pair(use.type, use.family), use).second) << text_of(use);
    }
    for (const auto& [key, use] : observed().uses) {
        ASSERT_TRUE(listed.contains(key)) << "not listed: " << text_of(use);
        EXPECT_EQ(text_of(listed.at(key)), text_of(use));
    }
    for (const auto& [key, use] : listed) {
        EXPECT_TRUE(observed().uses.contains(key)) << "never seen: " << text_of(use);
    }
}

TEST(ConflictSpace, holds_every_shape_that_blocks_show) {
    std::set<Shape> possible;
    for (const ConflictCount& count : possible_shapes()) {
        EXPECT_TRUE(possible.insert(shape_of(count)).second) << "twice";
    }
    for (const auto& [first, second, family, hazard] : observed().shapes) {
        EXPECT_TRUE(possible.contains({first, second, family, hazard}))
            << transaction_type_name(first) << '>' << transaction_type_name(second) << ' '
            << family_row(family).name << ' ' << dependency_name(hazard);
    }
    EXPECT_GT(observed().shapes.size(), 60U);
    EXPECT_LT(possible.size(), 600U);
}

}  // namespace
}  // namespace parallax
