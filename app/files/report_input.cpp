#include "app/files/report_input.hpp"

#include "app/files/input_files.hpp"
#include "app/protocols.hpp"
#include "app/terminal/progress_sink.hpp"
#include "replay/bundle/bundle_verdict.hpp"
#include "reports/record/ledger_reader.hpp"
#include "reports/record/times_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace parallax::app {
namespace {

absl::Status cannot(std::string_view what, const std::string& path) {
    return absl::NotFoundError(
        fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(errno)));
}

absl::StatusOr<std::optional<reports::RunRecord>> read_run(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::optional<reports::RunRecord>();
    }
    const auto text = read_whole_file(path.string(), reports::kMaxRunRecord);
    if (!text.ok()) {
        return text.status();
    }
    auto run = reports::run_record_from_json(*text);
    if (!run.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("{}: {}", path.string(), std::string(run.status().message())));
    }
    return std::optional(*std::move(run));
}

std::optional<std::uint64_t> expected_records(const std::optional<reports::RunRecord>& run) {
    return run && run->result ? std::optional(run->result->records) : std::nullopt;
}

/// By its first bytes, or by its name where they are damaged.
bool is_bundle(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, replay::kBundleMagic.size()> bytes{};
    file.read(bytes.data(), bytes.size());
    const bool has_magic = file.gcount() == static_cast<std::streamsize>(bytes.size()) &&
                           std::equal(bytes.begin(), bytes.end(), replay::kBundleMagic.begin(),
                                      [](char byte, std::uint8_t magic) {
                                          return static_cast<std::uint8_t>(byte) == magic;
                                      });
    return has_magic || std::filesystem::path(path).extension() == ".pxb";
}

absl::StatusOr<reports::Report> load_bundle_report(const std::string& path) {
    const auto bundle = replay::read_bundle(path, all_protocols());
    if (!bundle.ok()) {
        return bundle.status();
    }
    auto verdict = replay::verdict_of_bundle(*bundle);
    if (!verdict.ok()) {
        return absl::InvalidArgumentError(fmt::format("the block of bundle {}: {}", path,
                                                      std::string(verdict.status().message())));
    }
    reports::ReportBuilder builder(
        known_shapes(bundle->protocol->id().network, bundle->protocol->id().profile));
    builder.add(core::LedgerRecord{model::Hash{}, *std::move(verdict)});
    const replay::BundleConfiguration& configuration = bundle->configuration;
    return builder.finish(reports::BundleSource{
        path, bundle->build, bundle->network, bundle->protocol->id().profile,
        std::string(protocol::failure_model_name(bundle->protocol->failures())),
        configuration.candidate, configuration.threads, configuration.isolated, configuration.fault,
        bundle->shrunk_from.has_value()});
}

/// Times are no part of the record that must hold: what is wrong with them costs the times alone.
/// But a file that was cut off says that the run did not end as it says.
void add_times(const std::filesystem::path& path, reports::Report& report) {
    std::error_code error;
    if (!std::filesystem::exists(path, error) || report.lanes.empty()) {
        return;
    }
    if (const auto status = check_regular_file(path.string()); !status.ok()) {
        report.no_times = std::string(status.message());
        return;
    }
    std::ifstream stream(path, std::ios::binary);
    reports::TimesBuilder builder(report, report.lanes.size());
    std::uint64_t line = 0;
    for (;;) {
        const auto times = reports::next_block_times(stream, line);
        if (!times.ok()) {
            report.no_times =
                fmt::format("{}, {}", path.string(), std::string(times.status().message()));
            if (absl::IsDataLoss(times.status())) {
                report.problems.emplace_back(
                    "The times' last line is cut off: their writer was stopped.");
            }
            return;
        }
        if (!*times) {
            break;
        }
        if (line > report.blocks.size()) {
            report.no_times = fmt::format("{} has more lines than the ledger", path.string());
            return;
        }
        if (!builder.add(**times)) {
            report.no_times =
                fmt::format("{}, line {}: has {} lanes, the ledger has {}", path.string(), line,
                            (*times)->candidates.size(), report.lanes.size());
            return;
        }
    }
    report.no_times = line == 0 ? fmt::format("{} is empty", path.string()) : "";
    if (line > 0) {
        report.times = builder.take();
    }
}

/// A ledger alone does not say under which rules it was made: it is held against those that the
/// program knows first.
std::vector<model::ConflictCount> shapes_of(const std::optional<reports::RunRecord>& run) {
    return run ? known_shapes(run->request.network, run->request.profile)
               : known_shapes("devnet", all_protocols().profiles().front());
}

}  // namespace

absl::StatusOr<reports::Report> load_report(const std::string& path, bool quiet) {
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(path, error);
    if (!is_folder) {
        if (auto status = check_regular_file(path); !status.ok()) {
            return status;
        }
    }
    if (!is_folder && is_bundle(path)) {
        return load_bundle_report(path);
    }
    const std::filesystem::path ledger =
        is_folder ? std::filesystem::path(path) / "ledger.jsonl" : std::filesystem::path(path);
    auto run = read_run(ledger.parent_path() / "run.json");
    if (!run.ok()) {
        return run.status();
    }
    if (auto status = check_regular_file(ledger.string()); !status.ok()) {
        return status;
    }
    std::ifstream stream(ledger, std::ios::binary);
    if (!stream) {
        return cannot("open", ledger.string());
    }
    const SteadyClock clock;
    ProgressSink progress(stderr, clock, expected_records(*run));
    reports::VerdictLedgerReader reader(stream, ledger.string());
    reports::ReportBuilder builder(shapes_of(*run));
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
            if (auto status = progress.recorded(**record); !status.ok()) {
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
    reports::Report report = builder.finish(*std::move(run));
    add_times(ledger.parent_path() / "times.jsonl", report);
    return report;
}

}  // namespace parallax::app
