#include "app/commands/command.hpp"
#include "app/files/input_files.hpp"
#include "app/files/output_files.hpp"
#include "app/lanes/executor_registry.hpp"
#include "app/terminal/progress_sink.hpp"
#include "app/terminal/stop_signals.hpp"
#include "executors/runtime/lane_runner.hpp"
#include "testbed/vectors/conformance.hpp"
#include "testbed/vectors/vector_json.hpp"
#include "verifier/state/memory_store.hpp"
#include "verifier/state/rocksdb_store.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace parallax::app {
namespace {

namespace fs = std::filesystem;

/// Largest file of vectors that is read.
constexpr std::size_t kMaxVectorFileBytes = 256U * 1024 * 1024;

struct ConformanceCommandOptions {
    std::vector<std::string> paths;
    std::vector<std::string> executors = executor_names();
    std::string store = "rocksdb";
    unsigned threads = 2;
    bool quiet = false;
};

/// A file to run. One that was found in a folder may also be the list of test accounts.
struct VectorFile {
    fs::path path;
    std::string shown;
    bool found = false;
};

struct Totals {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    std::uint64_t errors = 0;
};

absl::Status list_folder(const fs::path& folder, std::vector<VectorFile>& files) {
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->is_regular_file(error) && entry->path().extension() == ".json") {
            found.push_back(entry->path());
        }
    }
    if (error) {
        return absl::UnknownError(
            fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& path : found) {
        files.push_back({path, path.lexically_relative(folder).string(), true});
    }
    return absl::OkStatus();
}

void print_report(const VectorFile& file, const testbed::ConformanceReport& report) {
    std::string counts = fmt::format("{} passed", report.passed);
    if (report.failed > 0) {
        counts += fmt::format(", {} failed", report.failed);
    }
    if (report.skipped > 0) {
        counts += fmt::format(", {} skipped", report.skipped);
    }
    const std::string_view word = report.failed > 0 ? "FAIL" : report.passed > 0 ? "PASS" : "SKIP";
    fmt::print("{} {} {}\n", word, file.shown, counts);
    for (const testbed::ConformanceFailure& failure : report.failures) {
        const std::string executor =
            failure.executor.empty() ? "" : fmt::format(" [{}]", failure.executor);
        fmt::print("  {}{}\n", failure.vector, executor);
        for (const std::string& difference : failure.differences) {
            fmt::print("    {}\n", difference);
        }
    }
}

void run_file(const VectorFile& file, const testbed::Conformance& conformance, Totals& totals) {
    const auto text = read_whole_file(file.path.string(), kMaxVectorFileBytes);
    if (!text.ok()) {
        fmt::print("ERROR {} {}\n", file.shown, std::string(text.status().message()));
        ++totals.errors;
        return;
    }
    if (file.found && testbed::is_account_list(*text)) {
        return;  // the test accounts that lie beside the vectors
    }
    const auto report = conformance.run_file(*text);
    if (!report.ok()) {
        fmt::print("ERROR {} {}\n", file.shown, std::string(report.status().message()));
        ++totals.errors;
        return;
    }
    print_report(file, *report);
    totals.passed += report->passed;
    totals.failed += report->failed;
    totals.skipped += report->skipped;
}

testbed::Conformance::StoreFactory store_factory(const std::string& kind, const fs::path& folder) {
    if (kind == "memory") {
        return []() -> absl::StatusOr<std::unique_ptr<core::ChainStore>> {
            return std::make_unique<state::MemoryStore>();
        };
    }
    return [folder, number = std::make_shared<std::uint64_t>(
                        0)]() -> absl::StatusOr<std::unique_ptr<core::ChainStore>> {
        const fs::path path = folder / std::to_string((*number)++);
        auto store = state::RocksDbStore::create(path.string(),
                                                 core::StoreIdentity{"devnet", "e1/reject_block"},
                                                 state::RocksDbStore::Options{});
        if (!store.ok()) {
            return store.status();
        }
        return *std::move(store);
    };
}

absl::StatusOr<std::vector<VectorFile>> list_files(const std::vector<std::string>& paths) {
    std::vector<VectorFile> files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            files.push_back({path, path, false});
        } else if (auto status = list_folder(path, files); !status.ok()) {
            return status;
        }
    }
    return files;
}

int exit_code(const Totals& totals) {
    if (totals.failed > 0) {
        return kExitMismatch;
    }
    if (totals.errors > 0) {
        return kExitError;
    }
    return totals.passed > 0 ? kExitEqual : kExitInconclusive;
}

int report_error(const absl::Status& status) {
    fmt::print(stderr, "parallax conformance: {}\n", std::string(status.message()));
    return kExitError;
}

int conformance(const ConformanceCommandOptions& command) {
    const StopSignals stop;
    const auto files = list_files(command.paths);
    if (!files.ok()) {
        return report_error(files.status());
    }
    executors::runtime::WorkerPool::Options pool_options;
    pool_options.workers = command.threads;
    const auto pool = executors::runtime::WorkerPool::create(pool_options);
    if (!pool.ok()) {
        return report_error(pool.status());
    }
    std::vector<std::unique_ptr<core::BlockExecutor>> owned;
    std::vector<core::BlockExecutor*> executors;
    for (const std::string& name : command.executors) {
        owned.push_back(create_executor(name, **pool));
        executors.push_back(owned.back().get());
    }
    const auto folder = TemporaryFolder::create();
    if (!folder.ok()) {
        return report_error(folder.status());
    }
    executors::runtime::TimedLaneRunner runner(**pool,
                                               executors::runtime::TimedLaneRunner::Options{});
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
    const testbed::Conformance conformance(
        executors, runner, store_factory(command.store, (*folder)->path()),
        testbed::Conformance::Options{model::TimestampMs{static_cast<std::uint64_t>(now_ms)}});
    Totals totals;
    const SteadyClock clock;
    ProgressBar progress(command.quiet ? nullptr : stderr, clock, "files", files->size());
    std::uint64_t done = 0;
    for (const VectorFile& file : *files) {
        if (stop.requested()) {
            break;
        }
        progress.finish();  // its result is a line of its own
        run_file(file, conformance, totals);
        std::fflush(stdout);
        progress.show(++done);
    }
    progress.finish();
    fmt::print("{} passed, {} failed, {} skipped\n", totals.passed, totals.failed, totals.skipped);
    if (done < files->size()) {
        fmt::print("stopped by a signal: {} of {} files were run\n", done, files->size());
    }
    const int code = exit_code(totals);
    return code == kExitEqual && done < files->size() ? kExitInconclusive : code;
}

}  // namespace

void add_conformance_command(CLI::App& app, CommandAction& action) {
    auto options = std::make_shared<ConformanceCommandOptions>();
    CLI::App* command =
        app.add_subcommand("conformance", "Run the chain's public test vectors through executors");
    command
        ->add_option("PATH", options->paths,
                     "Files of vectors, or folders with such files anywhere below")
        ->required();
    command
        ->add_option("--executor", options->executors,
                     "Executor that must reproduce them; repeat it for several")
        ->allow_extra_args(false)
        ->capture_default_str()
        ->check(CLI::IsMember(executor_names()));
    command->add_option("--store", options->store, "What holds the state")
        ->capture_default_str()
        ->check(CLI::IsMember(std::vector<std::string>{"rocksdb", "memory"}));
    command->add_option("--threads", options->threads, "Threads of each parallel executor")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command->add_flag("--quiet", options->quiet, "No progress");
    command->footer(
        "Skipped by rule: vectors marked as not runnable; kinds that execute nothing; chain\n"
        "vectors that expect 0xFFFF or 0x0400, which describe a defect of the harness that\n"
        "recorded them.\n"
        "Exit codes: 0 none failed and at least one passed; 1 usage error or unreadable file;\n"
        "2 a vector failed; 3 nothing was run, or a signal stopped it before all was.");
    command->callback([options, &action] {
        action = [options] { return conformance(*options); };
        action.stops_when_asked = true;
    });
}

}  // namespace parallax::app
