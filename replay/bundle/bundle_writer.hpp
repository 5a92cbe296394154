#pragma once

#include "replay/bundle/bundle.hpp"
#include "verifier/core/verification/verification_listener.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace parallax::replay {

/// A bundle that was written.
struct WrittenBundle {
    std::string path;
    model::Finding finding;
    model::Topoheight topoheight;
};

/// Writes one bundle for each new group of findings: the first time that a group heads the findings
/// of a lane. One use at a time.
class BundleWriter final : public core::VerificationListener {
  public:
    struct Options {
        /// Made with the first bundle.
        std::string directory;
        /// The most bundles in all.
        std::uint32_t limit = 20;
        std::string network;
        std::string build;
        /// How candidates are run; `candidate` is filled in.
        BundleConfiguration configuration;
    };
    explicit BundleWriter(Options options) : options_(std::move(options)) {}

    [[nodiscard]] bool wants_first_runs() const noexcept override { return true; }
    /// Writes `TOPOHEIGHT-FINGERPRINT.pxb` for each group that is new. An error is one of writing.
    [[nodiscard]] absl::Status found(const core::FirstRun& run) override;

    [[nodiscard]] const std::vector<WrittenBundle>& written() const noexcept { return written_; }
    /// Groups that got no bundle because the limit was reached.
    [[nodiscard]] std::uint64_t beyond_limit() const noexcept { return beyond_limit_; }

  private:
    [[nodiscard]] absl::Status write(const core::FirstRun& run, const model::Finding& finding);

    const Options options_;
    std::set<model::Hash> seen_;
    std::vector<WrittenBundle> written_;
    std::uint64_t beyond_limit_ = 0;
};

/// The bundle of one finding of a run. `configuration.candidate` is set if the finding is about a
/// candidate, else cleared. Rows that the block's bytes predict, and the other
/// rows of its accounts, are read as well, so that an executor that reads ahead finds them.
[[nodiscard]] Bundle make_bundle(const core::FirstRun& run, const model::Finding& finding,
                                 BundleConfiguration configuration);

}  // namespace parallax::replay
