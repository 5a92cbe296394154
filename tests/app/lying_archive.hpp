#pragma once

#include "replay/archive/archive_reader.hpp"
#include "replay/archive/archive_writer.hpp"
#include "tests/app/program.hpp"
#include "verifier/codec/canonical.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace parallax::app {

/// A replay that finds something: the archive's recorder lies about one block.
class LyingArchiveTest : public ProgramTest {
  protected:
    /// An archive whose recorder states a wrong fee for block 3.
    [[nodiscard]] std::string archive_with_a_lie() const {
        EXPECT_EQ(run({"generate", "--out", path("true.pxa"), "--blocks", "4", "--accounts", "20",
                       "--transactions", "6", "--record-outcomes"})
                      .exit_code,
                  0);
        auto reader = replay::ArchiveReader::open(path("true.pxa"));
        EXPECT_TRUE(reader.ok()) << reader.status();
        auto writer = replay::ArchiveWriter::create(path("lie.pxa"), (*reader)->header());
        EXPECT_TRUE(writer.ok()) << writer.status();
        for (auto row = (*reader)->next_state_row(); *row; row = (*reader)->next_state_row()) {
            EXPECT_TRUE((*writer)->write_state_row((*row)->key, *(*row)->after).ok());
        }
        for (auto block = (*reader)->next_block(); *block; block = (*reader)->next_block()) {
            auto outcome = codec::decode_outcome(*(*block)->outcome);
            EXPECT_TRUE(outcome.ok()) << outcome.status();
            if ((*block)->placement.topoheight == model::Topoheight{3}) {
                outcome->totals.fees = model::Amount{1};
            }
            EXPECT_TRUE((*writer)
                            ->write_block((*block)->placement, (*block)->wire,
                                          codec::encode_outcome(*outcome))
                            .ok());
        }
        EXPECT_TRUE((*writer)->finish().ok());
        return path("lie.pxa");
    }

    /// The bundle that a replay of it writes.
    [[nodiscard]] std::string bundle() const {
        const auto result = run({"replay", archive_with_a_lie(), "--out", path("out")});
        EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
        std::string found;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out" / "bundles")) {
            EXPECT_TRUE(found.empty()) << "one group, one bundle";
            found = entry.path().string();
        }
        EXPECT_TRUE(has(result.out, "parallax reproduce " + found)) << result.out;
        return found;
    }
};

}  // namespace parallax::app
