#include "verifier/cli/open_files.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

namespace parallax {
namespace {

/// For database, journal, bundles, candidates, scrapers of metrics, and the program itself.
constexpr std::uint64_t kOwnFiles = 160;
/// A client's socket, and both ends of its way to the server.
constexpr std::uint64_t kFilesOfConnection = 3;

}  // namespace

absl::Status reserve_open_files(std::uint32_t connections) {
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
    const std::uint64_t needed = kOwnFiles + kFilesOfConnection * connections;
    if (limit.rlim_cur >= needed) {
        return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        fmt::format("the limit of open files is {}, and {} are needed with limits.connections {}: "
                    "raise the limit (ulimit -n, or LimitNOFILE of the unit), or allow fewer "
                    "connections",
                    limit.rlim_cur, needed, connections));
}

}  // namespace parallax
