#include "verifier/chains/tos/v3/profile.hpp"

#include <array>
#include <memory>

namespace parallax::tos::v3 {
namespace {

/// The one development key of every network (docs/protocol/v3.md, constants).
constexpr model::PublicKey kDevKey =
    model::PublicKey::from_array({0x04, 0x3f, 0xa8, 0x49, 0x5c, 0x7a, 0x03, 0x1f, 0x2c, 0x7a, 0x68,
                                  0xc6, 0x02, 0xea, 0xa3, 0x6d, 0x5a, 0x74, 0x4f, 0xa6, 0x9e, 0x44,
                                  0x82, 0x2f, 0x6b, 0x7e, 0x13, 0xf5, 0xcc, 0x2a, 0x74, 0x10});

/// In the order of `Network`.
constexpr std::array<std::string_view, 4> kNetworks = {"mainnet", "testnet", "stagenet", "devnet"};

/// Whatever failure model is asked for: the chain has one.
std::shared_ptr<const protocol::Protocol> find(std::string_view network, protocol::FailureModel) {
    const auto profile = find_profile(network);
    return profile ? std::make_shared<const Profile>(*profile) : nullptr;
}

std::shared_ptr<const protocol::Protocol> read(base::ByteReader& reader) {
    Profile profile;
    const std::uint8_t network = reader.u8("network");
    if (network >= kNetworks.size()) {
        reader.fail("network", "is not a listed value");
        return nullptr;
    }
    profile.network = static_cast<Network>(network);
    profile.dev_key = reader.tagged<model::PublicKey>("dev_key");
    return reader.ok() ? std::make_shared<const Profile>(profile) : nullptr;
}

}  // namespace

std::optional<Profile> find_profile(std::string_view network) noexcept {
    for (std::size_t i = 0; i < kNetworks.size(); ++i) {
        if (kNetworks[i] == network) {
            Profile profile;
            profile.network = static_cast<Network>(i);
            profile.dev_key = kDevKey;
            return profile;
        }
    }
    return std::nullopt;
}

protocol::ProtocolFamily family() noexcept {
    return {kProfileName, find, read};
}

protocol::ProtocolId Profile::id() const {
    return {std::string(kNetworks[static_cast<std::size_t>(network)]), std::string(kProfileName),
            failures()};
}

void Profile::write(base::ByteWriter& writer) const {
    writer.u8(static_cast<std::uint8_t>(network));
    writer.tagged(dev_key);
}

}  // namespace parallax::tos::v3
