#include "app/protocols.hpp"
#include "replay/bundle/bundle.hpp"
#include "tests/app/lying_archive.hpp"

namespace parallax::app {
namespace {

class ReproduceCommand : public LyingArchiveTest {};

TEST_F(ReproduceCommand, meets_a_finding_of_replay_again_with_nothing_but_the_bundle) {
    const std::string file = bundle();
    EXPECT_TRUE(has(file, "/3-")) << file;
    std::filesystem::rename(file, path("alone.pxb"));
    std::filesystem::remove_all(path("out"));
    std::filesystem::remove(path("lie.pxa"));
    const auto result = run({"reproduce", path("alone.pxb"), "--runs", "3"});
    EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
    EXPECT_EQ(result.out.rfind("parallax reproduce: REPRODUCED, deterministic\n", 0), 0U)
        << result.out;
    EXPECT_TRUE(has(result.out, "3: 3 reproduced it")) << result.out;
    EXPECT_TRUE(has(result.out, "totals.fees")) << result.out;
}

TEST_F(ReproduceCommand, compares_equal_once_the_cause_is_gone) {
    auto read = replay::read_bundle(bundle(), app::all_protocols());
    ASSERT_TRUE(read.ok()) << read.status();
    read->recorded->totals = read->control.totals;
    ASSERT_TRUE(replay::write_bundle(*read, path("fixed.pxb")).ok());
    for (const char* how : {"--isolate", "--no-isolate"}) {
        const auto result = run({"reproduce", path("fixed.pxb"), "--candidate", "staged",
                                 "--threads", "3", "--runs", "2", how});
        EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
        EXPECT_TRUE(has(result.out, "NOT REPRODUCED, every run compared equal")) << result.out;
        EXPECT_TRUE(has(result.out, "candidate staged")) << result.out;
    }
}

TEST_F(ReproduceCommand, is_inconclusive_when_a_row_was_never_recorded) {
    auto read = replay::read_bundle(bundle(), app::all_protocols());
    ASSERT_TRUE(read.ok()) << read.status();
    std::erase_if(read->pre_state, [](const core::RecordedRow& row) {
        return row.key.family == model::Family::kBalance;
    });
    ASSERT_TRUE(replay::write_bundle(*read, path("poor.pxb")).ok());
    const auto result = run({"reproduce", path("poor.pxb")});
    EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
    EXPECT_TRUE(has(result.out, "pre-state missing: balance")) << result.out;
}

TEST_F(ReproduceCommand, refuses_what_is_no_bundle) {
    const auto missing = run({"reproduce", path("none.pxb")});
    EXPECT_EQ(missing.exit_code, 1);
    EXPECT_TRUE(has(missing.err, "none.pxb")) << missing.err;
    write_file(path("text.pxb"), "this is no bundle, but long enough to be looked at");
    EXPECT_TRUE(has(run({"reproduce", path("text.pxb")}).err, "is not a Parallax bundle"));
    auto read = replay::read_bundle(bundle(), app::all_protocols());
    ASSERT_TRUE(read.ok()) << read.status();
    read->configuration.candidate = "warp";
    ASSERT_TRUE(replay::write_bundle(*read, path("warp.pxb")).ok());
    const auto unknown = run({"reproduce", path("warp.pxb")});
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_TRUE(has(unknown.err, "'warp'")) << unknown.err;
}

TEST_F(ReproduceCommand, gets_no_bundle_where_replay_was_told_to_write_none) {
    const auto result =
        run({"replay", archive_with_a_lie(), "--out", path("out"), "--max-bundles", "0"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "bundles"));
}

}  // namespace
}  // namespace parallax::app
