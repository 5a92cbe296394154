#include "replay/bundle_timeline.hpp"
#include "replay/bundle_vector.hpp"
#include "replay/shrink.hpp"
#include "verifier/cli/bundle_lane_cache.hpp"
#include "verifier/cli/command.hpp"
#include "verifier/cli/output_files.hpp"
#include "verifier/cli/progress_sink.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace parallax {
namespace {

namespace fs = std::filesystem;

struct ShrinkCommandOptions {
    std::string bundle;
    std::string out;
    std::uint64_t max_runs = ShrinkOracle::Options{}.max_runs;
    std::uint32_t measure_runs = ShrinkOracle::Options{}.measure_runs;
    bool quiet = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax shrink: {}\n", std::string(status.message()));
    return kExitError;
}

void print_row(std::string_view name, const std::string& value) {
    fmt::print("  {:<13} {}\n", name, value);
}

std::string size_text(const BundleSize& size) {
    return fmt::format("{} transactions, {} rows that are there, {} in all, {} threads",
                       size.transactions, size.present_rows, size.rows, size.threads);
}

void print_result(const ShrinkCommandOptions& options, const ShrinkResult& result,
                  const absl::Status& shrunk) {
    fmt::print("parallax shrink: {}\n", shrunk.ok() ? "SMALLER" : "NOTHING REMOVED");
    print_row("bundle", fmt::format("{}: {}", options.bundle, size_text(result.before)));
    print_row("smaller", fmt::format("{}: {}", options.out, size_text(result.after)));
    print_row("finding", result.bundle.finding.sentence);
    print_row("fingerprint", result.bundle.finding.fingerprint.hex() + ", as before");
    print_row("rate",
              fmt::format("{:.0f} % of {}; each question asked up to {} times", 100 * result.rate,
                          result.by_schedules ? "drawn schedules" : "runs", result.attempts));
    if (result.sought_schedule) {
        print_row("schedule", result.schedule ? describe_need(*result.schedule)
                                              : "none was found that decides it");
    }
    print_row("runs", fmt::format("{}{}", result.runs,
                                  result.exhausted ? ", all that were allowed: more may help, see "
                                                     "--max-runs"
                                                   : ""));
    for (const ShrinkStep& step : result.steps) {
        print_row("step", fmt::format("{:<28} {:>4} transactions {:>4} rows {:>6} runs{}",
                                      step.name, step.after.transactions, step.after.present_rows,
                                      step.runs, step.changed ? "" : ", no change"));
    }
    if (!shrunk.ok()) {
        print_row("note", std::string(shrunk.message()));
    }
}

/// The files beside the bundle: `NAME.txt`, and `NAME.json` where it can be a vector.
absl::Status write_companions(const ShrinkCommandOptions& options, const ShrinkResult& result,
                              BundleLaneCache& cache) {
    const Bundle& bundle = result.bundle;
    auto timeline = render_timeline(bundle);
    if (!timeline.ok()) {
        return timeline.status();
    }
    if (result.schedule) {
        *timeline += "\n" + render_need(*result.schedule);
    }
    const fs::path text = fs::path(options.out).replace_extension(".txt");
    if (auto status = write_file_atomically(text, *timeline); !status.ok()) {
        return status;
    }
    print_row("timeline", text.string());
    const auto lanes = cache.factory()(bundle.configuration);
    if (!lanes.ok()) {
        return lanes.status();
    }
    const auto vector = render_vector(bundle, *lanes);
    if (!vector.ok()) {
        print_row("vector", "none: " + std::string(vector.status().message()));
        return absl::OkStatus();
    }
    const fs::path json = fs::path(options.out).replace_extension(".json");
    print_row("vector", json.string());
    return write_file_atomically(json, *vector);
}

absl::Status check_output(const ShrinkCommandOptions& options) {
    std::error_code error;
    if (fs::exists(options.out, error) && fs::equivalent(options.bundle, options.out, error)) {
        return absl::InvalidArgumentError(fmt::format(
            "{} is the bundle itself, which is kept: choose another --out", options.out));
    }
    const std::string extension = fs::path(options.out).extension();
    if (extension == ".txt" || extension == ".json") {
        return absl::InvalidArgumentError(fmt::format(
            "{}: this name is taken by a file that goes beside the bundle; choose one that ends "
            "in .pxb",
            options.out));
    }
    return absl::OkStatus();
}

int run(const ShrinkCommandOptions& options) {
    if (auto status = check_output(options); !status.ok()) {
        return report_error(status);
    }
    const auto bundle = read_bundle(options.bundle);
    if (!bundle.ok()) {
        return report_error(bundle.status());
    }
    BundleLaneCache cache;
    ScheduledLaneCache scheduled;
    const SteadyClock clock;
    // How many runs it takes is known at the end; the most that it may take says nothing.
    ProgressBar progress(options.quiet ? nullptr : stderr, clock, "runs", std::nullopt);
    const auto result = shrink(
        *bundle, cache.factory(),
        {options.measure_runs, options.max_runs, [&](std::uint64_t runs) { progress.show(runs); }},
        scheduled.factory());
    progress.finish();
    if (absl::IsFailedPrecondition(result.status())) {
        (void)report_error(result.status());  // it is no failure of the tool
        return kExitInconclusive;
    }
    if (!result.ok()) {
        return report_error(result.status());
    }
    if (auto status = write_bundle(result->bundle, options.out); !status.ok()) {
        return report_error(status);
    }
    const absl::Status shrunk = check_shrunk(*result);
    print_result(options, *result, shrunk);
    if (auto status = write_companions(options, *result, cache); !status.ok()) {
        return report_error(status);
    }
    print_row("next", "parallax reproduce " + options.out);
    return shrunk.ok() ? kExitEqual : kExitInconclusive;
}

}  // namespace

void add_shrink_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ShrinkCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "shrink",
        "Find a smaller bundle with the same finding: fewer transactions, rows, threads, "
        "preemptions");
    command->add_option("BUNDLE", options->bundle, "Bundle to shrink; it is kept as it is")
        ->required();
    command
        ->add_option("-o,--out", options->out,
                     "Smaller bundle to write; a timeline (.txt) and, where it can be one, a "
                     "conformance vector (.json) go beside it")
        ->required();
    command->add_option("--max-runs", options->max_runs, "The most runs of the block")
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
    command
        ->add_option("--measure-runs", options->measure_runs,
                     "The most of them that measure how often the finding comes")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 0 a smaller bundle was written; 3 nothing could be removed, or the finding\n"
        "was not reproduced; 1 tool or usage error. A finding that does not always come is looked\n"
        "for under schedules, and its schedule is made as small as the block.");
    command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace parallax
