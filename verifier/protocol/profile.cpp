#include "verifier/protocol/profile.hpp"

#include <array>

namespace parallax::protocol {
namespace {

/// The one development key of every network (protocol notes, 8.4; node notes, 4.1).
constexpr model::PublicKey kDevKey =
    model::PublicKey::from_array({0x04, 0x3f, 0xa8, 0x49, 0x5c, 0x7a, 0x03, 0x1f, 0x2c, 0x7a, 0x68,
                                  0xc6, 0x02, 0xea, 0xa3, 0x6d, 0x5a, 0x74, 0x4f, 0xa6, 0x9e, 0x44,
                                  0x82, 0x2f, 0x6b, 0x7e, 0x13, 0xf5, 0xcc, 0x2a, 0x74, 0x10});

constexpr std::uint64_t kBlocksPerDay = 86'400;
constexpr std::uint64_t kBlocksPerDayDevnet = 10;

struct NetworkRow {
    std::string_view name;
    std::uint8_t chain_id;
    std::uint64_t blocks_per_day;
};
constexpr std::array kNetworks = {
    NetworkRow{"mainnet", 0, kBlocksPerDay},
    NetworkRow{"testnet", 1, kBlocksPerDay},
    NetworkRow{"stagenet", 2, kBlocksPerDay},
    NetworkRow{"devnet", 3, kBlocksPerDayDevnet},
};

}  // namespace

std::string_view failure_model_name(FailureModel model) noexcept {
    switch (model) {
        case FailureModel::kRejectBlock:
            return "reject_block";
        case FailureModel::kOrphanAtomic:
            return "orphan_atomic";
        case FailureModel::kOrphanPartial:
            return "orphan_partial";
    }
    return "unknown";
}

std::optional<FailureModel> find_failure_model(std::string_view name) noexcept {
    for (const auto model :
         {FailureModel::kRejectBlock, FailureModel::kOrphanAtomic, FailureModel::kOrphanPartial}) {
        if (failure_model_name(model) == name) {
            return model;
        }
    }
    return std::nullopt;
}

std::string_view execution_path_name(ExecutionPath path) noexcept {
    switch (path) {
        case ExecutionPath::kChain:
            return "chain";
        case ExecutionPath::kVectorTransaction:
            return "vector_transaction";
        case ExecutionPath::kVectorBlock:
            return "vector_block";
    }
    return "unknown";
}

std::optional<Profile> e1_profile(std::string_view network) noexcept {
    for (const NetworkRow& row : kNetworks) {
        if (row.name == network) {
            Profile profile;
            profile.chain_id = row.chain_id;
            profile.blocks_per_day = row.blocks_per_day;
            profile.dev_key = kDevKey;
            return profile;
        }
    }
    return std::nullopt;
}

Profile e1_vector_profile(ExecutionPath path) noexcept {
    Profile profile;
    profile.blocks_per_day = kBlocksPerDayDevnet;
    profile.dev_key = kDevKey;
    profile.path = path;
    // Chain vectors that are in scope hold no failing transaction that is executed (8.2).
    profile.failure_model = FailureModel::kRejectBlock;
    return profile;
}

}  // namespace parallax::protocol
