#include "verifier/chains/tos/e1/identities.hpp"

#include "verifier/crypto/hashing.hpp"

#include <array>
#include <vector>

namespace parallax::tos::e1 {
namespace {

constexpr std::uint8_t kContractAddressTag = 0xFF;

model::Hash hash_concatenation(const std::vector<model::Hash>& hashes) noexcept {
    crypto::Blake3Hasher hasher;
    for (const model::Hash& hash : hashes) {
        hasher.update(hash.bytes());
    }
    return hasher.finish();
}

}  // namespace

model::Hash contract_address(const model::PublicKey& deployer,
                             std::span<const std::uint8_t> module) noexcept {
    const std::array<std::uint8_t, 1> tag{kContractAddressTag};
    return crypto::Blake3Hasher{}
        .update(tag)
        .update(deployer.bytes())
        .update(crypto::blake3(module).bytes())
        .finish();
}

model::Hash name_hash(std::string_view name) noexcept {
    crypto::Blake3Hasher hasher;
    for (const char character : name) {
        const bool upper = character >= 'A' && character <= 'Z';
        const std::array<std::uint8_t, 1> byte{
            static_cast<std::uint8_t>(upper ? character - 'A' + 'a' : character)};
        hasher.update(byte);
    }
    return hasher.finish();
}

model::Hash block_hash(const BlockHeader& header) noexcept {
    const std::array<std::uint8_t, 1> version{header.version};
    const model::Hash work = crypto::Blake3Hasher{}
                                 .update(version)
                                 .update_u64(header.height.value())
                                 .update(hash_concatenation(header.tips).bytes())
                                 .update(hash_concatenation(header.transaction_hashes).bytes())
                                 .finish();
    return crypto::Blake3Hasher{}
        .update(work.bytes())
        .update_u64(header.timestamp.value())
        .update_u64(header.nonce)
        .update(header.extra_nonce.bytes())
        .update(header.miner.bytes())
        .finish();
}

}  // namespace parallax::tos::e1
