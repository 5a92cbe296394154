#pragma once

#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"
#include "verifier/protocol/protocol.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace parallax::testbed {

/// The smallest chain on which something can go wrong in one particular way: a state, and one or
/// two blocks of a few really signed transactions.
struct MinimalChain {
    std::map<model::StateKey, model::StateValue> state;
    std::vector<protocol::AdmittedBlock> blocks;
    tos::e1::Profile profile;
};

/// By name, as `pay` or `nonce_twice`; nothing for another name.
[[nodiscard]] std::optional<MinimalChain> minimal_chain(std::string_view name);
[[nodiscard]] std::vector<std::string_view> minimal_chain_names();

}  // namespace parallax::testbed
