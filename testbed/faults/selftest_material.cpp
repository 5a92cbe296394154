#include "testbed/faults/selftest_material.hpp"

#include <utility>

namespace parallax::testbed {

SelftestMaterial::SelftestMaterial(const std::vector<SelftestBlock>& generated) {
    for (const std::string_view name : minimal_chain_names()) {
        chains_.emplace(name, prepare_chain(name));
    }
    for (const SelftestBlock& tried : generated) {
        auto control = run_control(tried);
        if (control.ok()) {
            generated_.push_back({tried, *std::move(control)});
        }
    }
}

const PreparedChain* SelftestMaterial::chain(std::string_view name) const {
    const auto found = chains_.find(name);
    return found == chains_.end() ? nullptr : found->second.get();
}

std::vector<SelftestMaterial::Item> SelftestMaterial::all() const {
    std::vector<Item> items = generated_;
    for (const auto& [name, chain] : chains_) {
        for (std::size_t i = 0; chain != nullptr && i < chain->blocks.size(); ++i) {
            items.push_back({chain->blocks[i], chain->controls[i]});
        }
    }
    return items;
}

}  // namespace parallax::testbed
