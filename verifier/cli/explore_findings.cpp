#include "verifier/cli/explore_findings.hpp"

#include "replay/bundle_writer.hpp"
#include "verifier/cli/output_files.hpp"
#include "verifier/codec/wire.hpp"
#include "verifier/core/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace parallax {
namespace {

/// The finding that a bundle is about: the first of the candidate's.
const Finding* finding_of(const Verification& verification, std::string_view candidate) {
    for (const Finding* finding : leading_findings(verification.verdict)) {
        if (finding->lane == candidate) {
            return finding;
        }
    }
    return nullptr;
}

}  // namespace

void ExploreFindings::keep(const ScheduleFinding& finding, const Place& place) {
    count_ += 1;
    const std::string files = options_.folder.empty() ? "" : write_files(finding, place);
    fmt::print("  {:<13} block {}{}, {}, {} schedule of seed {}: {}{}\n",
               schedule_hazard_name(finding.hazard), place.block.placement().topoheight.value(),
               place.part, place.candidate, schedule_policy_name(finding.schedule.policy),
               finding.schedule.seed, finding.sentence, files);
}

std::string ExploreFindings::failed(const absl::Status& status) {
    unwritten_ += 1;
    return fmt::format("\n    not kept  {}", std::string(status.message()));
}

std::string ExploreFindings::write_files(const ScheduleFinding& finding, const Place& place) {
    std::error_code error;
    std::filesystem::create_directories(options_.folder, error);
    if (error) {
        return failed(absl::UnknownError(
            fmt::format("cannot create the folder {}: {}", options_.folder, error.message())));
    }
    const std::string name = fmt::format("{}-{}-{}", place.block.placement().topoheight.value(),
                                         place.candidate, count_);
    std::string said;
    if (is_controlled(finding.schedule.policy)) {
        const auto path = std::filesystem::path(options_.folder) / (name + ".schedule");
        const auto written = write_file_atomically(path, encode_schedule(finding.schedule));
        said = written.ok() ? fmt::format("\n    schedule  {}", path.string()) : failed(written);
    }
    return said + write_bundle_of(finding, place, name);
}

std::string ExploreFindings::write_bundle_of(const ScheduleFinding& finding, const Place& place,
                                             const std::string& name) {
    const Finding* first = finding_of(finding.verification, place.candidate);
    if (first == nullptr) {
        return "\n    no bundle  its outcome is the control's";
    }
    if (groups_.contains(group_of(first->fingerprint))) {
        return "";
    }
    if (groups_.size() >= options_.limit) {
        beyond_limit_ += 1;
        return "";
    }
    groups_.insert(group_of(first->fingerprint));
    const auto path = std::filesystem::path(options_.folder) / (name + ".pxb");
    const auto written = write_bundle(bundle_of(finding, *first, place), path.string());
    return written.ok() ? fmt::format("\n    bundle    {}", path.string()) : failed(written);
}

Bundle ExploreFindings::bundle_of(const ScheduleFinding& finding, const Finding& first,
                                  const Place& place) const {
    Bundle bundle =
        make_bundle({place.view, place.block, place.profile, finding.verification, nullptr}, first,
                    options_.setting.configuration);
    bundle.network = options_.setting.network;
    bundle.build = options_.setting.build;
    bundle.signatures_checked = options_.setting.signatures_checked;
    if (is_controlled(finding.schedule.policy)) {
        bundle.schedule = finding.schedule;
    }
    const auto& transactions = place.block.transactions();
    const bool edited = std::any_of(
        transactions.begin(), transactions.end(), [&](const AdmittedTransaction& transaction) {
            return options_.signed_transactions.contains(transaction.hash);
        });
    for (const AdmittedTransaction& transaction : transactions) {
        const auto as_signed = options_.signed_transactions.find(transaction.hash);
        if (edited) {
            bundle.signed_transactions.push_back(as_signed != options_.signed_transactions.end()
                                                     ? as_signed->second
                                                     : encode_transaction(transaction.transaction));
        }
    }
    return bundle;
}

}  // namespace parallax
