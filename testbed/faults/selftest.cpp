#include "testbed/faults/selftest.hpp"

#include "testbed/faults/catalogue.hpp"
#include "testbed/faults/selftest_bench.hpp"
#include "testbed/faults/selftest_material.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace parallax::testbed {
namespace {

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

class FaultTrial {
  public:
    FaultTrial(const SelftestOptions& options, const base::Clock& clock,
               const SelftestMaterial& material, const Fault& fault)
        : options_(options), clock_(clock), material_(material), fault_(fault) {}

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
        SelftestBench bench(options_, clock_);
        if (chain == nullptr || !bench.ready()) {
            return {};
        }
        const auto executor = create_faulty_executor(fault_, bench.pool());
        const core::SchedulePolicy policy =
            fault_.needs_schedule ? core::SchedulePolicy::kPct : core::SchedulePolicy::kRandom;
        return try_chain(bench, *executor, *chain, policy,
                         fault_.needs_schedule ? options_.minimal_runs : 1);
    }

    static Detection try_chain(SelftestBench& bench, core::BlockExecutor& executor,
                               const PreparedChain& chain, core::SchedulePolicy policy,
                               std::uint32_t runs) {
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
        SelftestBench bench(options_, clock_);
        if (!bench.ready() || (mode != DetectionMode::kPct && is_endless())) {
            return {};
        }
        const auto executor = create_faulty_executor(fault_, bench.pool());
        const std::uint32_t runs = mode == DetectionMode::kPlain ? 1 : options_.runs;
        executors::runtime::ScheduleRandom random(options_.seed);
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
    const base::Clock& clock_;
    const SelftestMaterial& material_;
    const Fault& fault_;
};

}  // namespace

bool SelftestReport::passed() const {
    return !rows.empty() && false_alarms.empty() &&
           std::all_of(rows.begin(), rows.end(),
                       [](const FaultRow& row) { return row.caught && row.named_right; });
}

Selftest::Selftest(const SelftestOptions& options, const base::Clock& clock,
                   std::vector<MakeSound> sound, std::vector<SelftestBlock> stream)
    : options_(options), clock_(clock), sound_(std::move(sound)), stream_(std::move(stream)) {}

SelftestReport Selftest::run(const std::function<void(std::string_view)>& progress) {
    SelftestReport report;
    const SelftestMaterial material(stream_);
    for (const Fault& fault : fault_catalogue()) {
        progress(fault.name);
        report.rows.push_back(FaultTrial(options_, clock_, material, fault).run());
    }
    if (options_.measure) {
        report.purity = measure_purity(options_, clock_, material, progress);
    }
    for (const auto& [name, chain] : material.chains()) {
        if (chain == nullptr) {
            report.false_alarms.push_back(fmt::format("the chain {} cannot be run", name));
        }
    }
    const std::vector<SelftestMaterial::Item> blocks = material.all();
    report.clean_blocks = blocks.size();
    for (const MakeSound& make : sound_) {
        SelftestBench bench(options_, clock_);
        if (!bench.ready()) {
            report.false_alarms.emplace_back("no threads");
            continue;
        }
        const auto executor = make(bench.pool());
        progress(executor->name());
        for (std::size_t mode = 0; mode < kDetectionModes; ++mode) {
            const std::uint32_t runs = mode == 0 ? 1 : options_.runs;
            for (const SelftestMaterial::Item& item : blocks) {
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

GroupPurity Selftest::group(const std::function<void(std::string_view)>& progress) const {
    return measure_purity(options_, clock_, SelftestMaterial(stream_), progress);
}

}  // namespace parallax::testbed
