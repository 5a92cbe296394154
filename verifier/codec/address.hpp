#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/model/identifiers.hpp"

namespace parallax {

/// Which bech32 prefix an address has: `tos` on mainnet, `tst` on every other network (semantics
/// reference, 1; node interfaces, 6).
enum class AddressPrefix : std::uint8_t { kMainnet, kOther };

/// bech32 (checksum constant 1) over key and type byte 0: 63 characters.
[[nodiscard]] std::string encode_address(const PublicKey& key, AddressPrefix prefix);

struct Address {
    PublicKey key;
    AddressPrefix prefix = AddressPrefix::kOther;
    friend bool operator==(const Address&, const Address&) = default;
};

/// Strict: one case, a known prefix, a right checksum, 33 data bytes, type 0. InvalidArgument says
/// what is wrong.
[[nodiscard]] absl::StatusOr<Address> decode_address(std::string_view text);

}  // namespace parallax
