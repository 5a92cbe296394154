#include "verifier/chains/tos/e1/epoch.hpp"

#include "verifier/chains/tos/e1/constants.hpp"

#include <algorithm>
#include <array>

namespace parallax::tos::e1 {
namespace {

using enum model::TransactionType;

struct OpcodeRow {
    model::TransactionType type;
    std::uint8_t e1;
    std::uint8_t head;
};
constexpr std::uint8_t kNone = 0xFF;
/// Protocol notes, 2.2, and those of HEAD.
constexpr std::array kOpcodes = {
    OpcodeRow{kBurn, 0, 0},
    OpcodeRow{kTransfers, 1, 1},
    OpcodeRow{kMultisig, 2, 2},
    OpcodeRow{kInvokeContract, 3, 3},
    OpcodeRow{kDeployContract, 4, 4},
    OpcodeRow{kEnergy, 5, kNone},
    OpcodeRow{kUnoTransfers, 18, 5},
    OpcodeRow{kShieldTransfers, 19, 6},
    OpcodeRow{kUnshieldTransfers, 20, 7},
    OpcodeRow{kRegisterName, 21, kNone},
    OpcodeRow{kAgentAccount, 23, kNone},
};

constexpr std::uint8_t opcode_in(const OpcodeRow& row, Epoch epoch) noexcept {
    return epoch == Epoch::kE1 ? row.e1 : row.head;
}

}  // namespace

std::string_view profile_name(Epoch epoch) noexcept {
    return epoch == Epoch::kE1 ? kProfileName : kHeadProfileName;
}

std::optional<model::TransactionType> type_of_opcode(std::uint8_t opcode, Epoch epoch) noexcept {
    const auto row = std::ranges::find_if(kOpcodes, [&](const OpcodeRow& candidate) {
        return opcode_in(candidate, epoch) == opcode;
    });
    return row == kOpcodes.end() || opcode == kNone ? std::nullopt : std::optional(row->type);
}

std::uint8_t opcode_of(model::TransactionType type, Epoch epoch) noexcept {
    const auto row = std::ranges::find(kOpcodes, type, &OpcodeRow::type);
    return row == kOpcodes.end() ? kNone : opcode_in(*row, epoch);
}

}  // namespace parallax::tos::e1
