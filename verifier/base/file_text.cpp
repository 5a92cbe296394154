#include "verifier/base/file_text.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace parallax::base {

std::optional<std::string> read_file_text(const std::string& path, std::size_t limit) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    // In pieces: what the file says its size is need not be what comes.
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    std::string text;
    while (file && text.size() <= limit) {
        const std::size_t begin = text.size();
        text.resize(begin + std::min(kPiece, limit + 1 - begin));
        file.read(text.data() + begin, static_cast<std::streamsize>(text.size() - begin));
        text.resize(begin + static_cast<std::size_t>(file.gcount()));
    }
    return file.bad() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace parallax::base
