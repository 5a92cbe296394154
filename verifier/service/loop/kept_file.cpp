#include "verifier/service/loop/kept_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace parallax::service {

absl::StatusOr<Descriptor> open_kept_file(const std::string& path, std::string_view remedy) {
    Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644));
    if (!descriptor.is_open()) {
        const int error = errno;
        const std::string message = fmt::format("{}: cannot be opened: {}; check the folder", path,
                                                std::generic_category().message(error));
        return error == EACCES || error == EROFS ? absl::PermissionDeniedError(message)
                                                 : absl::UnavailableError(message);
    }
    struct stat file {};
    if (::fstat(descriptor.get(), &file) != 0) {
        return file_failure(path, "looking at it");
    }
    if (!S_ISREG(file.st_mode)) {
        return absl::UnavailableError(fmt::format("{}: this is no regular file; {}", path, remedy));
    }
    return descriptor;
}

absl::Status file_failure(const std::string& path, std::string_view doing) {
    const int error = errno;
    const std::string message =
        fmt::format("{}: {} failed: {}", path, doing, std::generic_category().message(error));
    return error == ENOSPC || error == EFBIG || error == EDQUOT
               ? absl::ResourceExhaustedError(message + "; make room on the disk")
               : absl::UnavailableError(message);
}

}  // namespace parallax::service
