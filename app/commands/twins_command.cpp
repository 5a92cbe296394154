#include "app/commands/command.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "app/terminal/progress_sink.hpp"
#include "app/terminal/stop_signals.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "replay/twins/twin_loop.hpp"
#include "verifier/state/memory_store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace parallax::app {
namespace {

struct TwinsCommandOptions {
    std::string archive;
    std::vector<std::string> candidates;
    unsigned threads = 2;
    std::uint64_t seed = 1;
    bool quiet = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax twins: {}\n", std::string(status.message()));
    return kExitError;
}

/// The control, and each candidate at every number of workers.
struct TwinExecutors {
    std::vector<std::unique_ptr<executors::runtime::WorkerPool>> pools;
    std::vector<std::unique_ptr<core::BlockExecutor>> executors;
};

absl::Status create_executors(const TwinsCommandOptions& options, TwinExecutors& owned) {
    for (const unsigned workers : {1U, options.threads, 2 * options.threads}) {
        executors::runtime::WorkerPool::Options pool_options;
        pool_options.workers = workers;
        auto pool = executors::runtime::WorkerPool::create(pool_options);
        if (!pool.ok()) {
            return pool.status();
        }
        owned.pools.push_back(*std::move(pool));
        if (owned.executors.empty()) {
            owned.executors.push_back(create_executor(kControlName, *owned.pools.back()));
        }
        for (const std::string& name : options.candidates) {
            owned.executors.push_back(create_executor(name, *owned.pools.back()));
        }
    }
    return absl::OkStatus();
}

void print_row(std::string_view name, const std::string& value) {
    fmt::print("  {:<13} {}\n", name, value);
}

void print_report(const TwinsCommandOptions& options, const replay::TwinReport& report) {
    const int code = report.exit_code();
    fmt::print("parallax twins: {}\n", code == kExitEqual      ? "MATCH"
                                       : code == kExitMismatch ? "MISMATCH"
                                                               : "INCONCLUSIVE");
    print_row("archive", fmt::format("{}: {} blocks", options.archive, report.blocks));
    for (std::size_t i = 0; i < report.twins.size(); ++i) {
        const replay::TwinReport::Counts& counts = report.twins[i];
        print_row(replay::twin_name(static_cast<replay::Twin>(i)),
                  fmt::format("{} compared, {} differ, {} have none", counts.compared,
                              counts.different, counts.skipped));
    }
    for (const std::string& finding : report.findings) {
        print_row("difference", finding);
    }
    if (!report.incomplete.empty()) {
        print_row("incomplete", report.incomplete);
    }
    print_row("exit code", fmt::format("{}", code));
}

int run(const TwinsCommandOptions& options) {
    const StopSignals stop;
    const auto reader = replay::ArchiveReader::open(options.archive);
    if (!reader.ok()) {
        return report_error(reader.status());
    }
    const replay::ArchiveHeader& header = (*reader)->header();
    const auto protocol = protocol_of(header);
    if (!protocol.ok()) {
        return report_error(protocol.status());
    }
    TwinExecutors owned;
    if (auto status = create_executors(options, owned); !status.ok()) {
        return report_error(status);
    }
    std::vector<core::BlockExecutor*> executors;
    for (const auto& executor : owned.executors) {
        executors.push_back(executor.get());
    }
    executors::runtime::TimedLaneRunner runner(*owned.pools.front(),
                                               executors::runtime::TimedLaneRunner::Options{});
    state::MemoryStore store;
    const SteadyClock clock;
    std::optional<std::uint64_t> blocks;
    if (header.last) {
        blocks = header.last->value() - header.base_topoheight.value();
    }
    ProgressBar progress(options.quiet ? nullptr : stderr, clock, "blocks", blocks);
    const auto report =
        replay::run_twins(**reader, store, executors, runner, **protocol, options.seed,
                          stop.requested(), [&](const replay::TwinReport& so_far) {
                              reports::ProgressFrame frame;
                              frame.done = so_far.blocks;
                              frame.mismatches = so_far.findings.size();
                              progress.show(frame);
                          });
    progress.finish();
    if (!report.ok()) {
        return report_error(report.status());
    }
    print_report(options, *report);
    return report->exit_code();
}

}  // namespace

void add_twins_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<TwinsCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "twins", "Change each block in ways whose effect is known, and see whether it comes");
    command
        ->add_option("ARCHIVE", options->archive,
                     "Archive whose blocks are looked at; - is standard input")
        ->required();
    command
        ->add_option("--candidate", options->candidates,
                     "Executor to run besides the control; repeat it for several")
        ->allow_extra_args(false)
        ->check(CLI::IsMember(executor_names()));
    command
        ->add_option(
            "--threads", options->threads,
            "Threads of each parallel executor; it is also run with 1 and with twice as many")
        ->capture_default_str()
        ->check(CLI::Range(1, 128));
    command->add_option("--seed", options->seed, "Decides the changes")->capture_default_str();
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "The twins of a block: independent transactions in another order, accounts under other\n"
        "names, two blocks instead of one, other numbers of workers. Exit codes: 0 all that could "
        "be compared are as they\n"
        "must be; 2 one is not; 3 nothing was compared, or not every block; 1 tool error.");
    command->callback([options, &action] {
        action = [options] { return run(*options); };
        action.stops_when_asked = true;
    });
}

}  // namespace parallax::app
