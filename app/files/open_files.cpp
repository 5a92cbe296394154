#include "app/files/open_files.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

namespace parallax::app {
namespace {

/// For database, journal, bundles, candidates, scrapers of metrics, and the program itself.
constexpr std::uint64_t kOwnFiles = 160;
/// A client's socket, and both ends of its way to the server.
constexpr std::uint64_t kFilesOfConnection = 3;

}  // namespace

absl::Status reserve_open_files(std::uint64_t needed) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return absl::InternalError("the limit of open files cannot be read");
    }
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            (void)::getrlimit(RLIMIT_NOFILE, &limit);  // then it is what it was
        }
    }
    if (limit.rlim_cur >= needed) {
        return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        fmt::format("at most {} files can be open here, and it takes {}: raise the limit (ulimit "
                    "-n, or LimitNOFILE of a unit)",
                    limit.rlim_cur, needed));
}

std::uint64_t open_files_of_sidecar(std::uint32_t connections) noexcept {
    return kOwnFiles + kFilesOfConnection * connections;
}

}  // namespace parallax::app
