#include "app/files/output_files.hpp"

#include "tests/app/program.hpp"

namespace parallax::app {
namespace {

using OutputFiles = ProgramTest;

TEST_F(OutputFiles, replace_a_file_whole_and_leave_nothing_beside_it) {
    write_file(path("report.txt"), "a longer text that was there before");
    ASSERT_TRUE(write_file_atomically(path("report.txt"), "new").ok());
    EXPECT_EQ(read_file(path("report.txt")), "new");
    const std::filesystem::directory_iterator files(folder_);
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(OutputFiles, name_the_path_that_cannot_be_written) {
    const auto status = write_file_atomically(path("none/report.txt"), "new");
    EXPECT_TRUE(has(std::string(status.message()), "none/report.txt")) << status;
    LedgerFile ledger(path("none/ledger.jsonl"));
    EXPECT_FALSE(ledger.recorded(core::LedgerRecord{}).ok());
    EXPECT_FALSE(ledger.finish().ok());
}

TEST_F(OutputFiles, remove_a_temporary_folder_with_its_contents) {
    std::filesystem::path inside;
    {
        const auto folder = TemporaryFolder::create();
        ASSERT_TRUE(folder.ok()) << folder.status();
        inside = (*folder)->path();
        write_file(inside / "file", "text");
        std::filesystem::create_directories(inside / "a" / "b");
        EXPECT_TRUE(std::filesystem::exists(inside / "file"));
    }
    EXPECT_FALSE(std::filesystem::exists(inside));
}

TEST_F(OutputFiles, keep_each_ledger_line_as_soon_as_it_is_accepted) {
    LedgerFile ledger(path("ledger.jsonl"));
    ASSERT_TRUE(ledger.recorded(core::LedgerRecord{}).ok());
    const std::string text = read_file(path("ledger.jsonl"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.front(), '{');
}

TEST_F(OutputFiles, a_new_run_takes_away_what_an_earlier_one_left_and_nothing_else) {
    const std::vector<std::string> earlier = {"run.json", "summary.txt", "times.jsonl",
                                              "report.html", "bundles/5-0123456789abcdef.pxb"};
    const std::vector<std::string> others = {"notes.txt", "a.pxa", "bundles/mine.pxb",
                                             "bundles/5-batch-1.pxb"};
    std::filesystem::create_directories(folder_ / "bundles");
    for (const auto& names : {earlier, others, {"ledger.jsonl"}}) {
        for (const std::string& name : names) {
            write_file(path(name), "earlier");
        }
    }
    ASSERT_TRUE(begin_run_folder(folder_).ok());
    for (const std::string& name : earlier) {
        EXPECT_FALSE(std::filesystem::exists(path(name))) << name;
    }
    for (const std::string& name : others) {
        EXPECT_EQ(read_file(path(name)), "earlier") << name;
    }
    EXPECT_EQ(read_file(path("ledger.jsonl")), "");
}

TEST_F(OutputFiles, know_what_runs_and_searches_write) {
    EXPECT_TRUE(is_run_bundle_name("15-0123456789abcdef.pxb"));
    EXPECT_TRUE(is_search_file_name("15-batch-asset-3.schedule"));
    EXPECT_TRUE(is_search_file_name("15-batch+a-fault-3.pxb"));
    for (const char* other :
         {"", "5", "5-", "x-0123456789abcdef.pxb", "5-0123456789abcde.pxb",
          "5-0123456789abcdeF.pxb", "5-0123456789abcdef.txt", "5-batch-.pxb", "5-batch.schedule",
          "-0123456789abcdef.pxb", "0123456789abcdef.pxb"}) {
        EXPECT_FALSE(is_run_bundle_name(other)) << other;
        EXPECT_FALSE(is_search_file_name(other)) << other;
    }
}

}  // namespace
}  // namespace parallax::app
