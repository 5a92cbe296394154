#pragma once

#include "verifier/model/outcome.hpp"
#include "verifier/model/verdict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace parallax::core {

using model::Hazard;
using model::hazard_name;
inline constexpr std::array kHazards = {
    Hazard::kStaleRead, Hazard::kFutureRead,   Hazard::kDirtyRead,     Hazard::kLostUpdate,
    Hazard::kPhantom,   Hazard::kPreStateLeak, Hazard::kUnloggedWrite, Hazard::kEpilogueBeforeDrain,
    Hazard::kBrokenLog};

/// Violations that are listed; a log that is wrong throughout has no use for more.
inline constexpr std::size_t kMaxHazards = 128;

/// Whether an outcome can be checked: an accepted block needs its access log, a rejected one has
/// done nothing.
[[nodiscard]] bool can_check_serializability(const model::BlockOutcome& outcome) noexcept;

/// The serializability certificate: judges one outcome's access log against block order, without a
/// second executor. Linear in the number of accesses.
///
///   reads   each saw the highest writer below its transaction, or else the state before the block,
///           and the value that this version has
///   writes  the final state of a row is its last write, or the state before the block plus all
///           credits less all outputs; every row of the delta has a logged writer, and every logged
///           effect is in the delta
///   order   transactions ascend, the epilogue comes last, and exactly those that left effects are
///           there
///
/// A balance has two sides inside a block (protocol notes, 6.2): the spendable one has
/// versions, what is received is a sum and no read sees it. A read of the one is judged by the
/// writes of the one.
///
/// So it finds reads that were wrong although their value happened to be right. A violation is a
/// `Difference` in section `serializability`: `path` is the hazard's name, `transaction` the reader
/// (or the writer whose effect is missing), `control` what it should have seen and `candidate` what
/// it saw. In log order, then in key order; at most `kMaxHazards`. Empty without a log.
[[nodiscard]] std::vector<model::Difference> check_serializability(
    const model::BlockOutcome& outcome);

}  // namespace parallax::core
