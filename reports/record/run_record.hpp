#pragma once

#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::reports {

/// What a run was asked to do: equal for equal requests, wherever they run.
struct RunRequest {
    std::string archive;
    std::string network;
    std::string profile;
    std::string failure_model;
    model::Topoheight base_topoheight;
    model::Hash base_hash;
    std::string control;
    std::vector<std::string> candidates;
    std::string signatures;
    /// The range asked for; nothing is the archive's own end.
    std::optional<model::Topoheight> from;
    std::optional<model::Topoheight> to;
    bool isolated = true;
    /// The seeded fault that the candidates had on purpose; empty for none.
    std::string fault;
    std::uint64_t threads = 0;
    std::uint64_t time_limit_ms = 0;
    friend bool operator==(const RunRequest&, const RunRequest&) = default;
};

/// What came of it. With it a ledger that lost lines at its end is found.
struct RunResult {
    /// Lines of the ledger, its first and last block, and the hash of its last record.
    std::uint64_t records = 0;
    std::optional<model::Topoheight> first;
    std::optional<model::Topoheight> last;
    model::Hash head;
    /// Why the range is not complete; empty if it is.
    std::string incomplete;
    int exit_code = 3;
    std::optional<model::Topoheight> state_topoheight;
    std::optional<model::Hash> state_digest;
    /// Of each candidate of the request, in how many blocks it ran transactions in parallel: where
    /// it always fell back to one after the other, nothing parallel was tried.
    std::vector<std::uint64_t> parallel_blocks;
    friend bool operator==(const RunResult&, const RunResult&) = default;
};

/// A finding that was kept as a bundle, and what came of running its block again right after the
/// run. Luck may have a part in it, so that it is no part of the result.
struct KeptBundle {
    /// Below the folder of the run, as `bundles/5-0123456789abcdef.pxb`.
    std::string file;
    model::Topoheight topoheight;
    model::Hash fingerprint;
    /// Fresh runs; 0 if it was not tried.
    std::uint64_t runs = 0;
    /// Runs that met the finding again, that found something else, that compared equal, and that
    /// gave no answer.
    std::uint64_t met = 0;
    std::uint64_t other = 0;
    std::uint64_t equal = 0;
    std::uint64_t inconclusive = 0;
    /// False if the control disagreed with itself when it was run twice: then the machine is to be
    /// suspected first.
    bool control_stable = true;
    friend bool operator==(const KeptBundle&, const KeptBundle&) = default;
};

/// Where and when: outside every digest, and in no report but at its end.
struct RunEnvironment {
    std::string command;
    /// Version of the program and the compiler that built it.
    std::string program;
    std::string compiler;
    std::string host;
    std::string system;
    std::uint64_t cores = 0;
    /// UTC, as `2026-01-31T12:00:00Z`.
    std::string started;
    std::uint64_t elapsed_ms = 0;
    std::uint64_t blocks_run = 0;
    std::uint64_t transactions_run = 0;
    friend bool operator==(const RunEnvironment&, const RunEnvironment&) = default;
};

/// `run.json`, beside a ledger: everything about a run that the ledger does not say. Without a
/// result the run has not ended, or was killed.
struct RunRecord {
    RunRequest request;
    std::optional<RunResult> result;
    /// In the order in which they were written.
    std::vector<KeptBundle> bundles;
    RunEnvironment environment;
    friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

inline constexpr std::uint64_t kRunVersion = 3;
/// Bytes that `run.json` may have.
inline constexpr std::size_t kMaxRunRecord = std::size_t{1} << 20;

/// Indented JSON with a line's end: docs/schema/run.schema.json describes it.
[[nodiscard]] std::string to_json(const RunRecord& run);
/// Reads exactly what `to_json` writes. InvalidArgument names the member.
[[nodiscard]] absl::StatusOr<RunRecord> run_record_from_json(std::string_view text);

}  // namespace parallax::reports
