#include "verifier/crypto/hashing.hpp"

#include <blake3.h>
#include <openssl/evp.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace parallax::crypto {
namespace {

static_assert(BLAKE3_OUT_LEN == model::Hash::kSize);
static_assert(std::is_trivially_copyable_v<blake3_hasher>);

struct DigestContextFree {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// OpenSSL fails here only when it is out of memory or installed without SHA-3. A verifier that
/// went on with a wrong digest would report false verdicts, so it stops.
void require(bool succeeded) noexcept {
    if (!succeeded) {
        std::abort();
    }
}

/// Fetching walks the provider list under a lock, so it is done once. Never freed: threads may
/// still hash while static objects are destroyed.
const EVP_MD* sha3_512_algorithm() noexcept {
    static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA3-512", nullptr);
    require(kAlgorithm != nullptr);
    return kAlgorithm;
}

}  // namespace

Blake3Hasher::Blake3Hasher() noexcept {
    static_assert(sizeof(blake3_hasher) == sizeof(state_));
    static_assert(alignof(blake3_hasher) <= 8);
    blake3_hasher_init(new (state_.data()) blake3_hasher);
}

Blake3Hasher& Blake3Hasher::update(std::span<const std::uint8_t> bytes) noexcept {
    blake3_hasher_update(std::launder(reinterpret_cast<blake3_hasher*>(state_.data())),
                         bytes.data(), bytes.size());
    return *this;
}

Blake3Hasher& Blake3Hasher::update_u64(std::uint64_t value) noexcept {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
    }
    return update(bytes);
}

model::Hash Blake3Hasher::finish() const noexcept {
    model::Hash hash;
    blake3_hasher_finalize(std::launder(reinterpret_cast<const blake3_hasher*>(state_.data())),
                           hash.mutable_bytes().data(), model::Hash::kSize);
    return hash;
}

model::Hash blake3(std::span<const std::uint8_t> bytes) noexcept {
    return Blake3Hasher{}.update(bytes).finish();
}

std::array<std::uint8_t, 64> sha3_512(
    std::initializer_list<std::span<const std::uint8_t>> pieces) noexcept {
    thread_local const std::unique_ptr<EVP_MD_CTX, DigestContextFree> context{EVP_MD_CTX_new()};
    require(context != nullptr);
    require(EVP_DigestInit_ex2(context.get(), sha3_512_algorithm(), nullptr) == 1);
    for (const auto piece : pieces) {
        require(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
    }
    std::array<std::uint8_t, 64> digest;
    require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    return digest;
}

}  // namespace parallax::crypto
