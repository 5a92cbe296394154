#pragma once

#include "reports/record/run_record.hpp"
#include "verifier/core/verification/block_times.hpp"
#include "verifier/core/verification/verification_listener.hpp"

#include "absl/status/statusor.h"

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::app {

/// Replaces the file at `path` by `text`, as an `OutputFile` does: a regular file whole or not at
/// all, and on the disk when it returns.
[[nodiscard]] absl::Status write_file_atomically(const std::filesystem::path& path,
                                                 std::string_view text);

/// Makes `folder` ready for what a command is about to write: makes it if it is not there, and
/// removes the regular files of an earlier run in it whose name `is_ours` knows, so that nobody
/// takes them for those of this run, however it ends.
[[nodiscard]] absl::Status begin_folder(const std::filesystem::path& folder,
                                        const std::function<bool(const std::string&)>& is_ours);

/// True for the name of a bundle that a run wrote, as `5-0123456789abcdef.pxb`.
[[nodiscard]] bool is_run_bundle_name(std::string_view name);
/// True for the name of a file that a search wrote, as `5-batch-1.schedule` or `5-batch-1.pxb`.
[[nodiscard]] bool is_search_file_name(std::string_view name);

/// `begin_folder` for what `parallax replay --out` writes, bundles included, and for the reports
/// that `parallax report` puts beside it. `run.json`, without which no ledger is green, goes first.
/// An empty ledger takes the old one's place.
[[nodiscard]] absl::Status begin_run_folder(const std::filesystem::path& folder);

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
/// first record or by `finish`; `begin_run_folder` is called before.
class LedgerFile final : public core::VerificationListener {
  public:
    explicit LedgerFile(const std::filesystem::path& path) : path_(path.string()) {}
    ~LedgerFile() override;
    LedgerFile(const LedgerFile&) = delete;
    LedgerFile& operator=(const LedgerFile&) = delete;

    /// The line is in the file's kernel buffer when this returns: a crash of ours keeps it.
    [[nodiscard]] absl::Status recorded(const core::LedgerRecord& record) override;
    /// Syncs to the disk.
    [[nodiscard]] absl::Status finish();
    /// Records accepted, and the hash of the last one.
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] const model::Hash& head() const noexcept { return head_; }

  private:
    [[nodiscard]] absl::Status open();

    const std::string path_;
    std::FILE* file_ = nullptr;
    std::uint64_t records_ = 0;
    model::Hash head_;
};

/// Writes what the lanes of each compared block took, as one JSON line. As with the ledger, the
/// file is made by the first block or by `finish`.
class TimesFile final : public core::VerificationListener {
  public:
    explicit TimesFile(const std::filesystem::path& path) : path_(path.string()) {}
    ~TimesFile() override;
    TimesFile(const TimesFile&) = delete;
    TimesFile& operator=(const TimesFile&) = delete;

    [[nodiscard]] absl::Status finished(const core::FinishedBlock& block) override;
    [[nodiscard]] absl::Status finish();

  private:
    [[nodiscard]] absl::Status open();

    const std::string path_;
    std::FILE* file_ = nullptr;
};

/// Keeps `run.json` beside a ledger. It is written without a result at the start, so that a run
/// that fails or is killed is seen to be unfinished.
class RunFile {
  public:
    explicit RunFile(std::filesystem::path path) : path_(std::move(path)) {}

    /// Writes it without a result: at first what is known of the request, then all of it.
    [[nodiscard]] absl::Status begin(reports::RunRecord run);
    /// Writes it with what came of the run.
    [[nodiscard]] absl::Status finish(reports::RunResult result,
                                      std::vector<reports::KeptBundle> bundles,
                                      const reports::RunEnvironment& environment);

    [[nodiscard]] const reports::RunRecord& run() const noexcept { return run_; }

  private:
    const std::filesystem::path path_;
    reports::RunRecord run_;
};

}  // namespace parallax::app
