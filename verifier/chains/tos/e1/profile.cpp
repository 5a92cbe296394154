#include "verifier/chains/tos/e1/profile.hpp"

#include <array>
#include <memory>

namespace parallax::tos::e1 {
namespace {

/// The one development key of every network (protocol notes, 8.4; node notes, 4.1).
constexpr model::PublicKey kDevKey =
    model::PublicKey::from_array({0x04, 0x3f, 0xa8, 0x49, 0x5c, 0x7a, 0x03, 0x1f, 0x2c, 0x7a, 0x68,
                                  0xc6, 0x02, 0xea, 0xa3, 0x6d, 0x5a, 0x74, 0x4f, 0xa6, 0x9e, 0x44,
                                  0x82, 0x2f, 0x6b, 0x7e, 0x13, 0xf5, 0xcc, 0x2a, 0x74, 0x10});

struct NetworkRow {
    std::string_view name;
    std::uint8_t chain_id;
    std::uint64_t blocks_per_day;
};
constexpr std::array kNetworks = {
    NetworkRow{"mainnet", 0, kBlocksPerDay},
    NetworkRow{"testnet", 1, kBlocksPerDay},
    NetworkRow{"stagenet", 2, kBlocksPerDay},
    NetworkRow{"devnet", kDevnetChainId, kBlocksPerDayDevnet},
};

template <Epoch kEpoch>
std::shared_ptr<const protocol::Protocol> find(std::string_view network,
                                               protocol::FailureModel failures) {
    auto profile = find_profile(network, kEpoch);
    if (!profile) {
        return nullptr;
    }
    profile->failure_model = failures;
    return std::make_shared<const Profile>(*std::move(profile));
}

/// The first version of bundles has a byte for ways of execution that no block of a chain took.
constexpr std::uint8_t kChainPath = 0;

template <Epoch kEpoch>
std::shared_ptr<const protocol::Protocol> read(base::ByteReader& reader) {
    Profile profile;
    profile.epoch = kEpoch;
    profile.chain_id = reader.u8("chain_id");
    const std::uint8_t model = reader.u8("failure_model");
    if (model > static_cast<std::uint8_t>(protocol::FailureModel::kOrphanPartial)) {
        reader.fail("failure_model", "is not a listed value");
        return nullptr;
    }
    profile.failure_model = static_cast<protocol::FailureModel>(model);
    if (reader.u8("path") != kChainPath && reader.ok()) {
        reader.fail("path", "is not a listed value");
    }
    profile.blocks_per_day = reader.u64("blocks_per_day");
    profile.dev_key = reader.tagged<model::PublicKey>("dev_key");
    return reader.ok() ? std::make_shared<const Profile>(profile) : nullptr;
}

}  // namespace

std::optional<Profile> find_profile(std::string_view network, Epoch epoch) noexcept {
    for (const NetworkRow& row : kNetworks) {
        if (row.name == network) {
            Profile profile;
            profile.epoch = epoch;
            profile.chain_id = row.chain_id;
            profile.blocks_per_day = row.blocks_per_day;
            profile.dev_key = kDevKey;
            return profile;
        }
    }
    return std::nullopt;
}

protocol::ProtocolFamily family(Epoch epoch) noexcept {
    return epoch == Epoch::kE1
               ? protocol::ProtocolFamily{kProfileName, find<Epoch::kE1>, read<Epoch::kE1>}
               : protocol::ProtocolFamily{kHeadProfileName, find<Epoch::kHead>, read<Epoch::kHead>};
}

protocol::ProtocolId Profile::id() const {
    std::string network = "unknown";
    for (const NetworkRow& row : kNetworks) {
        if (row.chain_id == chain_id) {
            network = row.name;
        }
    }
    return {std::move(network), std::string(profile_name(epoch)), failure_model};
}

void Profile::write(base::ByteWriter& writer) const {
    writer.u8(chain_id);
    writer.u8(static_cast<std::uint8_t>(failure_model));
    writer.u8(kChainPath);
    writer.u64(blocks_per_day);
    writer.tagged(dev_key);
}

}  // namespace parallax::tos::e1
