#include "app/commands/command.hpp"
#include "app/terminal/progress_sink.hpp"
#include "replay/archive/output_file.hpp"
#include "testbed/workload/workload.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace parallax::app {
namespace {

struct GenerateOptions {
    std::string out;
    testbed::WorkloadOptions workload;
    std::string hot = std::string(testbed::hot_side_name(testbed::WorkloadOptions{}.hot_side));
    std::string mix;
    std::string profile = "e1";
    bool record_outcomes = false;
    bool quiet = false;
};

std::string action_names() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < testbed::kWorkloadActions; ++i) {
        names.emplace_back(testbed::workload_action_name(static_cast<testbed::WorkloadAction>(i)));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// `transfer=60,burn=5`: the actions that are not named get weight 0.
absl::Status parse_mix(const std::string& text, testbed::WorkloadOptions& workload) {
    if (text.empty()) {
        return absl::OkStatus();
    }
    workload.weights.fill(0);
    for (const std::string& part : CLI::detail::split(text, ',')) {
        const std::size_t equals = part.find('=');
        const std::string name = part.substr(0, equals);
        const auto action = testbed::find_workload_action(name);
        std::uint32_t weight = 1;
        if (!action) {
            return absl::InvalidArgumentError(
                fmt::format("--mix: no action '{}'; there are {}", name, action_names()));
        }
        if (equals != std::string::npos &&
            !CLI::detail::lexical_cast(part.substr(equals + 1), weight)) {
            return absl::InvalidArgumentError(
                fmt::format("--mix: the weight in '{}' is not a number", part));
        }
        workload.weights[static_cast<std::size_t>(*action)] = weight;
    }
    return absl::OkStatus();
}

void print_counts(std::string_view title, const std::map<std::string, std::uint64_t>& counts) {
    if (counts.empty()) {
        return;
    }
    std::vector<std::string> parts;
    for (const auto& [name, count] : counts) {
        parts.push_back(fmt::format("{} {}", name, count));
    }
    fmt::print("  {:<13} {}\n", title, fmt::join(parts, ", "));
}

std::string shortfall_text(const testbed::WorkloadSummary& summary) {
    std::vector<std::string> reasons;
    if (summary.closed_by_size > 0) {
        reasons.push_back(
            fmt::format("{} blocks are as large as the chain allows", summary.closed_by_size));
    }
    if (summary.without_sender > 0) {
        reasons.push_back(fmt::format(
            "in {} blocks no account could send anything more: ask for more accounts, other "
            "actions or fewer transactions",
            summary.without_sender));
    }
    return fmt::format("{} of the {} transactions asked for were made; {}", summary.transactions,
                       summary.asked, fmt::join(reasons, "; "));
}

int generate(GenerateOptions options) {
    if (auto status = parse_mix(options.mix, options.workload); !status.ok()) {
        fmt::print(stderr, "parallax generate: {}\n", std::string(status.message()));
        return kExitError;
    }
    options.workload.hot_side = *testbed::find_hot_side(options.hot);
    options.workload.epoch =
        options.profile == "head" ? tos::e1::Epoch::kHead : tos::e1::Epoch::kE1;
    for (std::size_t i = 0; options.mix.empty() && i < testbed::kWorkloadActions; ++i) {
        if (!testbed::has_action(options.workload.epoch, static_cast<testbed::WorkloadAction>(i))) {
            options.workload.weights[i] = 0;
        }
    }
    const SteadyClock clock;
    ProgressBar progress(options.quiet ? nullptr : stderr, clock, "blocks",
                         options.workload.blocks);
    const auto summary =
        testbed::write_workload(options.workload, options.out, options.record_outcomes,
                                [&](std::uint64_t blocks) { progress.show(blocks); });
    progress.finish();
    if (!summary.ok()) {
        fmt::print(stderr, "parallax generate: {}\n", std::string(summary.status().message()));
        return kExitError;
    }
    if (summary->transactions < summary->asked) {
        // Not only on standard output, which may be the archive.
        fmt::print(stderr, "parallax generate: {}\n", shortfall_text(*summary));
    }
    if (replay::is_standard_output(options.out)) {
        return kExitEqual;  // standard output is the archive
    }
    fmt::print("parallax generate: {}\n", options.out);
    fmt::print("  {:<13} {} rows of state, {} blocks, {} recorded outcomes\n", "archive",
               summary->counts.state_rows, summary->counts.blocks, summary->counts.outcomes);
    fmt::print("  {:<13} {}: {} executed, {} failed, {} skipped\n", "transactions",
               summary->transactions, summary->executed, summary->failed, summary->skipped);
    if (summary->transactions < summary->asked) {
        fmt::print("  {:<13} {}\n", "fewer", shortfall_text(*summary));
    }
    print_counts("actions", summary->by_action);
    print_counts("failures", summary->by_failure);
    fmt::print("  {:<13} {} ended otherwise than meant\n", "unexpected", summary->unexpected);
    return kExitEqual;
}

std::vector<std::string> hot_side_names() {
    std::vector<std::string> names;
    for (const testbed::HotSide side : {testbed::HotSide::kNone, testbed::HotSide::kReceiver,
                                        testbed::HotSide::kSender, testbed::HotSide::kBoth}) {
        names.emplace_back(testbed::hot_side_name(side));
    }
    return names;
}

void add_load_options(CLI::App& command, GenerateOptions& options) {
    testbed::WorkloadOptions& workload = options.workload;
    command.add_option("--accounts", workload.accounts, "Accounts with funds at the start")
        ->capture_default_str();
    command.add_option("--blocks", workload.blocks, "Blocks")->capture_default_str();
    command
        .add_option("--transactions,--transactions-per-block", workload.transactions_per_block,
                    "Transactions in a block")
        ->capture_default_str();
    command
        .add_option("--conflict,--conflict-percent", workload.conflict_percent,
                    "Percent of transactions that touch a hot account")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    command.add_option("--hot", options.hot, "Which side of those is the hot account")
        ->capture_default_str()
        ->check(CLI::IsMember(hot_side_names()));
    command.add_option("--hot-accounts", workload.hot_accounts, "How many accounts are hot")
        ->capture_default_str();
    command
        .add_option("--failing,--failing-percent", workload.failing_percent,
                    "Percent of transactions that are meant to fail")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    command
        .add_option("--side-blocks", workload.side_block_percent,
                    "Percent of blocks that are side blocks")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    command.add_option("--assets", workload.assets, "Assets beside TOS")->capture_default_str();
    command.add_option("--mix", options.mix,
                       fmt::format("Actions and their weights, as transfer=60,burn=5; what is not "
                                   "named is left out. Actions: {}",
                                   action_names()));
}

}  // namespace

void add_generate_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<GenerateOptions>();
    CLI::App* command =
        app.add_subcommand("generate", "Make an archive of really signed transactions from a seed");
    command->add_option("ARCHIVE,--out", options->out, "Archive to write; - is standard output")
        ->required();
    command->add_option("--seed", options->workload.seed, "Equal options make equal archives")
        ->capture_default_str();
    command->add_option("--network", options->workload.network, "Whose rules apply")
        ->capture_default_str()
        ->check(
            CLI::IsMember(std::vector<std::string>{"mainnet", "testnet", "stagenet", "devnet"}));
    command->add_option("--profile", options->profile, "Epoch of the chain")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"e1", "head"}));
    add_load_options(*command, *options);
    command->add_option("--threads", options->workload.signing_threads, "Threads that sign")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command->add_flag("--record-outcomes", options->record_outcomes,
                      "Store what the rules, run in order, make of each block");
    command->add_flag("--quiet", options->quiet, "No progress");
    command->callback([options, &action] { action = [options] { return generate(*options); }; });
}

}  // namespace parallax::app
