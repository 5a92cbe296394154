#include "app/protocols.hpp"
#include "replay/bundle/bundle.hpp"
#include "tests/app/lying_archive.hpp"

namespace parallax::app {
namespace {

class ShrinkCommand : public LyingArchiveTest {};

TEST_F(ShrinkCommand, writes_a_smaller_bundle_that_reproduces_and_keeps_the_original) {
    const std::string file = bundle();
    const std::string before = read_file(file);
    const auto result = run({"shrink", file, "-o", path("small.pxb")});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_EQ(result.out.rfind("parallax shrink: SMALLER\n", 0), 0U) << result.out;
    EXPECT_EQ(read_file(file), before);
    const auto timeline = read_file(path("small.txt"));
    EXPECT_TRUE(has(timeline, "before the block")) << timeline;
    EXPECT_EQ(run({"reproduce", path("small.pxb"), "--runs", "2"}).exit_code, 2);

    const auto again = run({"shrink", path("small.pxb"), "-o", path("smaller.pxb")});
    EXPECT_EQ(again.exit_code, 3) << again.out;
    EXPECT_TRUE(has(again.out, "NOTHING REMOVED")) << again.out;
}

TEST_F(ShrinkCommand, does_not_shrink_what_is_not_reproduced) {
    auto read = replay::read_bundle(bundle(), app::all_protocols());
    ASSERT_TRUE(read.ok()) << read.status();
    read->recorded->totals = read->control.totals;
    ASSERT_TRUE(replay::write_bundle(*read, path("fixed.pxb")).ok());
    const auto result =
        run({"shrink", path("fixed.pxb"), "-o", path("small.pxb"), "--measure-runs", "3"});
    EXPECT_EQ(result.exit_code, 3) << result.out;
    EXPECT_TRUE(has(result.err, "not reproduced")) << result.err;
    EXPECT_FALSE(std::filesystem::exists(path("small.pxb")));
}

TEST_F(ShrinkCommand, never_writes_over_the_bundle_or_a_file_beside_it) {
    const std::string file = bundle();
    EXPECT_EQ(run({"shrink", file, "-o", file}).exit_code, 1);
    EXPECT_EQ(run({"shrink", file, "-o", path("small.txt")}).exit_code, 1);
    EXPECT_EQ(run({"shrink", file}).exit_code, 1);
    EXPECT_EQ(run({"shrink", path("none.pxb"), "-o", path("small.pxb")}).exit_code, 1);
}

TEST_F(ShrinkCommand, takes_a_seeded_fault_from_a_replay_down_to_two_transactions) {
    ASSERT_EQ(
        run({"generate", "--out", path("a.pxa"), "--blocks", "3", "--accounts", "20",
             "--transactions", "25", "--mix", "transfer=1", "--failing", "0", "--assets", "0"})
            .exit_code,
        0);
    const auto replayed = run({"replay", path("a.pxa"), "--fault", "nonce-from-before-the-block",
                               "--out", path("out"), "--max-bundles", "1"});
    ASSERT_EQ(replayed.exit_code, 2) << replayed.out << replayed.err;
    const auto file =
        std::filesystem::directory_iterator(folder_ / "out" / "bundles")->path().string();
    EXPECT_EQ(run({"reproduce", file, "--runs", "2"}).exit_code, 2);
    EXPECT_EQ(run({"reproduce", file, "--runs", "2", "--candidate", "batch"}).exit_code, 0)
        << "the sound executor does not have it";

    const auto shrunk = run({"shrink", file, "-o", path("small.pxb")});
    ASSERT_EQ(shrunk.exit_code, 0) << shrunk.out << shrunk.err;
    EXPECT_TRUE(has(shrunk.out, "small.pxb: 2 transactions")) << shrunk.out;
    EXPECT_EQ(run({"reproduce", path("small.pxb"), "--runs", "2"}).exit_code, 2);
    const auto vector = run({"conformance", path("small.json"), "--store", "memory"});
    EXPECT_EQ(vector.exit_code, 0) << vector.out << vector.err << shrunk.out;
}

TEST_F(ShrinkCommand, moves_the_block_to_the_start_and_asks_again_what_a_bad_signature_forbade) {
    ASSERT_EQ(run({"generate", "--out", path("a.pxa"), "--seed", "3", "--blocks", "6", "--accounts",
                   "30", "--transactions", "30", "--failing", "30"})
                  .exit_code,
              0);
    const auto explored = run({"explore", path("a.pxa"), "--fault", "receiver-overwritten",
                               "--from", "6", "--runs", "1", "--out", path("bad"), "--quiet"});
    ASSERT_EQ(explored.exit_code, 2) << explored.out << explored.err;
    const std::string file = path("bad") + "/6-batch+receiver-overwritten-1.pxb";
    const auto shrunk = run({"shrink", file, "-o", path("small.pxb"), "--quiet"});
    ASSERT_EQ(shrunk.exit_code, 0) << shrunk.out << shrunk.err;
    const auto small = replay::read_bundle(path("small.pxb"), app::all_protocols());
    ASSERT_TRUE(small.ok()) << small.status();
    const std::size_t left = small->control.results.size();
    EXPECT_LE(left, 2U) << shrunk.out;
    EXPECT_EQ(small->placement.topoheight, model::Topoheight{1}) << shrunk.out;
    // At first a transaction that only its signature fails forbids it.
    EXPECT_TRUE(has(shrunk.out, "step          signatures taken as checked    30 transactions"))
        << shrunk.out;
    EXPECT_TRUE(has(shrunk.out, "step          signatures taken as checked     " +
                                    std::to_string(left) + " transactions"))
        << shrunk.out;
}

class TwinsCommand : public LyingArchiveTest {};

TEST_F(TwinsCommand, finds_that_clean_executors_treat_twins_alike) {
    ASSERT_EQ(run({"generate", "--out", path("a.pxa"), "--blocks", "8", "--accounts", "40",
                   "--transactions", "8"})
                  .exit_code,
              0);
    const auto result = run({"twins", path("a.pxa"), "--candidate", "batch"});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_EQ(result.out.rfind("parallax twins: MATCH\n", 0), 0U) << result.out;
    EXPECT_TRUE(has(result.out, "8 blocks")) << result.out;
    std::filesystem::resize_file(path("a.pxa"), std::filesystem::file_size(path("a.pxa")) - 50);
    EXPECT_EQ(run({"twins", path("a.pxa")}).exit_code, 3);
    EXPECT_EQ(run({"twins", path("none.pxa")}).exit_code, 1);
}

}  // namespace
}  // namespace parallax::app
