#include "app/explore/explore_findings.hpp"

#include "app/files/output_files.hpp"
#include "replay/bundle/bundle_writer.hpp"
#include "verifier/core/diagnosis/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace parallax::app {
namespace {

/// The finding that a bundle is about: the first of the candidate's.
const model::Finding* finding_of(const core::Verification& verification,
                                 std::string_view candidate) {
    for (const model::Finding* finding : core::leading_findings(verification.verdict)) {
        if (finding->lane == candidate) {
            return finding;
        }
    }
    return nullptr;
}

}  // namespace

void ExploreFindings::keep(const executors::exploration::ScheduleFinding& finding,
                           const Place& place) {
    count_ += 1;
    const std::string files = options_.folder.empty() ? "" : write_files(finding, place);
    fmt::print("  {:<13} block {}{}, {}, {} schedule of seed {}: {}{}\n",
               executors::exploration::schedule_hazard_name(finding.hazard),
               place.block.placement().topoheight.value(), place.part, place.candidate,
               core::schedule_policy_name(finding.schedule.policy), finding.schedule.seed,
               finding.sentence, files);
}

std::string ExploreFindings::failed(const absl::Status& status) {
    unwritten_ += 1;
    return fmt::format("\n    not kept  {}", std::string(status.message()));
}

std::string ExploreFindings::write_files(const executors::exploration::ScheduleFinding& finding,
                                         const Place& place) {
    std::error_code error;
    std::filesystem::create_directories(options_.folder, error);
    if (error) {
        return failed(absl::UnknownError(
            fmt::format("cannot create the folder {}: {}", options_.folder, error.message())));
    }
    const std::string name = fmt::format("{}-{}-{}", place.block.placement().topoheight.value(),
                                         place.candidate, count_);
    std::string said;
    if (core::is_controlled(finding.schedule.policy)) {
        const auto path = std::filesystem::path(options_.folder) / (name + ".schedule");
        const auto written = write_file_atomically(path, core::encode_schedule(finding.schedule));
        said = written.ok() ? fmt::format("\n    schedule  {}", path.string()) : failed(written);
    }
    return said + write_bundle_of(finding, place, name);
}

std::string ExploreFindings::write_bundle_of(const executors::exploration::ScheduleFinding& finding,
                                             const Place& place, const std::string& name) {
    const model::Finding* first = finding_of(finding.verification, place.candidate);
    if (first == nullptr) {
        return "\n    no bundle  its outcome is the control's";
    }
    if (groups_.contains(core::group_of(first->fingerprint))) {
        return "";
    }
    if (groups_.size() >= options_.limit) {
        beyond_limit_ += 1;
        return "";
    }
    groups_.insert(core::group_of(first->fingerprint));
    const auto path = std::filesystem::path(options_.folder) / (name + ".pxb");
    const auto written = replay::write_bundle(bundle_of(finding, *first, place), path.string());
    return written.ok() ? fmt::format("\n    bundle    {}", path.string()) : failed(written);
}

replay::Bundle ExploreFindings::bundle_of(const executors::exploration::ScheduleFinding& finding,
                                          const model::Finding& first, const Place& place) const {
    replay::Bundle bundle =
        replay::make_bundle({place.view, place.block, place.protocol, finding.verification}, first,
                            options_.setting.configuration);
    bundle.network = options_.setting.network;
    bundle.build = options_.setting.build;
    bundle.signatures_checked = options_.setting.signatures_checked;
    if (core::is_controlled(finding.schedule.policy)) {
        bundle.schedule = finding.schedule;
    }
    const auto& transactions = place.block.transactions();
    const bool edited =
        std::any_of(transactions.begin(), transactions.end(),
                    [&](const protocol::AdmittedTransaction& transaction) {
                        return options_.signed_transactions.contains(transaction.hash);
                    });
    const auto parts = place.protocol.edit(place.block.wire());
    for (std::size_t i = 0; edited && parts.ok() && i < transactions.size(); ++i) {
        const auto as_signed = options_.signed_transactions.find(transactions[i].hash);
        bundle.signed_transactions.push_back(as_signed != options_.signed_transactions.end()
                                                 ? as_signed->second
                                                 : (*parts)->transaction_wire(i));
    }
    return bundle;
}

}  // namespace parallax::app
