#pragma once

#include "verifier/core/store/ledger.hpp"

#include "absl/status/status.h"

namespace parallax::core {

/// Where verdicts go: a file, a terminal, a metric. A loop hands over each record once, in ledger
/// order, after the block is committed. Called from the loop's thread only. An error ends the run:
/// a verdict that nobody can read does not count.
class VerdictSink {
  public:
    virtual ~VerdictSink() = default;
    [[nodiscard]] virtual absl::Status accept(const LedgerRecord& record) = 0;
};

}  // namespace parallax::core
