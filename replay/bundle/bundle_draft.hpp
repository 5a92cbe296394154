#pragma once

#include "replay/bundle/bundle.hpp"
#include "verifier/protocol/block_editor.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <span>
#include <vector>

namespace parallax::replay {

/// A bundle taken apart, so that its block can be changed and put together again. A plain value
/// whose block may be edited, transaction by transaction; `seal` makes hashes and rows agree with
/// them.
class BundleDraft {
  public:
    /// InvalidArgument if the bundle's block cannot be decoded.
    [[nodiscard]] static absl::StatusOr<BundleDraft> open(const Bundle& bundle);

    /// Where a transaction comes from.
    struct Part {
        model::PublicKey source;
        /// Hash that the bundle's rows know it by.
        model::Hash known_as;
        /// Its wire as it was signed.
        base::Bytes as_signed;
        /// The control executed it: its sender's nonce has moved on.
        bool executed = false;
    };

    /// Everything but the block.
    Bundle bundle;
    protocol::EditableBlock block;
    /// One per transaction of the block.
    std::vector<Part> parts;

    /// How the transactions that stay are made to follow one another.
    enum class Closure {
        /// A nonce is lowered by one for each executed transaction of its sender that goes.
        kRenumber,
        /// Those of its sender that come after one that goes, go too.
        kDropLater,
    };
    /// The draft with the transactions at `kept` (ascending) alone.
    [[nodiscard]] BundleDraft with_only(std::span<const std::size_t> kept, Closure closure) const;

    /// The bundle with the block as it is now: header hashes, the rows of executed markers under
    /// the new hashes, and the signed wires where they differ from the block's. Rows of what is
    /// gone, the schedule of another block, and recorded outcomes of it are dropped.
    [[nodiscard]] Bundle seal() const;
};

}  // namespace parallax::replay
