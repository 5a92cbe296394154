#include "reports/record/line_reader.hpp"

namespace parallax::reports {

LineEnd read_line(std::istream& stream, std::size_t limit, std::string& line) {
    std::streambuf& bytes = *stream.rdbuf();
    line.clear();
    for (;;) {
        const int byte = bytes.sbumpc();
        if (byte == std::char_traits<char>::eof()) {
            return LineEnd::kEndOfFile;
        }
        if (byte == '\n') {
            return LineEnd::kNewline;
        }
        if (line.size() >= limit) {
            return LineEnd::kTooLong;
        }
        line += static_cast<char>(byte);
    }
}

}  // namespace parallax::reports
