#pragma once

#include "verifier/core/store/ledger.hpp"

#include "absl/status/statusor.h"

#include <cstdint>
#include <istream>
#include <optional>
#include <string>

namespace parallax::reports {

/// What a ledger may have in all: a report of it takes some 50 bytes for each record.
struct LedgerLimits {
    std::uint64_t records = 20'000'000;
    std::uint64_t bytes = std::uint64_t{64} << 30;
};

/// Reads the records of a ledger file one after the other. It judges each line alone; whether the
/// lines follow each other is the accounting of `LedgerAudit`. The stream outlives it. One thread.
class VerdictLedgerReader {
  public:
    /// `name` is how errors call the file.
    VerdictLedgerReader(std::istream& stream, std::string name, LedgerLimits limits = {});

    /// The next record; nothing at the end. An error names file, line and member, and nothing after
    /// it can be read. A last line without its end was being written when the writer stopped: it is
    /// not read, and `cut_off` is true from then on.
    [[nodiscard]] absl::StatusOr<std::optional<core::LedgerRecord>> next();

    [[nodiscard]] bool cut_off() const noexcept { return cut_off_; }
    /// Lines read so far.
    [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

  private:
    [[nodiscard]] absl::Status error(const absl::Status& status) const;

    std::istream& stream_;
    const std::string name_;
    const LedgerLimits limits_;
    std::string line_;
    std::uint64_t lines_ = 0;
    std::uint64_t bytes_ = 0;
    bool cut_off_ = false;
};

}  // namespace parallax::reports
