#include "replay/bundle.hpp"
#include "replay/reproduce.hpp"
#include "verifier/cli/bundle_lanes.hpp"
#include "verifier/cli/command.hpp"
#include "verifier/cli/executor_registry.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace parallax {
namespace {

struct ReproduceOptions {
    std::string bundle;
    std::uint32_t runs = 10;
    std::optional<std::uint32_t> threads;
    std::string candidate;
    std::optional<bool> isolate;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax reproduce: {}\n", std::string(status.message()));
    return kExitError;
}

void print_row(std::string_view name, const std::string& value) {
    fmt::print("  {:<13} {}\n", name, value);
}

std::string headline(const Reproduction& result) {
    switch (result.kind) {
        case Reproducibility::kDeterministic:
        case Reproducibility::kScheduleDependent:
            return fmt::format("REPRODUCED, {}", reproducibility_name(result.kind));
        case Reproducibility::kEnvironmental:
            return "INCONCLUSIVE, environmental: the control disagrees with itself";
        case Reproducibility::kNotReproduced:
            return result.other > 0 ? "NOT REPRODUCED, but something else was found"
                                    : "NOT REPRODUCED, every run compared equal";
        case Reproducibility::kInconclusive:
            return "INCONCLUSIVE";
    }
    return "";
}

std::string lanes_text(const BundleConfiguration& configuration, SignaturePolicy signatures) {
    const std::string candidate =
        configuration.candidate.empty()
            ? "no candidate"
            : fmt::format("candidate {}{}, {} threads", configuration.candidate,
                          configuration.isolated ? " in its own process" : "",
                          configuration.threads);
    return fmt::format("control {}; {}; signatures {}", kControlName, candidate,
                       signature_policy_name(signatures));
}

void print_result(const ReproduceOptions& options, const Bundle& bundle,
                  const Reproduction& result) {
    const auto present =
        std::count_if(bundle.pre_state.begin(), bundle.pre_state.end(),
                      [](const RecordedRow& row) { return row.value.has_value(); });
    fmt::print("parallax reproduce: {}\n", headline(result));
    print_row("bundle", fmt::format("{} (written by build {}; this is {})", options.bundle,
                                    bundle.build, PARALLAX_VERSION));
    print_row("block", fmt::format("{}: {} transactions on {} rows, {} of them absent",
                                   bundle.placement.topoheight.value(),
                                   bundle.control.results.size(), bundle.pre_state.size(),
                                   bundle.pre_state.size() - static_cast<std::size_t>(present)));
    print_row("expected", bundle.finding.sentence);
    print_row("fingerprint", bundle.finding.fingerprint.hex());
    print_row("lanes", lanes_text(bundle.configuration, signatures_of(bundle)));
    print_row("runs", fmt::format("{}: {} reproduced it, {} found something else, {} equal, {} "
                                  "inconclusive",
                                  result.runs, result.reproduced, result.other, result.equal,
                                  result.inconclusive));
    print_row("rate", fmt::format("between {:.1f} % and {:.1f} % of runs, with 95 % confidence",
                                  100 * result.rate_low, 100 * result.rate_high));
    print_row("control", result.control_as_recorded ? "as the bundle has it"
                                                    : "NOT as the bundle has it: another build?");
    if (result.other_finding) {
        print_row("found", result.other_finding->sentence);
    }
    if (!result.why.empty()) {
        print_row("inconclusive", result.why);
    }
    print_row("exit code", fmt::format("{}", result.exit_code()));
}

int run(const ReproduceOptions& options) {
    auto bundle = read_bundle(options.bundle);
    if (!bundle.ok()) {
        return report_error(bundle.status());
    }
    BundleConfiguration& configuration = bundle->configuration;
    if (!options.candidate.empty()) {
        configuration.candidate = options.candidate;
        configuration.fault.clear();
    }
    configuration.threads = options.threads.value_or(configuration.threads);
    configuration.isolated = options.isolate.value_or(configuration.isolated);
    const auto lanes = OwnedBundleLanes::create(configuration);
    if (!lanes.ok()) {
        return report_error(lanes.status());
    }
    const auto result = reproduce(*bundle, (*lanes)->lanes(), options.runs);
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
    command->add_option("BUNDLE", options->bundle, "Bundle that 'replay --out' wrote")->required();
    command->add_option("--runs", options->runs, "How often to run it")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--threads", options->threads, "Threads, instead of the bundle's number")
        ->check(CLI::Range(1, 256));
    command->add_option("--candidate", options->candidate, "Executor, instead of the bundle's")
        ->check(CLI::IsMember(executor_names()));
    command->add_flag(
        "--isolate,!--no-isolate", options->isolate,
        "The candidate in a process of its own or not, instead of as the bundle says");
    command->footer(
        "Exit codes: 2 the finding, or another one, was met; 0 every run compared equal;\n"
        "3 inconclusive: a row is missing, a lane failed, or the control disagrees with itself;\n"
        "1 tool or usage error. Needs nothing but the bundle.");
    command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace parallax
