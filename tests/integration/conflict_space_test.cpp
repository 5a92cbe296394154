#include "verifier/core/coverage/conflict_space.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "testbed/workload/workload.hpp"
#include "tests/support/memory_view.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/coverage/conflict_shapes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

namespace parallax::test {
namespace {

using Shape =
    std::tuple<model::TransactionType, model::TransactionType, model::Family, model::Dependency>;

Shape shape_of(const model::ConflictCount& count) {
    return {count.first, count.second, count.family, count.hazard};
}

std::string text_of(const protocol::TypeUse& use) {
    return std::string(model::transaction_type_name(use.type)) + " " +
           std::string(model::family_row(use.family).name) + (use.reads ? " reads" : "") +
           (use.reads_only ? " alone" : "") + (use.writes ? " writes" : "") +
           (use.credits ? " credits" : "");
}

/// What the transactions of generated blocks really do, by the control's access log.
class Observed {
  public:
    explicit Observed(testbed::WorkloadOptions options) {
        auto workload = testbed::Workload::create(options);
        EXPECT_TRUE(workload.ok()) << workload.status();
        const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
        for (std::uint32_t i = 0; i < options.blocks; ++i) {
            const test::MemoryView state((*workload)->state());
            auto block = (*workload)->next_block();
            EXPECT_TRUE(block.ok()) << block.status();
            const auto admitted = profile.admit(std::move(block->block));
            EXPECT_TRUE(admitted.ok()) << admitted.status();
            add(*admitted, state, profile);
        }
    }

    std::map<std::pair<model::TransactionType, model::Family>, protocol::TypeUse> uses;
    std::set<Shape> shapes;

  private:
    void add(const protocol::AdmittedBlock& block, const protocol::StateView& state,
             const tos::e1::Profile& profile) {
        const std::atomic<bool> cancelled{false};
        const protocol::SignatureSource signatures = protocol::SignatureSource::off(block);
        const auto outcome = executors::sequential::SequentialExecutor().execute(
            state, block, core::ExecutionContext{profile, signatures, cancelled, true});
        ASSERT_TRUE(outcome.ok()) << outcome.status();
        for (const model::ConflictCount& count :
             core::conflict_shapes(block, *outcome->access_log)) {
            shapes.insert(shape_of(count));
        }
        std::map<std::pair<std::uint32_t, model::StateKey>, std::pair<bool, bool>> rows;
        for (const model::Access& access : outcome->access_log->accesses) {
            const std::uint32_t index = access.transaction.value();
            if (index >= block.transactions().size() ||
                access.key.family == model::Family::kExecutedTransaction) {
                continue;
            }
            protocol::TypeUse& use = at(block, index, access.key.family);
            auto& [read, written] = rows[{index, access.key}];
            switch (access.kind) {
                case model::AccessKind::kRead:
                case model::AccessKind::kReadSpendable:
                    use.reads = read = true;
                    break;
                case model::AccessKind::kWrite:
                case model::AccessKind::kSpend:
                case model::AccessKind::kOutput:
                    use.writes = written = true;
                    break;
                case model::AccessKind::kCredit:
                    use.credits = true;
                    break;
            }
        }
        for (const auto& [row, how] : rows) {
            at(block, row.first, row.second.family).reads_only |= how.first && !how.second;
        }
    }
    protocol::TypeUse& at(const protocol::AdmittedBlock& block, std::uint32_t index,
                          model::Family family) {
        const model::TransactionType type = block.transactions()[index].type;
        protocol::TypeUse& use = uses[{type, family}];
        use.type = type;
        use.family = family;
        return use;
    }
};

const Observed& observed() {
    static const Observed kObserved([] {
        testbed::WorkloadOptions options;
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
    std::map<std::pair<model::TransactionType, model::Family>, protocol::TypeUse> listed;
    for (const protocol::TypeUse& use : tos::e1::find_profile("devnet")->type_uses()) {
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
    for (const model::ConflictCount& count :
         core::possible_shapes(tos::e1::find_profile("devnet")->type_uses())) {
        EXPECT_TRUE(possible.insert(shape_of(count)).second) << "twice";
    }
    for (const auto& [first, second, family, hazard] : observed().shapes) {
        EXPECT_TRUE(possible.contains({first, second, family, hazard}))
            << model::transaction_type_name(first) << '>' << model::transaction_type_name(second)
            << ' ' << model::family_row(family).name << ' ' << model::dependency_name(hazard);
    }
    EXPECT_GT(observed().shapes.size(), 60U);
    EXPECT_LT(possible.size(), 600U);
}

}  // namespace
}  // namespace parallax::test
