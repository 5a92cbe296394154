#pragma once

#include "verifier/core/verification/block_executor.hpp"

#include <set>
#include <string>

namespace parallax::test {

/// A real executor with a real fault: in the blocks of `careless_at` it runs each transaction at an
/// odd position on the state before its even neighbour, as a scheduler does that misses what the
/// two share, and then merges both in block order. In every other block it is the sequential
/// executor.
class CarelessExecutor final : public core::BlockExecutor {
  public:
    CarelessExecutor(std::string name, std::set<model::Topoheight> careless_at)
        : name_(std::move(name)), careless_at_(std::move(careless_at)) {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> execute(
        const protocol::StateView& view, const protocol::AdmittedBlock& block,
        const core::ExecutionContext& context) override;

  private:
    const std::string name_;
    const std::set<model::Topoheight> careless_at_;
};

}  // namespace parallax::test
