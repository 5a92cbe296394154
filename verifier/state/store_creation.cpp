#include "verifier/state/store_creation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace parallax::state {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarkText =
    "A store is being made here. If this file stays, that was cut short, and is begun anew.\n";

std::string mark_of(const std::string& path) {
    return path + "/" + std::string(kCreationMark);
}

/// A file that RocksDB makes by itself.
bool is_database_file(const std::string& name) {
    static constexpr std::array<std::string_view, 3> kNames = {"CURRENT", "LOCK", "IDENTITY"};
    static constexpr std::array<std::string_view, 3> kPrefixes = {"LOG", "MANIFEST-", "OPTIONS-"};
    static constexpr std::array<std::string_view, 3> kEndings = {".sst", ".log", ".dbtmp"};
    const auto ends = [&](std::string_view ending) {
        return name.size() > ending.size() &&
               name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
    };
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           std::any_of(kPrefixes.begin(), kPrefixes.end(),
                       [&](std::string_view prefix) { return name.rfind(prefix, 0) == 0; }) ||
           std::any_of(kEndings.begin(), kEndings.end(), ends);
}

absl::StatusOr<std::vector<std::string>> list_files(const std::string& path) {
    std::vector<std::string> files;
    std::error_code error;
    fs::directory_iterator entries(path, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        files.push_back(entries->path().filename().string());
    }
    if (error) {
        return absl::UnavailableError(
            fmt::format("{}: the folder cannot be read: {}", path, error.message()));
    }
    return files;
}

absl::Status busy(const std::string& path) {
    return absl::UnavailableError(fmt::format(
        "{}: the store is open elsewhere, in this process or another; close it there, or name "
        "another folder",
        path));
}

absl::Status sync_folder(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int error = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return synced ? absl::OkStatus()
                  : absl::UnavailableError(fmt::format("{}: the folder cannot be synced: {}", path,
                                                       std::generic_category().message(error)));
}

}  // namespace

bool is_half_made(const std::string& path, const std::vector<std::string>& files) {
    struct stat mark {};
    // An empty mark was never begun: it says nothing about the files beside it.
    if (::lstat(mark_of(path).c_str(), &mark) != 0 || !S_ISREG(mark.st_mode) || mark.st_size == 0) {
        return false;
    }
    return std::all_of(files.begin(), files.end(), [](const std::string& file) {
        return file == kCreationMark || is_database_file(file);
    });
}

absl::StatusOr<StoreCreation> StoreCreation::begin(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
        const int error = errno;
        const std::string message = fmt::format("{}: the folder cannot be made: {}", path,
                                                std::generic_category().message(error));
        return error == ENOSPC ? absl::ResourceExhaustedError(message + "; free some space")
                               : absl::PermissionDeniedError(message);
    }
    constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    const std::string mark = mark_of(path);
    int descriptor = ::open(mark.c_str(), kFlags);
    const bool existed = descriptor >= 0;
    if (!existed) {
        descriptor = ::open(mark.c_str(), kFlags | O_CREAT | O_EXCL, 0644);
    }
    StoreCreation creation(path, descriptor);
    if (descriptor < 0) {
        return errno == EEXIST ? busy(path) : creation.failed("marking the new store");
    }
    if (auto status = creation.lock(existed); !status.ok()) {
        return status;
    }
    if (auto status = creation.clear(); !status.ok()) {
        return status;
    }
    return creation;
}

StoreCreation::~StoreCreation() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

StoreCreation::StoreCreation(StoreCreation&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

absl::Status StoreCreation::lock(bool existed) const {
    struct stat mark {};
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 || ::fstat(descriptor_, &mark) != 0 ||
        mark.st_nlink == 0) {
        return busy(path_);
    }
    if (existed && mark.st_size > 0) {
        return absl::OkStatus();
    }
    // The mark means nothing yet. Another may have made a whole store since we looked.
    const auto files = list_files(path_);
    if (!files.ok()) {
        return files.status();
    }
    if (files->size() > 1) {
        (void)::unlink(mark_of(path_).c_str());  // an empty one is harmless where it stays
        return busy(path_);
    }
    const auto written = ::write(descriptor_, kMarkText.data(), kMarkText.size());
    if (written != static_cast<ssize_t>(kMarkText.size()) || ::fsync(descriptor_) != 0) {
        return failed("marking the new store");
    }
    return sync_folder(path_);
}

absl::Status StoreCreation::clear() const {
    const auto files = list_files(path_);
    if (!files.ok()) {
        return files.status();
    }
    if (!is_half_made(path_, *files)) {
        return absl::FailedPreconditionError(fmt::format(
            "{}: the folder has other files in it and is no store; nothing was written; "
            "name a new or empty folder",
            path_));
    }
    for (const std::string& file : *files) {
        if (file != kCreationMark && ::unlink((path_ + "/" + file).c_str()) != 0) {
            return failed("taking away " + file + " of a store that was never whole");
        }
    }
    return absl::OkStatus();
}

absl::Status StoreCreation::finish() {
    if (::unlink(mark_of(path_).c_str()) != 0) {
        return failed("taking the mark of the new store away");
    }
    return sync_folder(path_);
}

absl::Status StoreCreation::failed(std::string_view doing) const {
    const int error = errno;
    const std::string message =
        fmt::format("{}: {} failed: {}", path_, doing, std::generic_category().message(error));
    return error == ENOSPC || error == EDQUOT || error == EFBIG
               ? absl::ResourceExhaustedError(message + "; free some space")
               : absl::PermissionDeniedError(message);
}

}  // namespace parallax::state
