#pragma once

#include "reports/formats/terminal.hpp"
#include "verifier/core/store/observed_tally.hpp"
#include "verifier/model/identifiers.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace parallax::reports {

/// One verified block of a live view.
struct LiveBlock {
    model::Topoheight topoheight;
    model::Hash hash;
    model::VerdictKind kind = model::VerdictKind::kInconclusive;
    /// Of an inconclusive one.
    std::optional<model::InconclusiveReason> reason;
    std::uint64_t transactions = 0;
    std::vector<model::ObservedPart> observed;
};

/// Where an attached verifier stands.
struct LiveFrame {
    /// Which node, as the user named it, without a password.
    std::string node;
    std::string network;
    std::string profile;
    std::vector<std::string> candidates;
    /// Of the node, as it said last; nothing before it said anything.
    std::optional<model::Topoheight> top;
    std::optional<model::Topoheight> stable;
    /// The last block with a verdict.
    std::optional<model::Topoheight> verified;
    std::uint64_t matches = 0;
    std::uint64_t mismatches = 0;
    std::uint64_t inconclusive = 0;
    std::uint64_t reorganisations = 0;
    double blocks_per_s = 0;
    double transactions_per_s = 0;
    /// From the moment that the node was seen to have a block to its verdict; of the last block.
    std::optional<double> lag_s;
    core::ObservedTally observed;
    /// Newest last.
    std::deque<LiveBlock> blocks;
    /// What was found last, and what was heard of the node last; empty for nothing.
    std::string finding;
    std::string notice;
};

/// As many lines as the frame has something to say, none longer than the width; each ends with a
/// line end.
[[nodiscard]] std::string render_live(const LiveFrame& frame, const TerminalStyle& style);
/// One block as a plain line for a log, without line end: `block 17 5fe9de14 match, 12
/// transactions, observed 8 of 8 touched accounts, 12 of 12 results`.
[[nodiscard]] std::string render_live_block(const LiveBlock& block);

}  // namespace parallax::reports
