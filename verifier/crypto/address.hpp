#pragma once

#include "verifier/model/identifiers.hpp"

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace parallax::crypto {

/// Which bech32 prefix an address has: `tos` on mainnet, `tst` on every other network (protocol
/// notes, 1; node notes, 6).
enum class AddressPrefix : std::uint8_t { kMainnet, kOther };

/// Characters of an address: prefix, separator, 53 of data, 6 of checksum.
inline constexpr std::size_t kAddressLength = 63;

/// bech32 (checksum constant 1) over key and type byte 0: 63 characters, in lower case.
[[nodiscard]] std::string encode_address(const model::PublicKey& key, AddressPrefix prefix);

struct Address {
    model::PublicKey key;
    AddressPrefix prefix = AddressPrefix::kOther;
    friend bool operator==(const Address&, const Address&) = default;
};

/// Strict: 63 characters, one case, a known prefix, a right checksum, zero padding, type 0.
/// InvalidArgument says what is wrong and where. That the key is a valid point is not checked.
[[nodiscard]] absl::StatusOr<Address> decode_address(std::string_view text);

}  // namespace parallax::crypto
