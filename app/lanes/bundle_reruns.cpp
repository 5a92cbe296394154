#include "app/lanes/bundle_reruns.hpp"

#include "app/lanes/bundle_lanes.hpp"
#include "app/protocols.hpp"
#include "replay/bundle/bundle_verdict.hpp"
#include "replay/shrink/reproduce.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace parallax::app {
namespace {

/// The name of a bundle below the folder of its run.
std::string name_below_run(const std::string& path) {
    return (std::filesystem::path("bundles") / std::filesystem::path(path).filename()).string();
}

absl::StatusOr<replay::Reproduction> run_again(const std::string& path, std::uint32_t runs,
                                               const replay::GoOn& go_on) {
    const auto bundle = replay::open_bundle(path, all_protocols());
    if (!bundle.ok()) {
        return bundle.status();
    }
    const auto lanes = OwnedBundleLanes::create(bundle->configuration);
    return lanes.ok() ? replay::reproduce(*bundle, (*lanes)->lanes(), runs, go_on) : lanes.status();
}

void fill(const replay::Reproduction& result, reports::KeptBundle& kept) {
    kept.runs = result.runs;
    kept.met = result.reproduced;
    kept.other = result.other;
    kept.equal = result.equal;
    kept.inconclusive = result.inconclusive;
    kept.control_stable = result.kind != replay::Reproducibility::kEnvironmental;
}

}  // namespace

std::vector<reports::KeptBundle> rerun_bundles(const std::vector<replay::WrittenBundle>& written,
                                               const RerunOptions& options,
                                               const base::Clock& clock, ProgressBar& progress,
                                               const std::atomic<bool>& stop) {
    std::vector<reports::KeptBundle> bundles;
    std::uint64_t done = 0;
    for (const replay::WrittenBundle& bundle : written) {
        reports::KeptBundle kept;
        kept.file = name_below_run(bundle.path);
        kept.topoheight = bundle.topoheight;
        kept.fingerprint = bundle.finding.fingerprint;
        const auto started = clock.now();
        const auto go_on = [&](std::uint32_t runs) {
            progress.show(done + runs);
            return !stop && clock.now() - started < options.limit;
        };
        if (options.runs > 0 && !stop) {
            const auto result = run_again(bundle.path, options.runs, go_on);
            if (result.ok()) {
                fill(*result, kept);
            } else {
                fmt::print(stderr, "parallax replay: {} could not be run again: {}\n", bundle.path,
                           std::string(result.status().message()));
            }
        }
        done += options.runs;
        bundles.push_back(std::move(kept));
    }
    progress.finish();
    return bundles;
}

}  // namespace parallax::app
