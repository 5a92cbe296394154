#include "executors/faults/selftest.hpp"

#include "executors/exploration/explorer.hpp"
#include "executors/faults/minimal_chains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace parallax {
namespace {

bool never_stop() {
    return false;
}

bool names_fees(const Difference& difference) {
    return difference.path.find("fee") != std::string::npos;
}

/// Whether the faulty verifier lets a difference through.
bool is_reported(const Difference& difference, VerifierFault fault) {
    switch (fault) {
        case VerifierFault::kSkipsResults:
            return difference.section != Section::kResults &&
                   difference.section != Section::kOrphans &&
                   difference.section != Section::kBlockStatus;
        case VerifierFault::kSkipsState:
            return difference.section != Section::kState;
        case VerifierFault::kSkipsTotals:
            return difference.section != Section::kTotals;
        case VerifierFault::kSkipsInvariants:
            return difference.section != Section::kInvariants;
        case VerifierFault::kSkipsCertificate:
            return difference.section != Section::kSerializability;
        case VerifierFault::kIgnoresFees:
            return !names_fees(difference);
        case VerifierFault::kNone:
        case VerifierFault::kSwallowsErrors:
        case VerifierFault::kSkipsBlocks:
        case VerifierFault::kShrinksNothing:
            return true;
    }
    return true;
}

OracleSet oracle_of(const Difference& difference) {
    switch (difference.section) {
        case Section::kBlockStatus:
        case Section::kResults:
        case Section::kOrphans:
        case Section::kRecorded:
            return static_cast<OracleSet>(Oracle::kResults);
        case Section::kTotals:
        case Section::kState:
            return static_cast<OracleSet>(Oracle::kState);
        case Section::kInvariants:
            return static_cast<OracleSet>(Oracle::kInvariants);
        case Section::kSerializability:
            return static_cast<OracleSet>(Oracle::kCertificate);
        case Section::kExecutor:
            return static_cast<OracleSet>(Oracle::kWatchdog);
    }
    return 0;
}

/// What a finding of the explorer says, as the verifier under test would report it.
Detection detection_of(const ScheduleFinding& finding, VerifierFault fault) {
    Detection detection;
    switch (finding.hazard) {
        case ScheduleHazard::kDeadlock:
        case ScheduleHazard::kLivelock:
            detection.found = fault != VerifierFault::kSwallowsErrors;
            detection.oracles = static_cast<OracleSet>(Oracle::kWatchdog);
            detection.sentence = finding.sentence;
            return detection;
        case ScheduleHazard::kUncontrolled:
            detection.found = true;
            detection.oracles = static_cast<OracleSet>(Oracle::kRepeats);
            detection.sentence = finding.sentence;
            return detection;
        case ScheduleHazard::kMismatch:
            break;
    }
    for (const Finding& one : finding.verification.verdict.findings) {
        std::vector<Difference> all = one.derived;
        all.insert(all.begin(), one.first);
        for (const Difference& difference : all) {
            if (!is_reported(difference, fault)) {
                continue;
            }
            detection.oracles = static_cast<OracleSet>(detection.oracles | oracle_of(difference));
            if (!detection.found) {
                detection.found = true;
                detection.sentence = one.sentence;
            }
            if (difference.transaction && !detection.transaction) {
                detection.transaction = difference.transaction->value();
            }
        }
    }
    return detection;
}

/// One executor under a controller, and what is done with it.
class Bench {
  public:
    /// `blocks` counts over the whole selftest.
    Bench(const SelftestOptions& options, const Clock& clock, std::uint64_t& blocks)
        : options_(options), clock_(clock), blocks_(blocks) {
        auto pool = WorkerPool::create(
            {.name = "px-selftest", .workers = options.workers, .observer = &controller_});
        if (pool.ok()) {
            pool_ = *std::move(pool);
        }
    }
    [[nodiscard]] bool ready() const { return pool_ != nullptr; }
    [[nodiscard]] WorkerPool& pool() { return *pool_; }

    /// Runs one block up to `runs` times under a policy.
    Detection try_block(BlockExecutor& executor, const SelftestBlock& tried,
                        const BlockOutcome& control, SchedulePolicy policy, std::uint32_t runs,
                        SignaturePolicy signatures = SignaturePolicy::kPerLane) {
        Detection detection;
        blocks_ += 1;
        if (options_.verifier_fault == VerifierFault::kSkipsBlocks && blocks_ % 3 == 0) {
            return detection;
        }
        ExplorationOptions exploration;
        exploration.policy = policy;
        exploration.seed = options_.seed;
        exploration.runs = runs;
        exploration.depth = 3;
        exploration.step_limit = 50'000;
        exploration.signatures = signatures;
        Explorer explorer(executor, *pool_, controller_, *tried.profile, exploration);
        const auto start = clock_.now();
        const Exploration found = explorer.explore(*tried.view, *tried.block, control, &never_stop);
        if (found.finding) {
            detection = detection_of(*found.finding, options_.verifier_fault);
        } else if (found.inconclusive > 0 && !is_unsupported(found)) {
            detection.found = options_.verifier_fault != VerifierFault::kSwallowsErrors;
            detection.oracles = static_cast<OracleSet>(Oracle::kWatchdog);
            detection.sentence = found.inconclusive_why;
        }
        detection.schedules = found.schedules;
        detection.seconds = std::chrono::duration<double>(clock_.now() - start).count();
        return detection;
    }

  private:
    static bool is_unsupported(const Exploration& found) {
        return found.inconclusive_why.find("unsupported") != std::string::npos;
    }

    const SelftestOptions& options_;
    const Clock& clock_;
    ScheduleController controller_;
    std::unique_ptr<WorkerPool> pool_;
    std::uint64_t& blocks_;
};

SchedulePolicy policy_of(DetectionMode mode) {
    switch (mode) {
        case DetectionMode::kPlain:
            return SchedulePolicy::kNative;
        case DetectionMode::kPerturbed:
            return SchedulePolicy::kPerturb;
        case DetectionMode::kPct:
            return SchedulePolicy::kPct;
    }
    return SchedulePolicy::kNative;
}

bool is_named(const Fault& fault, const Detection& detection) {
    if (fault.transaction == kNoTransactionNamed) {
        return true;
    }
    return detection.transaction &&
           (fault.transaction == kAnyTransaction ||
            *detection.transaction == static_cast<std::uint32_t>(fault.transaction));
}

bool is_caught(const Fault& fault, const Detection& detection) {
    const auto common = static_cast<OracleSet>(detection.oracles & fault.expected);
    return detection.found && (fault.needs_schedule ? common != 0 : common == fault.expected);
}

/// All blocks that faults are tried on, and the control's outcomes.
class Material {
  public:
    explicit Material(const std::vector<SelftestBlock>& generated) {
        for (const std::string_view name : minimal_chain_names()) {
            chains_.emplace(name, prepare_chain(name));
        }
        for (const SelftestBlock& tried : generated) {
            auto control = run_control(tried);
            if (control.ok()) {
                generated_.push_back({tried, *std::move(control)});
            }
        }
    }
    struct Item {
        SelftestBlock block;
        BlockOutcome control;
    };
    [[nodiscard]] const PreparedChain* chain(std::string_view name) const {
        const auto found = chains_.find(name);
        return found == chains_.end() ? nullptr : found->second.get();
    }
    [[nodiscard]] const auto& chains() const { return chains_; }
    [[nodiscard]] const std::vector<Item>& generated() const { return generated_; }

  private:
    std::map<std::string_view, std::unique_ptr<const PreparedChain>> chains_;
    std::vector<Item> generated_;
};

/// Runs one fault.
class FaultTrial {
  public:
    FaultTrial(const SelftestOptions& options, const Clock& clock, const Material& material,
               const Fault& fault, std::uint64_t& blocks)
        : options_(options), clock_(clock), material_(material), fault_(fault), blocks_(blocks) {}

    FaultRow run() {
        FaultRow row;
        row.fault = &fault_;
        row.minimal = try_minimal();
        row.caught = is_caught(fault_, row.minimal);
        row.named_right = is_named(fault_, row.minimal);
        if (options_.measure) {
            for (std::size_t mode = 0; mode < kDetectionModes; ++mode) {
                row.stream[mode] = try_stream(static_cast<DetectionMode>(mode));
            }
        }
        return row;
    }

  private:
    Detection try_minimal() {
        const PreparedChain* chain = material_.chain(fault_.chain);
        Bench bench(options_, clock_, blocks_);
        if (chain == nullptr || !bench.ready()) {
            return {};
        }
        const auto executor = create_faulty_executor(fault_, bench.pool());
        const SchedulePolicy policy =
            fault_.needs_schedule ? SchedulePolicy::kPct : SchedulePolicy::kRandom;
        return try_chain(bench, *executor, *chain, policy,
                         fault_.needs_schedule ? options_.minimal_runs : 1);
    }

    static Detection try_chain(Bench& bench, BlockExecutor& executor, const PreparedChain& chain,
                               SchedulePolicy policy, std::uint32_t runs) {
        Detection detection;
        std::uint64_t schedules = 0;
        double seconds = 0;
        for (std::size_t i = 0; i < chain.blocks.size(); ++i) {
            detection = bench.try_block(executor, chain.blocks[i], chain.controls[i], policy, runs);
            schedules += detection.schedules;
            seconds += detection.seconds;
            detection.schedules = schedules;
            detection.seconds = seconds;
            detection.blocks = i + 1;
            if (detection.found) {
                break;
            }
        }
        return detection;
    }

    Detection try_stream(DetectionMode mode) {
        Bench bench(options_, clock_, blocks_);
        if (!bench.ready() || (mode != DetectionMode::kPct && is_endless())) {
            return {};
        }
        const auto executor = create_faulty_executor(fault_, bench.pool());
        const std::uint32_t runs = mode == DetectionMode::kPlain ? 1 : options_.runs;
        ScheduleRandom random(options_.seed);
        std::vector<const PreparedChain*> chains;
        for (const auto& [name, chain] : material_.chains()) {
            chains.push_back(chain.get());
        }
        for (std::size_t i = chains.size() - 1; i > 0; --i) {
            std::swap(chains[i], chains[random.below(i + 1)]);
        }
        Detection sum;
        const std::size_t rounds = std::max(chains.size(), material_.generated().size());
        for (std::size_t i = 0; i < rounds; ++i) {
            if (i < material_.generated().size()) {
                const auto& item = material_.generated()[i];
                const Detection found =
                    bench.try_block(*executor, item.block, item.control, policy_of(mode), runs);
                if (add(found, 1, sum)) {
                    return sum;
                }
            }
            if (i < chains.size() && chains[i] != nullptr) {
                const Detection found =
                    try_chain(bench, *executor, *chains[i], policy_of(mode), runs);
                if (add(found, found.blocks, sum)) {
                    return sum;
                }
            }
        }
        return sum;
    }

    /// Only a step limit ends it.
    [[nodiscard]] bool is_endless() const {
        return fault_.expected == static_cast<OracleSet>(Oracle::kWatchdog) &&
               !fault_.hooks.gives_up;
    }

    static bool add(const Detection& found, std::uint64_t blocks, Detection& sum) {
        sum.blocks += blocks;
        sum.schedules += found.schedules;
        sum.seconds += found.seconds;
        if (found.found) {
            sum.found = true;
            sum.oracles = found.oracles;
            sum.sentence = found.sentence;
            sum.transaction = found.transaction;
        }
        return found.found;
    }

    const SelftestOptions& options_;
    const Clock& clock_;
    const Material& material_;
    const Fault& fault_;
    std::uint64_t& blocks_;
};

}  // namespace

std::string_view verifier_fault_name(VerifierFault fault) noexcept {
    switch (fault) {
        case VerifierFault::kNone:
            return "none";
        case VerifierFault::kSkipsResults:
            return "skips-results";
        case VerifierFault::kSkipsState:
            return "skips-state";
        case VerifierFault::kSkipsTotals:
            return "skips-totals";
        case VerifierFault::kSkipsInvariants:
            return "skips-invariants";
        case VerifierFault::kSkipsCertificate:
            return "skips-certificate";
        case VerifierFault::kIgnoresFees:
            return "ignores-fees";
        case VerifierFault::kSwallowsErrors:
            return "swallows-errors";
        case VerifierFault::kSkipsBlocks:
            return "skips-blocks";
        case VerifierFault::kShrinksNothing:
            return "shrinks-nothing";
    }
    return "unknown";
}

std::optional<VerifierFault> find_verifier_fault(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kVerifierFaults; ++i) {
        const auto fault = static_cast<VerifierFault>(i);
        if (verifier_fault_name(fault) == name) {
            return fault;
        }
    }
    return std::nullopt;
}

bool SelftestReport::passed() const {
    return !rows.empty() && false_alarms.empty() &&
           std::all_of(rows.begin(), rows.end(),
                       [](const FaultRow& row) { return row.caught && row.named_right; });
}

Selftest::Selftest(const SelftestOptions& options, const Clock& clock, std::vector<MakeSound> sound,
                   std::vector<SelftestBlock> stream)
    : options_(options), clock_(clock), sound_(std::move(sound)), stream_(std::move(stream)) {}

SelftestReport Selftest::run(const std::function<void(std::string_view)>& progress) {
    SelftestReport report;
    const Material material(stream_);
    std::uint64_t blocks_tried = 0;
    for (const Fault& fault : fault_catalogue()) {
        progress(fault.name);
        report.rows.push_back(FaultTrial(options_, clock_, material, fault, blocks_tried).run());
    }
    std::vector<Material::Item> blocks = material.generated();
    for (const auto& [name, chain] : material.chains()) {
        if (chain == nullptr) {
            report.false_alarms.push_back(fmt::format("the chain {} cannot be run", name));
            continue;
        }
        for (std::size_t i = 0; i < chain->blocks.size(); ++i) {
            blocks.push_back({chain->blocks[i], chain->controls[i]});
        }
    }
    report.clean_blocks = blocks.size();
    for (const MakeSound& make : sound_) {
        Bench bench(options_, clock_, blocks_tried);
        if (!bench.ready()) {
            report.false_alarms.emplace_back("no threads");
            continue;
        }
        const auto executor = make(bench.pool());
        progress(executor->name());
        for (std::size_t mode = 0; mode < kDetectionModes; ++mode) {
            const std::uint32_t runs = mode == 0 ? 1 : options_.runs;
            for (const Material::Item& item : blocks) {
                const Detection found =
                    bench.try_block(*executor, item.block, item.control,
                                    policy_of(static_cast<DetectionMode>(mode)), runs);
                report.clean_runs += found.schedules;
                if (found.found) {
                    report.false_alarms.push_back(
                        fmt::format("{}: {}", executor->name(), found.sentence));
                }
            }
        }
    }
    return report;
}

void Selftest::add_clean(const std::vector<SelftestBlock>& blocks, SelftestReport& report) {
    std::uint64_t tried = 0;
    std::vector<BlockOutcome> controls;
    for (const SelftestBlock& block : blocks) {
        auto control = run_control(block, SignaturePolicy::kOff);
        if (!control.ok()) {
            report.false_alarms.emplace_back("the control failed on a clean block");
            return;
        }
        controls.push_back(*std::move(control));
    }
    report.clean_blocks += blocks.size();
    for (const MakeSound& make : sound_) {
        Bench bench(options_, clock_, tried);
        if (!bench.ready()) {
            report.false_alarms.emplace_back("no threads");
            return;
        }
        const auto executor = make(bench.pool());
        for (const DetectionMode mode : {DetectionMode::kPlain, DetectionMode::kPerturbed}) {
            for (std::size_t i = 0; i < blocks.size(); ++i) {
                const Detection found = bench.try_block(*executor, blocks[i], controls[i],
                                                        policy_of(mode), 1, SignaturePolicy::kOff);
                report.clean_runs += found.schedules;
                if (found.found) {
                    report.false_alarms.push_back(
                        fmt::format("{}: {}", executor->name(), found.sentence));
                }
            }
        }
    }
}

}  // namespace parallax
