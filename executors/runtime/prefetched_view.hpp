#pragma once

#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace parallax::executors::runtime {

/// The rows that a block's bytes name, read in one sorted batch before it runs; every other row is
/// read from the view behind it, which must outlive this one. Its rows never change, so it is safe
/// from any thread.
class PrefetchedView final : public protocol::StateView {
  public:
    /// An error is a failed read.
    [[nodiscard]] static absl::StatusOr<PrefetchedView> load(const protocol::StateView& view,
                                                             const protocol::Protocol& protocol,
                                                             const protocol::AdmittedBlock& block);

    [[nodiscard]] absl::StatusOr<std::optional<model::StateValue>> get(
        const model::StateKey& key) const override;

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

    /// Reads so far that were answered from the rows, and that went to the view behind them.
    [[nodiscard]] std::uint64_t hits() const noexcept {
        return counts_->hits.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t misses() const noexcept {
        return counts_->misses.load(std::memory_order_relaxed);
    }

  private:
    struct Counts {
        std::atomic<std::uint64_t> hits{0};
        std::atomic<std::uint64_t> misses{0};
    };

    explicit PrefetchedView(const protocol::StateView& view)
        : view_(&view), counts_(std::make_unique<Counts>()) {}

    const protocol::StateView* view_;
    absl::flat_hash_map<model::StateKey, std::uint32_t> index_;
    std::vector<std::optional<model::StateValue>> rows_;
    std::unique_ptr<Counts> counts_;
};

}  // namespace parallax::executors::runtime
