#pragma once

#include "testbed/faults/detection.hpp"
#include "testbed/faults/prepared_chain.hpp"

#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace parallax::testbed {

/// All blocks that faults are tried on, and the control's outcomes. What it was made from must
/// outlive it.
class SelftestMaterial {
  public:
    explicit SelftestMaterial(const std::vector<SelftestBlock>& generated);

    struct Item {
        SelftestBlock block;
        model::BlockOutcome control;
    };
    /// Null if it cannot be run.
    [[nodiscard]] const PreparedChain* chain(std::string_view name) const;
    [[nodiscard]] const auto& chains() const { return chains_; }
    [[nodiscard]] const std::vector<Item>& generated() const { return generated_; }
    /// The generated blocks, then those of the minimal chains.
    [[nodiscard]] std::vector<Item> all() const;

  private:
    std::map<std::string_view, std::unique_ptr<const PreparedChain>> chains_;
    std::vector<Item> generated_;
};

}  // namespace parallax::testbed
