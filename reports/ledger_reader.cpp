#include "reports/ledger_reader.hpp"

#include "reports/json_lines.hpp"

#include <fmt/format.h>

namespace parallax {
namespace {

enum class LineEnd { kNewline, kEndOfFile, kTooLong };

/// Reads up to the line's end, and never takes more memory than a line may have.
LineEnd read_line(std::streambuf& bytes, std::string& line) {
    line.clear();
    for (;;) {
        const int byte = bytes.sbumpc();
        if (byte == std::char_traits<char>::eof()) {
            return LineEnd::kEndOfFile;
        }
        if (byte == '\n') {
            return LineEnd::kNewline;
        }
        if (line.size() >= kMaxLedgerLine) {
            return LineEnd::kTooLong;
        }
        line += static_cast<char>(byte);
    }
}

}  // namespace

LedgerReader::LedgerReader(std::istream& stream, std::string name)
    : stream_(stream), name_(std::move(name)) {}

absl::Status LedgerReader::error(const absl::Status& status) const {
    return {status.code(),
            fmt::format("{}, line {}: {}", name_, lines_, std::string(status.message()))};
}

absl::StatusOr<std::optional<LedgerRecord>> LedgerReader::next() {
    if (cut_off_) {
        return std::optional<LedgerRecord>();
    }
    const LineEnd end = read_line(*stream_.rdbuf(), line_);
    if (end == LineEnd::kEndOfFile) {
        cut_off_ = !line_.empty();
        return std::optional<LedgerRecord>();
    }
    ++lines_;
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

}  // namespace parallax
