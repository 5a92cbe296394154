#include "app/commands/command.hpp"
#include "app/feeder/feed_run.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/node/chain_state.hpp"
#include "app/node/follow_options.hpp"
#include "app/node/state_audit.hpp"
#include "app/protocols.hpp"
#include "app/sidecar/archive_state.hpp"
#include "app/sidecar/daemon_options.hpp"
#include "app/sidecar/sidecar_host.hpp"
#include "app/terminal/live_view.hpp"
#include "app/terminal/stop_signals.hpp"
#include "reports/analysis/report.hpp"
#include "verifier/service/loop/verify_loop.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

namespace parallax::app {
namespace {

/// Where the data are unless the user says otherwise.
constexpr const char* kDataDirectory = "parallax-attach";
/// Blocks that a change of the order can take back, unless the user says otherwise.
constexpr std::uint32_t kUndoWindow = 1024;

struct AttachOptions {
    FollowOptions follow;
    bool audit = false;
    bool exit_on_mismatch = false;
    bool quiet = false;
    bool each_block = false;
    DaemonRequest daemon;
};

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax attach: {}\n", std::string(status.message()));
    return kExitError;
}

/// Reached by whoever may read the data, and by nobody else.
std::string socket_in(const std::string& data_directory) {
    return "unix:" + data_directory + "/sidecar.sock";
}

/// The settings of the sidecar inside: what the user gave, and what fits a node beside it.
absl::StatusOr<service::ServiceConfiguration> configure(const AttachOptions& command,
                                                        const node::NodeIdentity& identity) {
    DaemonOptions options = resolve(
        command.daemon, {candidate_names(), SidecarCanaries().faults(), all_protocols().profiles()},
        [&](service::ServiceConfiguration& configuration) {
            configuration.network = identity.network;
            configuration.profile = identity.profile;
            configuration.data_directory = kDataDirectory;
            configuration.undo_window = kUndoWindow;
            // The node has checked them, too: once shows that the bytes are whole.
            configuration.signatures = model::SignaturePolicy::kOnce;
            configuration.listen = socket_in(kDataDirectory);
        });
    service::ServiceConfiguration& configuration = options.configuration;
    if (configuration.listen == socket_in(kDataDirectory)) {
        configuration.listen = socket_in(configuration.data_directory);
    }
    if (configuration.network != identity.network || configuration.profile != identity.profile) {
        return absl::InvalidArgumentError(fmt::format(
            "the node is of {}, profile {}, and the settings say {}, profile {}", identity.network,
            identity.profile, configuration.network, configuration.profile));
    }
    if (configuration.tls.enabled()) {
        return absl::InvalidArgumentError(
            "attach feeds a sidecar in its own process, without TLS: run parallaxd with it, and "
            "parallax feed --node beside the node");
    }
    if (!options.problems.empty()) {
        return absl::InvalidArgumentError(
            fmt::format("the settings have problems: {}", fmt::join(options.problems, "; ")));
    }
    return configuration;
}

service::ClientOptions client_options(const service::ServiceConfiguration& configuration,
                                      const std::string& address) {
    service::ClientOptions options;
    options.target.address = address;
    options.target.token_file = configuration.token_file;
    options.name = "parallax attach";
    options.network = configuration.network;
    options.profile = configuration.profile;
    options.failure_model = configuration.failure_model;
    return options;
}

std::chrono::seconds patience_of(const AttachOptions& command) {
    return std::chrono::seconds(command.follow.node.patience_s);
}

/// Gives an empty sidecar the state that the chain begins with.
absl::Status load_first_state(const AttachOptions& command, const StopSignals& stop,
                              SidecarHost& host, NodeSession& node) {
    const auto cursor = host.store().cursor();
    if (!cursor.ok() || *cursor) {
        return cursor.status();
    }
    const auto state = ask_patiently(patience_of(command), stop.requested(), [&] {
        return state_after_first_block(node.chain(), node.protocol());
    });
    if (!state.ok()) {
        return state.status();
    }
    return host.sidecar()
        .loop()
        .load_state({model::Topoheight{0}, node.identity().genesis}, rows_in_order(*state))
        .status();
}

NodeSource::Options options_of(const AttachOptions& command, LiveView& view) {
    NodeSource::Options options = source_options(command.follow);
    options.notice = [&view](const std::string& sentence) { view.notice(sentence); };
    options.node_is_at = [&view](const node::NodeInfo& info) {
        view.node_is_at(info.top, info.stable);
    };
    options.block_seen = [&view](model::Topoheight at) { view.block_seen(at); };
    options.order_changed = [&view](model::Topoheight above) { view.order_changed(above); };
    return options;
}

void print(const FeedResult& result, const std::string& data) {
    fmt::print("parallax attach: {} match, {} mismatch, {} inconclusive{}\n", result.matches,
               result.mismatches, result.inconclusive,
               result.last ? fmt::format(", up to block {}", result.last->value()) : "");
    if (result.earlier > 0) {
        fmt::print("  before        all of them were verified before this run\n");
    }
    for (const auto& [source, sum] : result.observed) {
        fmt::print("  observed      {}\n", reports::observed_text(source, sum));
    }
    if (result.rewinds > 0) {
        fmt::print("  reorganised   {} times\n", result.rewinds);
    }
    if (result.first_mismatch) {
        const service::FeedVerdict& verdict = *result.first_mismatch;
        const std::string place = fmt::format("block {}", verdict.block.topoheight.value());
        fmt::print("  divergence    {}{}\n",
                   verdict.sentence.starts_with(place + " ") ? "" : place + ": ", verdict.sentence);
        fmt::print("  bundles       {}/bundles\n", data);
    }
    if (result.first_inconclusive) {
        const service::FeedVerdict& verdict = *result.first_inconclusive;
        fmt::print(
            "  inconclusive  block {}: {}{}\n", verdict.block.topoheight.value(),
            verdict.reason ? model::inconclusive_reason_name(*verdict.reason) : "no reason given",
            verdict.detail.empty() ? "" : fmt::format(" ({})", verdict.detail));
    }
    if (result.finished) {
        fmt::print("  state         {} at topoheight {}\n", result.finished->state_digest.hex(),
                   result.finished->cursor.topoheight.value());
        fmt::print("  ledger        {}\n", result.finished->cursor.ledger_head.hex());
    }
    if (!result.incomplete.empty()) {
        fmt::print("  ended         {}\n", result.incomplete);
    }
    fmt::print("  data          {}: run it again to go on\n", data);
}

/// Its own exit code: an audit that says nothing is no match.
int print_audit(const StateAudit& audit) {
    if (!audit.not_done.empty()) {
        fmt::print("  audit         not done: {}\n", audit.not_done);
        return kExitInconclusive;
    }
    fmt::print(
        "  audit         {} of {} balances, nonces and supplies answered after block {}, {} "
        "of them differ\n",
        audit.answered, audit.rows, audit.at.topoheight.value(), audit.different);
    for (const std::string& example : audit.examples) {
        fmt::print("                {}\n", example);
    }
    return audit.different > 0           ? kExitMismatch
           : audit.answered < audit.rows ? kExitInconclusive
                                         : kExitEqual;
}

/// A mismatch is worse than what was not compared.
int worse_of(int one, int other) {
    return one == kExitMismatch || other == kExitMismatch ? kExitMismatch : std::max(one, other);
}

/// Whether the run ended as the user asked, and not for want of something.
bool ended_as_asked(const FeedResult& result, const StopSignals& stop) {
    return result.incomplete.empty() || stop.requested();
}

int exit_code(const FeedResult& result, const StopSignals& stop) {
    if (result.mismatches > 0) {
        return kExitMismatch;
    }
    return result.inconclusive > 0 || result.matches == 0 || !ended_as_asked(result, stop)
               ? kExitInconclusive
               : kExitEqual;
}

std::filesystem::path burned_supply_mark(const std::string& data_directory) {
    return std::filesystem::path(data_directory) / "burned-supply-not-known";
}

/// Whether the burned supply can be compared outlives the run: a file says that it cannot.
void remember_burned_supply(const std::string& data_directory, NodeSource::Options& options) {
    const auto mark = burned_supply_mark(data_directory);
    options.burned_supply_known = !std::filesystem::exists(mark);
    options.burned_supply_changed = [mark](bool known) {
        std::error_code ignored;
        if (known) {
            std::filesystem::remove(mark, ignored);
        } else {
            std::ofstream(mark) << "A block burned what its node did not tell.\n";
        }
    };
}

/// A run that found all verified already ends as the runs before it did.
absl::Status count_earlier(service::FeedClient& client, const service::BlockId& start,
                           FeedResult& result) {
    if (result.matches + result.mismatches + result.inconclusive > 0 || !result.finished ||
        start.topoheight.value() == 0) {
        return absl::OkStatus();
    }
    return client.list_verdicts(
        model::Topoheight{1}, start.topoheight, [&](const service::FeedVerdict& verdict) {
            ++result.earlier;
            result.last = verdict.block.topoheight;
            result.matches += verdict.kind == model::VerdictKind::kMatch ? 1U : 0U;
            result.mismatches += verdict.kind == model::VerdictKind::kMismatch ? 1U : 0U;
            result.inconclusive += verdict.kind == model::VerdictKind::kInconclusive ? 1U : 0U;
            core::add_observed(verdict.observed, result.observed);
        });
}

/// The feeder and the view of it, in front of a sidecar that has a state.
absl::StatusOr<FeedResult> follow(const AttachOptions& command, NodeSession& node,
                                  NodeSession* parallel,
                                  const service::ServiceConfiguration& configuration,
                                  SidecarHost& host, const StopSignals& stop) {
    const auto client =
        service::FeedClient::create(client_options(configuration, host.sidecar().address()));
    if (!client.ok()) {
        return client.status();
    }
    const auto position = (*client)->attach();
    if (!position.ok()) {
        return position.status();
    }
    reports::LiveFrame frame;
    frame.node = node.address();
    frame.network = configuration.network;
    frame.profile = configuration.profile;
    frame.candidates = configuration.verification.candidates;
    const SteadyClock clock;
    LiveView view(command.quiet ? nullptr : stdout, clock, std::move(frame), command.each_block);
    std::atomic<bool> mismatch{false};
    NodeSource::Options options = options_of(command, view);
    options.ended = [&] { return command.exit_on_mismatch && mismatch; };
    remember_burned_supply(configuration.data_directory, options);
    NodeSource source(node, parallel, std::move(options), stop.requested());
    const auto start = ask_patiently(patience_of(command), stop.requested(),
                                     [&] { return source.start_after(known_blocks(*position)); });
    if (!start.ok()) {
        return start.status();
    }
    FeedOptions feed;
    feed.depth = configuration.undo_window;
    feed.verdict = [&](const service::FeedVerdict& verdict) {
        view.verdict(verdict);
        mismatch = mismatch || verdict.kind == model::VerdictKind::kMismatch;
    };
    FeedRun run(**client, source, *start, feed);
    FeedResult result = run.run(stop.requested(), *start != position->tip);
    view.finish();
    if (auto status = count_earlier(**client, *start, result); !status.ok()) {
        return status;
    }
    return result;
}

/// What the command line asks of the node's chain.
node::WantedChain wanted_chain(const DaemonRequest& request) {
    service::ServiceConfiguration said;
    said.network.clear();
    said.profile.clear();
    request.settings->apply(said);
    return {said.network, said.profile};
}

/// Starts the sidecar, with a state.
absl::Status begin(const AttachOptions& command, NodeSession& node,
                   const service::ServiceConfiguration& configuration, SidecarHost& host,
                   const StopSignals& stop, service::EventLog& log) {
    const std::string& archive = command.daemon.archive;
    if (auto status = check_archive(archive, configuration, host.store(), stop.requested(), log);
        !status.ok()) {
        return status;
    }
    if (auto status = host.start(); !status.ok()) {
        return status;
    }
    return archive.empty() ? load_first_state(command, stop, host, node)
                           : load_archive(archive, configuration, host.store(), stop.requested(),
                                          host.sidecar().loop());
}

int attach(AttachOptions command) {
    const StopSignals stop;
    command.follow.node.wanted = wanted_chain(command.daemon);
    service::EventLog log(stderr, command.daemon.log_level);
    const auto nodes =
        open_nodes(command.follow.node, command.follow.parallel_node, stop.requested());
    if (!nodes.ok()) {
        return report_error(nodes.status());
    }
    NodeSession& node = *nodes->node;
    const auto configuration = configure(command, node.identity());
    if (!configuration.ok()) {
        return report_error(configuration.status());
    }
    const auto host = SidecarHost::open(*configuration, log);
    if (!host.ok()) {
        return report_error(host.status());
    }
    if (auto status = begin(command, node, *configuration, **host, stop, log); !status.ok()) {
        return report_error(status);
    }
    const auto result = follow(command, node, nodes->parallel.get(), *configuration, **host, stop);
    absl::StatusOr<StateAudit> audited = StateAudit{};
    if (command.audit && result.ok()) {
        const auto mark = burned_supply_mark(configuration->data_directory);
        audited = audit_state((*host)->store(), node, !std::filesystem::exists(mark));
    }
    const auto stopped = (*host)->stop();
    if (!audited.ok()) {
        return report_error(audited.status());
    }
    if (!result.ok() || !stopped.ok()) {
        return report_error(result.ok() ? stopped : result.status());
    }
    print(*result, configuration->data_directory);
    const int code = exit_code(*result, stop);
    return command.audit ? worse_of(code, print_audit(*audited)) : code;
}

void add_options(CLI::App& command, AttachOptions& options) {
    add_follow_options(command, options.follow);
    command.add_flag("--audit", options.audit,
                     "When it ends, holds every balance and nonce against the node's, if the node "
                     "is at the same block");
    command.add_flag("--exit-on-mismatch", options.exit_on_mismatch,
                     "Ends at the first mismatch, with exit code 2");
    command.add_flag("--each-block", options.each_block,
                     "Where the output is no terminal: a line for each block, however fast they "
                     "come");
    command.add_flag("--quiet", options.quiet, "Shows nothing while it runs");
}

}  // namespace

void add_attach_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<AttachOptions>();
    CLI::App* command =
        app.add_subcommand("attach", "Verify the blocks of a running node as they come, beside it");
    add_options(*command, *options);
    const auto parsed = [options, &action](const DaemonRequest& request) {
        options->daemon = request;
        action = [options] { return attach(*options); };
        action.stops_when_asked = true;
    };
    define_daemon_options(*command, parsed, service::LogLevel::kError);
    command->footer(
        "It begins with the first block of the chain, or where it was when it ended. Exit codes: 0 "
        "all\n"
        "verified blocks match; 1 tool or usage error; 2 mismatch; 3 inconclusive, a gap, or "
        "nothing\n"
        "verified. docs/ATTACH.md says more.");
}

}  // namespace parallax::app
