#include "app/commands/command.hpp"
#include "app/commands/generated_blocks.hpp"
#include "app/files/output_files.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/selftest/selftest_clean.hpp"
#include "app/selftest/selftest_groups.hpp"
#include "app/selftest/selftest_shrinking.hpp"
#include "app/terminal/progress_sink.hpp"
#include "replay/archive/output_file.hpp"
#include "reports/analysis/readiness.hpp"
#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/selftest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace parallax::app {
namespace {

/// Without --full one fault of so many is shrunk.
constexpr std::size_t kShrunkSample = 10;

struct SelftestCommandOptions {
    bool full = false;
    bool list = false;
    bool quiet = false;
    bool groups = false;
    std::uint64_t seed = 1;
    std::uint64_t clean_blocks = 0;
    std::string markdown;
    std::string result;
    std::string verifier_fault = "none";
};

std::vector<testbed::Selftest::MakeSound> sound_executors() {
    std::vector<testbed::Selftest::MakeSound> sound;
    for (const std::string& name : executor_names()) {
        if (name != kControlName) {
            sound.emplace_back([name](executors::runtime::WorkerPool& pool) {
                return create_executor(name, pool);
            });
        }
    }
    return sound;
}

std::string oracle_names(testbed::OracleSet set) {
    static constexpr std::array<std::pair<testbed::Oracle, std::string_view>, 6> kNames = {{
        {testbed::Oracle::kState, "state"},
        {testbed::Oracle::kResults, "results"},
        {testbed::Oracle::kInvariants, "invariants"},
        {testbed::Oracle::kCertificate, "certificate"},
        {testbed::Oracle::kRepeats, "repeats"},
        {testbed::Oracle::kWatchdog, "watchdog"},
    }};
    std::vector<std::string_view> names;
    for (const auto& [oracle, name] : kNames) {
        if (testbed::has(set, oracle)) {
            names.push_back(name);
        }
    }
    return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ", "));
}

std::string stream_text(const testbed::Detection& detection) {
    if (detection.blocks == 0) {
        return "n/a";
    }
    return detection.found ? fmt::format("{} / {:.3f} s", detection.blocks, detection.seconds)
                           : fmt::format("not in {}", detection.blocks);
}

/// The middle of the blocks that it took, over the faults that were found in this mode.
std::string median_text(const testbed::SelftestReport& report, testbed::DetectionMode mode) {
    std::vector<std::uint64_t> blocks;
    std::size_t tried = 0;
    for (const testbed::FaultRow& row : report.rows) {
        const testbed::Detection& detection = row.stream[static_cast<std::size_t>(mode)];
        tried += detection.blocks > 0 ? 1U : 0U;
        if (detection.found) {
            blocks.push_back(detection.blocks);
        }
    }
    if (blocks.empty()) {
        return "none found";
    }
    std::sort(blocks.begin(), blocks.end());
    return fmt::format("{} of {} found, median {} blocks, most {}", blocks.size(), tried,
                       blocks[blocks.size() / 2], blocks.back());
}

/// `25 to 2, 1 preemption`
std::string size_text(const ShrunkFault& shrunk) {
    if (!shrunk.after) {
        return shrunk.needs_earlier_block ? "needs an earlier block" : "not seen alone";
    }
    std::string text = fmt::format("{} to {}", shrunk.before, *shrunk.after);
    if (shrunk.schedule && shrunk.schedule->workers > 1) {
        const std::uint32_t count = shrunk.schedule->preemptions;
        text += fmt::format(", {} preemption{}", count, count == 1 ? "" : "s");
    }
    return text;
}

bool all_small(const std::vector<ShrunkFault>& sizes) {
    return std::all_of(sizes.begin(), sizes.end(),
                       [](const ShrunkFault& shrunk) { return shrunk.is_small(); });
}

void print_sizes(std::FILE* out, const std::vector<ShrunkFault>& sizes) {
    std::size_t shrunk = 0;
    std::size_t unseen = 0;
    for (const ShrunkFault& one : sizes) {
        shrunk += one.is_small() && one.after ? 1U : 0U;
        unseen += one.is_small() && !one.after ? 1U : 0U;
        if (!one.is_small()) {
            fmt::print(out, "  LARGE  {:<34} {}; by hand {}{}{}\n", one.fault->name, size_text(one),
                       one.known, one.why.empty() ? "" : ": ", one.why);
        }
    }
    fmt::print(out,
               "  {:<13} {} of {} faults, to at most one transaction more than the chain that was "
               "made by hand; {} need an earlier block\n",
               "shrunk", shrunk, sizes.size(), unseen);
}

std::size_t core_rows(const testbed::SelftestReport& report) {
    return static_cast<std::size_t>(
        std::count_if(report.rows.begin(), report.rows.end(),
                      [](const testbed::FaultRow& row) { return row.fault->core; }));
}

std::size_t caught_rows(const testbed::SelftestReport& report) {
    return static_cast<std::size_t>(
        std::count_if(report.rows.begin(), report.rows.end(),
                      [](const testbed::FaultRow& row) { return row.caught && row.named_right; }));
}

void print_report(std::FILE* out, const testbed::SelftestReport& report, bool measured) {
    for (const testbed::FaultRow& row : report.rows) {
        fmt::print(out, "  {} {:<34} {:<28} {}\n",
                   row.caught && row.named_right ? "found " : "MISSED", row.fault->name,
                   row.fault->source, oracle_names(row.minimal.oracles));
        if (!row.caught) {
            fmt::print(out, "         expected {} on the chain {}\n",
                       oracle_names(row.fault->expected), row.fault->chain);
        } else if (!row.named_right) {
            fmt::print(out, "         another transaction than {} was named: {}\n",
                       row.fault->transaction, row.minimal.sentence);
        }
    }
    fmt::print(out, "  {:<13} {} of {} ({} of the core set) found, first divergence named right\n",
               "faults", caught_rows(report), report.rows.size(), core_rows(report));
    if (measured) {
        fmt::print(out, "  {:<13} {}\n", "plain",
                   median_text(report, testbed::DetectionMode::kPlain));
        fmt::print(out, "  {:<13} {}\n", "perturbed",
                   median_text(report, testbed::DetectionMode::kPerturbed));
        fmt::print(out, "  {:<13} {}\n", "pct", median_text(report, testbed::DetectionMode::kPct));
    }
    if (measured) {
        fmt::print(out, "  {:<13} {}\n", "groups", purity_text(report.purity));
    }
    fmt::print(out, "  {:<13} {} in {} runs of sound executors on {} blocks\n", "false alarms",
               report.false_alarms.size(), report.clean_runs, report.clean_blocks);
    for (const std::string& alarm : report.false_alarms) {
        fmt::print(out, "    {}\n", alarm);
    }
}

constexpr std::string_view kMarkdownHead =
    "# What is detected\n\n"
    "Made by `parallax selftest --full --markdown docs/DETECTION.md`; do not edit.\n\n"
    "Every row is a fault that is compiled into the tools and switched on by its name. It runs as "
    "a\n"
    "candidate on a minimal chain (one or two blocks of one to four transactions) and on a stream "
    "in\n"
    "which generated blocks and all minimal chains alternate, in an order drawn by the seed. A\n"
    "fault is found if every oracle that must see it on its minimal chain does, and the first\n"
    "divergence names the right transaction. `*` marks the core set.\n\n"
    "Oracles: `state` (rows and totals differ from the control's), `results` (results, orphans or\n"
    "the block's status differ), `invariants` (the outcome breaks a law of its own), "
    "`certificate`\n"
    "(its access log contradicts block order), `repeats` (one schedule gave two runs), `watchdog` "
    "(no\n"
    "outcome, no end, or a deadlock). The next three columns say after how many blocks of the "
    "stream\n"
    "the fault was found, and in what time, with the machine's own schedule, with random delays\n"
    "(five runs of a block), and under PCT schedules (five runs). The last one says how many\n"
    "transactions the first block that shows the fault by itself has before and after `parallax "
    "shrink`,\n"
    "and how many preemptions it takes where a schedule matters. The selftest fails if they are "
    "two\n"
    "more than a block of the minimal chain has.\n\n";

std::string size_of_fault(const std::vector<ShrunkFault>& sizes, const testbed::Fault& fault) {
    const auto shrunk = std::find_if(sizes.begin(), sizes.end(),
                                     [&](const ShrunkFault& one) { return one.fault == &fault; });
    return shrunk == sizes.end() ? "not tried" : size_text(*shrunk);
}

std::string markdown(const testbed::SelftestReport& report, const std::vector<ShrunkFault>& sizes,
                     std::uint64_t seed) {
    std::string text(kMarkdownHead);
    text += fmt::format(
        "Seed {}. {} of {} faults found, {} of them of the core set; false alarms: "
        "{} in {} runs of sound executors on {} blocks.\n\n",
        seed, caught_rows(report), report.rows.size(), core_rows(report),
        report.false_alarms.size(), report.clean_runs, report.clean_blocks);
    text += fmt::format("- plain: {}\n- perturbed: {}\n- pct: {}\n\n",
                        median_text(report, testbed::DetectionMode::kPlain),
                        median_text(report, testbed::DetectionMode::kPerturbed),
                        median_text(report, testbed::DetectionMode::kPct));
    text +=
        "| fault | source | breaks | found by | schedules | plain | perturbed | pct | shrunk |\n";
    text += "|---|---|---|---|---|---|---|---|---|\n";
    for (const testbed::FaultRow& row : report.rows) {
        text += fmt::format(
            "| `{}`{} | {} | {} | {}{} | {} | {} | {} | {} | {} |\n", row.fault->name,
            row.fault->core ? " *" : "", row.fault->source, row.fault->breaks,
            row.caught ? "" : "**missed**: ", oracle_names(row.minimal.oracles),
            row.minimal.schedules, stream_text(row.stream[0]), stream_text(row.stream[1]),
            stream_text(row.stream[2]), size_of_fault(sizes, *row.fault));
    }
    text += groups_markdown(report.purity);
    text += "\n## Not here\n\n| source | why |\n|---|---|\n";
    for (const testbed::InexpressibleFault& fault : testbed::inexpressible_faults()) {
        text += fmt::format("| {} | {} |\n", fault.source, fault.why);
    }
    return text;
}

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax selftest: {}\n", std::string(status.message()));
    return kExitError;
}

/// Why it failed, faults that were missed apart: their number is reported.
std::string other_failures(const testbed::SelftestReport& report,
                           const std::vector<ShrunkFault>& sizes) {
    std::vector<std::string> why;
    if (caught_rows(report) < report.rows.size()) {
        why.push_back(
            fmt::format("{} faults were missed", report.rows.size() - caught_rows(report)));
    }
    if (!report.false_alarms.empty()) {
        why.push_back(fmt::format("{} false alarms on sound executors, the first: {}",
                                  report.false_alarms.size(), report.false_alarms.front()));
    }
    const auto large = std::count_if(sizes.begin(), sizes.end(),
                                     [](const ShrunkFault& one) { return !one.is_small(); });
    if (large > 0) {
        why.push_back(fmt::format("{} faults were not shrunk", large));
    }
    return why.empty() ? "it did not pass" : fmt::format("{}", fmt::join(why, "; "));
}

reports::SelftestResult result_of(const testbed::SelftestReport& report,
                                  const std::vector<ShrunkFault>& sizes, bool passed) {
    return {report.rows.size(), caught_rows(report), passed,
            passed ? "" : other_failures(report, sizes)};
}

int list_faults() {
    for (const testbed::Fault& fault : testbed::fault_catalogue()) {
        fmt::print("{}{}\n    source    {}\n    breaks    {}\n    expected  {}\n    chain     {}\n",
                   fault.name, fault.core ? " *" : "", fault.source, fault.breaks,
                   oracle_names(fault.expected), fault.chain);
    }
    for (const testbed::InexpressibleFault& fault : testbed::inexpressible_faults()) {
        fmt::print("not expressed: {}: {}\n", fault.source, fault.why);
    }
    return kExitEqual;
}

/// Every fault, or some.
std::vector<const testbed::Fault*> shrunk_faults(const SelftestCommandOptions& command) {
    std::vector<const testbed::Fault*> faults;
    std::size_t number = 0;
    for (const testbed::Fault& fault : testbed::fault_catalogue()) {
        if (command.full || number++ % kShrunkSample == 0) {
            faults.push_back(&fault);
        }
    }
    return faults;
}

std::vector<ShrunkFault> shrink_faults(const SelftestCommandOptions& command,
                                       const std::vector<testbed::SelftestBlock>& blocks,
                                       ProgressBar& progress) {
    SelftestShrinkingOptions options;
    options.seed = command.seed;
    options.shrinks_nothing =
        core::find_verifier_fault(command.verifier_fault) == core::VerifierFault::kShrinksNothing;
    std::vector<ShrunkFault> sizes;
    for (const testbed::Fault* fault : shrunk_faults(command)) {
        progress.show(sizes.size());
        sizes.push_back(measure_shrinking(*fault, blocks, options));
    }
    return sizes;
}

void add_clean(const testbed::CleanCheck& check, testbed::SelftestReport& report) {
    report.clean_blocks += check.blocks();
    report.clean_runs += check.runs();
    report.false_alarms.insert(report.false_alarms.end(), check.alarms().begin(),
                               check.alarms().end());
    if (check.alarm_count() > check.alarms().size()) {
        report.false_alarms.push_back(
            fmt::format("and {} more", check.alarm_count() - check.alarms().size()));
    }
}

/// An earlier result would be taken for that of a selftest that does not end. What goes to a pipe
/// or a terminal need not be said twice.
absl::Status begin_result(const SelftestCommandOptions& command) {
    std::error_code error;
    return std::filesystem::is_regular_file(command.result, error)
               ? write_file_atomically(command.result, reports::to_json(reports::SelftestResult{
                                                           0, 0, false, "it has not ended"}))
               : absl::OkStatus();
}

int selftest(const SelftestCommandOptions& command) {
    if (command.list) {
        return list_faults();
    }
    if (auto status = begin_result(command); !status.ok()) {
        return report_error(status);
    }
    const auto generated = GeneratedBlocks::create(command.seed, command.full ? 25U : 10U);
    if (!generated.ok()) {
        return report_error(generated.status());
    }
    auto stream = (*generated)->next(command.full ? 60U : 6U);
    if (!stream.ok()) {
        return report_error(stream.status());
    }
    const std::vector<testbed::SelftestBlock> tried = *stream;
    testbed::SelftestOptions options;
    options.seed = command.seed;
    options.measure = command.full;
    options.runs = command.full ? 5 : 2;
    options.verifier_fault = *core::find_verifier_fault(command.verifier_fault);
    const SteadyClock clock;
    testbed::Selftest test(options, clock, sound_executors(), *std::move(stream));
    std::FILE* const shown = command.quiet ? nullptr : stderr;
    // The groups are another round over all faults.
    const std::size_t rounds = command.full && !command.groups ? 2 : 1;
    ProgressBar trials(shown, clock, "executors",
                       rounds * testbed::fault_catalogue().size() +
                           (command.groups ? 0 : sound_executors().size()));
    std::uint64_t done_trials = 0;
    const auto progress = [&](std::string_view) { trials.show(done_trials++); };
    if (command.groups) {
        const testbed::GroupPurity purity = test.group(progress);
        trials.finish();
        print_groups(purity);
        return kExitEqual;
    }
    testbed::SelftestReport report = test.run(progress);
    trials.finish();
    ProgressBar shrinking(shown, clock, "faults shrunk", shrunk_faults(command).size());
    const std::vector<ShrunkFault> sizes = shrink_faults(command, tried, shrinking);
    shrinking.finish();
    ProgressBar clean(shown, clock, "clean blocks", command.clean_blocks);
    testbed::CleanCheck check(options, clock, sound_executors());
    const auto checked = check_clean_blocks(command.clean_blocks, command.seed, check,
                                            [&](std::uint64_t done) { clean.show(done); });
    clean.finish();
    if (!checked.ok()) {
        return report_error(checked);
    }
    add_clean(check, report);
    const bool passed = report.passed() && all_small(sizes);
    // Text for people is no part of a file that goes to standard output.
    std::FILE* const out =
        replay::is_standard_output(command.result) || replay::is_standard_output(command.markdown)
            ? stderr
            : stdout;
    fmt::print(out, "parallax selftest: {}\n", passed ? "PASSED" : "FAILED");
    print_report(out, report, command.full);
    print_sizes(out, sizes);
    if (!command.markdown.empty()) {
        if (auto written =
                write_file_atomically(command.markdown, markdown(report, sizes, command.seed));
            !written.ok()) {
            return report_error(written);
        }
    }
    if (!command.result.empty()) {
        if (auto written = write_file_atomically(
                command.result, reports::to_json(result_of(report, sizes, passed)));
            !written.ok()) {
            return report_error(written);
        }
    }
    const int exit_code = passed ? kExitEqual : kExitMismatch;
    fmt::print(out, "  {:<13} {}\n", "exit code", exit_code);
    return exit_code;
}

}  // namespace

void add_selftest_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<SelftestCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "selftest", "Put every known fault into an executor, and see that it is found");
    command->add_flag("--full", options->full,
                      "Measure blocks and time to detect as well, on more and larger blocks");
    command->add_flag("--groups", options->groups,
                      "Only group what each fault shows on mixed traffic, with --full on more and "
                      "larger blocks, and print the groups");
    command->add_flag("--list", options->list, "Only list the faults");
    command->add_option("--seed", options->seed, "Of generated blocks and schedules")
        ->capture_default_str();
    command
        ->add_option("--clean-blocks", options->clean_blocks,
                     "Further generated blocks, on which sound executors must raise no alarm")
        ->capture_default_str()
        ->check(CLI::Range(0, 10'000'000));
    command->add_option("--markdown", options->markdown, "File for the table");
    command->add_option("--result", options->result,
                        "File for the numbers as JSON, which parallax report readiness reads");
    std::vector<std::string> faults;
    for (std::size_t i = 0; i < core::kVerifierFaults; ++i) {
        faults.emplace_back(core::verifier_fault_name(static_cast<core::VerifierFault>(i)));
    }
    command
        ->add_option("--verifier-fault", options->verifier_fault,
                     "Breaks the verifier itself: the selftest must then fail")
        ->capture_default_str()
        ->check(CLI::IsMember(faults));
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 0 every fault was found by the oracles that must find it, the first\n"
        "divergence was named right, what was shrunk became small, and sound executors raised no\n"
        "alarm; 1 tool or usage error; 2 a fault was missed, named wrong or not shrunk, or there "
        "was\n"
        "a false alarm.");
    command->callback([options, &action] { action = [options] { return selftest(*options); }; });
}

}  // namespace parallax::app
