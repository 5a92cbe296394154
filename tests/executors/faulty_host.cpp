/// An executor host that misbehaves on request.
///
///     faulty_host KIND     serves the sequential executor (`batch`: the batch executor, `staged`:
///                          the staged one) at descriptor 3, and in block `kFaultyBlock` does what
///                          KIND says
///     faulty_host verifier runs a verifier whose host hangs, for the test that ends it

#include "tests/executors/faulty_host.hpp"

#include "executors/batch/batch_executor.hpp"
#include "executors/isolated/child_process.hpp"
#include "executors/isolated/executor_host.hpp"
#include "executors/isolated/frame.hpp"
#include "executors/isolated/isolated_executor.hpp"
#include "executors/isolated/messages.hpp"
#include "executors/sequential/sequential_executor.hpp"
#include "executors/staged/staged_executor.hpp"
#include "tests/support/chain.hpp"
#include "tests/support/protocols.hpp"
#include "verifier/chains/tos/e1/profile.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <map>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parallax::test {
namespace {

/// As a program without a sanitizer would die: their handlers turn a signal into an exit code.
void die_by(int signal_number) {
    signal(signal_number, SIG_DFL);
    if (signal_number == SIGSEGV) {
        void* page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        *static_cast<volatile int*>(page) = 1;
    }
    raise(signal_number);
}

[[noreturn]] void hang() {
    for (;;) {
        pause();
    }
}

[[noreturn]] void spin() {
    std::atomic<std::uint64_t> turns{0};
    for (;;) {
        turns.fetch_add(1, std::memory_order_relaxed);
    }
}

void send_bytes(const std::string& bytes) {
    if (send(executors::isolated::kHostSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        _exit(99);
    }
}

void send_frame(executors::isolated::FrameType type, const base::Bytes& payload) {
    executors::isolated::FrameChannel channel(executors::isolated::kHostSocket,
                                              executors::isolated::kMaxFrameBytes);
    if (!channel.send(type, payload, nullptr).ok()) {
        _exit(99);
    }
}

/// Asks on and on and never takes an answer, until nothing fits the socket any more.
[[noreturn]] void ask_without_listening() {
    const std::array keys = {model::account_key(account(0))};
    for (;;) {
        send_frame(executors::isolated::FrameType::kRead, executors::isolated::encode_read(keys));
    }
}

[[noreturn]] void ask_for_ever(const protocol::StateView& view) {
    for (std::uint8_t n = 0;; ++n) {
        if (!view.get(model::name_key(model::Hash::from_array({n}))).ok()) {
            hang();
        }
    }
}

using Fault = std::function<void(const protocol::StateView& view, model::BlockOutcome& outcome)>;

Fault send_then_hang(executors::isolated::FrameType type, const base::Bytes& payload) {
    return [type, payload](const protocol::StateView&, model::BlockOutcome&) {
        send_frame(type, payload);
        hang();
    };
}
Fault send_bytes_then_hang(const std::string& bytes) {
    return [bytes](const protocol::StateView&, model::BlockOutcome&) {
        send_bytes(bytes);
        hang();
    };
}

const std::map<std::string, Fault>& faults() {
    using View = const protocol::StateView&;
    static const std::map<std::string, Fault> kinds = {
        {"none", [](View, model::BlockOutcome&) {}},
        {"batch", [](View, model::BlockOutcome&) {}},
        {"staged", [](View, model::BlockOutcome&) {}},
        {"segfault", [](View, model::BlockOutcome&) { die_by(SIGSEGV); }},
        {"abort", [](View, model::BlockOutcome&) { die_by(SIGABRT); }},
        {"exit", [](View, model::BlockOutcome&) { std::_Exit(7); }},
        {"throw", [](View, model::BlockOutcome&) { throw std::runtime_error("boom \x1b[31m"); }},
        {"throw_number", [](View, model::BlockOutcome&) { throw 7; }},
        {"hang", [](View, model::BlockOutcome&) { hang(); }},
        {"spin", [](View, model::BlockOutcome&) { spin(); }},
        {"report_and_spin",
         [](View, model::BlockOutcome&) {
             fmt::print(stderr, "x");
             spin();
         }},
        {"ask_for_ever", [](View view, model::BlockOutcome&) { ask_for_ever(view); }},
        {"ask_without_listening", [](View, model::BlockOutcome&) { ask_without_listening(); }},
        {"garbage", send_bytes_then_hang("this is no frame at all")},
        {"huge_length", send_bytes_then_hang(std::string("\xff\xff\xff\xff\x04", 5))},
        {"part_of_frame",
         [](View, model::BlockOutcome&) {
             send_bytes(std::string("\x00\x00\x10\x00\x04half", 9));
             std::_Exit(0);
         }},
        {"unfinished_frame", send_bytes_then_hang(std::string("\x0f\x00\x00\x00\x04half", 9))},
        {"bad_outcome", send_then_hang(executors::isolated::FrameType::kOutcome, base::Bytes(40, 0xEE))},
        {"empty_outcome", send_then_hang(executors::isolated::FrameType::kOutcome, {})},
        {"bad_error", send_then_hang(executors::isolated::FrameType::kError, {0, 0, 0, 0, 0})},
        {"bad_read", send_then_hang(executors::isolated::FrameType::kRead, {0xFF, 0xFF, 0xFF, 0xFF})},
        {"unsorted_read",
         send_then_hang(executors::isolated::FrameType::kRead, executors::isolated::encode_read(std::array{model::counter_key(model::Counter::kGasFee),
                                                                 model::account_key(account(0))}))},
        {"request", send_then_hang(executors::isolated::FrameType::kRequest, {})},
        {"values", send_then_hang(executors::isolated::FrameType::kValues, {})},
        {"close",
         [](View, model::BlockOutcome&) {
             close(executors::isolated::kHostSocket);
             hang();
         }},
        {"die_later",
         [](View, model::BlockOutcome& outcome) {
             send_frame(executors::isolated::FrameType::kOutcome, executors::isolated::encode_host_outcome(outcome));
             die_by(SIGABRT);
         }},
        {"wrong", [](View, model::BlockOutcome& outcome) { outcome.results.clear(); }},
        {"chatty",
         [](View, model::BlockOutcome&) {
             fmt::print("to the output\n");
             std::fflush(stdout);
             char byte = 0;
             bool has_more = read(STDIN_FILENO, &byte, 1) != 0;
             for (int other = executors::isolated::kHostSocket + 1; other < 256; ++other) {
                 has_more = has_more || fcntl(other, F_GETFD) != -1;
             }
             if (has_more) {
                 std::_Exit(98);  // the verifier's input, or a descriptor of it, is ours
             }
         }},
    };
    return kinds;
}

class FaultyExecutor final : public core::BlockExecutor {
  public:
    FaultyExecutor(core::BlockExecutor& inside, const Fault& fault)
        : inside_(inside), fault_(fault) {}
    [[nodiscard]] std::string_view name() const override { return inside_.name(); }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        auto outcome = inside_.execute(view, block, context);
        if (outcome.ok() && block.placement().topoheight == kFaultyBlock) {
            fault_(view, *outcome);
        }
        return outcome;
    }

  private:
    core::BlockExecutor& inside_;
    const Fault& fault_;
};

int serve(const std::string& kind) {
    const auto fault = faults().find(kind);
    if (fault == faults().end()) {
        fmt::print(stderr, "no fault is called '{}'\n", kind);
        return 1;
    }
    const rlimit no_core_files{0, 0};
    setrlimit(RLIMIT_CORE, &no_core_files);
    auto pool = executors::runtime::WorkerPool::create(
        {.name = "px-host", .workers = 2, .observer = nullptr});
    if (!pool.ok()) {
        return 1;
    }
    executors::sequential::SequentialExecutor sequential;
    executors::batch::BatchExecutor batch(**pool, executors::batch::BatchExecutor::Options{});
    executors::staged::StagedExecutor staged(
        **pool, executors::staged::StagedExecutor::Options{.min_parallel_transactions = 1,
                                                           .phase_begins = {}});
    core::BlockExecutor& inside = kind == "batch"    ? static_cast<core::BlockExecutor&>(batch)
                                  : kind == "staged" ? static_cast<core::BlockExecutor&>(staged)
                                                     : sequential;
    FaultyExecutor faulty(inside, fault->second);
    return executors::isolated::serve_executor(executors::isolated::kHostSocket, faulty,
                                               test::protocols());
}

int run_verifier() {
    executors::isolated::IsolatedExecutor executor(
        {.name = "hanging", .command = {"/proc/self/exe", "report_and_spin"}});
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    const auto block = chain_block({}, kFaultyBlock.value(), profile);
    return block.ok() && execute(executor, MemoryView{}, *block, profile).ok() ? 0 : 1;
}

}  // namespace
}  // namespace parallax::test

int main(int argc, char** argv) {
    const std::string kind = argc == 2 ? argv[1] : "";
    return kind == "verifier" ? parallax::test::run_verifier() : parallax::test::serve(kind);
}
