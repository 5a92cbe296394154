#include "replay/bundle/bundle_verdict.hpp"

#include "replay/bundle/bundle_writer.hpp"
#include "replay/shrink/reproduce.hpp"
#include "reports/formats/report_formats.hpp"
#include "reports/record/json_lines.hpp"
#include "tests/integration/replay_fixture.hpp"
#include "tests/support/possible_shapes.hpp"
#include "tests/support/protocols.hpp"
#include "verifier/crypto/hashing.hpp"

#include <random>

namespace parallax::test {
namespace {

class BundleVerdict : public ReplayFixture {
  protected:
    /// Replays with `candidate`; the first bundle, and the verdict of its block in `recorded_`.
    replay::Bundle first_bundle(core::BlockExecutor& candidate) {
        replay::BundleWriter::Options writer_options;
        writer_options.directory = (folder_ / "bundles").string();
        writer_options.network = "devnet";
        replay::BundleWriter writer(writer_options);
        bundles_ = &writer;
        const auto result = run(archive_, options(), {&candidate});
        EXPECT_TRUE(result.ok()) << result.status();
        EXPECT_FALSE(writer.written().empty());
        recorded_ = *(result->first_mismatch ? result->first_mismatch : result->first_inconclusive);
        auto bundle = replay::read_bundle(writer.written().front().path, test::protocols());
        EXPECT_TRUE(bundle.ok()) << bundle.status();
        return *std::move(bundle);
    }

    TamperingExecutor wrong_fees_{
        "batch", [](const protocol::AdmittedBlock& block, model::BlockOutcome& outcome) {
            if (block.placement().topoheight == model::Topoheight{5}) {
                outcome.totals.fees = model::Amount{outcome.totals.fees.value() + 7};
            }
            return absl::OkStatus();
        }};
    model::Verdict recorded_;
};

TEST_F(BundleVerdict, is_that_of_the_run) {
    const auto verdict = replay::verdict_of_bundle(first_bundle(wrong_fees_));
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    // What the run knew and the bundle cannot: that the control was run again.
    model::Verdict expected = recorded_;
    expected.lanes.front().detail.clear();
    expected.lanes.front().rerun = model::ControlRerun::kNone;
    // Lines are told apart by a reader, where objects are not.
    EXPECT_EQ(reports::to_json_line({model::Hash{}, *verdict}),
              reports::to_json_line({model::Hash{}, expected}));
    EXPECT_EQ(*verdict, expected);
}

TEST_F(BundleVerdict, of_a_candidate_that_failed_is_inconclusive_with_the_words_of_the_run) {
    TamperingExecutor failing("batch",
                              [](const protocol::AdmittedBlock& block, model::BlockOutcome&) {
                                  return block.placement().topoheight == model::Topoheight{3}
                                             ? absl::InternalError("it broke")
                                             : absl::OkStatus();
                              });
    const auto verdict = replay::verdict_of_bundle(first_bundle(failing));
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->kind, model::VerdictKind::kInconclusive);
    ASSERT_EQ(verdict->findings.size(), 1U);
    EXPECT_EQ(verdict->findings.front(), recorded_.findings.front());
}

TEST_F(BundleVerdict, keeps_the_finding_of_the_file_if_this_program_would_word_it_otherwise) {
    replay::Bundle bundle = first_bundle(wrong_fees_);
    bundle.finding.sentence = "as an older program said it";
    bundle.finding.fingerprint = model::Hash{};
    const auto verdict = replay::verdict_of_bundle(bundle);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->findings.front(), bundle.finding);
    EXPECT_EQ(verdict->findings.size(), recorded_.findings.size());
}

/// What a program of before wrote: the finding in words, under a fingerprint by another recipe.
TEST_F(BundleVerdict, of_version_1_is_reproduced_as_the_finding_that_it_holds) {
    const replay::Bundle today = first_bundle(wrong_fees_);
    replay::Bundle before = today;
    before.finding.cause = {};
    before.finding.first.values = {};
    for (model::Difference& difference : before.finding.derived) {
        difference.values = {};
    }
    before.finding.fingerprint = crypto::blake3({});
    const auto read = replay::decode_bundle(replay::encode_bundle(before), test::protocols());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->finding, before.finding);
    const replay::Bundle found = replay::with_values(*read);
    EXPECT_EQ(found.finding, today.finding);
    const auto again = replay::reproduce(found, {sequential_, &wrong_fees_, runner_}, 2);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->kind, replay::Reproducibility::kDeterministic);
    // One of today stays as it is, and so does one whose outcomes do not show what it says.
    EXPECT_EQ(replay::encode_bundle(replay::with_values(today)), replay::encode_bundle(today));
    before.candidate = before.control;
    EXPECT_EQ(replay::with_values(before).finding, before.finding);
}

TEST_F(BundleVerdict, is_never_a_match) {
    // Outcomes that are equal do not undo what was found.
    replay::Bundle bundle = first_bundle(wrong_fees_);
    bundle.candidate = bundle.control;
    const auto verdict = replay::verdict_of_bundle(bundle);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_EQ(verdict->kind, model::VerdictKind::kMismatch);
    // Nor does a finding that is no mismatch, of a lane that is not there.
    bundle.finding.finding_class = model::FindingClass::kExecutorFailed;
    bundle.finding.lane = "another";
    const auto other = replay::verdict_of_bundle(bundle);
    ASSERT_TRUE(other.ok()) << other.status();
    EXPECT_EQ(other->kind, model::VerdictKind::kInconclusive);
}

/// Any bytes under a digest that holds: there is an answer, and every format shows it.
TEST_F(BundleVerdict, survives_a_hostile_file) {
    const base::Bytes original = replay::encode_bundle(first_bundle(wrong_fees_));
    const std::size_t end = original.size() - replay::kBundleDigestSize;
    std::mt19937_64 random(7);
    std::size_t shown = 0;
    for (int i = 0; i < 1500; ++i) {
        base::Bytes bytes = original;
        for (int change = 0; change < 1 + i % 3; ++change) {
            // Outcomes and finding lie behind the block and the rows.
            const std::size_t begin = i % 2 == 0 ? replay::kBundlePreambleSize : end / 2;
            bytes[begin + random() % (end - begin)] = static_cast<std::uint8_t>(random());
        }
        const model::Hash digest = crypto::blake3(std::span(bytes).first(end));
        std::copy(digest.bytes().begin(), digest.bytes().end(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(end));
        const auto bundle = replay::decode_bundle(bytes, test::protocols());
        if (!bundle.ok()) {
            continue;
        }
        auto verdict = replay::verdict_of_bundle(*bundle);
        if (!verdict.ok()) {
            EXPECT_FALSE(verdict.status().message().empty());
            continue;
        }
        reports::ReportBuilder builder(test::possible_shapes());
        builder.add(core::LedgerRecord{model::Hash{}, *std::move(verdict)});
        reports::BundleSource source;
        source.file = "hostile.pxb";
        source.network = bundle->network;
        const reports::Report report = builder.finish(source);
        EXPECT_NE(report.exit_code(), 0);
        EXPECT_FALSE(reports::render_report_text(report, {}).empty());
        EXPECT_FALSE(reports::render_report_html(report).empty());
        EXPECT_FALSE(reports::render_report_sarif(report).empty());
        ++shown;
    }
    EXPECT_GT(shown, 200U);
}

}  // namespace
}  // namespace parallax::test
