#include "reports/record/ledger_reader.hpp"

#include "reports/record/json_lines.hpp"
#include "reports/record/line_reader.hpp"

#include <fmt/format.h>

namespace parallax::reports {

VerdictLedgerReader::VerdictLedgerReader(std::istream& stream, std::string name,
                                         LedgerLimits limits)
    : stream_(stream), name_(std::move(name)), limits_(limits) {}

absl::Status VerdictLedgerReader::error(const absl::Status& status) const {
    return {status.code(),
            fmt::format("{}, line {}: {}", name_, lines_, std::string(status.message()))};
}

absl::StatusOr<std::optional<core::LedgerRecord>> VerdictLedgerReader::next() {
    if (cut_off_) {
        return std::optional<core::LedgerRecord>();
    }
    const LineEnd end = read_line(stream_, kMaxLedgerLine, line_);
    bytes_ += line_.size() + 1;
    if (end == LineEnd::kEndOfFile) {
        cut_off_ = !line_.empty();
        return std::optional<core::LedgerRecord>();
    }
    ++lines_;
    if (bytes_ > limits_.bytes || lines_ > limits_.records) {
        return error(absl::InvalidArgumentError(fmt::format(
            "is past the {} records or {} bytes that one ledger may have: verify a smaller range "
            "at a time",
            limits_.records, limits_.bytes)));
    }
    if (end == LineEnd::kTooLong) {
        return error(absl::InvalidArgumentError(
            fmt::format("is longer than the {} bytes a line may have", kMaxLedgerLine)));
    }
    auto record = from_json_line(line_);
    if (!record.ok()) {
        return error(record.status());
    }
    return std::optional(*std::move(record));
}

}  // namespace parallax::reports
