#include "replay/bundle/bundle_writer.hpp"

#include "verifier/codec/logged_outcome.hpp"
#include "verifier/core/diagnosis/finding.hpp"
#include "verifier/model/families.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace parallax::replay {
namespace {

/// Index of the candidate that a finding is about.
std::optional<std::size_t> candidate_of(const model::Verdict& verdict,
                                        const model::Finding& finding) {
    for (std::size_t i = 0; i < verdict.lanes.size(); ++i) {
        if (verdict.lanes[i].executor == finding.lane) {
            return i;
        }
    }
    return std::nullopt;
}

/// What a broken candidate gives may have no canonical form, as rows out of order: the bundle does
/// without it then, and can be read. The finding says what differed.
std::optional<model::BlockOutcome> readable(const std::optional<model::BlockOutcome>& outcome) {
    return outcome && codec::decode_logged_outcome(codec::encode_logged_outcome(*outcome)).ok()
               ? outcome
               : std::nullopt;
}

/// Of what was recorded, the outcome that the finding is about, else the node's own. A bundle has
/// one, so that its lane needs no source.
void keep_recorded(const std::vector<core::Verification::Recorded>& recorded, Bundle& bundle) {
    const auto about =
        std::ranges::find(recorded, bundle.finding.lane, &core::Verification::Recorded::lane);
    const auto own =
        std::ranges::find(recorded, core::kRecordedLane, &core::Verification::Recorded::lane);
    if (about != recorded.end()) {
        bundle.recorded = about->outcome;
        bundle.finding.lane = core::kRecordedLane;
    } else if (own != recorded.end()) {
        bundle.recorded = own->outcome;
    }
}

/// The rows that executors keep together for each account of a block, so that another one than the
/// bundle's candidate finds what it reads ahead.
std::vector<model::StateKey> rows_of_accounts(const std::vector<core::RecordedRow>& read) {
    std::set<model::StateKey> keys;
    for (const core::RecordedRow& row : read) {
        if (model::family_row(row.key.family).owner == model::KeyPart::kAccount) {
            const model::PublicKey account = model::PublicKey::from_array(row.key.owner);
            keys.insert({model::account_key(account), model::balance_key(account, model::kTosAsset),
                         model::multisig_key(account), model::energy_key(account),
                         model::agent_account_key(account)});
        }
    }
    return {keys.begin(), keys.end()};
}

}  // namespace

Bundle make_bundle(const core::FirstRun& run, const model::Finding& finding,
                   BundleConfiguration configuration) {
    const auto candidate = candidate_of(run.verification.verdict, finding);
    configuration.candidate = candidate ? finding.lane : "";
    configuration.signatures = run.verification.verdict.signatures;
    Bundle bundle;
    bundle.protocol = run.protocol.copy();
    bundle.configuration = std::move(configuration);
    bundle.placement = run.block.placement();
    bundle.verification = run.block.verification_topoheight();
    bundle.block = run.block.wire();
    std::vector<std::optional<model::StateValue>> ignored;
    // What cannot be read ahead is missing from the bundle, and is found out when it is needed.
    (void)run.view.get_many(protocol::foreseeable_rows(run.protocol, run.block), ignored);
    (void)run.view.get_many(rows_of_accounts(run.view.rows()), ignored);
    bundle.pre_state = run.view.rows();
    if (run.verification.control) {
        bundle.control = *run.verification.control;
    }
    if (candidate && *candidate < run.verification.candidates.size()) {
        bundle.candidate = readable(run.verification.candidates[*candidate]);
    }
    bundle.finding = finding;
    keep_recorded(run.verification.recorded, bundle);
    return bundle;
}

absl::Status BundleWriter::found(const core::FirstRun& run) {
    // Without a control there is no outcome to hold anything against.
    // Nor is there anything to run again of a block whose transactions nobody knows.
    if (!run.verification.control || !run.block.placement().bodies_shown) {
        return absl::OkStatus();
    }
    for (const model::Finding* finding : core::leading_findings(run.verification.verdict)) {
        if (!seen_.insert(core::group_of(finding->fingerprint)).second) {
            continue;
        }
        if (written_.size() >= options_.limit) {
            ++beyond_limit_;
            continue;
        }
        if (auto status = write(run, *finding); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

absl::Status BundleWriter::write(const core::FirstRun& run, const model::Finding& finding) {
    std::error_code error;
    std::filesystem::create_directories(options_.directory, error);
    if (error) {
        return absl::UnknownError(
            fmt::format("cannot create the folder {}: {}", options_.directory, error.message()));
    }
    Bundle bundle = make_bundle(run, finding, options_.configuration);
    bundle.network = options_.network;
    bundle.build = options_.build;
    const std::string name = fmt::format("{}-{}.pxb", run.block.placement().topoheight.value(),
                                         finding.fingerprint.hex().substr(0, 16));
    const std::string path = (std::filesystem::path(options_.directory) / name).string();
    if (auto status = write_bundle(bundle, path); !status.ok()) {
        return status;
    }
    written_.push_back({path, finding, run.block.placement().topoheight});
    return absl::OkStatus();
}

}  // namespace parallax::replay
