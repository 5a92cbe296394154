#include "verifier/cli/report_input.hpp"

#include "reports/ledger_reader.hpp"
#include "verifier/cli/progress_sink.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace parallax {
namespace {

absl::Status cannot(std::string_view what, const std::string& path) {
    return absl::NotFoundError(
        fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(errno)));
}

absl::StatusOr<std::optional<RunRecord>> read_run(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::optional<RunRecord>();
    }
    const auto text = read_whole_file(path.string(), kMaxRunRecord);
    if (!text.ok()) {
        return text.status();
    }
    auto run = run_record_from_json(*text);
    if (!run.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("{}: {}", path.string(), std::string(run.status().message())));
    }
    return std::optional(*std::move(run));
}

std::optional<std::uint64_t> expected_records(const std::optional<RunRecord>& run) {
    return run && run->result ? std::optional(run->result->records) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> read_whole_file(const std::string& path, std::size_t limit) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return cannot("open", path);
    }
    std::string text(limit + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        return cannot("read", path);
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > limit) {
        return absl::InvalidArgumentError(
            fmt::format("{} has more than the {} bytes it may have", path, limit));
    }
    return text;
}

absl::StatusOr<Report> load_report(const std::string& path, bool quiet) {
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(path, error);
    const std::filesystem::path ledger =
        is_folder ? std::filesystem::path(path) / "ledger.jsonl" : std::filesystem::path(path);
    auto run = read_run(ledger.parent_path() / "run.json");
    if (!run.ok()) {
        return run.status();
    }
    std::ifstream stream(ledger, std::ios::binary);
    if (!stream) {
        return cannot("open", ledger.string());
    }
    const SteadyClock clock;
    ProgressSink progress(stderr, clock, expected_records(*run));
    LedgerReader reader(stream, ledger.string());
    ReportBuilder builder;
    for (;;) {
        const auto record = reader.next();
        if (!record.ok()) {
            progress.finish();
            return record.status();
        }
        if (!*record) {
            break;
        }
        builder.add(**record);
        if (!quiet) {
            if (auto status = progress.accept(**record); !status.ok()) {
                return status;
            }
        }
    }
    progress.finish();
    if (stream.bad()) {
        return cannot("read", ledger.string());
    }
    if (reader.cut_off()) {
        builder.add_problem("The ledger's last line is cut off: its writer was stopped.");
    }
    return builder.finish(*std::move(run));
}

}  // namespace parallax
