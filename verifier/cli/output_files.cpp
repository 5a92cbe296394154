#include "verifier/cli/output_files.hpp"

#include "reports/json_lines.hpp"
#include "reports/times_lines.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace parallax {
namespace {

absl::Status file_error(std::string_view what, const std::string& path, int code) {
    return absl::UnknownError(
        fmt::format("{} {}: {}", what, path, std::generic_category().message(code)));
}

bool write_and_sync(std::FILE* file, std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
           std::fflush(file) == 0 && fsync(fileno(file)) == 0;
}

}  // namespace

absl::Status write_file_atomically(const std::filesystem::path& path, std::string_view text) {
    const std::filesystem::path unfinished = path.string() + ".unfinished";
    std::FILE* file = std::fopen(unfinished.c_str(), "wb");
    if (file == nullptr) {
        return file_error("cannot create", unfinished.string(), errno);
    }
    const bool written = write_and_sync(file, text);
    const int write_code = errno;
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed) {
        return file_error("cannot write", unfinished.string(), written ? errno : write_code);
    }
    std::error_code error;
    std::filesystem::rename(unfinished, path, error);
    if (error) {
        return file_error("cannot rename to", path.string(), error.value());
    }
    return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<TemporaryFolder>> TemporaryFolder::create() {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
    if (error) {
        return absl::UnknownError(
            fmt::format("no folder for temporary files: {}", error.message()));
    }
    std::string pattern = (parent / "parallax-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        return file_error("cannot create the folder", pattern, errno);
    }
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(pattern));
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;  // a destructor has nobody to tell
    std::filesystem::remove_all(path_, ignored);
}

LedgerFile::~LedgerFile() {
    if (file_ != nullptr) {
        std::fclose(file_);
    }
}

absl::Status LedgerFile::open() {
    if (file_ == nullptr) {
        file_ = std::fopen(path_.c_str(), "wb");
    }
    return file_ == nullptr ? file_error("cannot create", path_, errno) : absl::OkStatus();
}

absl::Status LedgerFile::accept(const LedgerRecord& record) {
    if (auto status = open(); !status.ok()) {
        return status;
    }
    std::string line = to_json_line(record);
    line += '\n';
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0) {
        return file_error("cannot write", path_, errno);
    }
    ++records_;
    head_ = ledger_hash(record);
    return absl::OkStatus();
}

absl::Status LedgerFile::finish() {
    if (auto status = open(); !status.ok()) {
        return status;
    }
    if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) {
        return file_error("cannot sync", path_, errno);
    }
    return absl::OkStatus();
}

TimesFile::~TimesFile() {
    if (file_ != nullptr) {
        std::fclose(file_);
    }
}

absl::Status TimesFile::open() {
    if (file_ == nullptr) {
        file_ = std::fopen(path_.c_str(), "wb");
    }
    return file_ == nullptr ? file_error("cannot create", path_, errno) : absl::OkStatus();
}

absl::Status TimesFile::accept(const BlockTimes& times) {
    if (auto status = open(); !status.ok()) {
        return status;
    }
    const std::string line = to_json_line(times) + '\n';
    return std::fwrite(line.data(), 1, line.size(), file_) == line.size()
               ? absl::OkStatus()
               : file_error("cannot write", path_, errno);
}

absl::Status TimesFile::finish() {
    if (auto status = open(); !status.ok()) {
        return status;
    }
    return std::fflush(file_) == 0 ? absl::OkStatus() : file_error("cannot write", path_, errno);
}

absl::Status RunFile::accept(const LedgerRecord&) {
    if (begun_) {
        return absl::OkStatus();
    }
    begun_ = true;
    return write_file_atomically(path_, to_json(run_));
}

absl::Status RunFile::finish(RunResult result, std::vector<KeptBundle> bundles,
                             const RunEnvironment& environment) {
    run_.result = std::move(result);
    run_.bundles = std::move(bundles);
    run_.environment = environment;
    return write_file_atomically(path_, to_json(run_));
}

}  // namespace parallax
