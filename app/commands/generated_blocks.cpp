#include "app/commands/generated_blocks.hpp"

#include "verifier/chains/tos/e1/profile.hpp"

#include <utility>

namespace parallax::app {

absl::StatusOr<std::unique_ptr<GeneratedBlocks>> GeneratedBlocks::create(
    std::uint64_t seed, std::uint32_t transactions) {
    testbed::WorkloadOptions options;
    options.seed = seed;
    options.accounts = 80;
    options.transactions_per_block = transactions;
    options.conflict_percent = 40;
    options.failing_percent = 15;
    auto workload = testbed::Workload::create(options);
    if (!workload.ok()) {
        return workload.status();
    }
    auto blocks = std::make_unique<GeneratedBlocks>();
    blocks->profile_ = *tos::e1::find_profile(options.network);
    blocks->profile_.failure_model = (*workload)->header().failure_model;
    blocks->workload_ = *std::move(workload);
    return blocks;
}

absl::StatusOr<std::vector<testbed::SelftestBlock>> GeneratedBlocks::next(std::uint32_t count) {
    views_.clear();
    blocks_.clear();
    std::vector<testbed::SelftestBlock> list;
    for (std::uint32_t i = 0; i < count; ++i) {
        views_.emplace_back(workload_->state());
        auto made = next_block();
        if (!made.ok()) {
            return made.status();
        }
        blocks_.push_back(std::move(made->block));
        list.push_back({&views_.back(), &blocks_.back(), &profile_});
    }
    return list;
}

absl::StatusOr<GeneratedBlocks::Next> GeneratedBlocks::next_block() {
    auto made = workload_->next_block();
    if (!made.ok()) {
        return made.status();
    }
    auto admitted = profile_.admit(std::move(made->block));
    if (!admitted.ok()) {
        return admitted.status();
    }
    return Next{*std::move(admitted), std::move(made->outcome.delta)};
}

}  // namespace parallax::app
