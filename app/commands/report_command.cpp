#include "app/commands/command.hpp"
#include "app/files/input_files.hpp"
#include "app/files/output_files.hpp"
#include "app/files/report_input.hpp"
#include "app/terminal/terminal_output.hpp"
#include "reports/analysis/readiness.hpp"
#include "reports/analysis/report_diff.hpp"
#include "reports/formats/report_formats.hpp"
#include "verifier/service/loop/acknowledged_file.hpp"
#include "verifier/service/loop/journal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace parallax::app {
namespace {

struct ReportCommandOptions {
    std::string input;
    std::vector<std::string> before;
    std::vector<std::string> formats;
    std::string out;
    std::string fail_on = "inconclusive";
    bool quiet = false;
};

struct DiffCommandOptions {
    std::vector<std::string> inputs;
    std::string format = "text";
    bool quiet = false;
};

struct ReadinessCommandOptions {
    std::vector<std::string> inputs;
    std::string selftest;
    std::string journal;
    std::string format = "text";
    reports::ReadinessOptions limits;
    bool quiet = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax report: {}\n", std::string(status.message()));
    return kExitError;
}

/// One file of a report.
struct Rendering {
    std::string name;
    std::string text;
};

/// The files that a format is written to.
std::vector<std::string> files_of(const std::string& format) {
    return format == "json"       ? std::vector<std::string>{"report.json"}
           : format == "junit"    ? std::vector<std::string>{"report.xml"}
           : format == "sarif"    ? std::vector<std::string>{"report.sarif"}
           : format == "markdown" ? std::vector<std::string>{"report.md"}
           : format == "html"     ? std::vector<std::string>{"report.html"}
           : format == "github"
               ? std::vector<std::string>{"github-annotations.txt", "github-summary.md"}
               : std::vector<std::string>{"report.txt"};
}

std::vector<Rendering> render(const reports::Report& report, const std::string& format,
                              const reports::TerminalStyle& style) {
    if (format == "json") {
        return {{"report.json", reports::render_report_json(report)}};
    }
    if (format == "junit") {
        return {{"report.xml", reports::render_report_junit(report)}};
    }
    if (format == "sarif") {
        return {{"report.sarif", reports::render_report_sarif(report)}};
    }
    if (format == "markdown") {
        return {{"report.md", reports::render_report_markdown(report, reports::kCommentLimit)}};
    }
    if (format == "html") {
        return {{"report.html", reports::render_report_html(report)}};
    }
    if (format == "github") {
        return {{"github-annotations.txt", reports::render_github_annotations(report)},
                {"github-summary.md",
                 reports::render_report_markdown(report, reports::kStepSummaryLimit)}};
    }
    return {{"report.txt", reports::render_report_text(report, style)}};
}

/// GitHub reads annotations off the log, and the summary from the file that it names.
absl::Status hand_to_github(const std::vector<Rendering>& renderings) {
    fmt::print("{}", renderings[0].text);
    const char* path = std::getenv("GITHUB_STEP_SUMMARY");
    if (path == nullptr) {
        return absl::OkStatus();
    }
    if (*path == '\0') {
        return absl::InvalidArgumentError(
            "GITHUB_STEP_SUMMARY is set, but empty: unset it, or name the file of the summary");
    }
    std::ofstream summary(path, std::ios::binary | std::ios::app);
    summary << renderings[1].text;
    return summary.flush().good()
               ? absl::OkStatus()
               : absl::UnknownError(fmt::format("cannot write the step summary {}", path));
}

absl::Status write_formats(const ReportCommandOptions& command, const reports::Report& report) {
    for (const std::string& format : command.formats) {
        const reports::TerminalStyle style =
            command.out.empty() ? terminal_style(stdout) : reports::TerminalStyle{};
        const std::vector<Rendering> renderings = render(report, format, style);
        if (format == "github") {
            if (auto status = hand_to_github(renderings); !status.ok()) {
                return status;
            }
        } else if (command.out.empty()) {
            fmt::print("{}", renderings[0].text);
        }
        for (const Rendering& rendering : renderings) {
            if (command.out.empty()) {
                break;
            }
            const auto path = std::filesystem::path(command.out) / rendering.name;
            if (auto status = write_file_atomically(path, rendering.text); !status.ok()) {
                return status;
            }
            fmt::print("parallax report: wrote {}\n", path.string());
        }
    }
    return absl::OkStatus();
}

/// What was not looked at is never green, whatever the caller is willing to overlook.
int exit_code_of(const reports::Report& report, const std::string& fail_on) {
    const int code = report.exit_code();
    const bool ended = !report.run || report.run->result;
    if (report.matches + report.mismatches == 0 || !ended) {
        return fail_on == "never" ? kExitInconclusive : code;
    }
    if (fail_on == "never") {
        return kExitEqual;
    }
    const bool is_whole = report.problems.empty() && report.gaps == 0;
    return fail_on == "mismatch" && code == kExitInconclusive && is_whole ? kExitEqual : code;
}

absl::StatusOr<std::vector<reports::Report>> load_reports(const std::vector<std::string>& inputs,
                                                          bool quiet) {
    std::vector<reports::Report> reports;
    for (const std::string& input : inputs) {
        auto loaded = load_report(input, quiet);
        if (!loaded.ok()) {
            return loaded.status();
        }
        reports.push_back(*std::move(loaded));
    }
    return reports;
}

/// Takes away what an earlier report left under the names of this one, before anything can fail.
absl::Status begin_output(const ReportCommandOptions& command) {
    if (command.out.empty()) {
        return absl::OkStatus();
    }
    std::vector<std::string> names;
    for (const std::string& format : command.formats) {
        for (std::string& name : files_of(format)) {
            names.push_back(std::move(name));
        }
    }
    return begin_folder(command.out, [&](const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    });
}

int report(const ReportCommandOptions& command) {
    if (command.input.empty()) {
        return report_error(
            absl::InvalidArgumentError("which report? Give a folder that replay --out wrote, a "
                                       "ledger file or a bundle; see parallax report --help"));
    }
    if (command.out.empty() && command.formats.size() > 1) {
        return report_error(absl::InvalidArgumentError(
            "several formats at once need --out DIR: one output cannot hold them"));
    }
    if (auto status = begin_output(command); !status.ok()) {
        return report_error(status);
    }
    auto loaded = load_report(command.input, command.quiet);
    if (!loaded.ok()) {
        return report_error(loaded.status());
    }
    const auto before = load_reports(command.before, command.quiet);
    if (!before.ok()) {
        return report_error(before.status());
    }
    reports::add_history(*before, *loaded);
    if (auto status = write_formats(command, *loaded); !status.ok()) {
        return report_error(status);
    }
    if (!command.out.empty()) {
        fmt::print("parallax report: {}; {}\n", reports::report_headline(*loaded),
                   reports::report_counts(*loaded));
    }
    return exit_code_of(*loaded, command.fail_on);
}

int diff(const DiffCommandOptions& command) {
    const auto reports = load_reports(command.inputs, command.quiet);
    if (!reports.ok()) {
        return report_error(reports.status());
    }
    const reports::ReportDiff difference = reports::diff_reports(*reports);
    fmt::print("{}", command.format == "json" ? reports::render_diff_json(difference)
                                              : reports::render_diff_text(difference));
    return difference.exit_code;
}

absl::StatusOr<std::optional<reports::SelftestResult>> read_selftest(const std::string& path) {
    constexpr std::size_t kMaxSelftest = std::size_t{16} << 20;
    if (path.empty()) {
        return std::optional<reports::SelftestResult>();
    }
    const auto text = read_whole_file(path, kMaxSelftest);
    if (!text.ok()) {
        return text.status();
    }
    const auto selftest = reports::selftest_from_json(*text);
    if (!selftest.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("{}: {}", path, std::string(selftest.status().message())));
    }
    return std::optional(*selftest);
}

/// What the file `acknowledged` beside a journal says must be in it; nothing without that file.
absl::StatusOr<std::optional<service::Acknowledged>> read_witness(const std::string& journal) {
    const std::filesystem::path path =
        std::filesystem::path(journal).parent_path() / "acknowledged";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::optional<service::Acknowledged>();
    }
    if (auto regular = check_regular_file(path.string()); !regular.ok()) {
        return regular;
    }
    const auto file = service::AcknowledgedFile::open(path.string());
    return file.ok() ? absl::StatusOr<std::optional<service::Acknowledged>>((*file)->last())
                     : file.status();
}

/// A journal that lost whole lines at its end is rightly chained up to there.
std::string why_unfinished(const std::optional<service::Acknowledged>& witness,
                           std::uint64_t entries, bool has_head, const std::string& last_event) {
    if (witness && (entries < witness->journal_entries || !has_head)) {
        return fmt::format(
            "the journal has {} lines, but {} were written, as the file acknowledged beside it "
            "says, or others: what is missing is lost",
            entries, witness->journal_entries);
    }
    return witness || last_event == "stopped"
               ? ""
               : "the journal does not end with stopped, and no file acknowledged beside it says "
                 "how long it is: lines may be missing";
}

absl::StatusOr<std::optional<reports::CanaryEvidence>> read_canaries(const std::string& path) {
    if (path.empty()) {
        return std::optional<reports::CanaryEvidence>();
    }
    if (auto regular = check_regular_file(path); !regular.ok()) {
        return regular;
    }
    // Before the journal: what is written meanwhile makes it longer, not shorter.
    const auto witness = read_witness(path);
    if (!witness.ok()) {
        return witness.status();
    }
    reports::CanaryEvidence evidence;
    std::uint64_t entries = 0;
    bool has_head = !*witness || (*witness)->journal_entries == 0;
    const auto status = service::AuditLog::read(
        path,
        [&](std::string_view line) {
            ++entries;
            has_head = has_head || ((*witness)->journal_entries == entries &&
                                    service::hash_of_line(line) == (*witness)->journal_head.hex());
            return reports::add_canary(line, evidence);
        },
        &evidence.cut_off);
    evidence.unfinished = why_unfinished(*witness, entries, has_head, evidence.last_event);
    if (status.code() == absl::StatusCode::kInvalidArgument) {
        return absl::InvalidArgumentError(
            fmt::format("{}: {}", path, std::string(status.message())));
    }
    return status.ok() ? absl::StatusOr<std::optional<reports::CanaryEvidence>>(evidence) : status;
}

int readiness(const ReadinessCommandOptions& command) {
    const auto reports = load_reports(command.inputs, command.quiet);
    if (!reports.ok()) {
        return report_error(reports.status());
    }
    const auto selftest = read_selftest(command.selftest);
    if (!selftest.ok()) {
        return report_error(selftest.status());
    }
    const auto canaries = read_canaries(command.journal);
    if (!canaries.ok()) {
        return report_error(canaries.status());
    }
    const reports::ReadinessReport answer =
        reports::judge_readiness(*reports, *selftest, command.limits, *canaries);
    fmt::print("{}", command.format == "json" ? reports::render_readiness_json(answer)
                                              : reports::render_readiness_text(answer));
    return answer.exit_code();
}

const std::vector<std::string> kTextOrJson = {"text", "json"};

void add_diff(CLI::App& parent, CommandAction& action) {
    auto options = std::make_shared<DiffCommandOptions>();
    CLI::App* command =
        parent.add_subcommand("diff", "Causes of findings that are new, known, back or gone");
    command
        ->add_option("RUNS", options->inputs,
                     "Folders or ledgers of two runs or more, oldest first: the last is judged")
        ->required()
        ->expected(2, 1000);
    command->add_flag("--quiet", options->quiet, "No progress");
    command->add_option("--format", options->format, "How to print it")
        ->capture_default_str()
        ->check(CLI::IsMember(kTextOrJson));
    command->footer(
        "new: in no run before; known: as before; regressed: was gone in a run that was whole\n"
        "and conclusive, and is back; gone: the last run is such a run, looked there, and has it\n"
        "not; unseen: it has it not, but is none, or did not look. Exit codes: 2 a cause is new\n"
        "or back; 3 none is, but the last run is not whole and conclusive, or a cause is unseen;\n"
        "0 otherwise, known causes or not; 1 error.");
    command->callback([options, &action] { action = [options] { return diff(*options); }; });
}

void add_readiness(CLI::App& parent, CommandAction& action) {
    auto options = std::make_shared<ReadinessCommandOptions>();
    CLI::App* command = parent.add_subcommand(
        "readiness", "Whether these runs show that the candidates may go parallel");
    command->add_option("RUNS", options->inputs, "Folders or ledgers of the runs to judge")
        ->required();
    command->add_option("--selftest", options->selftest,
                        "What selftest --result wrote; without it readiness is unknown");
    command->add_option("--journal", options->journal,
                        "journal.jsonl of a sidecar: whether its canaries were detected");
    command
        ->add_option("--blocks-per-class", options->limits.blocks_per_class,
                     "Matching blocks that each conflict class needs")
        ->capture_default_str();
    command
        ->add_option("--inconclusive-per-million", options->limits.inconclusive_per_million,
                     "Inconclusive blocks to put up with, of a million")
        ->capture_default_str();
    command->add_option("--format", options->format, "How to print it")
        ->capture_default_str()
        ->check(CLI::IsMember(kTextOrJson));
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer("Exit codes: 0 yes; 2 no; 3 unknown; 1 error.");
    command->callback([options, &action] { action = [options] { return readiness(*options); }; });
}

}  // namespace

void add_report_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ReportCommandOptions>();
    CLI::App* command =
        app.add_subcommand("report", "Show what a replay found, for people and for CI");
    command->add_option("INPUT", options->input,
                        "Folder that replay --out wrote, a ledger.jsonl, or a bundle");
    command
        ->add_option("--before", options->before,
                     "Folder or ledger of an earlier run; repeat it for several, oldest first. "
                     "Each cause then says whether it is new, known or back")
        ->allow_extra_args(false);
    command
        ->add_option("--format", options->formats,
                     "What to make of it; repeat it for several. text by default")
        ->allow_extra_args(false)
        ->check(CLI::IsMember(std::vector<std::string>{"text", "json", "junit", "sarif", "markdown",
                                                       "html", "github"}));
    command->add_option("--out", options->out,
                        "Folder for report.txt, .json, .xml, .sarif, .md, .html and the two files "
                        "for GitHub; without it one format goes to standard output");
    command
        ->add_option("--fail-on", options->fail_on,
                     "mismatch: inconclusive blocks are put up with, an empty or incomplete run "
                     "is not; never: end with 0, but for a run that has not ended or compared "
                     "nothing")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"mismatch", "inconclusive", "never"}));
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 0 every block compared and equal; 1 tool or usage error, or a\n"
        "ledger that cannot be read or was changed; 2 mismatch; 3 inconclusive,\n"
        "incomplete, or nothing compared.");
    command->require_subcommand(0, 1);
    add_diff(*command, action);
    add_readiness(*command, action);
    command->callback([options, command, &action] {
        if (command->get_subcommands().empty()) {
            if (options->formats.empty()) {
                options->formats = {"text"};
            }
            action = [options] { return report(*options); };
        }
    });
}

}  // namespace parallax::app
