#include "replay/archive/output_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace parallax::replay {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-output-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { fs::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }
    static absl::Status write(const std::string& path, std::string_view text) {
        return write_output_file(path, "file",
                                 {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    [[nodiscard]] std::ptrdiff_t files() const {
        return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
    }

    fs::path folder_;
};

TEST_F(OutputFileTest, replaces_a_regular_file_whole_or_not_at_all) {
    ASSERT_TRUE(write(path("a"), "old").ok());
    {
        const auto file = OutputFile::create(path("a"), "file");
        ASSERT_TRUE(file.ok()) << file.status();
        const std::uint8_t byte = 7;
        ASSERT_TRUE((*file)->write({&byte, 1}).ok());
        EXPECT_EQ(read(path("a")), "old");
        EXPECT_EQ(files(), 2);
    }
    EXPECT_EQ(read(path("a")), "old");
    EXPECT_EQ(files(), 1) << "the unfinished one is left";
    ASSERT_TRUE(write(path("a"), "new").ok());
    EXPECT_EQ(read(path("a")), "new");
    EXPECT_EQ(files(), 1);
}

TEST_F(OutputFileTest, follows_links_and_replaces_what_they_lead_to) {
    ASSERT_TRUE(write(path("target"), "old").ok());
    fs::create_symlink("target", path("link"));
    fs::create_symlink(path("link"), path("link of link"));
    ASSERT_TRUE(write(path("link of link"), "new").ok());
    EXPECT_EQ(read(path("target")), "new");
    EXPECT_TRUE(fs::is_symlink(path("link")));
    EXPECT_TRUE(fs::is_symlink(path("link of link")));
    fs::create_symlink("not yet", path("dangling"));
    ASSERT_TRUE(write(path("dangling"), "made").ok());
    EXPECT_EQ(read(path("not yet")), "made");
    fs::create_symlink("loop", path("loop"));
    EXPECT_FALSE(write(path("loop"), "x").ok());
    EXPECT_EQ(write(folder_, "x").code(), absl::StatusCode::kFailedPrecondition) << "a folder";
}

TEST_F(OutputFileTest, writes_through_a_device_and_keeps_it) {
    fs::create_symlink("/dev/null", path("link"));
    EXPECT_TRUE(write(path("link"), "gone").ok());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    EXPECT_TRUE(fs::is_symlink(path("link")));
    const auto full = write("/dev/full", "x");
    EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_NE(std::string(full.message()).find("/dev/full"), std::string::npos);
}

TEST_F(OutputFileTest, writes_through_a_fifo_and_keeps_it) {
    ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
    std::string got;
    std::thread reader([&] { got = read(path("fifo")); });
    EXPECT_TRUE(write(path("fifo"), "through").ok());
    reader.join();
    EXPECT_EQ(got, "through");
    EXPECT_TRUE(fs::is_fifo(path("fifo")));
}

TEST_F(OutputFileTest, writes_to_an_open_file_where_it_stands) {
    const int descriptor = open(path("log").c_str(), O_RDWR | O_CREAT, 0600);
    ASSERT_GE(descriptor, 0);
    ASSERT_EQ(::write(descriptor, "before ", 7), 7);
    EXPECT_TRUE(write("/dev/fd/" + std::to_string(descriptor), "after").ok());
    EXPECT_TRUE(write("/proc/self/fd/" + std::to_string(descriptor), " all").ok());
    EXPECT_EQ(read(path("log")), "before after all");
    close(descriptor);
    EXPECT_FALSE(write("/dev/fd/" + std::to_string(descriptor), "x").ok());
}

TEST_F(OutputFileTest, is_removed_by_what_a_signal_handler_calls) {
    const auto file = OutputFile::create(path("a"), "file");
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(files(), 1);
    remove_unfinished_files();
    EXPECT_EQ(files(), 0);
    // One that is done is nobody's business.
    ASSERT_TRUE(write(path("b"), "whole").ok());
    remove_unfinished_files();
    EXPECT_EQ(read(path("b")), "whole");
}

}  // namespace
}  // namespace parallax::replay
