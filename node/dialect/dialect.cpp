#include "node/dialect/dialect.hpp"

#include "verifier/chains/tos/e1/constants.hpp"
#include "verifier/chains/tos/v3/constants.hpp"

#include <array>

namespace parallax::node {
namespace {

constexpr std::array kDialects = {Dialect::kE1, Dialect::kHead, Dialect::kV3};

}  // namespace

std::string_view profile_name(Dialect dialect) noexcept {
    switch (dialect) {
        case Dialect::kE1:
            return tos::e1::kProfileName;
        case Dialect::kHead:
            return tos::e1::kHeadProfileName;
        case Dialect::kV3:
            return tos::v3::kProfileName;
    }
    return "unknown";
}

std::optional<Dialect> find_dialect(std::string_view profile) noexcept {
    for (const Dialect dialect : kDialects) {
        if (profile_name(dialect) == profile) {
            return dialect;
        }
    }
    return std::nullopt;
}

const char* height_name(Dialect dialect) noexcept {
    return dialect == Dialect::kV3 ? "blue_score" : "height";
}

std::uint64_t side_block_depth(Dialect dialect) noexcept {
    return dialect == Dialect::kV3 ? tos::v3::kStableLimit : tos::e1::kStableLimit;
}

tos::e1::Epoch epoch_of(Dialect dialect) noexcept {
    return dialect == Dialect::kE1 ? tos::e1::Epoch::kE1 : tos::e1::Epoch::kHead;
}

}  // namespace parallax::node
