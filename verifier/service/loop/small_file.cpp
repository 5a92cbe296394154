#include "verifier/service/loop/small_file.hpp"

#include "verifier/base/file_text.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace parallax::service {
namespace {

/// A token or a certificate has a few hundred to a few thousand bytes.
constexpr std::size_t kMaxFileBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::string> read_small_file(const std::string& path, const std::string& what) {
    auto text = base::read_file_text(path, kMaxFileBytes);
    if (!text || text->empty()) {
        return absl::NotFoundError(
            fmt::format("{}: {} cannot be read, or is empty; check the path", what, path));
    }
    if (text->size() > kMaxFileBytes) {
        return absl::InvalidArgumentError(fmt::format(
            "{}: {} has more than {} bytes; check the path", what, path, kMaxFileBytes));
    }
    return *std::move(text);
}

}  // namespace parallax::service
