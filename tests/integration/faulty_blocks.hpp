#pragma once

#include "replay/bundle_writer.hpp"
#include "replay/shrink.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "tests/support/random_blocks.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/core/finding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace parallax {

/// Random blocks, and the bundles of those in which a faulty executor differs.
class FaultyBlocks : public testing::Test {
  protected:
    [[nodiscard]] BundleLaneFactory lanes(BlockExecutor& candidate) {
        return [&](const BundleConfiguration&) -> absl::StatusOr<BundleLanes> {
            return BundleLanes{control_, &candidate, runner_};
        };
    }

    /// A random block of one seed on the chain's path.
    [[nodiscard]] static test::RandomBlock random_block(std::uint64_t seed,
                                                        std::uint32_t other_types_percent = 30) {
        test::RandomBlocks random(seed);
        test::RandomBlockShape shape;
        shape.transactions = 30 + static_cast<std::uint32_t>(seed % 30);
        shape.accounts = 8;
        shape.failing_percent = 5;
        shape.other_types_percent = other_types_percent;
        Profile profile = *e1_profile("devnet");
        return random.block(shape, profile);
    }

    /// Random blocks may hold what no bytes decode to.
    [[nodiscard]] static bool has_wire_form(const AdmittedBlock& block) {
        return std::all_of(block.transactions().begin(), block.transactions().end(),
                           [](const AdmittedTransaction& admitted) {
                               return decode_transaction(encode_transaction(admitted.transaction),
                                                         Trailing::kRejected)
                                   .ok();
                           });
    }

    /// The bundle of a block in which `candidate` differs, if it does.
    [[nodiscard]] std::optional<Bundle> find(const test::RandomBlock& random,
                                             BlockExecutor& candidate) {
        const RecordingView view(random.state);
        VerifyPolicy policy;
        policy.signatures = SignaturePolicy::kOff;
        std::optional<Bundle> bundle;
        policy.on_findings = [&](const Verification& first) {
            const auto leading = leading_findings(first.verdict);
            BundleConfiguration configuration;
            configuration.threads = 4;
            bundle = make_bundle({view, random.block, random.profile, first, nullptr},
                                 *leading.front(), configuration);
        };
        const std::vector<BlockExecutor*> candidates = {&candidate};
        (void)verify_block(view, random.block, random.profile, control_, candidates, nullptr,
                           policy, runner_);
        // Repeated hashes have no wire form.
        return bundle && admit_bundle(*bundle).ok() ? bundle : std::nullopt;
    }

    SequentialExecutor control_;
    PlainLaneRunner runner_;
};

}  // namespace parallax
