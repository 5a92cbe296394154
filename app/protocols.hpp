#pragma once

#include "replay/archive/archive.hpp"
#include "verifier/protocol/protocol_set.hpp"

#include "absl/status/statusor.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parallax::app {

/// The rules that this program knows: the only list of its profiles.
[[nodiscard]] const protocol::ProtocolSet& all_protocols();

/// Shapes of conflict that the rules of a profile know; none for rules that are not known here.
[[nodiscard]] std::vector<model::ConflictCount> known_shapes(const std::string& network,
                                                             const std::string& profile);

/// The rules of an archive; `failures` in place of its own if that is given. InvalidArgument names
/// what is not known.
[[nodiscard]] absl::StatusOr<std::shared_ptr<const protocol::Protocol>> protocol_of(
    const replay::ArchiveHeader& header,
    std::optional<protocol::FailureModel> failures = std::nullopt);

}  // namespace parallax::app
