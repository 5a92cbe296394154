#include "verifier/service/loop/small_file.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <fstream>

namespace parallax::service {
namespace {

/// A token or a certificate has a few hundred to a few thousand bytes.
constexpr std::size_t kMaxFileBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::string> read_small_file(const std::string& path, const std::string& what) {
    std::ifstream file(path, std::ios::binary);
    // One byte more than allowed shows that there is more, however large a file it is.
    std::string text(kMaxFileBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.empty()) {
        return absl::NotFoundError(
            fmt::format("{}: {} cannot be read, or is empty; check the path", what, path));
    }
    if (text.size() > kMaxFileBytes) {
        return absl::InvalidArgumentError(fmt::format(
            "{}: {} has more than {} bytes; check the path", what, path, kMaxFileBytes));
    }
    return text;
}

}  // namespace parallax::service
