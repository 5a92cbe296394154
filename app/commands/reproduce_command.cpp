#include "app/commands/command.hpp"
#include "app/lanes/bundle_lanes.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "app/terminal/progress_sink.hpp"
#include "replay/bundle/bundle.hpp"
#include "replay/bundle/bundle_verdict.hpp"
#include "replay/shrink/reproduce_schedule.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace parallax::app {
namespace {

/// Runs under the bundle's schedule: one that decides gives the same every time.
constexpr std::uint32_t kScheduledRuns = 3;

struct ReproduceOptions {
    std::string bundle;
    std::uint32_t runs = 10;
    std::optional<std::uint32_t> threads;
    std::string candidate;
    std::optional<bool> isolate;
    bool quiet = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax reproduce: {}\n", std::string(status.message()));
    return kExitError;
}

void print_row(std::string_view name, const std::string& value) {
    fmt::print("  {:<13} {}\n", name, value);
}

/// What was run: under the bundle's schedule, and unscheduled.
struct Runs {
    std::optional<replay::ScheduleReproduction> scheduled;
    /// Nothing if a run without its schedule might never end.
    std::optional<replay::Reproduction> native;

    [[nodiscard]] int exit_code() const {
        if (!scheduled) {
            return native->exit_code();
        }
        return native ? replay::exit_code_of(scheduled->runs, *native)
                      : scheduled->runs.exit_code();
    }
};

std::string headline(const replay::Reproduction& result) {
    switch (result.kind) {
        case replay::Reproducibility::kDeterministic:
        case replay::Reproducibility::kScheduleDependent:
            return fmt::format("REPRODUCED, {}", replay::reproducibility_name(result.kind));
        case replay::Reproducibility::kEnvironmental:
            return "INCONCLUSIVE, environmental: the control disagrees with itself";
        case replay::Reproducibility::kNotReproduced:
            return result.other > 0 ? "NOT REPRODUCED, but something else was found"
                                    : "NOT REPRODUCED, every run compared equal";
        case replay::Reproducibility::kInconclusive:
            return "INCONCLUSIVE";
    }
    return "";
}

std::string headline(const Runs& runs) {
    if (!runs.scheduled) {
        return headline(*runs.native);
    }
    switch (runs.scheduled->runs.kind) {
        case replay::Reproducibility::kDeterministic:
            return "REPRODUCED, deterministic under its schedule";
        case replay::Reproducibility::kScheduleDependent:
            return "REPRODUCED, but its schedule does not decide it";
        case replay::Reproducibility::kNotReproduced:
            if (runs.native && runs.native->reproduced > 0) {
                return headline(*runs.native) + "; not under its schedule";
            }
            // Neither did: what is worse decides.
            return headline(runs.scheduled->runs.other == 0 && runs.native &&
                                    runs.native->kind != replay::Reproducibility::kDeterministic
                                ? *runs.native
                                : runs.scheduled->runs);
        case replay::Reproducibility::kEnvironmental:
        case replay::Reproducibility::kInconclusive:
            return headline(runs.scheduled->runs);
    }
    return "";
}

std::string counts_text(const replay::Reproduction& result) {
    return fmt::format("{}: {} reproduced it, {} found something else, {} equal, {} inconclusive",
                       result.runs, result.reproduced, result.other, result.equal,
                       result.inconclusive);
}

void print_details(const replay::Reproduction& result) {
    if (result.other_finding) {
        print_row("found", result.other_finding->sentence);
    }
    if (!result.why.empty()) {
        print_row("inconclusive", result.why);
    }
}

void print_scheduled(const replay::Bundle& bundle, const replay::ScheduleReproduction& scheduled) {
    const std::string departures = scheduled.departures == 0
                                       ? ""
                                       : fmt::format(
                                             "; {} decisions could not be followed: another "
                                             "executor or build?",
                                             scheduled.departures);
    print_row(
        "schedule",
        fmt::format("{}; {} worker{}, {} preemption{}, found by {}{}", counts_text(scheduled.runs),
                    scheduled.workers, scheduled.workers == 1 ? "" : "s", scheduled.preemptions,
                    scheduled.preemptions == 1 ? "" : "s",
                    core::schedule_policy_name(bundle.schedule->policy), departures));
    print_details(scheduled.runs);
}

void print_native(const replay::Reproduction& result) {
    print_row("runs", counts_text(result));
    print_row("rate", fmt::format("between {:.1f} % and {:.1f} % of runs, with 95 % confidence",
                                  100 * result.rate_low, 100 * result.rate_high));
    print_details(result);
}

std::string lanes_text(const replay::BundleConfiguration& configuration,
                       model::SignaturePolicy signatures) {
    const std::string candidate =
        configuration.candidate.empty()
            ? "no candidate"
            : fmt::format("candidate {}{}, {} threads", configuration.candidate,
                          configuration.isolated ? " in its own process" : "",
                          configuration.threads);
    return fmt::format("control {}; {}; signatures {}", kControlName, candidate,
                       model::signature_policy_name(signatures));
}

void print_result(const ReproduceOptions& options, const replay::Bundle& bundle, const Runs& runs) {
    const auto present =
        std::count_if(bundle.pre_state.begin(), bundle.pre_state.end(),
                      [](const core::RecordedRow& row) { return row.value.has_value(); });
    fmt::print("parallax reproduce: {}\n", headline(runs));
    print_row("bundle", fmt::format("{} (written by build {}; this is {})", options.bundle,
                                    bundle.build, PARALLAX_VERSION));
    print_row("block", fmt::format("{}: {} transactions on {} rows, {} of them absent",
                                   bundle.placement.topoheight.value(),
                                   bundle.control.results.size(), bundle.pre_state.size(),
                                   bundle.pre_state.size() - static_cast<std::size_t>(present)));
    print_row("expected", bundle.finding.sentence);
    print_row("fingerprint", bundle.finding.fingerprint.hex());
    print_row("lanes", lanes_text(bundle.configuration, replay::signatures_of(bundle)));
    if (runs.scheduled) {
        print_scheduled(bundle, *runs.scheduled);
    }
    if (runs.native) {
        print_native(*runs.native);
    } else {
        print_row("runs", "none without the schedule: such a run might never end");
    }
    const bool as_recorded =
        (runs.native ? *runs.native : runs.scheduled->runs).control_as_recorded;
    print_row("control",
              as_recorded ? "as the bundle has it" : "NOT as the bundle has it: another build?");
    print_row("exit code", fmt::format("{}", runs.exit_code()));
}

absl::StatusOr<Runs> run_all(const replay::Bundle& bundle, const ReproduceOptions& options) {
    Runs result;
    const bool scheduled = bundle.schedule && !bundle.configuration.candidate.empty();
    if (scheduled) {
        const auto lanes =
            OwnedScheduledLanes::create(bundle.configuration, bundle.schedule->workers);
        if (!lanes.ok()) {
            return lanes.status();
        }
        auto done = replay::reproduce_schedule(bundle, (*lanes)->lanes(), kScheduledRuns);
        if (!done.ok()) {
            return done.status();
        }
        result.scheduled = *std::move(done);
    }
    if (scheduled && core::is_endless(bundle.finding)) {
        return result;
    }
    const auto lanes = OwnedBundleLanes::create(bundle.configuration);
    if (!lanes.ok()) {
        return lanes.status();
    }
    const SteadyClock clock;
    ProgressBar progress(options.quiet ? nullptr : stderr, clock, "runs", options.runs);
    auto done = replay::reproduce(bundle, (*lanes)->lanes(), options.runs, [&](std::uint32_t runs) {
        progress.show(runs);
        return true;
    });
    progress.finish();
    if (!done.ok()) {
        return done.status();
    }
    result.native = *std::move(done);
    return result;
}

int run(const ReproduceOptions& options) {
    auto bundle = replay::open_bundle(options.bundle, all_protocols());
    if (!bundle.ok()) {
        return report_error(bundle.status());
    }
    replay::BundleConfiguration& configuration = bundle->configuration;
    if (!options.candidate.empty()) {
        configuration.candidate = options.candidate;
        configuration.fault.clear();
    }
    configuration.threads = options.threads.value_or(configuration.threads);
    configuration.isolated = options.isolate.value_or(configuration.isolated);
    const auto result = run_all(*bundle, options);
    if (!result.ok()) {
        return report_error(result.status());
    }
    print_result(options, *bundle, *result);
    return result->exit_code();
}

}  // namespace

void add_reproduce_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ReproduceOptions>();
    CLI::App* command = app.add_subcommand(
        "reproduce", "Run the block of a bundle again, and say whether its finding is met again");
    command
        ->add_option("BUNDLE", options->bundle,
                     "Bundle that 'replay --out' or 'explore --out' wrote")
        ->required();
    command->add_option("--runs", options->runs, "How often to run it as the machine schedules it")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--threads", options->threads, "Threads, instead of the bundle's number")
        ->check(CLI::Range(1, 256));
    command->add_option("--candidate", options->candidate, "Executor, instead of the bundle's")
        ->check(CLI::IsMember(candidate_names()));
    command->add_flag(
        "--isolate,!--no-isolate", options->isolate,
        "The candidate in a process of its own or not, instead of as the bundle says");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 2 the finding, or another one, was met; 0 every run compared equal;\n"
        "3 inconclusive: a row is missing, a lane failed, or the control disagrees with itself;\n"
        "1 tool or usage error. Needs nothing but the bundle. One that has a schedule is run under "
        "it\n"
        "as well, where the finding must come every time, with the schedule's own workers.");
    command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace parallax::app
