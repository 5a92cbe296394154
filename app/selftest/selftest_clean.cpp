#include "app/selftest/selftest_clean.hpp"

#include "app/commands/generated_blocks.hpp"

#include <algorithm>

namespace parallax::app {
namespace {

constexpr std::uint32_t kCleanTransactions = 10;

absl::Status check_chain(std::uint64_t count, std::uint64_t seed, testbed::CleanCheck& check,
                         const std::function<void()>& done) {
    const auto blocks = GeneratedBlocks::create(seed, kCleanTransactions);
    if (!blocks.ok()) {
        return blocks.status();
    }
    testbed::RowsView now((*blocks)->state());
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto next = (*blocks)->next_block();
        if (!next.ok()) {
            return next.status();
        }
        if (auto status = check.run({&now, &next->block, &(*blocks)->protocol()}); !status.ok()) {
            return status;
        }
        // By the generator, which checks signatures.
        now.apply(next->delta);
        done();
    }
    return absl::OkStatus();
}

}  // namespace

absl::Status check_clean_blocks(std::uint64_t count, std::uint64_t seed, testbed::CleanCheck& check,
                                const std::function<void(std::uint64_t done)>& progress) {
    std::uint64_t done = 0;
    while (done < count) {
        const std::uint64_t chain = std::min(kCleanChainBlocks, count - done);
        if (auto status = check_chain(chain, ++seed, check, [&] { progress(++done); });
            !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

}  // namespace parallax::app
