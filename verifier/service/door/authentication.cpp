#include "verifier/service/door/authentication.hpp"

#include "verifier/crypto/hashing.hpp"
#include "verifier/service/loop/small_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/stat.h>
#include <system_error>

namespace parallax::service {
namespace {

constexpr std::string_view kScheme = "Bearer ";

model::Hash hash_of(std::string_view text) {
    return crypto::blake3({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// Looks at every byte, whatever the first ones are.
bool equal_in_constant_time(const model::Hash& a, const model::Hash& b) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < model::Hash::kSize; ++i) {
        difference |= static_cast<unsigned>(a.bytes()[i] ^ b.bytes()[i]);
    }
    return difference == 0;
}

}  // namespace

TokenGuard::TokenGuard(std::string_view token) : hash_(hash_of(token)) {}

absl::StatusOr<TokenGuard> TokenGuard::from_file(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        const int error = errno;
        const std::string message =
            fmt::format("token_file: {} cannot be read: {}; check token_file", path,
                        std::generic_category().message(error));
        return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return absl::PermissionDeniedError(
            fmt::format("token_file: others may use {}; chmod 600 it", path));
    }
    auto text = read_small_file(path, "token_file");
    if (!text.ok()) {
        return text.status();
    }
    std::string token = text->substr(0, text->find('\n'));
    if (!token.empty() && token.back() == '\r') {
        token.pop_back();
    }
    if (token.size() < kMinTokenLength) {
        return absl::InvalidArgumentError(fmt::format(
            "token_file: the first line of {} is shorter than {} characters; make a longer token",
            path, kMinTokenLength));
    }
    return TokenGuard(token);
}

bool TokenGuard::admits(std::string_view authorization) const {
    if (!hash_) {
        return true;
    }
    const bool scheme = authorization.substr(0, kScheme.size()) == kScheme;
    const std::string_view token = scheme ? authorization.substr(kScheme.size()) : authorization;
    return equal_in_constant_time(hash_of(token), *hash_) && scheme;
}

}  // namespace parallax::service
