#pragma once

#include "replay/archive/archive.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include "absl/status/statusor.h"

#include <memory>
#include <string>
#include <vector>

namespace parallax::app {

/// The rules that this program knows: the only list of its profiles.
[[nodiscard]] const protocol::ProtocolSet& all_protocols();

/// Profiles that a chain can have, by name.
[[nodiscard]] std::vector<std::string> chain_profiles();

/// The rules of an archive; `failures` in place of its own if that is given. InvalidArgument names
/// what is not known.
[[nodiscard]] absl::StatusOr<std::shared_ptr<const protocol::Protocol>> protocol_of(
    const replay::ArchiveHeader& header,
    std::optional<protocol::FailureModel> failures = std::nullopt);

}  // namespace parallax::app
