#pragma once

#include "verifier/core/store/chain_store.hpp"
#include "verifier/core/verification/block_executor.hpp"
#include "verifier/core/verification/verify_block.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parallax::testbed {

struct VectorCase;
class VectorStore;

/// One vector that an executor did not reproduce, or (`executor` is empty) that could not be run.
struct ConformanceFailure {
    std::string vector;
    std::string executor;
    /// Every difference, as `error_code: expected 0x0300, actual 0x0301`.
    std::vector<std::string> differences;
};

/// What one file came to. A vector passes when every executor reproduces it.
struct ConformanceReport {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    std::vector<ConformanceFailure> failures;
};

/// Runs the public vectors through executors and the whole path: the pre-state becomes rows of a
/// store, the executor under test is the control of `verify_block` with all others as candidates,
/// its delta is committed, and the store's rows are exported as the harness exports them (protocol
/// notes, 7, 8, 10, 12.3) and held against the expectation: success, code, digest, the five
/// globals, and six fields of every expected account.
///
/// Skipped, by rule: what is marked as not runnable; kinds that execute nothing (p2p, rpc,
/// ristretto255); and chain vectors that expect 0xFFFF or 0x0400, which describe a defect of the
/// harness that recorded them (8.2).
///
/// One thread at a time; what it is given outlives it.
class Conformance {
  public:
    /// A new empty store; called once for each file, and again if a vector outgrows its undo
    /// window.
    using StoreFactory = std::function<absl::StatusOr<std::unique_ptr<core::ChainStore>>()>;

    struct Options {
        /// The wall clock, for the rule that no block may be from the future (8.2, row 2).
        model::TimestampMs now;
    };

    Conformance(std::vector<core::BlockExecutor*> executors, core::LaneRunner& runner,
                StoreFactory make_store, Options options);

    /// Runs every vector of a file. An error is of the file (no vectors, bad JSON) or of the store.
    [[nodiscard]] absl::StatusOr<ConformanceReport> run_file(std::string_view json) const;

  private:
    /// One failure for each executor that does not reproduce it.
    [[nodiscard]] absl::StatusOr<std::vector<ConformanceFailure>> run_vector(
        const VectorCase& vector, VectorStore& store) const;

    std::vector<core::BlockExecutor*> executors_;
    core::LaneRunner& runner_;
    StoreFactory make_store_;
    Options options_;
};

}  // namespace parallax::testbed
