#pragma once

#include "replay/bundle/bundle_draft.hpp"

#include <cstddef>
#include <vector>

namespace parallax::replay {

/// Positions of the transactions that can have to do with the bundle's finding, by its access
/// logs: from the first difference's transaction and key to all that wrote what these read, and so
/// on backwards, with earlier transactions of the same senders. Ascending; all of them where the
/// logs do not tell.
[[nodiscard]] std::vector<std::size_t> cone_of(const BundleDraft& draft);

}  // namespace parallax::replay
