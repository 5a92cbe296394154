#include "tests/reports/sample_run.hpp"

#include "executors/sequential/sequential_executor.hpp"
#include "reports/record/json_lines.hpp"
#include "reports/record/times_lines.hpp"
#include "tests/reports/careless_executor.hpp"
#include "tests/support/chain.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

namespace parallax::test {
namespace {

constexpr std::uint64_t kFunds = 1'000'000'000'000;
constexpr std::uint64_t kFirstBlock = 100;
constexpr std::uint64_t kBlocks = 9;

/// The sequential executor, but for what `act` does at some blocks.
class FragileExecutor final : public core::BlockExecutor {
  public:
    [[nodiscard]] std::string_view name() const override { return "fragile"; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override {
        const std::uint64_t at = block.placement().topoheight.value() - kFirstBlock;
        if (at == 4) {
            return absl::DeadlineExceededError("took longer than 5 ms");
        }
        if (at == 6) {
            return absl::InternalError("</script><img src=x onerror=alert(1)> \xff & \"quoted\"");
        }
        return executors::sequential::SequentialExecutor().execute(view, block, context);
    }
};

class DirectRunner final : public core::LaneRunner {
  public:
    absl::StatusOr<model::BlockOutcome> run(
        core::BlockExecutor&,
        const std::function<absl::StatusOr<model::BlockOutcome>(const std::atomic<bool>&)>& lane)
        override {
        const std::atomic<bool> cancelled{false};
        return lane(cancelled);
    }
    std::vector<crypto::SignatureCheck> check_signatures(const protocol::AdmittedBlock&) override {
        return {};
    }
};

tos::e1::Transaction register_name(std::uint32_t n, std::uint64_t nonce, const std::string& name) {
    tos::e1::Transaction transaction = draft(n, nonce, tos::e1::RegisterNamePayload{name});
    transaction.fee = model::Amount{10 * model::kCoin};
    return sign(n, std::move(transaction));
}

/// Two transactions of one sender side by side, payments that meet, a burn, and in two blocks two
/// accounts that want one name.
std::vector<tos::e1::Transaction> payments(std::uint64_t nonce) {
    return {
        transfer(1, 2 * nonce, 2, 1000 + nonce),
        transfer(1, 2 * nonce + 1, 3, 2000),
        transfer(4, nonce, 2, 70'000),
        transfer(5, nonce, 2, 80'000),
        signed_by(6, nonce, tos::e1::BurnPayload{model::kTosAsset, model::Amount{500}}),
    };
}
std::vector<tos::e1::Transaction> rivals(std::uint32_t n, const std::string& name) {
    return {register_name(n, 0, name), register_name(n + 1, 0, name)};
}

/// `said` is what the verdicts say of signatures: none of these blocks has a wrong one.
SampleRun run_lanes(const std::vector<core::BlockExecutor*>& candidates,
                    model::SignaturePolicy said) {
    const tos::e1::Profile profile = *tos::e1::find_profile("devnet");
    MemoryView state;
    for (std::uint32_t n = 0; n < 16; ++n) {
        fund(state, n, kFunds);
    }
    executors::sequential::SequentialExecutor control;
    DirectRunner runner;
    core::VerifyPolicy policy;
    policy.signatures = model::SignaturePolicy::kOff;
    SampleRun sample;
    std::uint64_t nonce = 0;
    for (std::uint64_t at = 1; at <= kBlocks; ++at) {
        auto block = chain_block(at == 3   ? rivals(10, "parallel")
                                 : at == 8 ? rivals(12, "candidate")
                                           : payments(nonce++),
                                 kFirstBlock + at, profile);
        EXPECT_TRUE(block.ok()) << block.status();
        core::Verification verification =
            core::verify_block(state, *block, profile, control, candidates, {}, policy, runner);
        EXPECT_TRUE(verification.control.has_value());
        core::LedgerRecord record;
        record.previous =
            sample.records.empty() ? model::Hash{} : core::ledger_hash(sample.records.back());
        record.verdict = std::move(verification.verdict);
        record.verdict.signatures = said;
        sample.records.push_back(std::move(record));
        state.apply(verification.control->delta);
    }
    return sample;
}

reports::RunRecord run_of(const SampleRun& sample, std::vector<std::string> candidates) {
    reports::RunRecord run;
    run.request.archive = "sample.pxa";
    run.request.network = "devnet";
    run.request.profile = "e1";
    run.request.failure_model = "orphan_atomic";
    run.request.base_topoheight = model::Topoheight{kFirstBlock};
    run.request.control = "sequential";
    run.request.candidates = std::move(candidates);
    run.request.signatures =
        model::signature_policy_name(sample.records.front().verdict.signatures);
    run.request.threads = 2;
    run.request.time_limit_ms = 5;
    run.environment.command = "parallax replay sample.pxa --out report";
    run.environment.program = "parallax 0.1.0";
    run.environment.compiler = "gcc 12.2.0";
    run.environment.host = "builder";
    run.environment.system = "Linux 6.1 x86_64";
    run.environment.cores = 2;
    run.environment.started = "2026-01-31T12:00:00Z";
    run.environment.elapsed_ms = 1500;
    run.environment.blocks_run = sample.records.size();
    core::LedgerAudit audit;
    for (const core::LedgerRecord& record : sample.records) {
        EXPECT_TRUE(audit.add(record).ok());
        run.environment.transactions_run += record.verdict.transactions;
    }
    reports::RunResult result;
    result.records = sample.records.size();
    result.first = sample.records.front().verdict.topoheight;
    result.last = sample.records.back().verdict.topoheight;
    result.head = core::ledger_hash(sample.records.back());
    result.exit_code = audit.exit_code();
    result.parallel_blocks.assign(run.request.candidates.size(), sample.records.size());
    result.state_topoheight = result.last;
    result.state_digest = core::ledger_hash(sample.records.front());
    run.result = result;
    return run;
}

void add_times(SampleRun& sample) {
    using std::chrono::microseconds;
    for (const core::LedgerRecord& record : sample.records) {
        const model::Topoheight at = record.verdict.topoheight;
        const microseconds control(400 + 10 * (at.value() - kFirstBlock));
        if (at != model::Topoheight{kFirstBlock + 4}) {
            sample.times.push_back({at, control, {control / 2, control / 4, control * 2}});
        }
    }
}

/// As if the first two causes had been run again: one shows every time, one now and then.
void keep_bundles(SampleRun& sample) {
    const auto keep = [&](const core::LedgerRecord& record, std::uint64_t met) {
        const model::Finding& finding = record.verdict.findings.front();
        reports::KeptBundle kept;
        kept.topoheight = record.verdict.topoheight;
        kept.fingerprint = finding.fingerprint;
        kept.file = fmt::format("bundles/{}-{}.pxb", kept.topoheight.value(),
                                finding.fingerprint.hex().substr(0, 16));
        kept.runs = 10;
        kept.met = met;
        kept.equal = 10 - met;
        sample.run.bundles.push_back(std::move(kept));
    };
    keep(sample.records[1], 3);
    keep(sample.records[2], 10);
}

}  // namespace

std::string SampleRun::times_lines() const {
    std::string text;
    for (const core::BlockTimes& block : times) {
        text += reports::to_json_line(block) + '\n';
    }
    return text;
}

std::string SampleRun::ledger() const {
    std::string text;
    for (const core::LedgerRecord& record : records) {
        text += reports::to_json_line(record) + '\n';
    }
    return text;
}

SampleRun sample_run() {
    CarelessExecutor careless(
        "careless", {model::Topoheight{102}, model::Topoheight{103}, model::Topoheight{105},
                     model::Topoheight{107}, model::Topoheight{108}});
    FragileExecutor fragile;
    CarelessExecutor steady("steady", {});
    SampleRun sample = run_lanes({&careless, &fragile, &steady}, model::SignaturePolicy::kOff);
    sample.run = run_of(sample, {"careless", "fragile", "steady"});
    add_times(sample);
    keep_bundles(sample);
    return sample;
}

SampleRun clean_run() {
    CarelessExecutor steady("steady", {});
    SampleRun sample = run_lanes({&steady}, model::SignaturePolicy::kPerLane);
    sample.run = run_of(sample, {"steady"});
    return sample;
}

}  // namespace parallax::test
