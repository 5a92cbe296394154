#include "app/commands/command.hpp"
#include "app/files/output_files.hpp"
#include "app/lanes/bundle_lane_cache.hpp"
#include "app/protocols.hpp"
#include "app/terminal/progress_sink.hpp"
#include "replay/archive/output_file.hpp"
#include "replay/bundle/bundle_timeline.hpp"
#include "replay/bundle/bundle_verdict.hpp"
#include "replay/shrink/shrink.hpp"
#include "testbed/vectors/bundle_vector.hpp"
#include "verifier/crypto/hashing.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace parallax::app {
namespace {

namespace fs = std::filesystem;

struct ShrinkCommandOptions {
    std::string bundle;
    std::string out;
    std::uint64_t max_runs = replay::ShrinkOracle::Options{}.max_runs;
    std::uint32_t measure_runs = replay::ShrinkOracle::Options{}.measure_runs;
    bool quiet = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax shrink: {}\n", std::string(status.message()));
    return kExitError;
}

/// Where text for people goes: not into the bundle.
std::FILE* text_stream(const ShrinkCommandOptions& options) {
    return replay::is_standard_output(options.out) ? stderr : stdout;
}

class Rows {
  public:
    explicit Rows(std::FILE* stream) : stream_(stream) {}
    void title(const std::string& text) const { fmt::print(stream_, "{}\n", text); }
    void print(std::string_view name, const std::string& value) const {
        fmt::print(stream_, "  {:<13} {}\n", name, value);
    }

  private:
    std::FILE* const stream_;
};

std::string size_text(const replay::BundleSize& size) {
    return fmt::format("{} transactions, {} rows that are there, {} in all, {} threads",
                       size.transactions, size.present_rows, size.rows, size.threads);
}

void print_result(const ShrinkCommandOptions& options, const replay::ShrinkResult& result,
                  const absl::Status& shrunk) {
    const Rows rows(text_stream(options));
    rows.title(fmt::format("parallax shrink: {}", shrunk.ok() ? "SMALLER" : "NOTHING REMOVED"));
    rows.print("bundle", fmt::format("{}: {}", options.bundle, size_text(result.before)));
    rows.print("smaller", fmt::format("{}: {}", options.out, size_text(result.after)));
    rows.print("finding", result.bundle.finding.sentence);
    rows.print("fingerprint", result.bundle.finding.fingerprint.hex() + ", as before");
    rows.print("rate",
               fmt::format("{:.0f} % of {}; each question asked up to {} times", 100 * result.rate,
                           result.by_schedules ? "drawn schedules" : "runs", result.attempts));
    if (result.sought_schedule) {
        rows.print("schedule", result.schedule ? replay::describe_need(*result.schedule)
                                               : "none was found that decides it");
    }
    rows.print("runs", fmt::format("{}{}", result.runs,
                                   result.exhausted ? ", all that were allowed: more may help, see "
                                                      "--max-runs"
                                                    : ""));
    for (const replay::ShrinkStep& step : result.steps) {
        rows.print("step", fmt::format("{:<28} {:>4} transactions {:>4} rows {:>6} runs{}",
                                       step.name, step.after.transactions, step.after.present_rows,
                                       step.runs, step.changed ? "" : ", no change"));
    }
    if (!shrunk.ok()) {
        rows.print("note", std::string(shrunk.message()));
    }
}

/// The files beside the bundle: `NAME.txt`, and `NAME.json` where it can be a vector.
absl::Status write_companions(const ShrinkCommandOptions& options,
                              const replay::ShrinkResult& result, BundleLaneCache& cache) {
    const Rows rows(stdout);
    const replay::Bundle& bundle = result.bundle;
    auto timeline = replay::render_timeline(bundle);
    if (!timeline.ok()) {
        return timeline.status();
    }
    if (result.schedule) {
        *timeline += "\n" + replay::render_need(*result.schedule);
    }
    const fs::path text = fs::path(options.out).replace_extension(".txt");
    if (auto status = write_file_atomically(text, *timeline); !status.ok()) {
        return status;
    }
    rows.print("timeline", text.string());
    const auto lanes = cache.factory()(bundle.configuration);
    if (!lanes.ok()) {
        return lanes.status();
    }
    const auto vector = testbed::render_vector(bundle, *lanes);
    if (!vector.ok()) {
        rows.print("vector", "none: " + std::string(vector.status().message()));
        return absl::OkStatus();
    }
    const fs::path json = fs::path(options.out).replace_extension(".json");
    rows.print("vector", json.string());
    return write_file_atomically(json, *vector);
}

/// Everything that is written: the bundle, and what goes beside it if that is a file.
std::vector<fs::path> outputs_of(const ShrinkCommandOptions& options) {
    return {options.out, fs::path(options.out).replace_extension(".txt"),
            fs::path(options.out).replace_extension(".json")};
}

/// What is written through, as a pipe, has nothing beside it.
bool is_file(const ShrinkCommandOptions& options) {
    std::error_code error;
    const fs::file_type type = fs::status(options.out, error).type();
    return options.out != "-" &&
           (type == fs::file_type::regular || type == fs::file_type::not_found);
}

absl::Status check_output(const ShrinkCommandOptions& options) {
    std::error_code error;
    for (const fs::path& path : outputs_of(options)) {
        if (fs::exists(path, error) && fs::equivalent(options.bundle, path, error)) {
            return absl::InvalidArgumentError(fmt::format(
                "{} is the bundle itself, which is kept: choose another --out", path.string()));
        }
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

/// What an earlier run left would be taken for what this one found.
absl::Status remove_earlier(const ShrinkCommandOptions& options) {
    if (!is_file(options)) {
        return absl::OkStatus();
    }
    for (const fs::path& path : outputs_of(options)) {
        std::error_code error;
        if (fs::symlink_status(path, error).type() == fs::file_type::regular &&
            !fs::remove(path, error)) {
            return absl::UnknownError(
                fmt::format("cannot remove the earlier {}: {}", path.string(), error.message()));
        }
    }
    return absl::OkStatus();
}

int run(const ShrinkCommandOptions& options) {
    if (auto status = check_output(options); !status.ok()) {
        return report_error(status);
    }
    const auto file = replay::read_bundle(options.bundle, all_protocols());
    if (!file.ok()) {
        return report_error(file.status());
    }
    const replay::Bundle bundle = replay::with_values(*file);
    if (auto status = remove_earlier(options); !status.ok()) {
        return report_error(status);
    }
    BundleLaneCache cache;
    ScheduledLaneCache scheduled;
    const SteadyClock clock;
    // How many runs it takes is known at the end; the most that it may take says nothing.
    ProgressBar progress(options.quiet ? nullptr : stderr, clock, "runs", std::nullopt);
    auto result = replay::shrink(
        bundle, cache.factory(),
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
    // The file that it was made from, whatever version that has.
    result->bundle.shrunk_from = crypto::blake3(replay::encode_bundle(*file));
    if (auto status = replay::write_bundle(result->bundle, options.out); !status.ok()) {
        return report_error(status);
    }
    const absl::Status shrunk = replay::check_shrunk(*result);
    print_result(options, *result, shrunk);
    if (is_file(options)) {
        if (auto status = write_companions(options, *result, cache); !status.ok()) {
            return report_error(status);
        }
        Rows(stdout).print("next", "parallax reproduce " + options.out);
    }
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

}  // namespace parallax::app
