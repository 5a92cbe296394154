#pragma once

#include "replay/bundle/bundle_writer.hpp"
#include "replay/shrink/shrink.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "tests/support/random_blocks.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/chains/tos/e1/wire.hpp"
#include "verifier/core/diagnosis/finding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace parallax::test {

/// Random blocks, and the bundles of those in which a faulty executor differs.
class FaultyBlocks : public testing::Test {
  protected:
    [[nodiscard]] replay::BundleLaneFactory lanes(core::BlockExecutor& candidate) {
        return [&](const replay::BundleConfiguration&) -> absl::StatusOr<replay::BundleLanes> {
            return replay::BundleLanes{control_, &candidate, runner_};
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
        return random.block(shape, {*tos::e1::find_profile("devnet"), std::nullopt});
    }

    /// Random blocks may hold what no bytes decode to.
    [[nodiscard]] static bool has_wire_form(const protocol::AdmittedBlock& block) {
        return tos::e1::decode_block(block.wire(), block.placement()).ok();
    }

    /// The bundle of a block in which `candidate` differs, if it does.
    [[nodiscard]] std::optional<replay::Bundle> find(const test::RandomBlock& random,
                                                     core::BlockExecutor& candidate) {
        const core::RecordingView view(random.state);
        core::VerifyPolicy policy;
        policy.signatures = model::SignaturePolicy::kOff;
        std::optional<replay::Bundle> bundle;
        policy.on_findings = [&](const core::Verification& first) {
            const auto leading = core::leading_findings(first.verdict);
            replay::BundleConfiguration configuration;
            configuration.threads = 4;
            bundle = replay::make_bundle({view, random.block, *random.protocol, first},
                                         *leading.front(), configuration);
        };
        const std::vector<core::BlockExecutor*> candidates = {&candidate};
        (void)core::verify_block(view, random.block, *random.protocol, control_, candidates, {},
                                 policy, runner_);
        // Repeated hashes have no wire form.
        return bundle && replay::admit_bundle(*bundle).ok() ? bundle : std::nullopt;
    }

    executors::sequential::SequentialExecutor control_;
    PlainLaneRunner runner_;
};

}  // namespace parallax::test
