#include "app/commands/command.hpp"
#include "app/explore/explore_search.hpp"
#include "app/files/input_files.hpp"
#include "app/files/output_files.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "app/terminal/stop_signals.hpp"
#include "executors/exploration/conflict_cones.hpp"
#include "replay/archive/archive_reader.hpp"
#include "replay/bundle/bundle.hpp"
#include "replay/bundle/bundle_verdict.hpp"
#include "replay/bundle/bundle_view.hpp"
#include "testbed/faults/catalogue.hpp"
#include "verifier/core/comparison/compare.hpp"
#include "verifier/core/verification/verify_pipeline.hpp"
#include "verifier/model/families.hpp"
#include "verifier/state/memory_store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace parallax::app {
namespace {

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax explore: {}\n", std::string(status.message()));
    return kExitError;
}

absl::Status read_schedule(ExploreCommandOptions& command) {
    if (command.schedule.empty()) {
        command.exploration.policy = *core::find_schedule_policy(command.policy);
        return absl::OkStatus();
    }
    const auto text = read_whole_file(command.schedule, core::kMaxScheduleBytes);
    if (!text.ok()) {
        return text.status();
    }
    auto schedule = core::decode_schedule(*text);
    if (!schedule.ok()) {
        return absl::InvalidArgumentError(command.schedule + ": " +
                                          std::string(schedule.status().message()));
    }
    command.threads = schedule->workers;
    command.exploration.policy = core::SchedulePolicy::kReplay;
    command.exploration.decisions = std::move(schedule->decisions);
    return absl::OkStatus();
}

void print_totals(const ExploreCommandOptions& command, const ExploreTotals& totals,
                  const ExploreFindings& findings) {
    fmt::print("  {:<13} {} blocks, {} schedules, {} steps; policy {}, {} threads\n", "explored",
               totals.blocks, totals.schedules, totals.steps,
               core::schedule_policy_name(command.exploration.policy), *command.threads);
    if (command.amplify) {
        fmt::print(
            "  {:<13} {} conflicting pairs{} as blocks of their own, {} searched to the end\n",
            "amplified", totals.pairs, command.cone > 2 ? " and triples" : "",
            totals.complete_pairs);
    }
    fmt::print("  {:<13} {}\n", "findings", totals.findings);
    if (findings.beyond_limit() > 0) {
        fmt::print("  {:<13} {} findings are of further groups, beyond the most that are kept\n",
                   "no bundle", findings.beyond_limit());
    }
    if (totals.inconclusive > 0) {
        fmt::print("  {:<13} {}: {}\n", "inconclusive", totals.inconclusive,
                   totals.inconclusive_why);
    }
    if (!totals.incomplete.empty()) {
        fmt::print("  {:<13} {}\n", "incomplete", totals.incomplete);
    }
    fmt::print("  {:<13} {}\n", "exit code", totals.exit_code());
}

/// Everything that a search needs around the blocks.
class ExploreRun {
  public:
    ExploreRun(const ExploreCommandOptions& command, const protocol::Protocol& protocol,
               ExploreFindings::Options findings, const StopSignals& stop)
        : command_(command), protocol_(protocol), findings_(std::move(findings)), stop_(stop) {}

    absl::Status start(std::optional<std::uint64_t> blocks) {
        auto pool = executors::runtime::WorkerPool::create(
            {.name = "px-explore", .workers = *command_.threads, .observer = &controller_});
        if (!pool.ok()) {
            return pool.status();
        }
        pool_ = *std::move(pool);
        search_.emplace(command_, protocol_, *pool_, controller_, stop_.requested(), findings_,
                        blocks);
        fmt::print("parallax explore: {}\n", command_.input);
        return absl::OkStatus();
    }
    [[nodiscard]] ExploreSearch& search() { return *search_; }

    int finish(const absl::Status& status) {
        search_->end_progress();
        if (!status.ok()) {
            return report_error(status);
        }
        print_totals(command_, search_->totals(), findings_);
        return findings_.unwritten() > 0 ? kExitError : search_->totals().exit_code();
    }

  private:
    const ExploreCommandOptions& command_;
    const protocol::Protocol& protocol_;
    ExploreFindings findings_;
    const StopSignals& stop_;
    executors::runtime::ScheduleController controller_;
    std::unique_ptr<executors::runtime::WorkerPool> pool_;
    std::optional<ExploreSearch> search_;
};

/// What bundles say of how the candidates were run.
replay::Bundle setting_of(const ExploreCommandOptions& command, const std::string& network) {
    replay::Bundle setting;
    setting.network = network;
    setting.build = PARALLAX_VERSION;
    setting.configuration.threads = *command.threads;
    setting.configuration.isolated = false;  // nobody decides the schedule of another process
    setting.configuration.time_limit_ms = kNativeTimeLimitMs;
    setting.configuration.fault = command.fault;
    setting.configuration.seed = command.exploration.seed;
    return setting;
}

/// Has a block explored if it is of the range, and advances the state by the control.
absl::Status explore_recorded(const ExploreCommandOptions& command,
                              const replay::ArchiveBlock& recorded,
                              const protocol::Protocol& protocol, state::MemoryStore& store,
                              ExploreSearch& search) {
    const model::Topoheight topoheight = recorded.placement.topoheight;
    const auto block = protocol.admit(recorded.wire, recorded.placement);
    if (!block.ok()) {
        return block.status();
    }
    const auto place = store.place_of(block->hash());
    if (!place.ok() || *place) {
        return place.ok() ? absl::InvalidArgumentError(core::second_place_text(topoheight, **place))
                          : place.status();
    }
    core::BlockCommit commit;
    commit.cursor = core::Cursor{topoheight, block->hash(), model::Hash{}};
    {
        const auto state = store.snapshot();
        const core::RecordingView view(*state);
        auto control = search.run_control(view, *block);
        if (!control.ok()) {
            return control.status();
        }
        if (!command.from || topoheight.value() >= *command.from) {
            search.explore_block(view, *block, *control);
        }
        commit.delta = std::move(control->delta);
    }
    return store.commit(commit);
}

/// Why not all blocks of the range were explored; empty if they were, and the archive is whole.
std::string explore_blocks(const ExploreCommandOptions& command, replay::ArchiveReader& reader,
                           const protocol::Protocol& protocol, state::MemoryStore& store,
                           ExploreSearch& search, const std::atomic<bool>& stop) {
    model::Topoheight last = reader.header().base_topoheight;
    while (!command.to || last.value() < *command.to) {
        const auto recorded = reader.next_block();
        if (!recorded.ok()) {
            return std::string(recorded.status().message());
        }
        if (!*recorded) {
            return command.to ? fmt::format("the archive ends at block {}, before the range does",
                                            last.value())
                              : "";
        }
        last = (*recorded)->placement.topoheight;
        if (auto status = explore_recorded(command, **recorded, protocol, store, search);
            !status.ok()) {
            return fmt::format("block {}: {}", last.value(), std::string(status.message()));
        }
        if (!search.totals().incomplete.empty()) {
            return search.totals().incomplete;
        }
    }
    // What was explored is no better than the file that it came from.
    return std::string(reader.check_rest(stop).message());
}

/// Reads blocks and has each explored. An error is of the archive's state; what is wrong with its
/// blocks makes the search incomplete, and what was found before counts.
absl::Status explore_archive(const ExploreCommandOptions& command, replay::ArchiveReader& reader,
                             const protocol::Protocol& protocol, ExploreSearch& search,
                             const std::atomic<bool>& stop) {
    state::MemoryStore store;
    const replay::ArchiveHeader& header = reader.header();
    const core::Cursor base{header.base_topoheight, header.base_hash, model::Hash{}};
    if (auto loaded = store.load(base, [&] { return reader.next_state_row(); }); !loaded.ok()) {
        return loaded;
    }
    const std::string incomplete = explore_blocks(command, reader, protocol, store, search, stop);
    if (!incomplete.empty()) {
        search.note_incomplete(incomplete);
    }
    return absl::OkStatus();
}

/// Blocks of the range, where the archive says how many it has.
std::optional<std::uint64_t> blocks_of(const ExploreCommandOptions& command,
                                       const replay::ArchiveHeader& header) {
    const std::uint64_t first = command.from.value_or(header.base_topoheight.value() + 1);
    const auto end = header.last ? std::optional(header.last->value()) : command.to;
    if (!end || *end < first) {
        return std::nullopt;
    }
    return std::min(*end, command.to.value_or(*end)) - first + 1;
}

int run_on_archive(ExploreCommandOptions command, const StopSignals& stop) {
    if (command.candidates.empty()) {
        command.candidates = explored_candidates();
    }
    command.threads = command.threads.value_or(kExploredThreads);
    auto reader = replay::ArchiveReader::open(command.input);
    if (!reader.ok()) {
        return report_error(reader.status());
    }
    const auto protocol = protocol_of((*reader)->header());
    if (!protocol.ok()) {
        return report_error(protocol.status());
    }
    const std::optional<std::uint64_t> blocks = blocks_of(command, (*reader)->header());
    ExploreRun run(command, **protocol,
                   {command.out, setting_of(command, (*reader)->header().network), {}}, stop);
    if (auto started = run.start(blocks); !started.ok()) {
        return report_error(started);
    }
    return run.finish(
        explore_archive(command, **reader, **protocol, run.search(), stop.requested()));
}

/// What the command does not say, the bundle does.
absl::Status fill_in(const replay::Bundle& bundle, ExploreCommandOptions& command) {
    if (command.from || command.to) {
        return absl::InvalidArgumentError(
            "a bundle has one block: --from and --to are for archives");
    }
    if (command.candidates.empty() && command.fault.empty()) {
        const replay::BundleConfiguration& configuration = bundle.configuration;
        if (!configuration.fault.empty() && testbed::find_fault(configuration.fault) == nullptr) {
            return absl::InvalidArgumentError(
                fmt::format("the bundle was made with the seeded fault '{}', which this program "
                            "does not have; choose an executor with --candidate",
                            configuration.fault));
        }
        const auto known = executor_names();
        command.fault = configuration.fault;
        if (command.fault.empty() && configuration.candidate.empty()) {
            command.candidates = explored_candidates();
        } else if (command.fault.empty() &&
                   std::find(known.begin(), known.end(), configuration.candidate) == known.end()) {
            return absl::InvalidArgumentError(
                fmt::format("the bundle's candidate '{}' is not in this program; choose another "
                            "one with --candidate",
                            configuration.candidate));
        } else {
            command.candidates = {configuration.candidate};
        }
    }
    const std::uint32_t recorded =
        bundle.schedule ? bundle.schedule->workers : bundle.configuration.threads;
    command.threads =
        command.threads.value_or(std::clamp(recorded, 1U, core::kMaxScheduledWorkers));
    command.signatures =
        command.signatures && replay::signatures_of(bundle) != model::SignaturePolicy::kOff;
    return absl::OkStatus();
}

/// Why a run on a bundle's rows is not to be believed: it asked for one that is not there.
std::optional<std::string> missing_row(replay::BundleView& rows) {
    const auto missing = rows.take_missing();
    return missing ? std::optional("pre-state missing: the bundle has no row " +
                                   model::to_string(*missing))
                   : std::nullopt;
}

ExploreFindings::Options findings_of(const replay::Bundle& bundle,
                                     const protocol::AdmittedBlock& block,
                                     const ExploreCommandOptions& command) {
    ExploreFindings::Options options{command.out, setting_of(command, bundle.network), {}};
    options.setting.signatures_checked = bundle.signatures_checked;
    for (std::size_t i = 0; i < bundle.signed_transactions.size(); ++i) {
        options.signed_transactions.emplace(block.transactions()[i].hash,
                                            bundle.signed_transactions[i]);
    }
    return options;
}

int run_on_bundle(ExploreCommandOptions command, const StopSignals& stop) {
    const auto bundle = replay::open_bundle(command.input, all_protocols());
    if (!bundle.ok()) {
        return report_error(bundle.status());
    }
    if (auto filled = fill_in(*bundle, command); !filled.ok()) {
        return report_error(filled);
    }
    const auto block = replay::admit_bundle(*bundle);
    if (!block.ok()) {
        return report_error(block.status());
    }
    replay::BundleView rows(bundle->pre_state);
    command.exploration.invalid = [&rows] { return missing_row(rows); };
    ExploreRun run(command, *bundle->protocol, findings_of(*bundle, *block, command), stop);
    if (auto started = run.start(1); !started.ok()) {
        return report_error(started);
    }
    const core::RecordingView view(rows);
    const auto control = run.search().run_control(view, *block);
    if (const auto missing = missing_row(rows)) {
        run.search().note_inconclusive("control: " + *missing);
        return run.finish(absl::OkStatus());
    }
    if (!control.ok()) {
        return run.finish(control.status());
    }
    if (!core::compare(bundle->control, *control).differences.empty()) {
        fmt::print("  {:<13} NOT as the bundle has it: another build?\n", "control");
    }
    run.search().explore_block(view, *block, *control);
    return run.finish(absl::OkStatus());
}

/// A file that begins as a bundle does. What can be read only once is an archive.
bool is_bundle(const std::string& path) {
    std::error_code error;
    if (path == "-" || !std::filesystem::is_regular_file(path, error)) {
        return false;
    }
    std::ifstream file(path, std::ios::binary);
    std::array<char, replay::kBundleMagic.size()> magic{};
    file.read(magic.data(), magic.size());
    return file &&
           std::equal(magic.begin(), magic.end(), replay::kBundleMagic.begin(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// Takes away what an earlier search left, but for what this one reads.
absl::Status begin_output(const ExploreCommandOptions& command) {
    if (command.out.empty()) {
        return absl::OkStatus();
    }
    return begin_folder(command.out, [&](const std::string& name) {
        const auto path = std::filesystem::path(command.out) / name;
        std::error_code error;
        return is_search_file_name(name) &&
               !std::filesystem::equivalent(path, command.input, error) &&
               !std::filesystem::equivalent(path, command.schedule, error);
    });
}

int explore(ExploreCommandOptions command) {
    const StopSignals stop;
    if (auto status = begin_output(command); !status.ok()) {
        return report_error(status);
    }
    if (auto status = read_schedule(command); !status.ok()) {
        return report_error(status);
    }
    if (command.amplify && command.schedule.empty()) {
        command.exploration.policy = core::SchedulePolicy::kExhaustive;
    }
    return is_bundle(command.input) ? run_on_bundle(std::move(command), stop)
                                    : run_on_archive(std::move(command), stop);
}

void add_search_options(CLI::App& command, ExploreCommandOptions& options) {
    command
        .add_option("--policy", options.policy,
                    "How schedules are found: native, perturb (delays on the machine's own "
                    "schedule), or one thread at a time: random, pct, exhaustive")
        ->capture_default_str()
        ->check(CLI::IsMember(
            std::vector<std::string>{"native", "perturb", "random", "pct", "exhaustive"}));
    command.add_option("--seed", options.exploration.seed, "Of the first schedule of each block")
        ->capture_default_str();
    command
        .add_option("--runs", options.exploration.runs,
                    "Schedules of each block and candidate, at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000'000));
    command
        .add_option("--depth", options.exploration.depth, "Of pct: ordered steps that a bug needs")
        ->capture_default_str()
        ->check(CLI::Range(1, 16));
    command
        .add_option("--bound", options.exploration.bound,
                    "Of exhaustive: preemptions in one schedule")
        ->capture_default_str()
        ->check(CLI::Range(0, 8));
    command
        .add_option("--step-limit", options.exploration.step_limit,
                    "Steps after which a run is a livelock")
        ->capture_default_str()
        ->check(CLI::Range(1'000, 1'000'000));
    command.add_option("--schedule", options.schedule,
                       "Replay this schedule file on every block of the range instead");
    command
        .add_option("--budget-s", options.budget_s,
                    "Seconds after which the search ends; 0 is no limit")
        ->capture_default_str();
    command
        .add_option("--cone", options.cone,
                    "Of --amplify: how many transactions meet in what is cut out; with 3, triples "
                    "come after the pairs")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{2}, executors::exploration::kMaxMeeting));
    command.add_flag("--amplify", options.amplify,
                     "Cut every pair of conflicting transactions out of each block, with what it "
                     "needs, and search its schedules exhaustively");
}

}  // namespace

void add_explore_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ExploreCommandOptions>();
    CLI::App* command =
        app.add_subcommand("explore", "Run blocks under many schedules, and keep the bad ones");
    command
        ->add_option("INPUT", options->input,
                     "Archive to explore (- is standard input), or a bundle, whose block is run on "
                     "its rows with its candidate, fault and threads unless told otherwise")
        ->required();
    command
        ->add_option(
            "--candidate", options->candidates,
            "Executor under test; repeat it for several. By default batch, speculative and "
            "staged, or the bundle's")
        ->allow_extra_args(false)
        ->check(CLI::IsMember(executor_names()));
    command
        ->add_option("--threads", options->threads,
                     "Threads of each parallel executor; by default 3, or the bundle's")
        ->check(CLI::Range(1U, core::kMaxScheduledWorkers));
    command
        ->add_option("--fault", options->fault,
                     "Instead of the candidates, one with this seeded fault; selftest lists them")
        ->check([](const std::string& name) {
            return testbed::find_fault(name) != nullptr
                       ? std::string()
                       : "no fault '" + name + "': selftest --list has them";
        });
    add_search_options(*command, *options);
    command->add_option("--from", options->from, "First topoheight to explore");
    command->add_option("--to", options->to, "Last topoheight to explore");
    command->add_flag("--signatures,!--no-signatures", options->signatures,
                      "Check signatures, once for each block; with --no-signatures all are taken "
                      "as valid");
    command->add_option("--out", options->out,
                        "Folder for what is found: a schedule for each finding, and for each new "
                        "group a bundle with the schedule in it");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 0 all of the range was explored and nothing found; 1 tool or usage error;\n"
        "2 a mismatch, deadlock, livelock, or a run that its schedule does not decide;\n"
        "3 inconclusive, as when a bundle has not every row, or the time was up before the range\n"
        "was done.");
    command->callback([options, &action] {
        action = [options] { return explore(*options); };
        action.stops_when_asked = true;
    });
}

}  // namespace parallax::app
