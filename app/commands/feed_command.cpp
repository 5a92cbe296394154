#include "app/commands/command.hpp"
#include "app/feeder/feed_run.hpp"
#include "app/feeder/feed_source.hpp"
#include "app/node/chain_state.hpp"
#include "app/node/follow_options.hpp"
#include "app/protocols.hpp"
#include "app/sidecar/sidecar_options.hpp"
#include "app/terminal/progress_sink.hpp"
#include "app/terminal/stop_signals.hpp"
#include "reports/analysis/report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

namespace parallax::app {
namespace {

struct FeedCommandOptions {
    std::string archive;
    /// Instead of an archive.
    bool from_node = false;
    FollowOptions follow;
    service::ClientOptions client;
    FeedOptions feed;
    bool quiet = false;
};

/// What a clock can keep: neither no number at all, nor one block in a thousand years.
std::string check_rate(const std::string& text) {
    constexpr double kLowest = 0.001;
    constexpr double kHighest = 1e6;
    const double rate = std::strtod(text.c_str(), nullptr);
    return rate == 0 || (rate >= kLowest && rate <= kHighest)
               ? ""
               : fmt::format("{} is no rate: choose 0, or a number from {} to {}", text, kLowest,
                             kHighest);
}

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax feed: {}\n", std::string(status.message()));
    return kExitError;
}

/// Attaches; gives the sidecar the archive's state first if it has none.
absl::StatusOr<service::PositionAnswer> attach(service::FeedClient& client, FeedSource& source,
                                               const std::atomic<bool>& stop) {
    auto position = client.attach();
    if (position.ok() || !client.lacks_state()) {
        return position;
    }
    if (auto status = source.vouch_for_state(stop); !status.ok()) {
        return status;
    }
    const auto loaded =
        client.upload_state(source.base(), [&source] { return source.next_state_row(); });
    if (!loaded.ok()) {
        return loaded.status();
    }
    fmt::print("parallax feed: the sidecar was empty: {} rows of state loaded, digest {}\n",
               loaded->rows, loaded->digest.hex());
    return client.attach();
}

/// Verdicts of the archive's blocks that the sidecar had before.
absl::Status add_earlier(service::FeedClient& client, const FeedSource& source,
                         const service::BlockId& start, FeedResult& result) {
    const model::Topoheight first = model::next(source.header().base_topoheight);
    if (start.topoheight < first) {
        return absl::OkStatus();
    }
    FeedResult earlier;
    auto status =
        client.list_verdicts(first, start.topoheight, [&](const service::FeedVerdict& verdict) {
            ++result.earlier;
            result.first =
                std::min(result.first.value_or(verdict.block.topoheight), verdict.block.topoheight);
            result.last =
                std::max(result.last.value_or(verdict.block.topoheight), verdict.block.topoheight);
            result.transactions += verdict.transactions;
            result.matches += verdict.kind == model::VerdictKind::kMatch ? 1 : 0;
            result.mismatches += verdict.kind == model::VerdictKind::kMismatch ? 1 : 0;
            result.inconclusive += verdict.kind == model::VerdictKind::kInconclusive ? 1 : 0;
            if (verdict.kind == model::VerdictKind::kMismatch && !earlier.first_mismatch) {
                earlier.first_mismatch = verdict;
            }
            if (verdict.kind == model::VerdictKind::kInconclusive && !earlier.first_inconclusive) {
                earlier.first_inconclusive = verdict;
            }
        });
    if (!status.ok()) {
        return status;
    }
    const std::uint64_t wanted = start.topoheight.value() - first.value() + 1;
    if (result.earlier != wanted && result.incomplete.empty()) {
        result.incomplete = fmt::format("the sidecar has verdicts of {} of the {} blocks before",
                                        result.earlier, wanted);
    }
    if (earlier.first_mismatch) {
        result.first_mismatch = earlier.first_mismatch;
    }
    if (earlier.first_inconclusive) {
        result.first_inconclusive = earlier.first_inconclusive;
    }
    return absl::OkStatus();
}

std::string_view title(const FeedResult& result) {
    switch (result.exit_code()) {
        case kExitEqual:
            return "MATCH";
        case kExitMismatch:
            return "MISMATCH";
        default:
            return result.incomplete.empty() ? "INCONCLUSIVE" : "INCOMPLETE";
    }
}

std::string range(const FeedResult& result) {
    return result.first && result.last
               ? fmt::format("{}..{}", result.first->value(), result.last->value())
               : "none";
}

/// What came of the stream, whatever was fed.
void print_stream(const FeedResult& result) {
    fmt::print("  transactions  {}\n", result.transactions);
    for (const auto& [source, sum] : result.observed) {
        fmt::print("  observed      {}\n", reports::observed_text(source, sum));
    }
    fmt::print("  stream        {} blocks sent, {} reorganisations, {} times no room, {} gaps\n",
               result.sent, result.rewinds, result.exhausted, result.gaps);
    if (result.finished) {
        fmt::print("  state         {} at topoheight {}\n", result.finished->state_digest.hex(),
                   result.finished->cursor.topoheight.value());
        fmt::print("  ledger        {}\n", result.finished->cursor.ledger_head.hex());
    }
    if (result.first_mismatch) {
        fmt::print("  divergence    {}\n", result.first_mismatch->sentence);
    }
    if (result.first_inconclusive) {
        const auto& reason = result.first_inconclusive->reason;
        fmt::print("  inconclusive  block {}: {}\n",
                   result.first_inconclusive->block.topoheight.value(),
                   reason ? model::inconclusive_reason_name(*reason) : "no reason given");
    }
    if (!result.incomplete.empty()) {
        fmt::print("  incomplete    {}\n", result.incomplete);
    }
    fmt::print("  exit code     {}\n", result.exit_code());
}

void print(const FeedCommandOptions& command, const FeedSource& source, const FeedResult& result) {
    fmt::print("parallax feed: {}\n", title(result));
    fmt::print("  archive       {} ({}, profile {}, failure model {})\n", command.archive,
               source.header().network, source.header().profile,
               protocol::failure_model_name(source.header().failure_model));
    fmt::print("  sidecar       {}\n", command.client.target.address);
    fmt::print("  blocks        {}: {} match, {} mismatch, {} inconclusive; {} from before\n",
               range(result), result.matches, result.mismatches, result.inconclusive,
               result.earlier);
    if (result.earlier > 0) {
        fmt::print(
            "  before        {} of these verdicts are of blocks that the sidecar had already: by "
            "hash, and not held against this archive's rows, side numbers and records\n",
            result.earlier);
    }
    print_stream(result);
}

int feed(FeedCommandOptions command) {
    const StopSignals stop;
    const auto source = FeedSource::open(command.archive, all_protocols());
    if (!source.ok()) {
        return report_error(source.status());
    }
    const replay::ArchiveHeader& header = (*source)->header();
    command.client.network = header.network;
    command.client.profile = header.profile;
    command.client.failure_model = header.failure_model;
    const auto client = service::FeedClient::create(command.client);
    if (!client.ok()) {
        return report_error(client.status());
    }
    const auto position = attach(**client, **source, stop.requested());
    if (!position.ok()) {
        return report_error(position.status());
    }
    const auto start = (*source)->go_to(*position);
    if (!start.ok()) {
        return report_error(start.status());
    }
    const SteadyClock clock;
    std::optional<std::uint64_t> blocks;
    if (header.last) {
        blocks = header.last->value() - std::min(*header.last, start->topoheight).value();
    }
    ProgressBar progress(command.quiet ? nullptr : stderr, clock, "blocks", blocks);
    command.feed.progress = [&](std::uint64_t verdicts) { progress.show(verdicts); };
    FeedRun run(**client, **source, *start, command.feed);
    auto result = run.run(stop.requested(), *start != position->tip);
    progress.finish();
    if (auto status = add_earlier(**client, **source, *start, result); !status.ok()) {
        return report_error(status);
    }
    print(command, **source, result);
    return result.exit_code();
}

/// Attaches; gives an empty sidecar the state after the first block of the node's chain.
absl::StatusOr<service::PositionAnswer> attach_with_first_state(service::FeedClient& client,
                                                                NodeSession& node) {
    auto position = client.attach();
    if (position.ok() || !client.lacks_state()) {
        return position;
    }
    const auto state = state_after_first_block(node.chain(), node.protocol());
    if (!state.ok()) {
        return state.status();
    }
    const auto loaded =
        client.upload_state({model::Topoheight{0}, node.identity().genesis}, rows_in_order(*state));
    return loaded.ok() ? client.attach() : loaded.status();
}

int feed_node(FeedCommandOptions command) {
    const StopSignals stop;
    const auto nodes =
        open_nodes(command.follow.node, command.follow.parallel_node, stop.requested());
    if (!nodes.ok()) {
        return report_error(nodes.status());
    }
    NodeSession& node = *nodes->node;
    command.client.network = node.identity().network;
    command.client.profile = node.identity().profile;
    command.client.failure_model = node.protocol()->failures();
    const auto client = service::FeedClient::create(command.client);
    if (!client.ok()) {
        return report_error(client.status());
    }
    const auto position = attach_with_first_state(**client, node);
    if (!position.ok()) {
        return report_error(position.status());
    }
    const SteadyClock clock;
    ProgressBar progress(command.quiet ? nullptr : stderr, clock, "blocks", std::nullopt);
    NodeSource::Options options = source_options(command.follow);
    options.notice = [&](const std::string& sentence) {
        progress.finish();
        fmt::print(stderr, "parallax feed: {}\n", sentence);
    };
    NodeSource source(node, nodes->parallel.get(), std::move(options), stop.requested());
    const auto start = source.start_after(known_blocks(*position));
    if (!start.ok()) {
        return report_error(start.status());
    }
    command.feed.progress = [&](std::uint64_t verdicts) { progress.show(verdicts); };
    command.feed.depth = position->ancestors.size() + 1;
    FeedRun run(**client, source, *start, command.feed);
    const FeedResult result = run.run(stop.requested(), *start != position->tip);
    progress.finish();
    fmt::print("parallax feed: {}\n", title(result));
    fmt::print("  node          {} ({}, profile {}, version {})\n", node.address(),
               node.identity().network, node.identity().profile, node.identity().version);
    fmt::print("  sidecar       {}\n", command.client.target.address);
    fmt::print("  blocks        {}: {} match, {} mismatch, {} inconclusive\n", range(result),
               result.matches, result.mismatches, result.inconclusive);
    print_stream(result);
    return result.exit_code();
}

}  // namespace

void add_feed_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<FeedCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "feed", "Stream an archive to a sidecar as a live node would, and print its verdicts");
    CLI::Option* archive =
        command->add_option("ARCHIVE", options->archive, "Archive to feed; or give --node");
    add_follow_options(*command, options->follow);
    command->get_option("--node")->excludes(archive)->default_str("");
    command->add_option("--rate", options->feed.rate, "Blocks per second; 0 is as fast as it goes")
        ->capture_default_str()
        ->check(check_rate);
    command
        ->add_option("--reorganise-every", options->feed.reorganise_every,
                     "After so many blocks the last ones are taken back and sent again; 0 is "
                     "never")
        ->capture_default_str();
    command->add_option("--depth", options->feed.depth, "How many blocks a reorganisation takes")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--name", options->client.name, "What the sidecar's log calls this feeder")
        ->capture_default_str();
    add_sidecar_options(*command, options->client.target);
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "An empty sidecar is given the archive's state first; another one is continued where it\n"
        "stands. Exit codes: 0 every block of the archive has a verdict, all match; 1 tool or "
        "usage\n"
        "error; 2 mismatch; 3 inconclusive, or not every block has a verdict.");
    command->callback([options, command, &action] {
        options->from_node = command->get_option("--node")->count() > 0;
        action = [options] {
            return options->from_node ? feed_node(*options)
                   : options->archive.empty()
                       ? report_error(absl::InvalidArgumentError("ARCHIVE or --node is required"))
                       : feed(*options);
        };
        action.stops_when_asked = true;
    });
}

}  // namespace parallax::app
