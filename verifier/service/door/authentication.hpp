#pragma once

#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"

#include <optional>
#include <string>
#include <string_view>

namespace parallax::service {

/// The bearer token that calls need which change something. Keeps its hash only; no error and no
/// log says anything of it. Immutable: safe from any thread.
class TokenGuard {
  public:
    /// Every call is let through.
    TokenGuard() = default;
    explicit TokenGuard(std::string_view token);

    /// The first line of the file at `path`. InvalidArgument if the token is shorter than
    /// `kMinTokenLength`, PermissionDenied if others can read the file, NotFound or Unavailable if
    /// it cannot be read.
    [[nodiscard]] static absl::StatusOr<TokenGuard> from_file(const std::string& path);
    static constexpr std::size_t kMinTokenLength = 16;

    [[nodiscard]] bool required() const noexcept { return hash_.has_value(); }
    /// `authorization` is the header's value, as `Bearer TOKEN`. Takes equally long whatever is
    /// wrong with a token.
    [[nodiscard]] bool admits(std::string_view authorization) const;

  private:
    std::optional<model::Hash> hash_;
};

}  // namespace parallax::service
