#include "app/terminal/progress_sink.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace parallax::app {
namespace {

class ManualClock final : public base::Clock {
  public:
    std::chrono::nanoseconds now() const override { return time; }
    std::chrono::nanoseconds time{};
};

class ProgressSinkTest : public testing::Test {
  protected:
    ~ProgressSinkTest() override { std::fclose(stream_); }

    [[nodiscard]] std::string written() const {
        std::rewind(stream_);
        std::array<char, 4096> buffer{};
        return std::string(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), stream_));
    }
    static core::LedgerRecord record(model::VerdictKind kind) {
        core::LedgerRecord record;
        record.verdict.kind = kind;
        record.verdict.transactions = 10;
        return record;
    }

    ManualClock clock_;
    std::FILE* stream_ = std::tmpfile();
};

TEST_F(ProgressSinkTest, writes_a_plain_line_every_two_seconds_off_a_terminal) {
    ProgressSink sink(stream_, clock_, 20);
    ASSERT_TRUE(sink.recorded(record(model::VerdictKind::kMatch)).ok());
    EXPECT_EQ(written(), "");
    clock_.time = std::chrono::seconds(1);
    ASSERT_TRUE(sink.recorded(record(model::VerdictKind::kMatch)).ok());
    EXPECT_EQ(written(), "");
    clock_.time = std::chrono::seconds(2);
    ASSERT_TRUE(sink.recorded(record(model::VerdictKind::kMismatch)).ok());
    EXPECT_EQ(written(), "progress 15% 3/20 blocks, 15 tx/s, 1 mismatch, 11s left\n");
}

TEST_F(ProgressSinkTest, does_not_fill_a_log_on_a_long_run) {
    ProgressSink sink(stream_, clock_, 100);
    for (int second = 1; second <= 100; ++second) {
        clock_.time = std::chrono::seconds(second * 3);
        ASSERT_TRUE(sink.recorded(record(model::VerdictKind::kMatch)).ok());
    }
    const std::string text = written();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10) << text;
    sink.finish();
    EXPECT_EQ(written().find('\x1b'), std::string::npos);
}

TEST_F(ProgressSinkTest, stops_a_list_of_sinks_at_the_first_error) {
    class Failing final : public core::VerificationListener {
        absl::Status recorded(const core::LedgerRecord&) override {
            return absl::DataLossError("full");
        }
    };
    Failing failing;
    ProgressSink sink(stream_, clock_, 1);
    core::ListenerList list;
    list.add(nullptr);
    list.add(&failing);
    list.add(&sink);
    clock_.time = std::chrono::seconds(9);
    EXPECT_EQ(list.recorded(record(model::VerdictKind::kMatch)).code(),
              absl::StatusCode::kDataLoss);
    EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace parallax::app
