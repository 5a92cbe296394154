#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace parallax::protocol {

/// What a failing transaction leaves behind (protocol notes, 6.3). A chain's epoch has one; the
/// numbers are in archives and bundles.
enum class FailureModel : std::uint8_t {
    /// Any failure rejects the whole block: the public vectors.
    kRejectBlock = 0,
    /// A failed transaction leaves nothing and is orphaned; the next one runs.
    kOrphanAtomic = 1,
    /// A failed transaction leaves what it had done when it failed: the node's own execution.
    kOrphanPartial = 2,
};
[[nodiscard]] std::string_view failure_model_name(FailureModel model) noexcept;
[[nodiscard]] std::optional<FailureModel> find_failure_model(std::string_view name) noexcept;

}  // namespace parallax::protocol
