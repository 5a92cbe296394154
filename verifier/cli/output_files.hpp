#pragma once

#include "reports/run_record.hpp"
#include "verifier/core/block_times.hpp"
#include "verifier/core/verdict_sink.hpp"

#include "absl/status/statusor.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax {

/// Replaces the file at `path` by `text`: whole or not at all, and on the disk when it returns.
[[nodiscard]] absl::Status write_file_atomically(const std::filesystem::path& path,
                                                 std::string_view text);

/// A new empty folder that is removed with everything in it when this object goes.
class TemporaryFolder {
  public:
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<TemporaryFolder>> create();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// Writes each ledger record as one JSON line. The file is made, or an old one replaced, by the
/// first record or by `finish`: a run that ends before that leaves an earlier run's file as it was.
class LedgerFile final : public VerdictSink {
  public:
    explicit LedgerFile(const std::filesystem::path& path) : path_(path.string()) {}
    ~LedgerFile() override;
    LedgerFile(const LedgerFile&) = delete;
    LedgerFile& operator=(const LedgerFile&) = delete;

    /// The line is in the file's kernel buffer when this returns: a crash of ours keeps it.
    [[nodiscard]] absl::Status accept(const LedgerRecord& record) override;
    /// Syncs to the disk.
    [[nodiscard]] absl::Status finish();
    /// Records accepted, and the hash of the last one.
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] const Hash& head() const noexcept { return head_; }

  private:
    [[nodiscard]] absl::Status open();

    const std::string path_;
    std::FILE* file_ = nullptr;
    std::uint64_t records_ = 0;
    Hash head_;
};

/// Writes the times of each block as one JSON line. As with the ledger, the file is made by the
/// first block or by `finish`.
class TimesFile final : public TimesSink {
  public:
    explicit TimesFile(const std::filesystem::path& path) : path_(path.string()) {}
    ~TimesFile() override;
    TimesFile(const TimesFile&) = delete;
    TimesFile& operator=(const TimesFile&) = delete;

    [[nodiscard]] absl::Status accept(const BlockTimes& times) override;
    [[nodiscard]] absl::Status finish();

  private:
    [[nodiscard]] absl::Status open();

    const std::string path_;
    std::FILE* file_ = nullptr;
};

/// Keeps `run.json` beside a ledger. The first record writes it without a result, so that a run
/// that is killed is seen to be unfinished; as with the ledger, a run that ends before that leaves
/// an earlier one's file as it was.
class RunFile final : public VerdictSink {
  public:
    RunFile(std::filesystem::path path, RunRecord run)
        : path_(std::move(path)), run_(std::move(run)) {}

    [[nodiscard]] absl::Status accept(const LedgerRecord& record) override;
    /// Writes it with what came of the run.
    [[nodiscard]] absl::Status finish(RunResult result, std::vector<KeptBundle> bundles,
                                      const RunEnvironment& environment);

    [[nodiscard]] const RunRecord& run() const noexcept { return run_; }

  private:
    const std::filesystem::path path_;
    RunRecord run_;
    bool begun_ = false;
};

}  // namespace parallax
