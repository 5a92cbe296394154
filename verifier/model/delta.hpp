#pragma once

#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"

#include <optional>
#include <vector>

namespace parallax::model {

/// One written key. Absent is `nullopt`, and absent differs from present-with-zero. A key that was
/// written with the value it had is an entry too: "touched but equal" is visible.
struct DeltaEntry {
    StateKey key;
    std::optional<StateValue> before;
    std::optional<StateValue> after;
    friend bool operator==(const DeltaEntry&, const DeltaEntry&) = default;
};

/// What a block changes: entries with ascending, distinct keys. `before` is what the executor saw
/// at the block's start; the store's undo record is made of it.
struct Delta {
    std::vector<DeltaEntry> entries;
    friend bool operator==(const Delta&, const Delta&) = default;
};

}  // namespace parallax::model
