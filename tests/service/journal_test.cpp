#include "verifier/service/loop/journal.hpp"

#include "verifier/service/door/authentication.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/recollection.hpp"
#include "verifier/service/server/answer_queue.hpp"
#include "verifier/service/telemetry/event_log.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace parallax::service {
namespace {

class JournalTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "parallax-journal-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return (folder_ / "journal.jsonl").string(); }
    [[nodiscard]] std::string text() const {
        std::ifstream file(path());
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    void replace(const std::string& text) const { std::ofstream(path()) << text; }
    void write_three() const {
        const auto journal = AuditLog::open(path());
        ASSERT_TRUE(journal.ok()) << journal.status();
        for (const char* event : {"started", "configuration", "paused"}) {
            ASSERT_TRUE(
                (*journal)->append(event, core::Cursor{}, {{"why", json_text("a \"b\"")}}).ok());
        }
    }

    /// What a reader is given of it, line by line.
    [[nodiscard]] absl::StatusOr<std::vector<std::string>> lines() const {
        std::vector<std::string> lines;
        auto status = AuditLog::read(path(), [&](std::string_view line) {
            lines.emplace_back(line);
            return lines.size() > 9 ? absl::AbortedError("enough") : absl::OkStatus();
        });
        return status.ok() ? absl::StatusOr<std::vector<std::string>>(lines) : status;
    }

    std::filesystem::path folder_;
};

TEST_F(JournalTest, is_read_line_by_line_and_left_as_it_is) {
    EXPECT_EQ(lines().status().code(), absl::StatusCode::kNotFound);
    write_three();
    const std::string whole = text();
    replace(whole + "{\"sequence\":4,");
    const auto read = lines();
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->size(), 3U);
    EXPECT_EQ((*read)[0] + "\n" + (*read)[1] + "\n" + (*read)[2] + "\n", whole);
    EXPECT_EQ(text(), whole + "{\"sequence\":4,") << "a reader takes nothing away";
    std::string changed = whole;
    changed[whole.find("paused")] = 'q';
    replace(changed);
    EXPECT_EQ(lines().status().code(), absl::StatusCode::kDataLoss);
    replace(whole);
    const auto journal = AuditLog::open(path());
    ASSERT_TRUE(journal.ok());
    // Longer than what is read at once.
    ASSERT_TRUE(
        (*journal)->append("rewound", {}, {{"why", json_text(std::string(200'000, 'x'))}}).ok());
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE((*journal)->append("paused", {}, {}).ok());
    }
    EXPECT_EQ(lines().status().code(), absl::StatusCode::kAborted) << "what the visitor says";
    EXPECT_TRUE(AuditLog::open(path()).ok());
}

TEST_F(JournalTest, continues_its_chain_after_opening_again) {
    write_three();
    const auto journal = AuditLog::open(path());
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ((*journal)->entries(), 3U);
    ASSERT_TRUE((*journal)->append("resumed", core::Cursor{}, {}).ok());
    EXPECT_EQ((*AuditLog::open(path()))->entries(), 4U);
}

TEST_F(JournalTest, takes_an_unfinished_last_line_away) {
    write_three();
    const std::string whole = text();
    replace(whole + "{\"sequence\":4,\"prev");
    const auto journal = AuditLog::open(path());
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ((*journal)->entries(), 3U);
    EXPECT_EQ(text(), whole);
}

TEST_F(JournalTest, tells_a_torn_last_line_from_a_damaged_one) {
    write_three();
    const std::string whole = text();
    // Torn at any byte, and as a crash of the machine may leave it.
    const std::size_t last = whole.rfind('\n', whole.size() - 2) + 1;
    for (std::size_t size = last; size < whole.size() - 1; size += 9) {
        for (const std::size_t zeros : {0U, 7U}) {
            replace(whole.substr(0, size) + std::string(zeros, '\0'));
            const auto journal = AuditLog::open(path());
            ASSERT_TRUE(journal.ok()) << size << journal.status();
            EXPECT_EQ((*journal)->entries(), 2U);
            EXPECT_EQ(text(), whole.substr(0, last));
        }
    }
    replace(whole.substr(0, whole.size() - 1));
    EXPECT_EQ((*AuditLog::open(path()))->entries(), 3U) << "it says all that it has to say";
    EXPECT_EQ(text(), whole);
    EXPECT_EQ((*AuditLog::open(path()))->entries(), 3U);
    for (int bit = 0; bit < 8; ++bit) {
        std::string changed = whole;
        changed.back() = static_cast<char>(changed.back() ^ (1 << bit));
        replace(changed);
        EXPECT_EQ(AuditLog::open(path()).status().code(), absl::StatusCode::kDataLoss) << bit;
        EXPECT_EQ(text(), changed) << "nothing is taken away from what is damaged";
        EXPECT_EQ(lines().status().code(), absl::StatusCode::kDataLoss) << bit;
    }
    replace("Dear operator, this is no journal.");
    EXPECT_EQ(AuditLog::open(path()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(JournalTest, reads_no_more_than_a_line_at_a_time_and_no_line_without_end) {
    write_three();
    std::filesystem::resize_file(path(), text().size() + AuditLog::kMaxLine + 100'000);
    std::fstream(path(), std::ios::in | std::ios::out | std::ios::ate) << 'x';
    const auto endless = AuditLog::open(path());
    EXPECT_EQ(endless.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_NE(endless.status().message().find("line 4 does not end"), std::string::npos)
        << endless.status();
    std::filesystem::remove(path());
    const auto journal = AuditLog::open(path());
    ASSERT_TRUE(journal.ok());
    const auto status = (*journal)->append(
        "paused", {}, {{"why", json_text(std::string(AuditLog::kMaxLine, 'x'))}});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(text(), "") << "what could not be read again is not written";
    std::filesystem::remove(path());
    EXPECT_EQ((*journal)->append("paused", {}, {}).code(), absl::StatusCode::kUnavailable)
        << "nobody will ever read it";
    ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
    EXPECT_FALSE(AuditLog::open(path()).ok());
}

/// As a disk does that is full: some bytes of an entry get through, and later a shorter entry does.
TEST_F(JournalTest, an_entry_that_failed_leaves_nothing_behind_a_shorter_one) {
    write_three();
    const std::string whole = text();
    const auto journal = AuditLog::open(path());
    ASSERT_TRUE(journal.ok());
    rlimit unlimited{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    std::signal(SIGXFSZ, SIG_IGN);
    for (const std::size_t room : {1U, 150U, 600U}) {
        SCOPED_TRACE(room);
        const std::string before = text();
        const rlimit limit{before.size() + room, unlimited.rlim_max};
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
        const auto full = (*journal)->append("configuration", {},
                                             {{"reason", json_text(std::string(1000, 'z'))}});
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
        EXPECT_EQ(text(), before);
        ASSERT_TRUE((*journal)->append("stopped", {}, {}).ok());
        EXPECT_EQ((*AuditLog::open(path()))->entries(), (*journal)->entries());
    }
    // Where even taking it away failed, the next entry does.
    std::ofstream(path(), std::ios::app) << std::string(5000, 'z');
    ASSERT_TRUE((*journal)->append("stopped", {}, {}).ok());
    const auto again = AuditLog::open(path());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ((*again)->entries(), 7U);
    std::signal(SIGXFSZ, SIG_DFL);
}

TEST_F(JournalTest, is_remembered_at_the_next_start) {
    const core::Cursor stuck{model::Topoheight{7}, model::Hash{}, model::Hash{}};
    Acknowledged acknowledged;
    {
        const auto journal = AuditLog::open(path());
        ASSERT_TRUE(
            (*journal)->append("canary", core::Cursor{}, {{"result", "\"detected\""}}).ok());
        ASSERT_TRUE((*journal)
                        ->append("canary", stuck,
                                 {{"result", "\"silent\""},
                                  {"fault", "\"reward-twice\""},
                                  {"found_by", "\"divergence\""}})
                        .ok());
        acknowledged.journal_entries = (*journal)->entries();
        acknowledged.journal_head = (*journal)->head();
        ASSERT_TRUE((*journal)->append("control_failed", stuck, {{"why", "\"no gas\""}}).ok());
    }
    const auto remember = [&] {
        Recollection past(acknowledged);
        const auto journal =
            AuditLog::open(path(), [&](std::string_view line) { return past.take(line); });
        EXPECT_TRUE(journal.ok()) << journal.status();
        return past;
    };
    const Recollection past = remember();
    EXPECT_EQ(past.last_event(), "control_failed");
    ASSERT_TRUE(past.last_canary());
    EXPECT_EQ(past.last_canary()->result, CanaryResult::kSilent);
    EXPECT_EQ(past.last_canary()->fault, "reward-twice");
    EXPECT_EQ(past.last_canary()->found_by, std::vector{model::FindingClass::kDivergence});
    ASSERT_TRUE(past.stuck());
    EXPECT_EQ(past.stuck()->cursor, stuck);
    EXPECT_EQ(past.stuck()->why, "no gas");
    EXPECT_TRUE(past.check_journal(path()).ok());
    const std::string whole = text();
    replace(whole.substr(0, whole.find('\n') + 1));
    const auto cut = remember().check_journal(path());
    EXPECT_EQ(cut.code(), absl::StatusCode::kDataLoss);
    EXPECT_NE(cut.message().find("its end was cut off"), std::string::npos) << cut;
    acknowledged.journal_entries = 1;
    EXPECT_EQ(remember().check_journal(path()).code(), absl::StatusCode::kDataLoss);
}

TEST_F(JournalTest, the_witness_survives_a_torn_write_and_tells_of_damage) {
    const std::string witness = (folder_ / "acknowledged").string();
    Acknowledged first;
    first.cursor = core::Cursor{model::Topoheight{4}, model::Hash{}, model::Hash{}};
    first.journal_entries = 2;
    Acknowledged second = first;
    second.cursor->topoheight = model::Topoheight{5};
    {
        const auto file = AcknowledgedFile::open(witness);
        ASSERT_TRUE(file.ok()) << file.status();
        EXPECT_EQ((*file)->last(), std::nullopt);
        ASSERT_TRUE((*file)->write(first, false).ok());
        EXPECT_EQ((*AcknowledgedFile::open(witness))->last(), first);
        ASSERT_TRUE((*file)->write(second, true).ok());
    }
    const auto whole = (*AcknowledgedFile::open(witness))->last();
    EXPECT_EQ(whole, second);
    std::ifstream stream(witness, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(stream), {});
    // The second write is the first place of the file.
    for (std::size_t at = 0; at < 177; at += 11) {
        std::string changed = bytes;
        changed[at] ^= 0x20;
        std::ofstream(witness, std::ios::binary) << changed;
        const auto file = AcknowledgedFile::open(witness);
        ASSERT_TRUE(file.ok()) << file.status();
        EXPECT_EQ((*file)->last(), first) << at;
        EXPECT_TRUE((*file)->has_damaged_place()) << at;
        changed[4096 + at] ^= 0x20;
        std::ofstream(witness, std::ios::binary) << changed;
        EXPECT_EQ(AcknowledgedFile::open(witness).status().code(), absl::StatusCode::kDataLoss);
    }
    std::filesystem::remove(witness);
    const auto gone = AcknowledgedFile::open(witness);
    std::filesystem::remove(witness);
    EXPECT_EQ((*gone)->write(first, false).code(), absl::StatusCode::kUnavailable);
}

TEST_F(JournalTest, finds_any_changed_byte_and_any_missing_line) {
    write_three();
    const std::string whole = text();
    for (std::size_t at = 0; at + 1 < whole.size(); at += 7) {
        std::string changed = whole;
        changed[at] = changed[at] == 'x' ? 'y' : 'x';
        replace(changed);
        EXPECT_EQ(AuditLog::open(path()).status().code(), absl::StatusCode::kDataLoss) << at;
    }
    replace(whole.substr(whole.find('\n') + 1));
    EXPECT_EQ(AuditLog::open(path()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(JournalTest, says_that_its_last_line_is_cut_off) {
    write_three();
    bool cut_off = true;
    const auto ignore = [](std::string_view) { return absl::OkStatus(); };
    ASSERT_TRUE(AuditLog::read(path(), ignore, &cut_off).ok());
    EXPECT_FALSE(cut_off);
    const std::string whole = text();
    replace(whole.substr(0, whole.size() - 1));
    ASSERT_TRUE(AuditLog::read(path(), ignore, &cut_off).ok());
    EXPECT_TRUE(cut_off);
}

/// A log whose reader is the other end of a pipe.
class PipedLog : public testing::Test {
  protected:
    void SetUp() override {
        std::signal(SIGPIPE, SIG_IGN);
        ASSERT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
        stream_ = fdopen(ends_[1], "w");
        ASSERT_NE(stream_, nullptr);
    }
    void TearDown() override {
        std::fclose(stream_);
        std::signal(SIGPIPE, SIG_DFL);
    }
    [[nodiscard]] std::string read_some() const {
        std::array<char, 65'536> buffer;
        const ssize_t got = read(ends_[0], buffer.data(), buffer.size());
        return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }
    std::array<int, 2> ends_{};
    std::FILE* stream_ = nullptr;
};

TEST_F(PipedLog, goes_on_when_its_reader_is_gone) {
    EventLog log(stream_, LogLevel::kInfo);
    close(ends_[0]);
    log.info("first", {});
    log.info("second", {});
    EXPECT_EQ(std::ferror(stream_), 0);
}

TEST_F(PipedLog, waits_for_no_reader_that_does_not_read_and_counts_what_is_lost) {
    EventLog log(stream_, LogLevel::kInfo);
    // More than any pipe holds.
    for (int line = 0; line < 2000; ++line) {
        log.info("line", {{"text", std::string(1000, 'x')}});
    }
    std::string text = read_some();
    log.info("last", {});
    while (text.find("last level=info") == std::string::npos) {
        text += read_some();
    }
    EXPECT_NE(text.find("log_lines_lost level=warning"), std::string::npos);
    close(ends_[0]);
}

TEST(EventLog, keeps_whatever_a_client_says_in_its_field) {
    EXPECT_EQ(log_value("plain-1.5:x"), "plain-1.5:x");
    EXPECT_EQ(log_value(""), "\"\"");
    EXPECT_EQ(log_value("a b=\"c\"\n\x01"), "\"a b=\\\"c\\\"\\n\\x01\"");
}

TEST(TokenGuard, admits_the_token_and_nothing_else) {
    const TokenGuard guard("0123456789abcdef");
    EXPECT_TRUE(guard.admits("Bearer 0123456789abcdef"));
    for (const char* wrong : {"", "0123456789abcdef", "Bearer ", "Bearer 0123456789abcdeX",
                              "bearer 0123456789abcdef", "Bearer 0123456789abcdef "}) {
        EXPECT_FALSE(guard.admits(wrong)) << wrong;
    }
    EXPECT_TRUE(TokenGuard().admits(""));
}

TEST_F(JournalTest, a_token_file_must_be_private_and_long_enough) {
    replace("0123456789abcdef\nsecond line\n");
    EXPECT_EQ(TokenGuard::from_file(path()).status().code(), absl::StatusCode::kPermissionDenied);
    std::filesystem::permissions(path(), std::filesystem::perms::owner_read);
    const auto guard = TokenGuard::from_file(path());
    ASSERT_TRUE(guard.ok()) << guard.status();
    EXPECT_TRUE(guard->admits("Bearer 0123456789abcdef"));
    std::filesystem::permissions(path(), std::filesystem::perms::owner_all);
    replace("short\n");
    const auto refused = TokenGuard::from_file(path());
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(refused.status().message()).find("short\n"), std::string::npos);
    EXPECT_EQ(TokenGuard::from_file(path() + "x").status().code(), absl::StatusCode::kNotFound);
}

TEST(AnswerQueue, overflows_once_instead_of_waiting_for_a_slow_feeder) {
    int overflows = 0;
    AnswerQueue::Options options;
    options.max_answers = 3;
    options.on_overflow = [&overflows] { ++overflows; };
    AnswerQueue queue(options);
    for (int i = 0; i < 10; ++i) {
        queue.answer(EndAnswer{});
    }
    EXPECT_EQ(overflows, 1);
    EXPECT_TRUE(queue.has_overflowed());
    EXPECT_FALSE(queue.take(std::chrono::milliseconds(0)));
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(AnswerQueue, gives_answers_in_order_and_counts_their_bytes) {
    AnswerQueue queue(AnswerQueue::Options{});
    queue.answer(NoStateAnswer{});
    queue.answer(EndAnswer{});
    EXPECT_GT(queue.bytes(), 0U);
    EXPECT_TRUE(std::holds_alternative<NoStateAnswer>(*queue.take(std::chrono::milliseconds(0))));
    EXPECT_TRUE(std::holds_alternative<EndAnswer>(*queue.take(std::chrono::milliseconds(0))));
    EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace parallax::service
