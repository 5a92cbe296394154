#pragma once

#include <cstddef>
#include <istream>
#include <string>

namespace parallax::reports {

/// How a line ended. A last line without its end was being written when the writer stopped.
enum class LineEnd { kNewline, kEndOfFile, kTooLong };

/// Reads up to the line's end, which is not kept, and never takes more memory than `limit` bytes.
[[nodiscard]] LineEnd read_line(std::istream& stream, std::size_t limit, std::string& line);

}  // namespace parallax::reports
