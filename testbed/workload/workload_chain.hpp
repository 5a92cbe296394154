#pragma once

#include "testbed/rows_view.hpp"
#include "verifier/chains/tos/e1/block.hpp"
#include "verifier/chains/tos/e1/profile.hpp"
#include "verifier/crypto/signature.hpp"
#include "verifier/model/families.hpp"
#include "verifier/model/outcome.hpp"
#include "verifier/model/state_key.hpp"
#include "verifier/model/state_value.hpp"
#include "verifier/protocol/protocol.hpp"
#include "verifier/protocol/state_view.hpp"

#include "absl/status/statusor.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace parallax::testbed {

/// The state that the generated blocks led to, in memory, and protocol's rules to advance it: one
/// transaction after the other, the plainest way there is.
class WorkloadChain {
  public:
    WorkloadChain(const tos::e1::Profile& profile, RowsView::Rows state)
        : profile_(profile), state_(std::move(state)) {}

    [[nodiscard]] const tos::e1::Profile& profile() const noexcept { return profile_; }
    [[nodiscard]] const RowsView::Rows& state() const noexcept { return state_.rows(); }

    /// The record at `key`, or null; valid until the next `advance`.
    template <class T>
    [[nodiscard]] const T* find(const model::StateKey& key) const {
        const auto found = state().find(key);
        if (found == state().end()) {
            return nullptr;
        }
        if constexpr (model::kValueIndex<T> < std::variant_size_v<model::StateValue>) {
            return std::get_if<T>(&found->second);
        } else {
            const auto* boxed = std::get_if<base::Boxed<T>>(&found->second);
            return boxed == nullptr ? nullptr : &boxed->get();
        }
    }

    /// Runs the block and takes its delta into the state. `checks` says of each transaction whether
    /// its main signature is the source's own: who signed a moment ago need not verify.
    [[nodiscard]] absl::StatusOr<model::BlockOutcome> advance(
        const tos::e1::Block& block, std::vector<crypto::SignatureCheck> checks);

  private:
    tos::e1::Profile profile_;
    RowsView state_;
};

}  // namespace parallax::testbed
