#include "app/commands/choice_option.hpp"
#include "app/commands/command.hpp"
#include "app/files/output_files.hpp"
#include "app/lanes/bundle_reruns.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/lanes/lane_set.hpp"
#include "app/protocols.hpp"
#include "app/terminal/progress_sink.hpp"
#include "app/terminal/run_environment.hpp"
#include "app/terminal/stop_signals.hpp"
#include "app/terminal/terminal_output.hpp"
#include "replay/bundle/bundle_writer.hpp"
#include "replay/loop/replay_loop.hpp"
#include "reports/analysis/finding_view.hpp"
#include "testbed/faults/catalogue.hpp"
#include "verifier/base/utf8.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <thread>

namespace parallax::app {
namespace {

struct ReplayCommandOptions {
    std::string archive;
    std::vector<std::string> candidates = {"batch"};
    bool control_only = false;
    bool isolate = true;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    std::string database;
    std::string out;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;
    model::SignaturePolicy signatures = model::SignaturePolicy::kPerLane;
    std::uint64_t time_limit_ms = 60'000;
    std::size_t blocks_in_flight = core::PipelineOptions{}.blocks_in_flight;
    bool fail_fast = false;
    std::optional<protocol::FailureModel> failure_model;
    std::string fault;
    bool quiet = false;
    std::uint32_t max_bundles = 20;
    RerunOptions reruns;
};

/// What a run is made of, in the order of construction: later members use earlier ones.
struct ReplaySetup {
    std::unique_ptr<replay::ArchiveReader> reader;
    std::unique_ptr<TemporaryFolder> temporary;
    std::unique_ptr<core::ChainStore> store;
    std::unique_ptr<LaneSet> lanes;
    std::unique_ptr<LedgerFile> ledger;
    std::unique_ptr<TimesFile> times;
    std::unique_ptr<replay::BundleWriter> bundles;
    std::unique_ptr<RunFile> run;
    replay::ReplayOptions options;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax replay: {}\n", std::string(status.message()));
    return kExitError;
}

std::optional<model::Topoheight> topoheight(const std::optional<std::uint64_t>& value) {
    return value ? std::optional(model::Topoheight{*value}) : std::nullopt;
}

absl::Status open_store(const ReplayCommandOptions& command, ReplaySetup& setup) {
    std::string directory = command.database;
    if (directory.empty()) {
        auto temporary = TemporaryFolder::create();
        if (!temporary.ok()) {
            return temporary.status();
        }
        setup.temporary = *std::move(temporary);
        directory = (setup.temporary->path() / "state").string();
    }
    const replay::ArchiveHeader& header = setup.reader->header();
    // The failure model is part of what a state is the result of.
    const core::StoreIdentity identity{
        header.network,
        fmt::format("{}/{}", header.profile,
                    protocol::failure_model_name(setup.options.pipeline.protocol->failures()))};
    auto store = state::RocksDbStore::create(directory, identity, state::RocksDbStore::Options{});
    if (!store.ok()) {
        return store.status();
    }
    setup.store = *std::move(store);
    return absl::OkStatus();
}

absl::Status create_lanes(const ReplayCommandOptions& command, ReplaySetup& setup) {
    LaneOptions options;
    if (!command.control_only) {
        options.candidates = command.candidates;
    }
    options.threads = command.threads;
    options.isolate = command.isolate;
    options.time_limit_ms = command.time_limit_ms;
    options.fault = command.fault;
    auto lanes = LaneSet::create(options);
    if (!lanes.ok()) {
        return lanes.status();
    }
    setup.lanes = *std::move(lanes);
    return absl::OkStatus();
}

std::unique_ptr<replay::BundleWriter> create_bundle_writer(const ReplayCommandOptions& command,
                                                           const replay::ArchiveHeader& header) {
    replay::BundleWriter::Options options;
    options.directory = (std::filesystem::path(command.out) / "bundles").string();
    options.limit = command.max_bundles;
    options.network = header.network;
    options.build = PARALLAX_VERSION;
    options.configuration.threads = command.threads;
    // Seeded faults run in this process.
    options.configuration.isolated = command.isolate && command.fault.empty();
    options.configuration.fault = command.fault;
    options.configuration.time_limit_ms = command.time_limit_ms;
    return std::make_unique<replay::BundleWriter>(std::move(options));
}

/// What the command line alone says.
reports::RunRequest request_of(const ReplayCommandOptions& command) {
    reports::RunRequest request;
    request.archive = command.archive;
    request.control = kControlName;
    if (!command.control_only) {
        request.candidates = command.candidates;
    }
    request.signatures = model::signature_policy_name(command.signatures);
    request.from = topoheight(command.from);
    request.to = topoheight(command.to);
    request.isolated = command.isolate && command.fault.empty();
    request.fault = command.fault;
    request.threads = command.threads;
    request.time_limit_ms = command.time_limit_ms;
    return request;
}

reports::RunRequest request_of(const ReplayCommandOptions& command, const ReplaySetup& setup) {
    const replay::ArchiveHeader& header = setup.reader->header();
    reports::RunRequest request = request_of(command);
    request.network = header.network;
    request.profile = header.profile;
    request.failure_model =
        protocol::failure_model_name(setup.options.pipeline.protocol->failures());
    request.base_topoheight = header.base_topoheight;
    request.base_hash = header.base_hash;
    request.control = setup.lanes->control_name();
    request.candidates = setup.lanes->candidate_names();
    return request;
}

/// Before anything can fail: what an earlier run left goes, and `run.json` says that this one has
/// begun and not ended.
absl::Status begin_output(const ReplayCommandOptions& command, ReplaySetup& setup) {
    if (command.out.empty()) {
        return absl::OkStatus();
    }
    const std::filesystem::path folder(command.out);
    if (auto status = begin_run_folder(folder); !status.ok()) {
        return status;
    }
    reports::RunRecord run;
    run.request = request_of(command);
    run.environment = run_environment();
    setup.run = std::make_unique<RunFile>(folder / "run.json");
    return setup.run->begin(std::move(run));
}

absl::Status create_output(const ReplayCommandOptions& command, ReplaySetup& setup) {
    if (command.out.empty()) {
        return absl::OkStatus();
    }
    const std::filesystem::path folder(command.out);
    setup.ledger = std::make_unique<LedgerFile>(folder / "ledger.jsonl");
    setup.times = std::make_unique<TimesFile>(folder / "times.jsonl");
    reports::RunRecord run = setup.run->run();
    run.request = request_of(command, setup);
    if (auto status = setup.run->begin(std::move(run)); !status.ok()) {
        return status;
    }
    if (command.max_bundles > 0) {
        setup.bundles = create_bundle_writer(command, setup.reader->header());
    }
    return absl::OkStatus();
}

absl::StatusOr<ReplaySetup> set_up(const ReplayCommandOptions& command) {
    ReplaySetup setup;
    if (auto status = begin_output(command, setup); !status.ok()) {
        return status;
    }
    auto reader = replay::ArchiveReader::open(command.archive);
    if (!reader.ok()) {
        return reader.status();
    }
    setup.reader = *std::move(reader);
    auto protocol = protocol_of(setup.reader->header(), command.failure_model);
    if (!protocol.ok()) {
        return protocol.status();
    }
    setup.options.pipeline.protocol = *std::move(protocol);
    setup.options.from = topoheight(command.from);
    setup.options.to = topoheight(command.to);
    setup.options.pipeline.policy.signatures = command.signatures;
    setup.options.pipeline.blocks_in_flight = command.blocks_in_flight;
    setup.options.fail_fast = command.fail_fast;
    setup.options.keeps_state = !command.database.empty();
    if (auto status = open_store(command, setup); !status.ok()) {
        return status;
    }
    if (auto status = create_lanes(command, setup); !status.ok()) {
        return status;
    }
    if (auto status = create_output(command, setup); !status.ok()) {
        return status;
    }
    return setup;
}

std::optional<std::uint64_t> range_size(const ReplaySetup& setup) {
    const replay::ArchiveHeader& header = setup.reader->header();
    const auto last = setup.options.to ? setup.options.to : header.last;
    const model::Topoheight first =
        setup.options.from.value_or(model::next(header.base_topoheight));
    if (!last || *last < first) {
        return std::nullopt;
    }
    return last->value() - first.value() + 1;
}

std::string why_inconclusive(const model::Verdict& verdict) {
    std::string text = fmt::format(
        "block {}: {}", verdict.topoheight.value(),
        verdict.reason ? model::inconclusive_reason_name(*verdict.reason) : "no reason given");
    for (const model::LaneReport& lane : verdict.lanes) {
        if (!lane.detail.empty()) {
            return text + fmt::format(" (lane {}: {})", lane.executor, lane.detail);
        }
    }
    return text;
}

void fill_request(const ReplayCommandOptions& command, const ReplaySetup& setup,
                  reports::ReplaySummary& summary) {
    summary.archive = command.archive;
    summary.network = setup.reader->header().network;
    summary.profile = setup.reader->header().profile;
    summary.failure_model =
        protocol::failure_model_name(setup.options.pipeline.protocol->failures());
    summary.control = setup.lanes->control_name();
    summary.candidates = setup.lanes->candidate_names();
    summary.signatures = setup.options.pipeline.policy.signatures;
    summary.threads = command.threads;
    summary.cores = std::thread::hardware_concurrency();
}

void fill_result(const replay::ReplayResult& result, reports::ReplaySummary& summary) {
    summary.first = result.first;
    summary.last = result.last;
    summary.matches = result.audit.matches();
    summary.mismatches = result.audit.mismatches();
    summary.inconclusive = result.audit.inconclusive();
    summary.gaps = result.audit.gaps();
    summary.resumed = result.resumed;
    summary.advanced = result.advanced;
    summary.transactions = result.transactions;
    summary.executed = result.executed;
    summary.failed = result.failed;
    summary.blocks_run = result.blocks_run;
    summary.transactions_run = result.transactions_run;
    summary.incomplete = result.incomplete;
    summary.exit_code = result.exit_code();
    if (result.first_mismatch && !result.first_mismatch->findings.empty()) {
        summary.finding_topoheight = result.first_mismatch->topoheight;
        summary.finding = result.first_mismatch->findings.front();
    }
    if (result.first_inconclusive) {
        summary.inconclusive_why = why_inconclusive(*result.first_inconclusive);
    }
    for (const auto& [source, sum] : result.observed) {
        summary.observed.push_back(reports::observed_text(source, sum));
    }
    summary.unjudged_blocks = result.unjudged;
    if (result.first_unjudged) {
        const model::UnjudgedInvariant& law = result.first_unjudged->unjudged.front();
        summary.unjudged_example = fmt::format("{} in block {}: {}", law.law,
                                               result.first_unjudged->topoheight.value(), law.why);
    }
}

/// Lists the bundles of the run, and runs each again.
std::vector<reports::KeptBundle> fill_bundles(const ReplayCommandOptions& command,
                                              const ReplaySetup& setup, const StopSignals& stop,
                                              reports::ReplaySummary& summary) {
    if (setup.bundles == nullptr) {
        return {};
    }
    const std::vector<replay::WrittenBundle>& written = setup.bundles->written();
    const SteadyClock clock;
    ProgressBar progress(command.quiet ? nullptr : stderr, clock, "runs of findings",
                         written.size() * command.reruns.runs);
    std::vector<reports::KeptBundle> bundles =
        rerun_bundles(written, command.reruns, clock, progress, stop.requested());
    for (std::size_t i = 0; i < written.size(); ++i) {
        summary.bundles.push_back(written[i].path);
        summary.reruns.push_back(reports::rerun_text(bundles[i]));
    }
    summary.bundles_beyond_limit = setup.bundles->beyond_limit();
    return bundles;
}

/// `result` holds what the summary does not say.
absl::Status finish_run(const ReplaySetup& setup, const reports::ReplaySummary& summary,
                        std::vector<reports::KeptBundle> bundles, reports::RunResult result) {
    result.records = setup.ledger->records();
    result.first = summary.first;
    result.last = summary.last;
    result.head = setup.ledger->head();
    result.incomplete = base::as_utf8(summary.incomplete);
    result.exit_code = summary.exit_code;
    result.state_topoheight = summary.state_topoheight;
    result.state_digest = summary.state_digest;
    reports::RunEnvironment environment = setup.run->run().environment;
    environment.elapsed_ms = static_cast<std::uint64_t>(summary.elapsed_s * 1000.0);
    environment.blocks_run = summary.blocks_run;
    environment.transactions_run = summary.transactions_run;
    return setup.run->finish(std::move(result), std::move(bundles), environment);
}

absl::Status write_reports(const ReplayCommandOptions& command, const ReplaySetup& setup,
                           const reports::ReplaySummary& summary,
                           std::vector<reports::KeptBundle> bundles, reports::RunResult result) {
    if (command.out.empty()) {
        return absl::OkStatus();
    }
    if (auto status = setup.ledger->finish(); !status.ok()) {
        return status;
    }
    if (auto status = setup.times->finish(); !status.ok()) {
        return status;
    }
    if (auto status = finish_run(setup, summary, std::move(bundles), std::move(result));
        !status.ok()) {
        return status;
    }
    return write_file_atomically(std::filesystem::path(command.out) / "summary.txt",
                                 reports::render_summary(summary, reports::TerminalStyle{}));
}

int replay(const ReplayCommandOptions& command) {
    const StopSignals stop;
    auto setup = set_up(command);
    if (!setup.ok()) {
        return report_error(setup.status());
    }
    const SteadyClock clock;
    ProgressSink progress(stderr, clock, range_size(*setup));
    core::ListenerList listeners;
    listeners.add(setup->bundles.get());
    listeners.add(setup->ledger.get());
    listeners.add(setup->times.get());
    listeners.add(command.quiet ? nullptr : &progress);
    replay::ReplayLoop loop(*setup->reader, setup->lanes->parts(*setup->store), listeners,
                            setup->options);

    const auto started = clock.now();
    const auto result = loop.run(stop.requested());
    const auto elapsed = clock.now() - started;
    progress.finish();
    if (!result.ok()) {
        return report_error(result.status());
    }

    reports::ReplaySummary summary;
    fill_request(command, *setup, summary);
    fill_result(*result, summary);
    std::vector<reports::KeptBundle> bundles = fill_bundles(command, *setup, stop, summary);
    summary.elapsed_s = std::chrono::duration<double>(elapsed).count();
    const auto cursor = setup->store->cursor();
    const auto digest = core::state_digest(*setup->store);
    if (!cursor.ok() || !digest.ok()) {
        return report_error(cursor.ok() ? digest.status() : cursor.status());
    }
    if (*cursor) {
        summary.state_topoheight = (*cursor)->topoheight;
        summary.state_digest = *digest;
    }
    reports::RunResult record;
    record.parallel_blocks = result->parallel_blocks;
    record.parallel_blocks.resize(summary.candidates.size());
    const auto written =
        write_reports(command, *setup, summary, std::move(bundles), std::move(record));
    // After the files, which are whole then even if nobody reads this.
    fmt::print("{}", reports::render_summary(summary, terminal_style(stdout)));
    return written.ok() ? summary.exit_code : report_error(written);
}

void add_lane_options(CLI::App& command, ReplayCommandOptions& options) {
    auto* candidate = command
                          .add_option("--candidate", options.candidates,
                                      "Executor under test; repeat it for several")
                          ->allow_extra_args(false)
                          ->capture_default_str()
                          ->check(CLI::IsMember(candidate_names()));
    command
        .add_flag("--control-only", options.control_only,
                  "No candidate: compares only with recorded outcomes, where the archive has them")
        ->excludes(candidate);
    command.add_flag(
        "--isolate,!--no-isolate", options.isolate,
        "Each candidate in a process of its own, so that a crash or an endless loop of it "
        "is a finding and hurts nothing; on unless --no-isolate is given");
    command.add_option("--threads", options.threads, "Threads of each parallel executor")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    add_choice(command, "--signatures", options.signatures, &model::signature_policy_name,
               "Verified in each lane, once for all lanes, or not at all")
        ->default_str(std::string(model::signature_policy_name(options.signatures)));
    command
        .add_option("--time-limit-ms", options.time_limit_ms,
                    "Milliseconds that a candidate may take for a block; 0 is no limit")
        ->capture_default_str();
    command
        .add_option("--blocks-in-flight", options.blocks_in_flight,
                    "Blocks that the control may be ahead of the candidates; 1 runs one block "
                    "after another. No verdict depends on it")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    command
        .add_option("--fault", options.fault,
                    "For tests of the verifier: one candidate with this seeded fault, in this "
                    "process; selftest --list has the names")
        ->excludes(candidate)
        ->check([](const std::string& name) {
            return testbed::find_fault(name) != nullptr ? std::string() : "no fault '" + name + "'";
        });
    add_choice(command, "--failure-model", options.failure_model, &protocol::failure_model_name,
               "What a failing transaction leaves behind, instead of the archive's model");
}

}  // namespace

void add_replay_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ReplayCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "replay", "Verify the blocks of an archive, and say where the lanes differ");
    command->add_option("ARCHIVE", options->archive, "Archive to replay; - is standard input")
        ->required();
    add_lane_options(*command, *options);
    command->add_option("--db", options->database,
                        "Folder of the state database; kept, and continued by the next run. "
                        "Without it a temporary one is used");
    command->add_option(
        "--out", options->out,
        "Folder for ledger.jsonl (every verdict), run.json (what was run, where and when; see "
        "parallax report), summary.txt, and one bundle for each group of findings, which "
        "'reproduce' takes");
    command->add_option("--max-bundles", options->max_bundles, "The most bundles to write")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000));
    command
        ->add_option("--reruns", options->reruns.runs,
                     "How often to run the block of each bundle again when the range is done, to "
                     "say whether its finding comes every time; none begins after 10 seconds of "
                     "one bundle. 0 does not")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000));
    command->add_option("--from", options->from,
                        "First topoheight to verify. The control alone runs the blocks before it, "
                        "to advance the state: they get no verdict, and the ledger starts here");
    command->add_option("--to", options->to, "Last topoheight to verify");
    command->add_flag("--fail-fast", options->fail_fast,
                      "Stop after the first block that is not a match");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Exit codes: 0 every block of the range compared and equal; 1 tool or usage error;\n"
        "2 mismatch; 3 inconclusive, range not complete, or nothing compared. The first\n"
        "interrupt finishes the blocks in progress and writes the summary; a second one kills.");
    command->callback([options, &action] {
        action = [options] { return replay(*options); };
        action.stops_when_asked = true;
    });
}

}  // namespace parallax::app
