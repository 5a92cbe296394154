#include "executors/exploration/conflict_cones.hpp"
#include "executors/exploration/explorer.hpp"
#include "executors/faults/catalogue.hpp"
#include "replay/archive_reader.hpp"
#include "verifier/cli/command.hpp"
#include "verifier/cli/executor_registry.hpp"
#include "verifier/cli/output_files.hpp"
#include "verifier/cli/progress_sink.hpp"
#include "verifier/cli/stop_signals.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/state/memory_store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace parallax {
namespace {

/// Pairs cut out of one block, and transactions in one of them.
constexpr std::size_t kMaxCones = 200;
constexpr std::size_t kMaxConeSize = 6;

struct ExploreCommandOptions {
    std::string archive;
    std::vector<std::string> candidates = {"batch", "speculative", "staged"};
    unsigned threads = 3;
    std::string policy = "pct";
    std::string schedule;
    std::string fault;
    std::string out;
    std::uint64_t budget_s = 0;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;
    bool signatures = true;
    bool amplify = false;
    bool quiet = false;
    ExplorationOptions exploration;
};

/// What the search came to.
struct ExploreTotals {
    std::uint64_t blocks = 0;
    std::uint64_t pairs = 0;
    std::uint64_t complete_pairs = 0;
    std::uint64_t schedules = 0;
    std::uint64_t steps = 0;
    std::uint64_t inconclusive = 0;
    std::string inconclusive_why;
    std::uint64_t findings = 0;
    /// Why not all of the range was explored; empty if it was.
    std::string incomplete;

    [[nodiscard]] int exit_code() const {
        if (findings > 0) {
            return kExitMismatch;
        }
        return inconclusive > 0 || blocks == 0 || !incomplete.empty() ? kExitInconclusive
                                                                      : kExitEqual;
    }
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax explore: {}\n", std::string(status.message()));
    return kExitError;
}

absl::StatusOr<Profile> profile_of(const ArchiveHeader& header) {
    auto profile = e1_profile(header.network);
    if (header.profile != "e1" || !profile) {
        return absl::InvalidArgumentError(
            fmt::format("the archive is of network '{}' and profile '{}': not known",
                        header.network, header.profile));
    }
    profile->failure_model = header.failure_model;
    return *profile;
}

absl::Status read_schedule(ExploreCommandOptions& command) {
    if (command.schedule.empty()) {
        command.exploration.policy = *find_schedule_policy(command.policy);
        return absl::OkStatus();
    }
    std::ifstream file(command.schedule, std::ios::binary);
    if (!file) {
        return absl::NotFoundError("cannot open " + command.schedule);
    }
    std::string text(kMaxScheduleBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    auto schedule = decode_schedule(text);
    if (!schedule.ok()) {
        return absl::InvalidArgumentError(command.schedule + ": " +
                                          std::string(schedule.status().message()));
    }
    command.threads = schedule->workers;
    command.exploration.policy = SchedulePolicy::kReplay;
    command.exploration.decisions = std::move(schedule->decisions);
    return absl::OkStatus();
}

/// Reads blocks, has each candidate explored on each, and advances the state by the control.
class ExploreLoop {
  public:
    ExploreLoop(const ExploreCommandOptions& command, ArchiveReader& reader, const Profile& profile,
                WorkerPool& pool, ScheduleController& controller, const std::atomic<bool>& stop)
        : command_(command),
          reader_(reader),
          profile_(profile),
          pool_(pool),
          controller_(controller),
          stop_(stop),
          control_(create_executor(kControlName, pool)) {
        if (const Fault* fault = find_fault(command.fault)) {
            candidates_.push_back(create_faulty_executor(*fault, pool));
        } else {
            for (const std::string& name : command.candidates) {
                candidates_.push_back(create_executor(name, pool));
            }
        }
        deadline_ = clock_.now() + std::chrono::seconds(command.budget_s);
    }

    absl::StatusOr<ExploreTotals> run() {
        const ArchiveHeader& header = reader_.header();
        const Cursor base{header.base_topoheight, header.base_hash, Hash{}};
        if (auto loaded = store_.load(base, [this] { return reader_.next_state_row(); });
            !loaded.ok()) {
            return loaded;
        }
        while (totals_.incomplete.empty()) {
            auto block = reader_.next_block();
            if (!block.ok()) {
                return block.status();
            }
            if (!*block || (command_.to && (*block)->placement.topoheight.value() > *command_.to)) {
                break;
            }
            if (auto done = run_block(**block); !done.ok()) {
                return done;
            }
        }
        return std::move(totals_);
    }

  private:
    [[nodiscard]] bool out_of_time() const {
        return stop_.load(std::memory_order_relaxed) ||
               (command_.budget_s > 0 && clock_.now() >= deadline_);
    }

    absl::Status run_block(const ArchiveBlock& recorded) {
        const Topoheight topoheight = recorded.placement.topoheight;
        auto decoded = decode_block(recorded.wire, recorded.placement);
        if (!decoded.ok()) {
            return decoded.status();
        }
        const auto block = admit(*std::move(decoded), profile_);
        if (!block.ok()) {
            return block.status();
        }
        BlockOutcome control;
        {
            const auto view = store_.snapshot();
            auto outcome = run_control(*view, *block);
            if (!outcome.ok()) {
                return outcome.status();
            }
            control = *std::move(outcome);
            if (!command_.from || topoheight.value() >= *command_.from) {
                explore_block(*view, *block, control);
            }
        }
        BlockCommit commit;
        commit.cursor = Cursor{topoheight, block->hash(), Hash{}};
        commit.delta = std::move(control.delta);
        return store_.commit(commit);
    }

    absl::StatusOr<BlockOutcome> run_control(const StateView& view, const AdmittedBlock& block) {
        const SignatureSource signatures =
            command_.signatures ? SignatureSource::per_lane(block) : SignatureSource::off(block);
        const std::atomic<bool> never{false};
        return control_->execute(view, block, ExecutionContext{profile_, signatures, never, true});
    }

    void explore_block(const StateView& view, const AdmittedBlock& block,
                       const BlockOutcome& control) {
        for (const auto& candidate : candidates_) {
            if (command_.amplify) {
                amplify(*candidate, view, block, control);
            } else {
                explore(*candidate, view, block, control, "");
            }
        }
        if (out_of_time()) {
            totals_.incomplete =
                fmt::format("{} at block {}", stop_ ? "stopped on request" : "the time was up",
                            block.placement().topoheight.value());
        } else {
            totals_.blocks += 1;
        }
        if (!command_.quiet) {
            fmt::print(stderr, "\rblock {}: {} schedules, {} findings ",
                       block.placement().topoheight.value(), totals_.schedules, totals_.findings);
            std::fflush(stderr);
        }
    }

    /// Every pair that conflicts, as a block of its own.
    void amplify(BlockExecutor& candidate, const StateView& view, const AdmittedBlock& block,
                 const BlockOutcome& control) {
        if (!control.access_log) {
            return;
        }
        for (const ConflictCone& cone :
             conflict_cones(block, *control.access_log, kMaxConeSize, kMaxCones)) {
            if (out_of_time()) {
                return;
            }
            const auto cut = cut_block(block, cone, profile_);
            const auto outcome =
                cut.ok() ? run_control(view, *cut) : absl::StatusOr<BlockOutcome>(cut.status());
            if (!outcome.ok()) {
                note_inconclusive(std::string(outcome.status().message()));
                continue;
            }
            totals_.pairs += 1;
            explore(candidate, view, *cut, *outcome,
                    fmt::format(", transactions {}", fmt::join(cone, ", ")));
        }
    }

    void explore(BlockExecutor& candidate, const StateView& view, const AdmittedBlock& block,
                 const BlockOutcome& control, const std::string& part) {
        ExplorationOptions options = command_.exploration;
        options.signatures = command_.signatures ? SignaturePolicy::kOnce : SignaturePolicy::kOff;
        Explorer explorer(candidate, pool_, controller_, profile_, options);
        const Exploration found =
            explorer.explore(view, block, control, [this] { return out_of_time(); });
        totals_.schedules += found.schedules;
        totals_.steps += found.steps;
        totals_.complete_pairs += found.complete && !part.empty() ? 1U : 0U;
        if (found.inconclusive > 0) {
            note_inconclusive(found.inconclusive_why);
        }
        if (found.finding) {
            keep(*found.finding, candidate.name(), block, part);
        }
    }

    void note_inconclusive(const std::string& why) {
        totals_.inconclusive += 1;
        if (totals_.inconclusive_why.empty()) {
            totals_.inconclusive_why = why;
        }
    }

    void keep(const ScheduleFinding& finding, std::string_view candidate,
              const AdmittedBlock& block, const std::string& part) {
        totals_.findings += 1;
        const std::uint64_t topoheight = block.placement().topoheight.value();
        std::string where;
        if (!command_.out.empty()) {
            const std::string name =
                fmt::format("{}-{}-{}.schedule", topoheight, candidate, totals_.findings);
            const auto path = std::filesystem::path(command_.out) / name;
            if (auto written = write_file_atomically(path, encode_schedule(finding.schedule));
                !written.ok()) {
                fmt::print(stderr, "parallax explore: {}\n", std::string(written.message()));
            }
            where = fmt::format("\n    schedule  {}", path.string());
        }
        fmt::print("  {:<13} block {}{}, {}, {} schedule of seed {}: {}{}\n",
                   schedule_hazard_name(finding.hazard), topoheight, part, candidate,
                   schedule_policy_name(finding.schedule.policy), finding.schedule.seed,
                   finding.sentence, where);
    }

    const ExploreCommandOptions& command_;
    ArchiveReader& reader_;
    const Profile& profile_;
    WorkerPool& pool_;
    ScheduleController& controller_;
    const std::atomic<bool>& stop_;
    const SteadyClock clock_;
    std::chrono::nanoseconds deadline_{};
    MemoryStore store_;
    std::unique_ptr<BlockExecutor> control_;
    std::vector<std::unique_ptr<BlockExecutor>> candidates_;
    ExploreTotals totals_;
};

void print_totals(const ExploreCommandOptions& command, const ExploreTotals& totals) {
    fmt::print("  {:<13} {} blocks, {} schedules, {} steps; policy {}, {} threads\n", "explored",
               totals.blocks, totals.schedules, totals.steps,
               schedule_policy_name(command.exploration.policy), command.threads);
    if (command.amplify) {
        fmt::print("  {:<13} {} conflicting pairs as blocks of their own, {} searched to the end\n",
                   "amplified", totals.pairs, totals.complete_pairs);
    }
    fmt::print("  {:<13} {}\n", "findings", totals.findings);
    if (totals.inconclusive > 0) {
        fmt::print("  {:<13} {}: {}\n", "inconclusive", totals.inconclusive,
                   totals.inconclusive_why);
    }
    if (!totals.incomplete.empty()) {
        fmt::print("  {:<13} {}\n", "incomplete", totals.incomplete);
    }
    fmt::print("  {:<13} {}\n", "exit code", totals.exit_code());
}

int explore(ExploreCommandOptions command) {
    const StopSignals stop;
    if (auto status = read_schedule(command); !status.ok()) {
        return report_error(status);
    }
    if (command.amplify && command.schedule.empty()) {
        command.exploration.policy = SchedulePolicy::kExhaustive;
    }
    auto reader = ArchiveReader::open(command.archive);
    if (!reader.ok()) {
        return report_error(reader.status());
    }
    const auto profile = profile_of((*reader)->header());
    if (!profile.ok()) {
        return report_error(profile.status());
    }
    if (!command.out.empty()) {
        std::error_code error;
        std::filesystem::create_directories(command.out, error);
        if (error) {
            return report_error(absl::UnknownError("cannot create the folder " + command.out));
        }
    }
    ScheduleController controller;
    auto pool = WorkerPool::create(
        {.name = "px-explore", .workers = command.threads, .observer = &controller});
    if (!pool.ok()) {
        return report_error(pool.status());
    }
    fmt::print("parallax explore: {}\n", command.archive);
    ExploreLoop loop(command, **reader, *profile, **pool, controller, stop.requested());
    const auto totals = loop.run();
    if (!command.quiet) {
        fmt::print(stderr, "\n");
    }
    if (!totals.ok()) {
        return report_error(totals.status());
    }
    print_totals(command, *totals);
    return totals->exit_code();
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
    command.add_flag("--amplify", options.amplify,
                     "Cut every pair of conflicting transactions out of each block, with what it "
                     "needs, and search its schedules exhaustively");
}

}  // namespace

void add_explore_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ExploreCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "explore", "Run the blocks of an archive under many schedules, and keep the bad ones");
    command->add_option("ARCHIVE", options->archive, "Archive to explore; - is standard input")
        ->required();
    command
        ->add_option("--candidate", options->candidates,
                     "Executor under test; repeat it for several")
        ->allow_extra_args(false)
        ->capture_default_str()
        ->check(CLI::IsMember(executor_names()));
    command->add_option("--threads", options->threads, "Threads of each parallel executor")
        ->capture_default_str()
        ->check(CLI::Range(1U, kMaxScheduledWorkers));
    command
        ->add_option("--fault", options->fault,
                     "Instead of the candidates, one with this seeded fault; selftest lists them")
        ->check([](const std::string& name) {
            return find_fault(name) != nullptr
                       ? std::string()
                       : "no fault '" + name + "': selftest --list has them";
        });
    add_search_options(*command, *options);
    command->add_option("--from", options->from, "First topoheight to explore");
    command->add_option("--to", options->to, "Last topoheight to explore");
    command->add_flag("--signatures,!--no-signatures", options->signatures,
                      "Check signatures, once for each block; with --no-signatures all are taken "
                      "as valid");
    command->add_option("--out", options->out, "Folder for the schedules that show something");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 0 all of the range was explored and nothing found; 1 tool or usage error;\n"
        "2 a mismatch, deadlock, livelock, or a run that its schedule does not decide;\n"
        "3 inconclusive, or the time was up before the range was done.");
    command->callback([options, &action] { action = [options] { return explore(*options); }; });
}

}  // namespace parallax
