#pragma once

#include "executors/exploration/explorer.hpp"
#include "replay/bundle/bundle.hpp"
#include "verifier/core/verification/recording_view.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace parallax::app {

/// Shows what the search for bad schedules has found, and keeps it: a schedule file for each
/// finding, and for each new group a bundle with the schedule in it.
class ExploreFindings {
  public:
    struct Options {
        /// Folder of the files; made with the first. Empty: none are kept.
        std::string folder;
        /// What bundles say besides block and outcomes: network, build, configuration, and whether
        /// signatures were checked before.
        replay::Bundle setting;
        /// Wire bytes as they were signed, by transaction hash, where they differ.
        std::map<model::Hash, base::Bytes> signed_transactions;
        /// The most bundles in all.
        std::uint32_t limit = 20;
    };
    explicit ExploreFindings(Options options) : options_(std::move(options)) {}

    /// Where a finding was made.
    struct Place {
        const core::RecordingView& view;
        const protocol::AdmittedBlock& block;
        const protocol::Protocol& protocol;
        std::string_view candidate;
        /// `, transactions 1, 4` of a pair that was cut out of a block.
        std::string part;
    };
    /// Prints it, and writes its files. What cannot be written is said, and ends nothing.
    void keep(const executors::exploration::ScheduleFinding& finding, const Place& place);

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// Groups that got no bundle because the limit was reached.
    [[nodiscard]] std::uint64_t beyond_limit() const noexcept { return beyond_limit_; }
    /// Files that could not be written.
    [[nodiscard]] std::uint64_t unwritten() const noexcept { return unwritten_; }

  private:
    [[nodiscard]] std::string write_files(const executors::exploration::ScheduleFinding& finding,
                                          const Place& place);
    /// `    bundle    PATH`, or why there is none.
    [[nodiscard]] std::string write_bundle_of(
        const executors::exploration::ScheduleFinding& finding, const Place& place,
        const std::string& name);
    [[nodiscard]] replay::Bundle bundle_of(const executors::exploration::ScheduleFinding& finding,
                                           const model::Finding& first, const Place& place) const;
    std::string failed(const absl::Status& status);

    const Options options_;
    std::set<model::Hash> groups_;
    std::uint64_t count_ = 0;
    std::uint64_t beyond_limit_ = 0;
    std::uint64_t unwritten_ = 0;
};

}  // namespace parallax::app
