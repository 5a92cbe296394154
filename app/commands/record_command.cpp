#include "app/commands/command.hpp"
#include "app/node/follow_options.hpp"
#include "app/node/recorder.hpp"
#include "app/terminal/progress_sink.hpp"
#include "app/terminal/stop_signals.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace parallax::app {
namespace {

struct RecordCommandOptions {
    NodeOptions node;
    std::string parallel_node;
    RecorderOptions recorder;
    bool quiet = false;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax record: {}\n", std::string(status.message()));
    return kExitError;
}

void print(const RecordCommandOptions& command, const NodeSession& node, const Recording& result) {
    const node::NodeIdentity& identity = node.identity();
    fmt::print("parallax record: {}\n", command.recorder.path);
    fmt::print("  node          {} ({}, profile {}, version {})\n", node.address(),
               identity.network, identity.profile, identity.version);
    fmt::print("  blocks        {} up to block {}, {} of them from before\n", result.counts.blocks,
               result.last.value(), result.taken_over);
    fmt::print("  state         {} rows before the first of them\n", result.counts.state_rows);
    if (result.rewinds > 0) {
        fmt::print("  reorganised   {} times while it was recorded\n", result.rewinds);
    }
    const node::RpcCounts& counts = node.counts();
    fmt::print("  asked         {} calls in {} requests, {} of them failed; {} bytes read\n",
               counts.calls, counts.posts, counts.failed_posts, counts.bytes_in);
    if (!result.incomplete.empty()) {
        fmt::print("  incomplete    {}\n", result.incomplete);
    }
    fmt::print("  next          parallax replay {}\n", command.recorder.path);
}

int record(RecordCommandOptions command) {
    const StopSignals stop;
    const auto nodes = open_nodes(command.node, command.parallel_node, stop.requested());
    if (!nodes.ok()) {
        return report_error(nodes.status());
    }
    command.recorder.patience = std::chrono::seconds(command.node.patience_s);
    const SteadyClock clock;
    ProgressBar progress(command.quiet ? nullptr : stderr, clock, "blocks", std::nullopt);
    command.recorder.progress = [&](std::uint64_t blocks) { progress.show(blocks); };
    command.recorder.notice = [&](const std::string& sentence) {
        progress.finish();
        fmt::print(stderr, "parallax record: {}\n", sentence);
    };
    Recorder recorder(*nodes->node, nodes->parallel.get(), command.recorder, stop.requested());
    const auto result = recorder.run();
    progress.finish();
    if (!result.ok()) {
        return report_error(result.status());
    }
    print(command, *nodes->node, *result);
    return result->incomplete.empty() ? kExitEqual : kExitInconclusive;
}

}  // namespace

void add_record_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<RecordCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "record", "Record a node's blocks and what it says of them into an archive");
    options->node.patience_s = 60;
    add_node_options(*command, options->node);
    command->add_option("--network", options->node.wanted.network,
                        "Refuse a node of another network");
    command
        ->add_option("--profile", options->node.wanted.profile,
                     "Epoch of the chain, where the node cannot be asked for it")
        ->check(CLI::IsMember(std::vector<std::string>{"e1", "head"}));
    add_parallel_node_option(*command, options->parallel_node);
    command->add_option("-o,--out", options->recorder.path, "Archive to write")->required();
    command
        ->add_option("--from", options->recorder.from,
                     "First block; those before it are executed for the state alone")
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()));
    command->add_option("--to", options->recorder.to,
                        "Last block; waits for it. Unless given, the node's top at the start");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "An archive of that name, or what a killed recording left of one, is gone on with. Exit "
        "codes:\n"
        "0 every block asked for is in the archive; 1 tool or usage error; 3 it ends before.");
    command->callback([options, &action] {
        action = [options] { return record(*options); };
        action.stops_when_asked = true;
    });
}

}  // namespace parallax::app
