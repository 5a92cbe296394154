#pragma once

#include "replay/bundle/bundle.hpp"
#include "verifier/core/store/bundle_keeper.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace parallax::replay {

/// A folder of bundles, one for each group of findings, bounded in number and size. What it has is
/// what lies there: it goes on after a restart, and an operator may take files away.
class BundleFolder final : public core::BundleKeeper {
  public:
    struct Options {
        /// Made with the first bundle.
        std::string directory;
        /// The most files, and the most bytes of all of them.
        std::uint32_t count = 20;
        std::uint64_t bytes = 64ULL * 1024 * 1024;
        std::string network;
        std::string build;
        /// How candidates are run; `candidate` and the conditions of a run are filled in.
        BundleConfiguration configuration;
        /// To read them again; outlives the folder.
        const protocol::ProtocolSet* protocols = nullptr;
    };
    explicit BundleFolder(Options options) : options_(std::move(options)) {}

    [[nodiscard]] absl::StatusOr<std::vector<std::string>> keep(
        const core::FirstRun& run, const core::LaneConditions& conditions) override;
    [[nodiscard]] absl::StatusOr<std::string> find(model::Topoheight topoheight,
                                                   const model::Hash& hash) const override;

  private:
    struct File {
        std::string name;
        std::uint64_t bytes = 0;
    };
    /// By name; none if there is no folder yet.
    [[nodiscard]] absl::StatusOr<std::vector<File>> files() const;

    const Options options_;
};

}  // namespace parallax::replay
