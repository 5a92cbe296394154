#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"
#include "verifier/protocol/protocol.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::core {

/// The first divergence in block order, and what is known about its cause.
struct FirstDifference {
    model::Difference difference;
    /// It is one of the comparison's differences (and then which), or was read off the access logs.
    std::optional<std::size_t> position;
    /// Where in the block, if the logs name the epilogue.
    bool in_epilogue = false;
    /// For results: the transaction whose write of `difference.key` each side read at this
    /// transaction, or `kPreState`; nothing where the log does not say.
    std::optional<std::uint32_t> control_writer;
    std::optional<std::uint32_t> candidate_writer;
};

/// Finds it: the lowest transaction with another result or, where both outcomes have an access log,
/// with another effect; else the first difference in section order, and of rows the one that the
/// lowest transaction changed alone. A difference of results also gets the key behind it, where
/// logs or code tell. Requires differences, in `compare`'s order.
[[nodiscard]] FirstDifference find_first_difference(
    const model::BlockOutcome& control, const model::BlockOutcome& candidate,
    const std::vector<model::Difference>& differences, const protocol::AdmittedBlock& block,
    const protocol::Protocol& protocol);

}  // namespace parallax::core
