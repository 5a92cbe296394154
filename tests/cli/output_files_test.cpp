#include "verifier/cli/output_files.hpp"

#include "tests/cli/program.hpp"

namespace parallax {
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
    EXPECT_FALSE(ledger.accept(LedgerRecord{}).ok());
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
    ASSERT_TRUE(ledger.accept(LedgerRecord{}).ok());
    const std::string text = read_file(path("ledger.jsonl"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.front(), '{');
}

TEST_F(OutputFiles, leave_an_earlier_ledger_alone_until_there_is_a_verdict) {
    write_file(path("ledger.jsonl"), "earlier");
    { LedgerFile unused(path("ledger.jsonl")); }
    EXPECT_EQ(read_file(path("ledger.jsonl")), "earlier");
    LedgerFile empty(path("ledger.jsonl"));
    ASSERT_TRUE(empty.finish().ok());
    EXPECT_EQ(read_file(path("ledger.jsonl")), "");
}

}  // namespace
}  // namespace parallax
