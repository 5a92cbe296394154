#include "app/files/input_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sys/stat.h>
#include <system_error>

namespace parallax::app {
namespace {

absl::Status cannot(std::string_view what, const std::string& path) {
    return absl::NotFoundError(
        fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(errno)));
}

}  // namespace

absl::Status check_regular_file(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        return cannot("open", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return absl::InvalidArgumentError(
            fmt::format("cannot read {}: it is {}, not a regular file; store it in one first", path,
                        S_ISDIR(info.st_mode)    ? "a folder"
                        : S_ISFIFO(info.st_mode) ? "a FIFO"
                                                 : "a device"));
    }
    return absl::OkStatus();
}

absl::StatusOr<std::string> read_whole_file(const std::string& path, std::size_t limit) {
    if (auto status = check_regular_file(path); !status.ok()) {
        return status;
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return cannot("open", path);
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
    if (file.bad()) {
        return cannot("read", path);
    }
    if (text.size() > limit) {
        return absl::InvalidArgumentError(
            fmt::format("{} has more than the {} bytes it may have", path, limit));
    }
    return text;
}

}  // namespace parallax::app
