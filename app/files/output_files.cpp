#include "app/files/output_files.hpp"

#include "replay/archive/output_file.hpp"
#include "reports/record/json_lines.hpp"
#include "reports/record/times_lines.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace parallax::app {
namespace {

absl::Status file_error(std::string_view what, const std::string& path, int code) {
    return absl::UnknownError(
        fmt::format("{} {}: {}", what, path, std::generic_category().message(code)));
}

/// Leaves alone what is no regular file, as a FIFO that somebody reads the ledger from.
absl::Status remove_files(const std::filesystem::path& folder,
                          const std::function<bool(const std::string&)>& is_ours) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    while (!error && entry != fs::directory_iterator()) {
        const fs::path path = entry->path();
        if (is_ours(path.filename().string()) &&
            entry->symlink_status(error).type() == fs::file_type::regular) {
            fs::remove(path, error);
            if (error) {
                return file_error("cannot remove an earlier run's", path.string(), error.value());
            }
        }
        entry.increment(error);
    }
    return error ? file_error("cannot read the folder", folder.string(), error.value())
                 : absl::OkStatus();
}

constexpr std::string_view kDigits = "0123456789";

/// `TOPOHEIGHT-REST.ENDING`
struct EvidenceName {
    explicit EvidenceName(std::string_view name) {
        const std::size_t dash = name.find_first_not_of(kDigits);
        const std::size_t dot = name.rfind('.');
        begins_with_block = dash != std::string_view::npos && dash > 0 && name[dash] == '-' &&
                            dot != std::string_view::npos && dot > dash;
        if (begins_with_block) {
            rest = name.substr(dash + 1, dot - dash - 1);
            ending = name.substr(dot);
        }
    }
    bool begins_with_block;
    std::string_view rest;
    std::string_view ending;
};

}  // namespace

absl::Status write_file_atomically(const std::filesystem::path& path, std::string_view text) {
    return replay::write_output_file(
        path.string(), "file", {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

absl::Status begin_folder(const std::filesystem::path& folder,
                          const std::function<bool(const std::string&)>& is_ours) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return file_error("cannot create the folder", folder.string(), error.value());
    }
    return remove_files(folder, is_ours);
}

bool is_run_bundle_name(std::string_view name) {
    const EvidenceName parts(name);
    return parts.begins_with_block && parts.ending == ".pxb" && parts.rest.size() == 16 &&
           parts.rest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_search_file_name(std::string_view name) {
    const EvidenceName parts(name);
    const std::size_t dash = parts.rest.rfind('-');
    return parts.begins_with_block && (parts.ending == ".pxb" || parts.ending == ".schedule") &&
           dash != std::string_view::npos && dash + 1 < parts.rest.size() &&
           parts.rest.find_first_not_of(kDigits, dash + 1) == std::string_view::npos;
}

absl::Status begin_run_folder(const std::filesystem::path& folder) {
    for (const std::string_view ours :
         {"run.json", "summary.txt", "ledger.jsonl", "times.jsonl", "report.txt", "report.json",
          "report.xml", "report.sarif", "report.md", "report.html", "github-annotations.txt",
          "github-summary.md"}) {
        auto status = begin_folder(folder, [&](const std::string& name) { return name == ours; });
        if (!status.ok()) {
            return status;
        }
    }
    std::error_code error;
    if (std::filesystem::is_directory(folder / "bundles", error)) {
        if (auto status = remove_files(folder / "bundles", &is_run_bundle_name); !status.ok()) {
            return status;
        }
    }
    return write_file_atomically(folder / "ledger.jsonl", "");
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

absl::Status LedgerFile::recorded(const core::LedgerRecord& record) {
    if (auto status = open(); !status.ok()) {
        return status;
    }
    std::string line = reports::to_json_line(record);
    line += '\n';
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0) {
        return file_error("cannot write", path_, errno);
    }
    ++records_;
    head_ = core::ledger_hash(record);
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

namespace {

core::BlockTimes times_of(const core::FinishedBlock& block) {
    const auto microseconds = [](std::chrono::nanoseconds time) {
        return std::chrono::duration_cast<std::chrono::microseconds>(time);
    };
    core::BlockTimes times{
        block.block.placement().topoheight, microseconds(block.control_time), {}};
    for (const std::chrono::nanoseconds time : block.candidate_times) {
        times.candidates.push_back(microseconds(time));
    }
    return times;
}

}  // namespace

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

absl::Status TimesFile::finished(const core::FinishedBlock& block) {
    if (!block.compared || !block.committed) {
        return absl::OkStatus();
    }
    if (auto status = open(); !status.ok()) {
        return status;
    }
    const std::string line = reports::to_json_line(times_of(block)) + '\n';
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

absl::Status RunFile::begin(reports::RunRecord run) {
    run_ = std::move(run);
    return write_file_atomically(path_, reports::to_json(run_));
}

absl::Status RunFile::finish(reports::RunResult result, std::vector<reports::KeptBundle> bundles,
                             const reports::RunEnvironment& environment) {
    run_.result = std::move(result);
    run_.bundles = std::move(bundles);
    run_.environment = environment;
    return write_file_atomically(path_, reports::to_json(run_));
}

}  // namespace parallax::app
