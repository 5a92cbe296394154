#include "app/files/input_files.hpp"

#include "verifier/base/file_text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <utility>

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
    auto text = base::read_file_text(path, limit);
    if (!text) {
        return cannot("read", path);
    }
    if (text->size() > limit) {
        return absl::InvalidArgumentError(
            fmt::format("{} has more than the {} bytes it may have", path, limit));
    }
    return *std::move(text);
}

}  // namespace parallax::app
