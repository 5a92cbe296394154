#include "app/commands/command.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/protocols.hpp"
#include "executors/isolated/child_process.hpp"
#include "executors/isolated/executor_host.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <sys/stat.h>

namespace parallax::app {
namespace {

struct ExecutorHostOptions {
    std::string candidate;
    unsigned threads = 1;
};

int host_executor(const ExecutorHostOptions& options) {
    struct stat connection {};
    if (fstat(executors::isolated::kHostSocket, &connection) != 0 ||
        !S_ISSOCK(connection.st_mode)) {
        fmt::print(stderr,
                   "parallax executor-host: 'parallax replay' starts this command, with a "
                   "connection to it; there is none\n");
        return kExitError;
    }
    executors::runtime::WorkerPool::Options pool_options;
    pool_options.workers = options.threads;
    const auto pool = executors::runtime::WorkerPool::create(pool_options);
    if (!pool.ok()) {
        fmt::print(stderr, "parallax executor-host: {}\n", std::string(pool.status().message()));
        return kExitError;
    }
    const auto executor = create_executor(options.candidate, **pool);
    return executors::isolated::serve_executor(executors::isolated::kHostSocket, *executor,
                                               all_protocols());
}

}  // namespace

void add_executor_host_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ExecutorHostOptions>();
    CLI::App* command = app.add_subcommand(
        "executor-host", "Runs one executor for 'parallax replay', in a process of its own");
    command->group("");  // nobody types it: no help lists it
    command->add_option("--candidate", options->candidate, "Executor to run")
        ->required()
        ->check(CLI::IsMember(candidate_names()));
    command->add_option("--threads", options->threads, "Threads of the executor")
        ->check(CLI::Range(1, 256));
    command->callback(
        [options, &action] { action = [options] { return host_executor(*options); }; });
}

}  // namespace parallax::app
