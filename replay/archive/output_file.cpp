#include "replay/archive/output_file.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace parallax::replay {
namespace {

/// As many as the kernel follows.
constexpr int kMaxLinks = 40;
constexpr int kMaxNameTries = 1000;

absl::Status errno_status(std::string_view doing, const std::string& shown) {
    const int error = errno;
    return {absl::ErrnoToStatusCode(error),
            fmt::format("cannot {} {}: {}", doing, shown, std::strerror(error))};
}

/// The open file that a path names. Opening `/dev/stdout` anew would begin at its first byte again,
/// and a socket cannot be opened so at all.
std::optional<int> open_file_named(std::string_view path) {
    if (path == "/dev/stdout") {
        return STDOUT_FILENO;
    }
    if (path == "/dev/stderr") {
        return STDERR_FILENO;
    }
    for (const std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
        int descriptor = 0;
        const std::string_view number = path.substr(std::min(path.size(), prefix.size()));
        const auto parsed =
            std::from_chars(number.data(), number.data() + number.size(), descriptor);
        if (path.substr(0, prefix.size()) == prefix && !number.empty() &&
            parsed.ec == std::errc() && parsed.ptr == number.data() + number.size()) {
            return descriptor;
        }
    }
    return std::nullopt;
}

/// Names no file that stands: the number is unlike that of any other process, and the second one
/// unlike any before.
std::string temporary_name(const std::string& target) {
    static std::atomic<unsigned> count{0};
    return fmt::format("{}.partial.{}-{}", target, ::getpid(), count.fetch_add(1));
}

}  // namespace

/// Where the bytes of a path go.
struct OutputFile::Place {
    /// An open file, if it is one.
    std::optional<int> descriptor;
    /// What the path leads to once links are followed.
    std::string target;
    bool is_regular = true;

    /// Nothing is opened. An error is errno's.
    [[nodiscard]] static std::optional<Place> of(const std::string& path) {
        Place place{std::nullopt, path == "-" ? "/dev/stdout" : path, true};
        for (int links = 0; links < kMaxLinks; ++links) {
            place.descriptor = open_file_named(place.target);
            struct stat info {};
            const int looked = ::lstat(place.target.c_str(), &info);
            if (place.descriptor || (looked != 0 && errno == ENOENT)) {
                return place;
            }
            if (looked != 0) {
                return std::nullopt;
            }
            if (!S_ISLNK(info.st_mode)) {
                place.is_regular = S_ISREG(info.st_mode);
                errno = EISDIR;
                return S_ISDIR(info.st_mode) ? std::nullopt : std::optional(place);
            }
            std::string link(PATH_MAX, '\0');
            const ssize_t size = ::readlink(place.target.c_str(), link.data(), link.size());
            if (size < 0) {
                return std::nullopt;
            }
            link.resize(static_cast<std::size_t>(size));
            // An absolute one takes the place of the whole.
            place.target = (std::filesystem::path(place.target).parent_path() / link).string();
        }
        errno = ELOOP;
        return std::nullopt;
    }
};

OutputFile::OutputFile(int descriptor, std::string shown, std::string target)
    : descriptor_(descriptor), shown_(std::move(shown)), target_(std::move(target)) {}

OutputFile::~OutputFile() {
    close();
}

void OutputFile::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                               std::string_view what) {
    const std::string shown =
        path == "-" ? fmt::format("{} to standard output", what) : fmt::format("{} {}", what, path);
    const auto place = Place::of(path);
    if (!place) {
        return errno_status("create", shown);
    }
    if (!place->descriptor && place->is_regular) {
        return replace(place->target, shown);
    }
    if (place->descriptor) {
        std::fflush(stdout);  // what was printed before comes before
    }
    const int descriptor = place->descriptor
                               ? ::fcntl(*place->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                               : ::open(place->target.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        return errno_status("write", shown);
    }
    return std::unique_ptr<OutputFile>(new OutputFile(descriptor, shown, ""));
}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::replace(const std::string& target,
                                                                const std::string& shown) {
    for (int tried = 0; tried < kMaxNameTries; ++tried) {
        std::unique_ptr<OutputFile> file(new OutputFile(-1, shown, target));
        file->unfinished_.emplace(temporary_name(target));
        file->descriptor_ = ::open(file->unfinished_->path().c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->descriptor_ >= 0) {
            return file;
        }
        file->unfinished_->forget();
        if (errno != EEXIST) {
            break;
        }
    }
    return errno_status("create", shown);
}

absl::Status OutputFile::fail(std::string_view doing) {
    status_ = errno_status(doing, shown_);
    return status_;
}

absl::Status OutputFile::write(std::span<const std::uint8_t> bytes) {
    while (status_.ok() && !bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return fail("write");
        }
    }
    return status_;
}

absl::Status OutputFile::finish() {
    if (!status_.ok()) {
        return status_;
    }
    // What has no disk behind it, as a pipe, cannot be synced.
    if (::fsync(descriptor_) != 0 && (unfinished_ || (errno != EINVAL && errno != ENOTSUP))) {
        return fail("sync");
    }
    // Network file systems report a full disk only here.
    if (::close(std::exchange(descriptor_, -1)) != 0) {
        return fail("close");
    }
    if (!unfinished_) {
        return status_;
    }
    if (::rename(unfinished_->path().c_str(), target_.c_str()) != 0) {
        return fail("give the final name to");
    }
    unfinished_->forget();
    return sync_folder();
}

/// The new name itself is on the disk only when the folder is.
absl::Status OutputFile::sync_folder() {
    const std::filesystem::path parent = std::filesystem::path(target_).parent_path();
    descriptor_ = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) {
        return fail("open the folder of");
    }
    if (::fsync(descriptor_) != 0) {
        fail("sync the folder of").IgnoreError();
    }
    close();
    return status_;
}

absl::Status write_output_file(const std::string& path, std::string_view what,
                               std::span<const std::uint8_t> bytes) {
    const auto file = OutputFile::create(path, what);
    if (!file.ok()) {
        return file.status();
    }
    if (auto status = (*file)->write(bytes); !status.ok()) {
        return status;
    }
    return (*file)->finish();
}

bool is_standard_output(const std::string& path) {
    struct stat named {};
    struct stat standard {};
    return path == "-" || open_file_named(path) == STDOUT_FILENO ||
           (::stat(path.c_str(), &named) == 0 && ::fstat(STDOUT_FILENO, &standard) == 0 &&
            named.st_dev == standard.st_dev && named.st_ino == standard.st_ino &&
            !S_ISCHR(named.st_mode));
}

}  // namespace parallax::replay
